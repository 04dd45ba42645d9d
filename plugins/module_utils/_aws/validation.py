# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation of options of several layers. Pure."""

from __future__ import annotations

import typing as t

from .._engine.errors import SpecError
from .._engine.unknown import is_unknown
from .limits import POLICY_ARN


def check_range(option: str, value: int, low: int, high: int, *, also: t.Collection[int] = ()) -> int:
    """``value``, if it is within ``low`` and ``high`` or one of ``also``. Raises SpecError."""
    if low <= value <= high or value in also:
        return value
    extra = "".join(f", or {number}" for number in also)
    raise SpecError(option, f"{value} is out of range.", f"AWS allows {low} to {high}{extra}.")


def parse_permissions_boundary(arn: str | None) -> str | None:
    """The option ``permissions_boundary_arn``. Raises SpecError."""
    if arn and not is_unknown(arn) and not POLICY_ARN.fullmatch(arn):
        raise SpecError("permissions_boundary_arn", f"{arn!r} is not the ARN of a policy.")
    return arn or None
