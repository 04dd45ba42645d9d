# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cached bytecode for this collection's code, as Python has for all other code.

Ansible's collection loader compiles a collection's code in every run (ansible-core,
`_AnsibleCollectionPkgLoaderBase.get_code`): a tenth of a run with nothing to do. Python's own loader finds the same
files.

The same for the methods of data classes: dataclasses generates their source, and compiles it in every process.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib.abc
import importlib.machinery
import sys
import typing as t

from .kept import Kept, folder

if t.TYPE_CHECKING:
    import types

_PACKAGES: t.Final = tuple(
    f"{__name__.rpartition('.plugin_utils.')[0]}.{name}." for name in ("module_utils", "plugin_utils")
)
_ANSIBLES: t.Final = "_AnsibleCollectionFinder"


@functools.cache
def _files_in(folder: str) -> importlib.machinery.FileFinder:
    return importlib.machinery.FileFinder(
        folder, (importlib.machinery.SourceFileLoader, importlib.machinery.SOURCE_SUFFIXES)
    )


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the modules of the packages in _PACKAGES, and leaves all others to Ansible's finder."""

    def find_spec(
        self, fullname: str, path: t.Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if not fullname.startswith(_PACKAGES):
            return None
        return next(filter(None, (_files_in(folder).find_spec(fullname, target) for folder in path or ())), None)


def install() -> None:
    """Let Python's loader import these packages from now on. Idempotent."""
    names = [type(finder).__name__ for finder in sys.meta_path]
    if _Finder.__name__ not in names:
        # Just before Ansible's, which takes everything in ansible_collections, but behind all others.
        sys.meta_path.insert(names.index(_ANSIBLES) if _ANSIBLES in names else 0, _Finder())


def install_methods() -> None:
    """Let dataclasses use code that is compiled already, from now on. Idempotent."""
    place = folder()
    if place is None or hasattr(dataclasses, "exec"):
        return
    kept = Kept(place, "dataclasses")

    def execute(text: str, names: dict[str, t.Any], found: dict[str, t.Any]) -> None:
        if not str(names.get("__name__")).startswith(_PACKAGES):
            exec(text, names, found)
            return
        if text not in kept:
            kept[text] = compile(text, "<string>", "exec", dont_inherit=True)
        exec(kept[text], names, found)

    # Found before the built-in function.
    dataclasses.exec = execute  # type: ignore[attr-defined]
