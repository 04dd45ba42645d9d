# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads reports of earlier runs. They are untrusted: anyone who can write to their folder may have changed them."""

from __future__ import annotations

import json
import os
import pathlib
import stat
import typing as t

from ..module_utils._engine.printable import clean
from .report_regions import LAYERS

# The report of a drill of several hours has some megabytes.
_MOST_BYTES: t.Final = 32 * 1024 * 1024

Document = dict[str, t.Any]


class UnreadableError(Exception):
    """The file is not a report. The message says why."""


def read(path: pathlib.Path) -> Document | None:
    """The document with printable text; None without a file. Raises UnreadableError."""
    try:
        found = clean(json.loads(_content(path)))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnreadableError(error.strerror or str(error)) from error
    except (ValueError, RecursionError) as error:
        raise UnreadableError(str(error)) from error
    if not isinstance(found, dict):
        raise UnreadableError("it is not a JSON object")
    return found


def _content(path: pathlib.Path) -> bytes:
    """Raises OSError and ValueError."""
    # A pipe in place of the file must not block the run.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("it is not an ordinary file")
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ValueError(f"it has more than {_MOST_BYTES} bytes")
    return content


def is_deployment(document: t.Mapping[str, t.Any]) -> bool:
    """Whether its regions and their layers have the types of deployment.json."""
    regions = document.get("regions", {})
    return isinstance(regions, dict) and all(map(_is_region, regions.values()))


def _is_region(value: t.Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(result, dict) and isinstance(result.get("component", ""), str)
        for layer, result in value.items()
        if layer.partition(" ")[0] in LAYERS
    )
