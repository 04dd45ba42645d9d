# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an answer of AWS lacks, put in before anyone reads it."""

from __future__ import annotations

import functools
import typing as t


def complete_answers(client: t.Any) -> None:
    """Have every answer of this boto3 client say where it is from, and what it has none of.

    A run may call other regions than its own, and errors name the region. No AWS API promises the lists of its answers,
    and those that speak JSON or CBOR are free to leave out an empty one.
    """
    client.meta.events.register("after-call", functools.partial(_complete, client.meta.region_name))


def _complete(region: str, *, parsed: dict[str, t.Any], model: t.Any, **_ignored: object) -> None:
    parsed.setdefault("ResponseMetadata", {})["Region"] = region
    if "Error" not in parsed and model.output_shape is not None:
        for member, shape in model.output_shape.members.items():
            if shape.type_name == "list":
                parsed.setdefault(member, [])
