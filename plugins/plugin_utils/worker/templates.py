# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiled templates, stored beside this file's bytecode.

Those of the page: 30 ms. Each run draws a page in another process, which would compile them.

Those of roles and playbooks: 190 ms. ansible-playbook and each of its workers would compile those they use, and Jinja2
takes a millisecond for one. They are in one file, which is read before workers are forked.
"""

from __future__ import annotations

import functools
import pathlib
import re
import typing as t

import ansible
import jinja2
import jinja2.environment

from .kept import Kept, folder
from .process import is_on

# From an inventory only names, their defaults, and ARNs with names are stored: no text that may be secret.
_NAME: t.Final = r"\{\{\s*[a-zA-Z_][\w.]*(?:\s*\|\s*default\([a-zA-Z_][\w.]*\))*\s*\}\}"
_NO_SECRET: t.Final = re.compile(rf"{_NAME}|arn:(?:[\w:/.*-]|{_NAME})+")
# From this collection everything is.
_COLLECTION: t.Final = pathlib.Path(__file__).parents[3]
_TEXTS: t.Final = ("roles/*/defaults/*.yml", "roles/*/tasks/*.yml", "playbooks/**/*.yml")
# Jinja2 turns an expression into this template.
_BEFORE, _AFTER = "{% set result = ", " %}"


def cache() -> jinja2.BytecodeCache | None:
    """The cache for the page's templates; None if nothing may be stored."""
    place = folder() if is_on() else None
    return jinja2.FileSystemBytecodeCache(str(place)) if place else None


def install() -> None:
    """Let Jinja2 use templates that are compiled already, from now on. Idempotent."""
    place = folder()
    plain, plain_expression = jinja2.Environment.compile, jinja2.Environment.compile_expression
    if place is None or hasattr(plain, "__wrapped__"):
        return
    kept = Kept(place, f"templates-{ansible.__version__}-{jinja2.__version__}")

    @functools.wraps(plain)
    def compile_once(
        environment: jinja2.Environment, source: t.Any, name: str | None = None, *rest: t.Any, **more: t.Any
    ) -> t.Any:
        if name or rest or more or not isinstance(source, str):
            return plain(environment, source, name, *rest, **more)
        key = _key(environment, source)
        if key in kept:
            return kept[key]
        code = t.cast("t.Any", plain(environment, source))
        if _may_be_kept(source):
            kept[key] = code
        return code

    @functools.wraps(plain_expression)
    def compile_expression_once(
        environment: jinja2.Environment, source: str, undefined_to_none: bool = True
    ) -> jinja2.environment.TemplateExpression:
        text = f"{_BEFORE}{source}{_AFTER}"
        if _key(environment, text) not in kept and not _may_be_kept(text):
            return plain_expression(environment, source, undefined_to_none)
        return jinja2.environment.TemplateExpression(environment.from_string(text), undefined_to_none)

    jinja2.Environment.compile = compile_once  # type: ignore[method-assign, assignment]
    jinja2.Environment.compile_expression = compile_expression_once  # type: ignore[method-assign, assignment]


def _may_be_kept(source: str) -> bool:
    if _NO_SECRET.fullmatch(source):
        return True
    # Whether backslashes are doubled does not depend on the environment alone.
    text = " ".join(source.removeprefix(_BEFORE).removesuffix(_AFTER).split())
    return "\\" not in text and text in _own_texts()


@functools.cache
def _own_texts() -> str:
    """The text of this collection's roles and playbooks, in one line."""
    paths = (path for pattern in _TEXTS for path in _COLLECTION.glob(pattern))
    return " ".join(" ".join(path.read_text(encoding="utf-8").split()) for path in paths)


def _key(environment: jinja2.Environment, source: str) -> str:
    """The template, and the settings of its environment that affect its code."""
    kind = type(environment)
    marks = environment.variable_start_string, environment.variable_end_string, environment.line_statement_prefix
    trims = environment.trim_blocks, environment.lstrip_blocks, environment.keep_trailing_newline
    rules = environment.optimized, environment.autoescape, environment.is_async, sorted(environment.extensions)
    return f"{kind.__module__}.{kind.__qualname__} {marks} {trims} {rules} {source}"
