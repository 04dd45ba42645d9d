# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the calls of all ECS resources share."""

from __future__ import annotations

import typing as t

from ..._aws.owner import Tags, tags_from


def ecs_tags(tags: Tags) -> list[dict[str, str]]:
    """The tags as an ECS request has them."""
    return [{"key": key, "value": value} for key, value in tags.items()]


def tags_of(answer: t.Mapping[str, t.Any]) -> dict[str, str]:
    """The tags in an ECS answer."""
    return tags_from(answer.get("tags"), key="key", value="value")
