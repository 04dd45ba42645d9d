# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy documents, evaluated. Pure.

From the IAM User Guide, "Policy evaluation logic" and "Creating a condition with multiple keys or
values". An unknown resource, of reading calls only, matches every pattern. A condition that the
sandbox does not know is an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import translate
from functools import lru_cache
from typing import Any

Values = tuple[str, ...]
# The condition keys that requests of the sandbox carry where AWS's carry them; a name for each tag behind a slash.
KNOWN_KEYS = frozenset({
    "application-autoscaling:service-namespace",
    "acm:domainnames", "aws:principalaccount", "aws:principalarn", "aws:requestedregion", "aws:requesttag",
    "aws:resourcetag", "aws:securetransport", "aws:sourceaccount", "aws:sourcearn", "aws:sourceowner", "aws:tagkeys",
    "cloudwatch:namespace", "ec2:createaction",
    "ecs:createaction", "elasticloadbalancing:createaction", "iam:awsservicename", "iam:passedtoservice",
    "iam:permissionsboundary", "iam:policyarn", "route53:changeresourcerecordsetsactions",
    "route53:changeresourcerecordsetsnormalizedrecordnames", "route53:changeresourcerecordsetsrecordtypes",
    "sts:externalid", "sts:rolesessionname",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """A principal's request.

    `resource` is None when unknown. `context` holds the condition keys the request carries, lower
    case; a key of KNOWN_KEYS that is not in it is absent, as on AWS.
    """

    action: str
    resource: str | None = None
    principal: str = ""
    account: str = ""
    context: Mapping[str, Values] = field(default_factory=dict)


class UnknownConditionError(NotImplementedError):
    """A policy has a condition that the sandbox cannot judge."""


def refuse_unknown(documents: Iterable[str | Mapping[str, Any]]) -> None:
    """Raises UnknownConditionError if a statement has a condition key or an operator that is not known here."""
    for document in documents:
        for statement in _statements(document):
            for operator, keys in statement.get("Condition", {}).items():
                for key in keys:
                    _check_known(operator, key)


def allowed(documents: Iterable[str | Mapping[str, Any]], request: Request) -> bool:
    """Whether the identity or trust policies allow the request: an Allow, and no Deny."""
    effects = {
        statement["Effect"]
        for document in documents
        for statement in _statements(document)
        if _applies(statement, request)
    }
    return "Allow" in effects and "Deny" not in effects


def _statements(document: str | Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    parsed = json.loads(document) if isinstance(document, str) else document
    statements = parsed["Statement"]
    yield from [statements] if isinstance(statements, Mapping) else statements


def _applies(statement: Mapping[str, Any], request: Request) -> bool:
    return (
        _covers(statement, "Action", request.action, ignore_case=True)
        and (
            request.resource is None
            or statement.keys().isdisjoint(("Resource", "NotResource"))
            or _covers(statement, "Resource", request.resource, ignore_case=False)
        )
        and ("Principal" not in statement or _principal_matches(statement["Principal"], request))
        and all(
            _condition_met(operator, key, _listed(values), request)
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _listed(value: Any) -> Values:
    items = value if isinstance(value, list | tuple) else [value]
    return tuple(str(item).lower() if isinstance(item, bool) else str(item) for item in items)


@lru_cache(maxsize=4096)
def _pattern(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    escaped = pattern.replace("[", "[[]")
    return re.compile(translate(escaped), re.IGNORECASE if ignore_case else 0)


def like(pattern: str, value: str, ignore_case: bool = False) -> bool:
    """Whether a value matches a pattern with `*` and `?`."""
    return _pattern(pattern, ignore_case).match(value) is not None


def _covers(statement: Mapping[str, Any], element: str, value: str, *, ignore_case: bool) -> bool:
    """Whether Action or Resource of a statement names a value, or NotAction or NotResource does not."""
    negated = f"Not{element}" in statement
    patterns = _listed(statement.get(f"Not{element}" if negated else element, []))
    return any(like(pattern, value, ignore_case) for pattern in patterns) != negated


def _principal_matches(principal: Any, request: Request) -> bool:
    if principal == "*":
        return True
    if not isinstance(principal, Mapping):
        return False
    trusted = _listed(principal.get("AWS", [])) + _listed(principal.get("Service", []))
    whole_account = (f"arn:aws:iam::{request.account}:root", request.account, "*")
    return any(name in whole_account or name == request.principal for name in trusted)


_TESTS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda wanted, actual: wanted == actual,
    "StringEqualsIgnoreCase": lambda wanted, actual: wanted.lower() == actual.lower(),
    "StringLike": like,
    "ArnEquals": like,
    "ArnLike": like,
    "Bool": lambda wanted, actual: wanted.lower() == actual.lower(),
    "NumericEquals": lambda wanted, actual: float(wanted) == float(actual),
    "NumericLessThanEquals": lambda wanted, actual: float(actual) <= float(wanted),
    "NumericGreaterThanEquals": lambda wanted, actual: float(actual) >= float(wanted),
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}


def _condition_met(operator: str, key: str, wanted: Values, request: Request) -> bool:
    _check_known(operator, key)
    actual = request.context.get(key.lower())
    if operator == "Null":
        return (actual is None) == (wanted[0] == "true")
    quantifier, _, name = operator.rpartition(":")
    optional = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    if actual is None:
        # ForAllValues is true for an absent key, and so is a negated test; Null is for that.
        return optional or quantifier == "ForAllValues" or name in _NEGATED
    return _matches(name, quantifier, wanted, actual)


def _check_known(operator: str, key: str) -> None:
    if key.lower().partition("/")[0] not in KNOWN_KEYS:
        raise UnknownConditionError(f"the condition key {key}")
    test = operator.rpartition(":")[2].removesuffix("IfExists")
    if test not in (*_TESTS, *_NEGATED, "Null"):
        raise UnknownConditionError(f"the condition operator {operator}")


def _matches(name: str, quantifier: str, wanted: Values, actual: Values) -> bool:
    negated = name in _NEGATED
    test = _TESTS[_NEGATED.get(name, name)]
    hits = [any(test(value, item) for value in wanted) != negated for item in actual]
    return any(hits) if quantifier == "ForAnyValue" else all(hits)
