# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flow logs of the VPC in EC2: the reads and the writes."""

from __future__ import annotations

import functools
import typing as t

from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.field import write
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from ..._engine.retry import create_once, retry
from ..._resources.log_group_calls import find_log_group
from ..._resources.role_calls import find_role, was_made
from .. import ec2
from ..spec import VpcSpec
from . import vpc
from .flow_log import FIELDS, KIND, ROLE_ADDRESS, NewFlowLog, log_group_name, parse, role_spec

# How long a new role may be unknown to other services.
_ROLE_SECONDS: t.Final = 60.0


read: t.Final = ec2.reader("describe_flow_logs", "FlowLogs", parse)


def readers(ctx: Context, spec: VpcSpec) -> dict[str, t.Callable[[], t.Any]]:
    """The reads of the role and the log group."""
    return {
        "flow_log_role": functools.partial(find_role, ctx, role_spec(spec).role_name),
        "flow_log_group": functools.partial(find_log_group, ctx, log_group_name(spec)),
    }


def create(ctx: Context, change: Change, known: Known) -> None:
    """Create the flow log. AWS refuses a second one of the same configuration, so runs at once create no duplicate."""
    data: NewFlowLog = change.data
    vpc_id = known.get(vpc.ADDRESS)
    request = write(FIELDS, {**data.values, "role_name": known.get(ROLE_ADDRESS, "arn")})

    def make() -> str:
        call = functools.partial(
            ctx.client("ec2", retry=False).create_flow_logs,
            ResourceIds=[vpc_id],
            ResourceType="VPC",
            TagSpecifications=ec2.tagged("vpc-flow-log", data.tags),
            **request,
        )
        answer = _when_role_is_known(ctx, lambda: ec2.soon(ctx, call), is_new=was_made(known, ROLE_ADDRESS))
        ec2.raise_unsuccessful("CreateFlowLogs", answer)
        return str(answer["FlowLogIds"][0])

    def find() -> str | None:
        there = read(ctx, [*ec2.by("resource-id", vpc_id), *ec2.by_tags(data.tags)])
        return next((item.id for item in there if item.values == data.values), None)

    # AWS may refuse it because of one that it replaces. Then that goes first.
    made = unless({"FlowLogAlreadyExists"}, lambda: create_once(ctx, make, find))
    if (made or find()) is None:
        for flow_log_id in data.replaces:
            _delete(ctx, flow_log_id)
        create_once(ctx, make, find)


def _when_role_is_known(ctx: Context, call: t.Callable[[], t.Any], *, is_new: bool) -> t.Any:
    def assumed() -> t.Any:
        return retry(ctx, call, codes={"InvalidParameter"}, containing="assume given IAM role", timeout=_ROLE_SECONDS)

    # Passing a role that IAM has not propagated yet is not authorized.
    return retry(ctx, assumed, codes={"UnauthorizedOperation"} if is_new else frozenset(), timeout=_ROLE_SECONDS / 2)


def delete(ctx: Context, change: Change, _known: Known) -> None:
    """Delete the flow log. Its records stay in the log group."""
    _delete(ctx, change.data.id)


def _delete(ctx: Context, flow_log_id: str) -> None:
    def call() -> None:
        answer = ctx.client("ec2").delete_flow_logs(FlowLogIds=[flow_log_id])
        ec2.raise_unsuccessful("DeleteFlowLogs", answer)

    ec2.remove(ctx, call, flow_log_id)


CALLS: t.Final = Calls(kind=KIND, create=create, update=ec2.retag, delete=delete)
