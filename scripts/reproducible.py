# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rewrites a collection's tarball so that the same files make the same bytes.

ansible-galaxy puts times and owners into it, and lists the files in the order of the file system.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sys
import tarfile
from pathlib import Path
from typing import IO

# The list of all files, and the manifest with its checksum
_LIST, _MANIFEST = "FILES.json", "MANIFEST.json"
# The byte for the operating system in gzip's header (RFC 1952, 2.3): 255 is unknown. Python before 3.13 writes Unix.
_SYSTEM = 9


def rewrite(path: Path) -> None:
    """Sort members and lists by name, and remove times and owners, also from the gzip header."""
    content = io.BytesIO()
    with tarfile.open(path) as old, tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT) as new:
        lists = _lists(old)
        for member in sorted(old.getmembers(), key=lambda item: item.name):
            plain = tarfile.TarInfo(member.name)
            plain.type, plain.size, plain.linkname = member.type, member.size, member.linkname
            plain.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            file = old.extractfile(member) if member.isfile() else None
            if member.name in lists:
                plain.size, file = len(lists[member.name]), io.BytesIO(lists[member.name])
            new.addfile(plain, file)
    packed = gzip.compress(content.getvalue(), mtime=0)
    path.write_bytes(packed[:_SYSTEM] + b"\xff" + packed[_SYSTEM + 1 :])


def _lists(tarball: tarfile.TarFile) -> dict[str, bytes]:
    """The list, sorted by name, and the manifest with its checksum."""
    files, manifest = (json.load(_opened(tarball, name)) for name in (_LIST, _MANIFEST))
    files["files"].sort(key=lambda item: item["name"])
    listed = _encoded(files)
    manifest["file_manifest_file"]["chksum_sha256"] = hashlib.sha256(listed).hexdigest()
    return {_LIST: listed, _MANIFEST: _encoded(manifest)}


def _opened(tarball: tarfile.TarFile, name: str) -> IO[bytes]:
    file = tarball.extractfile(name)
    if file is None:
        raise ValueError(f"{name} is no file")
    return file


def _encoded(content: object) -> bytes:
    """As ansible-galaxy writes it."""
    return json.dumps(content, indent=1).encode()


if __name__ == "__main__":
    for name in sys.argv[1:]:
        rewrite(Path(name))
