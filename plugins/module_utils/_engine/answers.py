# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Completes the answers of AWS before they are read."""

from __future__ import annotations

import functools
import typing as t


def complete_answers(client: t.Any) -> None:
    """Add the region and missing lists to every answer of this boto3 client.

    Errors name the region, which may not be the run's. AWS guarantees no list in an answer; protocols with JSON or CBOR
    may omit empty ones.
    """
    client.meta.events.register("after-call", functools.partial(_complete, client.meta.region_name))


def _complete(region: str, *, parsed: dict[str, t.Any], model: t.Any, **_ignored: object) -> None:
    parsed.setdefault("ResponseMetadata", {})["Region"] = region
    if "Error" not in parsed and model.output_shape is not None:
        for member, shape in model.output_shape.members.items():
            if shape.type_name == "list":
                parsed.setdefault(member, [])
