# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rewrites a tarball so that the same files make the same bytes: ansible-galaxy puts times and owners into it."""

from __future__ import annotations

import gzip
import io
import sys
import tarfile
from pathlib import Path


def rewrite(path: Path) -> None:
    """Members by name, without times and owners, and a gzip header without a time."""
    content = io.BytesIO()
    with tarfile.open(path) as old, tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT) as new:
        for member in sorted(old.getmembers(), key=lambda item: item.name):
            plain = tarfile.TarInfo(member.name)
            plain.type, plain.size, plain.linkname = member.type, member.size, member.linkname
            plain.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            new.addfile(plain, old.extractfile(member) if member.isfile() else None)
    path.write_bytes(gzip.compress(content.getvalue(), mtime=0))


if __name__ == "__main__":
    for name in sys.argv[1:]:
        rewrite(Path(name))
