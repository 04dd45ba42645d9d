# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which requests the service receives, from the options, with AWS's limits. Pure."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import typing as t

from .._aws.validation import check_range
from .._engine.errors import SpecError
from .._engine.unknown import is_unknown

# ELB API, RulePriority.
_PRIORITIES: t.Final = (1, 50_000)
# Default priorities of rules with conditions. Lower numbers are free for rules that take precedence.
_HASHED: t.Final = range(1_000, 40_000)
_CATCH_ALL: t.Final = ("/*",)
# Quotas of Application Load Balancers, Rules: "Condition values per rule" and "Condition wildcards per rule", neither
# of which can be raised.
_VALUES_MOST: t.Final = 5
_WILDCARDS_MOST: t.Final = 5
# ELB API, HostHeaderConditionConfig: a dot, and letters alone behind the last one. RuleCondition: characters.
_HOST: t.Final = re.compile(r"[A-Za-z0-9.*?-]*\.[A-Za-z]+")
# ELB API, RuleCondition, path-pattern. A path begins with a slash.
_PATH: t.Final = re.compile(r"[/*][A-Za-z0-9_.$/~\"'@:+&*?-]*")
_LENGTH_MOST: t.Final = 128


@dataclasses.dataclass(frozen=True, kw_only=True)
class RuleSpec:
    """The rule of the listener.

    :param hosts: values of the Host header, in lower case, sorted.
    :param paths: path patterns, sorted.
    """

    listener_arn: str
    priority: int
    hosts: tuple[str, ...]
    paths: tuple[str, ...]


def parse_rule(params: t.Mapping[str, t.Any]) -> RuleSpec:
    """The rule from a module's parameters. Raises SpecError."""
    # The comparison is case insensitive (HostHeaderConditionConfig).
    hosts = tuple(sorted({host if is_unknown(host) else host.lower() for host in params["hosts"] or ()}))
    paths = tuple(sorted(set(params["paths"] or ())))
    _check_values("hosts", hosts, _HOST, "Write a name such as www.example.com or *.example.com.")
    _check_values("paths", paths, _PATH, "Write a pattern such as /api/* for the paths that begin with /api/.")
    _check_number(hosts, paths)
    return RuleSpec(
        listener_arn=params["listener_arn"],
        priority=_priority(params, conditions=bool(hosts or paths)),
        hosts=hosts,
        paths=paths if hosts or paths else _CATCH_ALL,
    )


def hashed_priority(name: str) -> int:
    """The default priority of a service with conditions: always the same for a name."""
    return _HASHED[int(hashlib.sha256(name.encode()).hexdigest(), 16) % len(_HASHED)]


def _priority(params: t.Mapping[str, t.Any], *, conditions: bool) -> int:
    if params["rule_priority"] is not None:
        return check_range("rule_priority", params["rule_priority"], *_PRIORITIES)
    # Without conditions it receives what no other rule matches.
    return hashed_priority(params["name"]) if conditions else _PRIORITIES[1]


def _check_values(option: str, values: t.Iterable[str], pattern: re.Pattern[str], remedy: str) -> None:
    for value in values:
        if is_unknown(value):
            continue
        if len(value) > _LENGTH_MOST:
            raise SpecError(option, f"{value!r} is longer than {_LENGTH_MOST} characters.")
        if not pattern.fullmatch(value):
            raise SpecError(option, f"{value!r} cannot be a condition of a listener rule.", remedy)


def _check_number(hosts: t.Sequence[str], paths: t.Sequence[str]) -> None:
    option = "paths" if paths else "hosts"
    if len(hosts) + len(paths) > _VALUES_MOST:
        raise SpecError(option, f"a rule has at most {_VALUES_MOST} values, hosts and paths together.")
    wildcards = sum(value.count("*") + value.count("?") for value in (*hosts, *paths))
    if wildcards > _WILDCARDS_MOST:
        raise SpecError(option, f"a rule has at most {_WILDCARDS_MOST} wildcards, hosts and paths together.")
