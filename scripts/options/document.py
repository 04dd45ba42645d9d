# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules and their options, as their DOCUMENTATION declares them."""

from __future__ import annotations

import ast
import dataclasses
import itertools
import re
import typing as t
from pathlib import Path

import yaml

_OURS: t.Final = "everlook.failover."
LAYER_FRAGMENT: t.Final = f"{_OURS}layer"

_TYPES: t.Final = frozenset({"bool", "dict", "float", "int", "json", "list", "path", "raw", "str"})
_KEYS: t.Final = frozenset(
    {"choices", "default", "description", "elements", "required", "suboptions", "type", "version_added"}
)
# Ansible's usual phrase. A sentence, so that users read the rule that the module applies.
_REQUIRED_IF: t.Final = re.compile(r"Required if O\((\w+)=(\w+)\)\.")


class DocumentationError(Exception):
    """A DOCUMENTATION that nothing can be generated from."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Option:
    """An option or a suboption.

    :param description: paragraphs, in Ansible's markup.
    :param default: None if there is none.
    """

    name: str
    description: tuple[str, ...]
    type: str
    elements: str | None = None
    choices: tuple[t.Any, ...] = ()
    default: t.Any = None
    required: bool = False
    suboptions: tuple[Option, ...] = ()

    @property
    def declared(self) -> dict[str, t.Any]:
        """The part of an argument spec that modules and roles share, without suboptions."""
        found: dict[str, t.Any] = {"type": self.type}
        if self.elements:
            found["elements"] = self.elements
        if self.choices:
            found["choices"] = list(self.choices)
        if self.default is not None:
            found["default"] = self.default
        if self.required:
            found["required"] = True
        return found

    @property
    def applies_defaults(self) -> bool:
        """Whether an omitted dict gets the defaults of its suboptions.

        It needs a default, and no required suboption: such a dict turns something on.
        """
        own = any(option.default is not None for option in self.suboptions)
        return self.type == "dict" and own and not any(option.required for option in self.suboptions)

    @property
    def required_if(self) -> tuple[tuple[str, str], ...]:
        """The (option, value) that make it required: from "Required if O(state=present)." in its description."""
        return tuple(match.groups() for text in self.description for match in _REQUIRED_IF.finditer(text))  # type: ignore[misc]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Module:
    """A module.

    :param options: its own and those of this collection's fragments, except those of all layers.
    :param is_layer: whether it also has the options of all layers.
    :param is_action: whether it consists of an action plugin only.
    """

    name: str
    short_description: str
    version_added: str
    options: tuple[Option, ...]
    is_layer: bool
    is_action: bool


def read_module(path: Path) -> Module:
    """The module in a file below plugins/modules. Raises DocumentationError."""
    tree = ast.parse(path.read_text())
    document = _documentation(tree, path)
    fragments = document.get("extends_documentation_fragment", [])
    shared = [_shared(path, name) for name in fragments if name.startswith(_OURS) and name != LAYER_FRAGMENT]
    return Module(
        name=path.stem,
        short_description=document["short_description"],
        version_added=str(document["version_added"]),
        options=(*itertools.chain.from_iterable(shared), *_options(document.get("options", {}), path.stem)),
        is_layer=LAYER_FRAGMENT in fragments,
        is_action=not any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in tree.body),
    )


def _shared(module: Path, name: str) -> tuple[Option, ...]:
    """The options in a fragment of this collection, from its name in a module (``<fragment>`` or ``….<part>``)."""
    fragment, _dot, part = name.removeprefix(_OURS).partition(".")
    return read_fragment(module.parents[1] / f"doc_fragments/{fragment}.py", part.upper() or "DOCUMENTATION")


def read_fragment(path: Path, part: str = "DOCUMENTATION") -> tuple[Option, ...]:
    """The options in (a part of) a documentation fragment. Raises DocumentationError."""
    return _options(_documentation(ast.parse(path.read_text()), path, part)["options"], path.stem)


def _documentation(tree: ast.Module, path: Path, name: str = "DOCUMENTATION") -> dict[str, t.Any]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            loaded = yaml.safe_load(ast.literal_eval(node.value))
            if isinstance(loaded, dict):
                return loaded
    raise DocumentationError(f"{path}: has no {name}.")


def _options(documented: t.Mapping[str, t.Any], where: str) -> tuple[Option, ...]:
    return tuple(_option(name, option, f"{where}.{name}") for name, option in documented.items())


def _option(name: str, documented: t.Mapping[str, t.Any], where: str) -> Option:
    unknown = documented.keys() - _KEYS
    if unknown:
        raise DocumentationError(f"{where}: {', '.join(sorted(unknown))} is not supported. Use {', '.join(_KEYS)}.")
    if documented.get("type") not in _TYPES:
        raise DocumentationError(f"{where}: has no type that Ansible knows.")
    if (documented["type"] == "list") != ("elements" in documented):
        raise DocumentationError(f"{where}: a list, and nothing else, has elements.")
    if not documented.get("description"):
        raise DocumentationError(f"{where}: has no description.")
    description = documented["description"]
    default = documented.get("default")
    return Option(
        name=name,
        description=(description,) if isinstance(description, str) else tuple(description),
        type=documented["type"],
        elements=documented.get("elements"),
        choices=tuple(documented.get("choices", ())),
        default=float(default) if documented["type"] == "float" and default is not None else default,
        required=bool(documented.get("required", False)),
        suboptions=_options(documented.get("suboptions", {}), where),
    )
