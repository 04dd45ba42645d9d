# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be in the tarball: a new file at the root is a decision and not an accident."""

from __future__ import annotations

import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Read by plugins, and no Python files: nothing else misses them before a page is drawn.
PAGE = ROOT / "plugins" / "plugin_utils" / "page"

EXPECTED = {
    "CHANGELOG.md",
    "CODE_OF_CONDUCT.md",
    "CONTRIBUTING.md",
    "FILES.json",
    "LICENSE",
    "MANIFEST.json",
    "README.md",
    "SECURITY.md",
    "bindep.txt",
    "changelogs",
    "docs",
    "inventories",
    "meta",
    "playbooks",
    "plugins",
    "requirements.txt",
    "requirements.yml",
    "roles",
}
# The examples. An inventory of another name is part of a checkout, not of the collection.
INVENTORIES = {"dev", "management", "prod", "staging"}


def main(path: str) -> int:
    with tarfile.open(path) as tarball:
        members = tarball.getnames()
    top = {name.split("/")[0] for name in members if name not in (".", "")}
    wrong = sorted(top ^ EXPECTED)
    litter = sorted(name for name in members if is_litter(*name.split("/")))
    read = {str(path.relative_to(ROOT)) for kind in ("*.j2", "*.css") for path in PAGE.rglob(kind)}
    wrong += sorted(read - set(members)) or ([] if read else [str(PAGE.relative_to(ROOT))])
    for name in wrong:
        where = "not expected in" if name in top else "missing from"
        print(f"consumer: {name} is {where} the tarball", file=sys.stderr)
    for name in litter:
        print(f"consumer: {name} does not belong in the tarball", file=sys.stderr)
    return 1 if wrong or litter else 0


def is_litter(*parts: str) -> bool:
    """Whether a member is a cache, an editor's file, or an inventory that is no example."""
    hidden = any(part.startswith(".") or part == "__pycache__" for part in parts)
    own_inventory = parts[0] == "inventories" and len(parts) > 1 and parts[1] not in INVENTORIES
    return hidden or own_inventory or parts[-1].endswith((".pyc", ".orig", ".rej", "~"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
