# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an update of something in ECS carries. Pure."""

from __future__ import annotations

import dataclasses
import typing as t


@dataclasses.dataclass(frozen=True, kw_only=True)
class Repair:
    """Fields, by their names, and tags to set on something that is there."""

    arn: str
    values: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    tags: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


def with_tags(values: t.Mapping[str, t.Any], tags: t.Iterable[str], of: t.Mapping[str, str | None]) -> dict[str, t.Any]:
    """The values and these tags, side by side for a diff."""
    return {**values, **{f"tag {key}": of.get(key) for key in tags}}
