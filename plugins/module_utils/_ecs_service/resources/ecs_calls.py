# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all resources of ECS share in their calls."""

from __future__ import annotations

import contextlib
import typing as t

from ..._aws.owner import tags_from
from ..._engine.aws_errors import error_code

with contextlib.suppress(ImportError):  # see clients.py
    import botocore.exceptions as botocore_errors

Result = t.TypeVar("Result")


def ecs_tags(tags: t.Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as ECS takes them."""
    return [{"key": key, "value": value} for key, value in tags.items()]


def tags_of(answer: t.Mapping[str, t.Any]) -> dict[str, str]:
    """The tags in an answer of ECS."""
    return tags_from(answer.get("tags"), key="key", value="value")


def or_none(call: t.Callable[[], Result], code: str) -> Result | None:
    """What the call returns; None if ECS answers with this code that there is no such thing."""
    try:
        return call()
    except botocore_errors.ClientError as error:
        if error_code(error) != code:
            raise
        return None
