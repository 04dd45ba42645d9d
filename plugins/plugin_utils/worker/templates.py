# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiled templates, kept beside the bytecode of this file where Python keeps that.

Those of the page: 30 ms. Each run draws a page in a process of its own, which would compile them.

And those in which Ansible reads nothing but variables, as nearly all of this collection's roles and of application's
defaults are: 110 ms. Each worker would compile those of its task, and Jinja2 takes half a millisecond for one.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import os
import pathlib
import re
import sys
import typing as t

import ansible
import jinja2

from .process import is_on

# Names and their defaults: nothing else of an inventory is kept, no text that may be secret, and no other filter, whose
# kind would count in what is compiled.
_ONLY_NAMES: t.Final = re.compile(r"\{\{\s*[a-zA-Z_][\w.]*(\s*\|\s*default\([a-zA-Z_][\w.]*\))*\s*\}\}")


def cache() -> jinja2.BytecodeCache | None:
    """For Jinja2's environment; None where nothing may be kept."""
    folder = pathlib.Path(importlib.util.cache_from_source(__file__)).parent
    writable = is_on() and not sys.dont_write_bytecode and os.access(folder, os.W_OK)
    return jinja2.FileSystemBytecodeCache(str(folder)) if writable else None


def install() -> None:
    """Let Jinja2 look for what was compiled already, from now on. Fine when called twice."""
    kept = cache()
    plain = jinja2.Environment.compile
    if kept is None or hasattr(plain, "__wrapped__"):
        return

    @functools.wraps(plain)
    def compile_once(
        environment: jinja2.Environment, source: t.Any, name: str | None = None, *rest: t.Any, **more: t.Any
    ) -> t.Any:
        if name or rest or more or not isinstance(source, str) or not _ONLY_NAMES.fullmatch(source):
            return plain(environment, source, name, *rest, **more)
        bucket = kept.get_bucket(environment, f"{_kind(environment)} {source}", None, source)
        if bucket.code is None:
            bucket.code = t.cast("t.Any", plain(environment, source))
            with contextlib.suppress(OSError):
                kept.set_bucket(bucket)
        return bucket.code

    jinja2.Environment.compile = compile_once  # type: ignore[method-assign, assignment]


def _kind(environment: jinja2.Environment) -> str:
    """What of the environment, besides Python's version, counts in the code of such a template."""
    kind = type(environment)
    marks = environment.variable_start_string, environment.variable_end_string, environment.line_statement_prefix
    trims = environment.trim_blocks, environment.lstrip_blocks, environment.keep_trailing_newline
    rules = environment.optimized, environment.autoescape, environment.is_async, sorted(environment.extensions)
    versions = ansible.__version__, jinja2.__version__
    return f"{kind.__module__}.{kind.__qualname__} {marks} {trims} {rules} {versions}"
