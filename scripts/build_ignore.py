# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes build_ignore of galaxy.yml from what belongs in the tarball: ``python -m scripts.build_ignore [--check]``.

A checkout has files of its user: inventories, reports, secrets. Only known files may be published. Ansible's
``manifest`` says that directly, but needs distlib, even to install the collection from git. So the patterns of
``build_ignore`` match every name that is not on the list.
"""

from __future__ import annotations

import sys
import textwrap
import typing as t
from pathlib import Path

GALAXY: t.Final = Path(__file__).resolve().parents[1] / "galaxy.yml"
_ENVIRONMENTS: t.Final = ("dev", "management", "prod", "staging")
# Folder → what belongs in it; everything in folders that are not listed does.
BELONGS: t.Final[t.Mapping[str, t.Sequence[str]]] = {
    "": (
        *("CHANGELOG.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md"),
        *("bindep.txt", "changelogs", "docs", "inventories", "meta", "playbooks", "plugins"),
        *("requirements.txt", "requirements.yml", "roles"),
    ),
    "changelogs/": ("changelog.yaml", "config.yaml"),
    "inventories/": _ENVIRONMENTS,
    **{f"inventories/{name}/": ("group_vars", "hosts.yml") for name in _ENVIRONMENTS},
    **{f"inventories/{name}/group_vars/": ("all.yml",) for name in _ENVIRONMENTS},
}
# What editors and Python leave behind, anywhere
LITTER: t.Final = ("*/.*", "*.pyc", "*__pycache__", "*~", "*.orig", "*.rej")
_START: t.Final = "build_ignore:\n"


def patterns() -> list[str]:
    """All patterns."""
    return [*LITTER, *(pattern for folder, names in BELONGS.items() for pattern in others(folder, names))]


def others(folder: str, names: t.Sequence[str]) -> t.Iterator[str]:
    """Patterns (fnmatch) that match every name in a folder except these.

    Any other name starts like one of these, and continues with another character. A mere prefix is not matched: no file
    is called ``CHANGEL``.
    """
    for start in sorted({name[:length] for name in names for length in range(len(name) + 1)}):
        following = {name[len(start)] for name in names if name.startswith(start) and name != start}
        if start in names:
            following.add("/")
        yield f"{folder}{start}[!{''.join(sorted(following))}]*"


def section() -> str:
    """The end of galaxy.yml."""
    quoted = ", ".join(f'"{pattern}"' for pattern in patterns())
    lines = textwrap.wrap(quoted, 112, break_long_words=False, break_on_hyphens=False)
    text = "\n".join(f"    {line}" for line in lines)
    return f"{_START}  [\n{text},\n  ]\n"


def main(arguments: t.Sequence[str]) -> int:
    """Returns the exit code."""
    before = GALAXY.read_text(encoding="utf-8")
    after = before.partition(_START)[0] + section()
    if "--check" in arguments:
        if before != after:
            print("galaxy.yml: build_ignore is not what scripts/build_ignore.py makes of it; run make generate.")
        return int(before != after)
    GALAXY.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
