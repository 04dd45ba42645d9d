# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same files make the same tarball, whoever builds it and when."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path

from scripts.reproducible import rewrite


def build(path: Path, names: Sequence[str], moment: int) -> str:
    """The digest of a rewritten tarball with these files, in the order in which a file system has them."""
    listed = json.dumps({"files": [{"name": name} for name in names]}, indent=1)
    summed = {"name": "FILES.json", "chksum_sha256": hashlib.sha256(listed.encode()).hexdigest()}
    contents = {name: name for name in names} | {
        "FILES.json": listed,
        "MANIFEST.json": json.dumps({"file_manifest_file": summed}, indent=1),
    }
    with tarfile.open(path, "w:gz") as tarball:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.uid, member.uname = len(content), moment, moment, f"user{moment}"
            tarball.addfile(member, io.BytesIO(content.encode()))
    rewrite(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def content(path: Path, name: str) -> bytes:
    with tarfile.open(path) as tarball:
        file = tarball.extractfile(name)
        assert file is not None
        return file.read()


def test_time_owner_and_order_make_no_difference(tmp_path: Path) -> None:
    one, other = tmp_path / "one.tar.gz", tmp_path / "other.tar.gz"
    names = ["roles", "roles/alb/README.md", "README.md"]
    assert build(one, names, 1) == build(other, names[::-1], 2)
    assert content(one, "roles/alb/README.md") == b"roles/alb/README.md"
    # A gzip header that is the same on every system and in every Python
    assert one.read_bytes()[:10].hex() == "1f8b08000000000002ff"


def test_the_checksum_is_that_of_the_list(tmp_path: Path) -> None:
    path = tmp_path / "one.tar.gz"
    build(path, ["b", "a"], 1)
    listed, manifest = content(path, "FILES.json"), json.loads(content(path, "MANIFEST.json"))
    assert [item["name"] for item in json.loads(listed)["files"]] == ["a", "b"]
    assert manifest["file_manifest_file"]["chksum_sha256"] == hashlib.sha256(listed).hexdigest()


def test_another_file_does(tmp_path: Path) -> None:
    assert build(tmp_path / "one.tar.gz", ["a"], 1) != build(tmp_path / "other.tar.gz", ["b"], 1)
