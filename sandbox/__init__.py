# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local AWS on loopback for development, tests and teaching. See README.md in this folder."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.handles import Fault
    from sandbox.harness import Sandbox
    from sandbox.requestlog import RequestRecord
    from sandbox.resources import Resource

__all__ = ["Fault", "RequestRecord", "Resource", "Sandbox"]

_HOMES = {
    "Fault": "sandbox.handles",
    "RequestRecord": "sandbox.requestlog",
    "Resource": "sandbox.resources",
    "Sandbox": "sandbox.harness",
}


def __getattr__(name: str) -> Any:
    """Import on first use: the command line needs no boto3, whose import takes longer than the command."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
