# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy documents as values: canonical form, account and partition, widening. Pure."""

from __future__ import annotations

import json
import typing as t

Document: t.TypeAlias = "t.Mapping[str, t.Any]"

VERSION: t.Final = "2012-10-17"
# A stand-in for the id of the role's account in documents.
ACCOUNT: t.Final = "<account>"

_LISTS: t.Final = ("Action", "NotAction", "Resource", "NotResource")


def policy(*statements: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """A policy document of these statements."""
    return {"Version": VERSION, "Statement": [dict(statement) for statement in statements]}


def allow(actions: t.Iterable[str], resources: t.Iterable[str]) -> dict[str, t.Any]:
    """A statement that allows these actions on these resources."""
    return {"Effect": "Allow", "Action": sorted(actions), "Resource": sorted(set(resources))}


def service_trust(service: str, conditions: t.Mapping[str, t.Any] | None = None) -> dict[str, t.Any]:
    """A trust policy under which an AWS service (``ecs-tasks.amazonaws.com``) may assume the role."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return policy({**statement, "Condition": conditions} if conditions else statement)


def partition_of(region: str) -> str:
    """The partition of a region's ARNs (General Reference, ARN format)."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def account_of(arn: str) -> str:
    """The account id in an ARN; empty for none."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 else ""


def with_account(document: Document, account: str) -> dict[str, t.Any]:
    """The document with ACCOUNT replaced."""
    result: dict[str, t.Any] = json.loads(json.dumps(dict(document)).replace(ACCOUNT, account))
    return result


def canonical(document: Document) -> dict[str, t.Any]:
    """A form in which equivalent documents are equal: IAM accepts a string for a list of one, and any order."""
    statements = document.get("Statement", ())
    listed = [statements] if isinstance(statements, t.Mapping) else list(statements)
    tidy = [_canonical_statement(statement) for statement in listed]
    return {"Version": document.get("Version", "2008-10-17"), "Statement": sorted(tidy, key=_text)}


def widened(current: Document, wanted: Document) -> dict[str, t.Any]:
    """The statements of both documents, without duplicates: all permissions of either, unless denied."""
    have = canonical(current)["Statement"]
    added = [statement for statement in canonical(wanted)["Statement"] if statement not in have]
    return {"Version": VERSION, "Statement": [*have, *added]}


def _canonical_statement(statement: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    tidy = dict(statement)
    for key in _LISTS:
        if key in tidy:
            tidy[key] = _as_list(tidy[key])
    for key in ("Principal", "NotPrincipal"):
        if isinstance(tidy.get(key), t.Mapping):
            tidy[key] = {kind: _as_list(value) for kind, value in tidy[key].items()}
    if "Condition" in tidy:
        tidy["Condition"] = {
            operator: {key: _as_list(value) for key, value in keys.items()}
            for operator, keys in tidy["Condition"].items()
        }
    return tidy


def _as_list(value: t.Any) -> list[str]:
    values = [value] if isinstance(value, (str, bool, int)) else value
    # In conditions, true equals "true".
    return sorted({str(item).lower() if isinstance(item, bool) else str(item) for item in values})


def _text(value: t.Any) -> str:
    return json.dumps(value, sort_keys=True)
