# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiled templates of the page, kept beside the bytecode of this file where Python keeps that: 30 ms.

Each run draws a page in a process of its own, which would compile them.
"""

from __future__ import annotations

import importlib.util
import os
import pathlib
import sys

import jinja2

from .process import is_on


def cache() -> jinja2.BytecodeCache | None:
    """For Jinja2's environment; None where nothing may be kept."""
    folder = pathlib.Path(importlib.util.cache_from_source(__file__)).parent
    writable = is_on() and not sys.dont_write_bytecode and os.access(folder, os.W_OK)
    return jinja2.FileSystemBytecodeCache(str(folder)) if writable else None
