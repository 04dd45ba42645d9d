# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `ansible-test sanity --test import` asks of module_utils. scripts/sanity.sh leaves it out.

It imports each file by itself. Where no file imports itself by way of others it does not matter which one is first.
"""

from __future__ import annotations

import ast
import functools
import graphlib
import json
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
OURS = "ansible_collections.everlook.failover.plugins"
FILES = sorted((PLUGINS / "module_utils").rglob("*.py"))
# Modules run where there may be nothing but Ansible and its collections.
IMPORT_ALL = """
import importlib, json, sys
from ansible.plugins.loader import init_plugin_loader
init_plugin_loader([sys.argv[1]])
# The loader of collections reads what each says of itself, with YAML.
for name in ("ansible.builtin", "amazon.aws", "everlook.failover"):
    importlib.import_module(f"ansible_collections.{name}")

def is_there(name):
    # An underscore is what Python's own have, some of which it does not list.
    first = name.partition(".")[0]
    return first.startswith("_") or first in {*sys.stdlib_module_names, "ansible", "ansible_collections"}

class Missing:
    def find_spec(self, name, path=None, target=None):
        if not is_there(name):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

for name in list(sys.modules):
    if not is_there(name):
        sys.modules[name] = None
sys.meta_path.insert(0, Missing())
for name in json.load(sys.stdin):
    importlib.import_module(name)
"""


def name_of(path: Path) -> str:
    parts = path.relative_to(PLUGINS).with_suffix("").parts
    return ".".join((OURS, *parts)).removesuffix(".__init__")


@functools.cache
def imported(path: Path) -> frozenset[str]:
    """What it imports while it is imported itself: not in functions, nor only for type checkers."""
    package = name_of(path) if path.stem == "__init__" else name_of(path).rpartition(".")[0]
    found: set[str] = set()
    waiting: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting += node.orelse
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join((*above, *([node.module] if node.module else [])))
            found |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
        waiting += ast.iter_child_nodes(node)
    return frozenset(found)


def packages(name: str) -> t.Iterator[str]:
    """The name, and those of the packages that are imported with it."""
    parts = name.split(".")
    yield from (".".join(parts[: length + 1]) for length in range(len(parts)))


def test_no_file_imports_itself_by_way_of_others() -> None:
    known = {name_of(path): path for path in FILES}
    graph = {
        name: {
            other
            for found in imported(path)
            for other in packages(found)
            if other in known and not name.startswith(other)
        }
        for name, path in known.items()
    }
    order = list(graphlib.TopologicalSorter(graph).static_order())
    assert len(order) == len(FILES) > 400


@pytest.mark.parametrize("folder", sorted(path.name for path in (PLUGINS / "module_utils").iterdir() if path.is_dir()))
def test_of_ansible_there_is_what_is_for_modules(folder: str) -> None:
    for path in (PLUGINS / "module_utils" / folder).rglob("*.py"):
        for name in imported(path):
            if name.partition(".")[0] == "ansible":
                assert name.startswith("ansible.module_utils"), path


def test_all_are_imported_without_a_word_where_nothing_but_ansible_is_installed() -> None:
    run = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, str(ROOT / ".ansible" / "collections")],
        cwd=ROOT,
        input=json.dumps([name_of(path) for path in FILES]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
