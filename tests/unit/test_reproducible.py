# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same files make the same tarball, whoever builds it and when."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Sequence
from pathlib import Path

from scripts.reproducible import rewrite


def build(path: Path, names: Sequence[str], moment: int) -> str:
    """The digest of a rewritten tarball with these files."""
    with tarfile.open(path, "w:gz") as tarball:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.uid, member.uname = len(name), moment, moment, f"user{moment}"
            tarball.addfile(member, io.BytesIO(name.encode()))
    rewrite(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_time_owner_and_order_make_no_difference(tmp_path: Path) -> None:
    one = build(tmp_path / "one.tar.gz", ["MANIFEST.json", "roles/alb/README.md"], 1)
    other = build(tmp_path / "other.tar.gz", ["roles/alb/README.md", "MANIFEST.json"], 2)
    assert one == other
    with tarfile.open(tmp_path / "one.tar.gz") as tarball:
        found = tarball.extractfile("roles/alb/README.md")
        assert found is not None
        assert found.read() == b"roles/alb/README.md"


def test_another_file_does(tmp_path: Path) -> None:
    assert build(tmp_path / "one.tar.gz", ["a"], 1) != build(tmp_path / "other.tar.gz", ["b"], 1)
