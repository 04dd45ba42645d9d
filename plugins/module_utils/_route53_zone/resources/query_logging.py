# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Query logging of the zone, with its log group and the resource policy that lets Route 53 write there. Pure.

Route 53 API, CreateQueryLoggingConfig: log group and resource policy are in us-east-1, whatever the run's region. A
region has at most ten resource policies, so others' policies are used if they fit.
"""

from __future__ import annotations

import dataclasses
import fnmatch
import json
import typing as t

from ..._aws import stack_names
from ..._engine.changes import create, delete, update
from ..._engine.errors import ConflictError
from ..._engine.plan import Change
from ..._engine.resource import Resource
from ..._resources.log_group import KIND as LOG_GROUP
from ..._resources.log_group import LogGroupSpec, plan_log_group, plan_log_group_deletion
from ..._resources.role_policy import account_of, allow, canonical, partition_of, policy
from ..._route53.names import readable
from ..snapshot import Snapshot
from ..spec import ZoneSpec

KIND: t.Final = "query_logging"
ADDRESS: t.Final = f"{KIND}/main"
POLICY: t.Final = "log_resource_policy"
POLICY_ADDRESS: t.Final = f"{POLICY}/query-logging"
GROUP: t.Final = "query-logging"
GROUP_ADDRESS: t.Final = f"{LOG_GROUP}/{GROUP}"
# Where Route 53 logs (CreateQueryLoggingConfig)
HOME: t.Final = "us-east-1"
_ZONE: t.Final = "zone/main"
_SERVICE: t.Final = "route53.amazonaws.com"
_ACTIONS: t.Final = ("logs:CreateLogStream", "logs:PutLogEvents")
# CloudWatch Logs API, PutResourcePolicy: "a maximum of 10 policies without resourceARN"
_MOST_POLICIES: t.Final = 10


@dataclasses.dataclass(frozen=True, kw_only=True)
class Logging:
    """``Change.data`` of a policy and of a configuration.

    :param log_group: its name.
    :param config_id: of the configuration to replace; empty for none.
    """

    policy_name: str
    log_group: str
    config_id: str = ""


def log_group_name(spec: ZoneSpec) -> str:
    """The wanted log group: the given one, or the zone's own."""
    return name_in(spec.query_log_group_arn) if spec.query_log_group_arn else own_log_group_name(spec)


def own_log_group_name(spec: ZoneSpec) -> str:
    """The zone's own log group, which is made if no other is given."""
    return stack_names.query_log_group(readable(spec.name))


def names_own(spec: ZoneSpec) -> bool:
    """Whether the given log group is the zone's own, which is then kept."""
    return bool(spec.query_log_group_arn) and log_group_name(spec) == own_log_group_name(spec)


def name_in(arn: str) -> str:
    """The name of a log group in its ARN, which may end in ``:*``."""
    return arn.split(":log-group:", 1)[1].removesuffix(":*")


def document(arn: str, zone_id: str) -> dict[str, t.Any]:
    """The resource policy for one log group and one zone (CreateQueryLoggingConfig, confused deputy)."""
    partition = partition_of(HOME)
    only = {
        "StringEquals": {"aws:SourceAccount": account_of(arn)},
        "ArnLike": {"aws:SourceArn": f"arn:{partition}:route53:::hostedzone/{zone_id}"},
    }
    statement = {**allow(_ACTIONS, [f"{arn}:*"]), "Principal": {"Service": _SERVICE}, "Condition": only}
    return policy(statement)


def plan(spec: ZoneSpec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """The changes; none if query_logging is omitted. Raises ConflictError for others' zone."""
    if spec.query_logging is None:
        return
    if spec.absent or not spec.query_logging:
        yield from _removal(spec, snapshot)
        return
    if snapshot.zone is not None and not snapshot.owned:
        raise ConflictError(
            f"{ADDRESS}: {readable(spec.name)} ({snapshot.zone.zone_id}) was not made by this stack, and is never "
            "changed. Leave query_logging out, and turn it on where the zone is made.",
            option="query_logging",
        )
    if not spec.query_log_group_arn:
        group = LogGroupSpec(
            owner=spec.owner,
            name=GROUP,
            log_group_name=log_group_name(spec),
            retention_days=spec.query_log_retention_days,
        )
        yield plan_log_group(group, snapshot.log_group)
    yield _policy(spec, snapshot)
    yield _config(spec, snapshot)
    if spec.query_log_group_arn:
        yield _own_group_gone(spec, snapshot, "query_log_group_arn names another one")


def _policy(spec: ZoneSpec, snapshot: Snapshot) -> Change | None:
    name, group = stack_names.query_log_policy(spec.owner), log_group_name(spec)
    own = snapshot.log_policies.get(name)
    wanted = _wanted(spec, snapshot)
    if own is not None and wanted is not None and _read(own) == canonical(wanted):
        return None
    fits = any(_fits(text, group) for other, text in snapshot.log_policies.items() if other != name)
    if own is None and fits:
        return None
    if own is None and len(snapshot.log_policies) >= _MOST_POLICIES:
        raise ConflictError(
            f"{POLICY_ADDRESS}: {HOME} has {len(snapshot.log_policies)} resource policies of CloudWatch Logs, and "
            f"takes no more. Widen one to arn:aws:logs:{HOME}:<account>:log-group:/aws/route53/* for {_SERVICE}, or "
            "delete one that nothing needs (aws logs describe-resource-policies).",
            option="query_logging",
        )
    data = Logging(policy_name=name, log_group=group)
    after = {"policy_name": name, "log_group": group, "service": _SERVICE}
    needs = [_ZONE, *_group_to_make(spec)]
    if own is None:
        return create(POLICY_ADDRESS, after, data=data, needs=needs)
    return update(
        POLICY_ADDRESS,
        {"document": "another"},
        {"document": f"lets {_SERVICE} write to {group}"},
        data=data,
        needs=needs,
    )


def _group_to_make(spec: ZoneSpec) -> list[str]:
    """The address of the log group, if it is the zone's own. One that is given exists already."""
    return [] if spec.query_log_group_arn else [GROUP_ADDRESS]


def _wanted(spec: ZoneSpec, snapshot: Snapshot) -> dict[str, t.Any] | None:
    """The wanted policy, if all values in it are known."""
    found = snapshot.log_group.arn if snapshot.log_group else ""
    arn = spec.query_log_group_arn.removesuffix(":*") if spec.query_log_group_arn else found
    return document(arn, snapshot.zone.zone_id) if arn and snapshot.zone else None


def _read(text: str) -> t.Any:
    try:
        return canonical(json.loads(text))
    except (ValueError, AttributeError, TypeError):
        return None


def _fits(text: str, group: str) -> bool:
    """Whether a policy lets Route 53 write to a log group. Statements with conditions do not count."""
    statements = (_read(text) or {}).get("Statement", ())
    return any(
        each.get("Effect") == "Allow"
        and "Condition" not in each
        and isinstance(each.get("Principal"), dict)
        and _SERVICE in each["Principal"].get("Service", ())
        and all(_listed(action, each.get("Action", ())) for action in _ACTIONS)
        and any(
            fnmatch.fnmatchcase(f"{group}:log-stream:x", pattern.partition(":log-group:")[2])
            for pattern in each.get("Resource", ())
        )
        for each in statements
    )


def _listed(action: str, patterns: t.Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)


def _config(spec: ZoneSpec, snapshot: Snapshot) -> Change | None:
    found, group = snapshot.query_config, log_group_name(spec)
    data = Logging(
        policy_name=stack_names.query_log_policy(spec.owner), log_group=group, config_id=found.id if found else ""
    )
    needs = [_ZONE, *_group_to_make(spec), POLICY_ADDRESS]
    if found is None:
        return create(ADDRESS, {"log_group": group}, data=data, needs=needs)
    return update(ADDRESS, {"log_group": name_in(found.log_group_arn)}, {"log_group": group}, data=data, needs=needs)


def _removal(spec: ZoneSpec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    why = "state is absent" if spec.absent else "query_logging is false"
    name = stack_names.query_log_policy(spec.owner)
    if snapshot.query_config and snapshot.owned:
        before = {"log_group": name_in(snapshot.query_config.log_group_arn)}
        yield delete(ADDRESS, before, data=snapshot.query_config.id, reason=why)
    if name in snapshot.log_policies:
        yield delete(POLICY_ADDRESS, {"policy_name": name}, data=name, needs=[ADDRESS], reason=why)
    yield _own_group_gone(spec, snapshot, why)


def _own_group_gone(spec: ZoneSpec, snapshot: Snapshot, why: str) -> Change | None:
    """Delete the zone's own log group once nothing is written to it."""
    found = snapshot.log_group
    if found is None or names_own(spec) or not spec.owner.owns(found.tags):
        return None
    return plan_log_group_deletion(GROUP, found, needs=[ADDRESS, POLICY_ADDRESS], reason=why)


RESOURCE: t.Final[Resource[ZoneSpec, Snapshot]] = Resource(kind=KIND, plan=plan)
