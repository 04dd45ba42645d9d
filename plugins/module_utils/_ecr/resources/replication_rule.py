# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rule by which ECR replicates images of the stack's repositories to other regions. Pure.

A registry has one list of rules, without names or tags. The stack's rule is the one whose filters are all names of the
stack's repositories, and whose destinations are in the same account. Other rules are left alone.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..._engine.changes import change_between
from ..._engine.errors import ConflictError
from ..._engine.plan import Change
from ..._engine.resource import Resource
from . import repository

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec

KIND: t.Final = "replication_rule"
ADDRESS: t.Final = "replication_rule/main"
# ECR API, ReplicationConfiguration: rules of a registry; User Guide, "Private image replication": all destinations.
_MOST_RULES: t.Final = 10
_MOST_DESTINATIONS: t.Final = 25

Rule: t.TypeAlias = "t.Mapping[str, t.Any]"


@dataclasses.dataclass(frozen=True, kw_only=True)
class RuleData:
    """``Change.data``.

    :param names: of the stack's repositories that may be in its rule.
    :param wanted: None for no rule.
    """

    account: str
    names: frozenset[str]
    wanted: Rule | None


def is_own(rule: Rule, names: t.Container[str], account: str) -> bool:
    """Whether the rule replicates only these repositories, within this account."""
    filters = filters_of(rule)
    accounts = {item["registryId"] for item in rule.get("destinations") or ()}
    return bool(filters) and all(each in names for each in filters) and accounts == {account}


def filters_of(rule: Rule) -> list[str]:
    """The filters of a rule; empty if it replicates all repositories."""
    return [item["filter"] for item in rule.get("repositoryFilters") or ()]


def merged(rules: t.Iterable[Rule], data: RuleData) -> list[Rule]:
    """All rules, with the wanted one in place of the stack's, or at the end."""
    found = list(rules)
    places = [place for place, rule in enumerate(found) if is_own(rule, data.names, data.account)]
    place = places[0] if places else len(found)
    return [*found[:place], *([data.wanted] if data.wanted else []), *found[place + 1 :]]


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """The change. Raises ConflictError if the rule would match other repositories, or exceeds AWS's limits."""
    names = _names(spec, snapshot)
    found = next((rule for rule in snapshot.rules if is_own(rule, names, snapshot.account)), None)
    wanted = None if spec.absent or not spec.replicate_to else _rule(spec, snapshot.account)
    data = RuleData(account=snapshot.account, names=names, wanted=wanted)
    if wanted:
        _check(spec, snapshot, merged(snapshot.rules, data))
    yield change_between(
        ADDRESS,
        found and _shown(found),
        wanted and _shown(wanted),
        data=data,
        # First the repositories: ECR creates missing ones in the destinations.
        needs=[repository.address(name) for name in spec.repositories],
        reason="state is absent" if spec.absent else "replicate_to names no region",
    )


def _names(spec: Spec, snapshot: Snapshot) -> frozenset[str]:
    """The repositories that are the stack's or do not exist. A rule that names a foreign one is foreign, too: another
    environment of the application may use the same names."""
    foreign = snapshot.repositories.keys() - repository.owned(spec, snapshot).keys()
    return (frozenset(spec.repositories) - foreign) | snapshot.former


def _rule(spec: Spec, account: str) -> Rule:
    return {
        "destinations": [{"region": region, "registryId": account} for region in spec.replicate_to],
        "repositoryFilters": [{"filter": name, "filterType": "PREFIX_MATCH"} for name in sorted(spec.repositories)],
    }


def _shown(rule: Rule) -> dict[str, t.Any]:
    return {
        "regions": sorted(item["region"] for item in rule["destinations"]),
        "repositories": sorted(filters_of(rule)),
    }


def _check(spec: Spec, snapshot: Snapshot, rules: t.Sequence[Rule]) -> None:
    # ECR's only filter is a prefix of the name (RepositoryFilter, PREFIX_MATCH).
    ours = {*spec.repositories, *snapshot.former}
    alike = sorted(name for name in snapshot.neighbours - ours if name.startswith(spec.repositories))
    if alike:
        raise ConflictError(
            f"{ADDRESS}: ECR replicates all repositories whose names begin as those of the stack, and {alike[0]} in "
            f"{spec.region} would be one of them. Give the stack's a name of which no other begins, such as "
            f"{spec.owner.stack}/{spec.repositories[0].rpartition('/')[2]}, or turn replication off."
        )
    destinations = {(item["region"], item["registryId"]) for rule in rules for item in rule["destinations"]}
    for what, number, most in (
        ("rules", len(rules), _MOST_RULES),
        ("destinations", len(destinations), _MOST_DESTINATIONS),
    ):
        if number > most:
            raise ConflictError(
                f"{ADDRESS}: the registry in {spec.region} would have {number} {what} of replication, and AWS allows "
                f"{most}. Remove one that is not needed, or turn replication off."
            )


RESOURCE: t.Final = Resource(kind=KIND, plan=plan)
