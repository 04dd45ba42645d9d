# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flow logs of the VPC, with the role that writes them and their log group. Pure.

AWS cannot change a flow log, so it is replaced. A tag of the VPC is set before the first of these is created, and
cleared when the last is gone: while it is set, role and log group are looked up, wanted or not.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws import stack_names, untagged
from ..._aws.changes import Repair, repair
from ..._aws.owner import Tags, tags_from
from ..._engine import field
from ..._engine.changes import create, update
from ..._engine.field import Field, parameter
from ..._engine.plan import Change
from ..._engine.resource import Resource
from ..._resources.log_group import LogGroupSpec, plan_log_group, plan_log_group_deletion
from ..._resources.role import RoleSpec, plan_role, plan_role_deletion
from ..._resources.role_policy import ACCOUNT, allow, partition_of, policy, service_trust
from ..named import Item, owns_inside, remove
from . import vpc

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import VpcSpec
    from ..zones import Layout

KIND: t.Final = "flow_log"
ADDRESS: t.Final = "flow_log/main"
ROLE_ADDRESS: t.Final = "iam_role/flowlogs"
_SERVICE: t.Final = "vpc-flow-logs.amazonaws.com"
# Without logs:CreateLogGroup: AWS keeps writing for some minutes after a flow log is deleted (VPC User Guide, "Delete
# a flow log"), and would create the log group again.
_ACTIONS: t.Final = (
    "logs:CreateLogStream",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:PutLogEvents",
)

FIELDS: t.Final = (
    parameter("traffic_type", "TrafficType", immutable=True),
    parameter("max_aggregation_interval", "MaxAggregationInterval", 600, immutable=True),
    parameter("log_group_name", "LogGroupName", immutable=True),
    # By name: the ARN is known only once the role exists.
    Field(
        name="role_name",
        read=lambda answer: (answer.get("DeliverLogsPermissionArn") or "").rpartition("/")[2],
        write=lambda arn: {"DeliverLogsPermissionArn": arn},
        immutable=True,
    ),
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class FlowLog:
    """:param values: by the names of FIELDS."""

    id: str
    tags: Tags
    values: t.Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class NewFlowLog:
    """``Change.data`` of a creation.

    :param replaces: ids of those to delete afterwards, or before if AWS refuses a second one.
    """

    values: t.Mapping[str, t.Any]
    tags: Tags
    replaces: tuple[str, ...] = ()


def parse(item: Item) -> FlowLog:
    """From DescribeFlowLogs."""
    return FlowLog(id=item["FlowLogId"], tags=tags_from(item.get("Tags")), values=field.read(FIELDS, item))


def find(snapshot: Snapshot) -> list[FlowLog]:
    """Those of this layer."""
    return [item for item in snapshot.flow_logs if owns_inside(snapshot.owner, item.tags)]


def log_group_name(spec: VpcSpec) -> str:
    return stack_names.log_group(spec.owner, "vpc")


def writes_to_own_group(spec: VpcSpec, item: FlowLog) -> bool:
    """Whether it writes to this layer's log group, whatever its tags."""
    return bool(item.values["log_group_name"] == log_group_name(spec))


def _log_group_spec(spec: VpcSpec) -> LogGroupSpec:
    return LogGroupSpec(
        owner=spec.owner,
        name="vpc",
        log_group_name=log_group_name(spec),
        retention_days=spec.flow_logs_retention_days,
    )


def role_spec(spec: VpcSpec) -> RoleSpec:
    """The role that writes (VPC User Guide, "IAM role for publishing flow logs to CloudWatch Logs")."""
    account = f"{spec.region}:{ACCOUNT}"
    partition = partition_of(spec.region)
    logs = f"arn:{partition}:logs:{account}:log-group:{log_group_name(spec)}"
    only_from = {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:{partition}:ec2:{account}:vpc-flow-log/*"},
    }
    return RoleSpec(
        owner=spec.owner,
        name="flowlogs",
        role_name=stack_names.role(spec.owner, spec.region, "flowlogs"),
        description=f"Writes the flow logs of {spec.owner.title} in {spec.region}",
        trust=service_trust(_SERVICE, only_from),
        boundary=spec.permissions_boundary_arn,
        policies={"flowlogs": policy(allow(_ACTIONS, [logs, f"{logs}:*"]))},
    )


def plan(layout: Layout, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """The flow log with its role and log group, or none of them. Raises ConflictError if a name is taken."""
    if layout.spec.flow_logs == "none" or layout.spec.absent:
        yield from _removal(layout, snapshot)
        return
    logs, writer = _log_group_spec(layout.spec), role_spec(layout.spec)
    tag = _tag(snapshot, "on")
    yield tag
    first = [tag.address if tag else vpc.ADDRESS]
    yield plan_log_group(logs, snapshot.flow_log_group, needs=first)
    yield from plan_role(writer, snapshot.flow_log_role, needs=first)
    wanted = {
        "traffic_type": layout.spec.flow_logs.upper(),
        "max_aggregation_interval": layout.spec.flow_logs_interval,
        "log_group_name": logs.log_group_name,
        "role_name": writer.role_name,
    }
    right = [item for item in find(snapshot) if item.values == wanted][:1]
    others = [item for item in find(snapshot) if item not in right]
    if right:
        yield repair(layout.spec.owner, ADDRESS, right[0])
    else:
        _refuse_untagged(layout.spec, snapshot)
        yield create(
            ADDRESS,
            wanted,
            data=NewFlowLog(
                values=wanted,
                tags=layout.spec.owner.tags(ADDRESS),
                replaces=tuple(item.id for item in others),
            ),
            needs=[vpc.ADDRESS, logs.address, writer.address],
            reason=_why(others, wanted),
        )
    yield from (
        remove(KIND, "", item, "another takes its place", before=item.values, needs=[ADDRESS]) for item in others
    )


def _refuse_untagged(spec: VpcSpec, snapshot: Snapshot) -> None:
    """Raises ConflictError if an untagged flow log writes to our log group: AWS refuses a second one like it."""
    for other in snapshot.flow_logs:
        if writes_to_own_group(spec, other) and not owns_inside(spec.owner, other.tags):
            what = f"{other.id} in {spec.region} writes to this stack's log group {log_group_name(spec)}"
            raise untagged.conflict(spec.owner, ADDRESS, what, "delete it")


def _why(others: t.Sequence[FlowLog], wanted: t.Mapping[str, t.Any]) -> str:
    if not others:
        return "missing"
    return f"differs in {', '.join(sorted(field.differing(FIELDS, others[0].values, wanted)))}"


def _tag(snapshot: Snapshot, value: str, *, needs: t.Iterable[str] = ()) -> Change | None:
    """The change of the VPC's tag. A new VPC is created with it."""
    found = snapshot.vpc
    if found is None:
        return None
    tags = {vpc.FLOW_LOGS_TAG: value}
    return update(f"{vpc.KIND}/flow-logs", found.tags, tags, data=Repair(found=found, tags=tags), needs=needs)


def _removal(layout: Layout, snapshot: Snapshot) -> t.Iterator[Change | None]:
    owner, why = layout.spec.owner, layout.why_not("flow_logs is none")
    writer, logs = snapshot.flow_log_role, snapshot.flow_log_group
    before = []
    if writer and owner.owns(writer.tags):
        before.append(plan_role_deletion("flowlogs", writer, reason=why))
    if logs and owner.owns(logs.tags):
        # Once the role that can write to it is gone.
        before.append(plan_log_group_deletion("vpc", logs, reason=why, needs=[ROLE_ADDRESS]))
    needs = [change.address for change in before]
    gone = [*before, *(remove(KIND, "", item, why, before=item.values, needs=needs) for item in find(snapshot))]
    yield from gone
    if not layout.spec.absent and snapshot.vpc and snapshot.vpc.may_have_flow_logs:
        yield _tag(snapshot, "off", needs=[change.address for change in gone])


def identify(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    """Only the role: nothing needs the others."""
    found = snapshot.flow_log_role
    return {ROLE_ADDRESS: {"id": found.role_name, "arn": found.arn}} if found else {}


RESOURCE: t.Final = Resource(kind=KIND, plan=plan, identify=identify)
