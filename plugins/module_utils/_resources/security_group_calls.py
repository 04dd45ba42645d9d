# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Security groups in EC2: the reads and the writes."""

from __future__ import annotations

import functools
import itertools
import typing as t

from .._aws.owner import tag_list
from .._engine.aws_errors import ClientError, error_code, unless
from .._engine.context import Context
from .._engine.errors import ConflictError
from .._engine.known import Known
from .._engine.plan import Change
from .._engine.resource import Calls
from .._engine.retry import NOT_FOUND, create_once, retry, until_found
from .network_interface_calls import remove_when_free
from .security_group import (
    KIND,
    TRIM_KIND,
    Direction,
    GroupChange,
    GroupDeletion,
    GroupSpec,
    Rule,
    RuleDelta,
    SecurityGroup,
    compare_rules,
    own_group,
    parse_group,
)

# An unknown group, or one that is not known everywhere yet. Not an unknown rule.
_NOT_YET: t.Final = frozenset({"InvalidGroup.NotFound", "InvalidGroupId.NotFound", "InvalidSecurityGroupID.NotFound"})
# The rules have changed since the plan: the answer to an earlier attempt was lost, or someone else was faster.
_OUTDATED: t.Final = frozenset({"InvalidPermission.Duplicate", "InvalidPermission.NotFound"})
_RULE_ATTEMPTS = 4


def find_groups(ctx: Context, names: t.Collection[str]) -> tuple[SecurityGroup, ...]:
    """All groups of the region with one of these EC2 names, whoever owns them, in one call."""
    return _describe(ctx, "group-name", *names)


def create_group(ctx: Context, change: Change, known: Known) -> None:
    """Create the group with its tags, then set its rules. The next run completes an interrupted one."""
    data: GroupChange = change.data
    group_id = _create(ctx, data.spec)
    known.put(change.address, id=group_id)
    created = retry(ctx, lambda: _read(ctx, group_id), codes=_NOT_YET)
    _converge_rules(ctx, group_id, data.spec.rules, compare_rules(created.rules, data.spec.rules))


def update_group(ctx: Context, change: Change, _known: Known) -> None:
    """Repair tags and rules."""
    data: GroupChange = change.data
    if data.tags:
        ctx.client("ec2").create_tags(Resources=[data.group_id], Tags=tag_list(data.tags))
    _converge_rules(ctx, data.group_id, data.spec.rules, data.delta)


def delete_group(ctx: Context, change: Change, _known: Known) -> None:
    """Delete the group, after the rules of the stack's other groups that refer to it.

    Raises ConflictError if a foreign group refers to it. Waits for network interfaces to go; see remove_when_free.
    """
    data: GroupDeletion = change.data
    _revoke_references(ctx, data)
    remove = functools.partial(
        remove_when_free,
        ctx,
        functools.partial(ctx.client("ec2").delete_security_group, GroupId=data.group_id),
        what=f"security group {data.group_id} to be free",
        codes={"DependencyViolation"},
        filters=[{"Name": "group-id", "Values": [data.group_id]}],
    )
    unless(_NOT_YET, remove)


CALLS: t.Final = Calls(kind=KIND, create=create_group, update=update_group, delete=delete_group)
TRIM_CALLS: t.Final = Calls(kind=TRIM_KIND, update=update_group)


def _create(ctx: Context, spec: GroupSpec) -> str:
    def create() -> str:
        call = functools.partial(
            ctx.client("ec2", retry=False).create_security_group,
            GroupName=spec.group_name,
            Description=spec.description,
            VpcId=spec.vpc_id,
            TagSpecifications=[{"ResourceType": "security-group", "Tags": tag_list(spec.tags)}],
        )
        # This run may have just created the VPC.
        return str(retry(ctx, call, codes=NOT_FOUND, timeout=30)["GroupId"])

    def find() -> str | None:
        ours = own_group(spec, find_groups(ctx, [spec.group_name]))
        return ours.id if ours else None

    # The answer to a first attempt may be lost, and EC2 may not list the group at once.
    made = unless({"InvalidGroup.Duplicate"}, lambda: create_once(ctx, create, find)) or until_found(ctx, find)
    if made is None:
        raise ConflictError(f"{spec.address}: {spec.group_name!r} appeared in {spec.vpc_id} meanwhile.")
    return made


def _converge_rules(ctx: Context, group_id: str, desired: frozenset[Rule], delta: RuleDelta) -> None:
    for attempt in range(1, _RULE_ATTEMPTS + 1):
        try:
            _write_rules(ctx, group_id, delta)
        except ClientError as error:
            if error_code(error) not in _OUTDATED or attempt == _RULE_ATTEMPTS:
                raise
        else:
            return
        delta = compare_rules(_read(ctx, group_id).rules, desired)


def _write_rules(ctx: Context, group_id: str, delta: RuleDelta) -> None:
    """Authorize before revoking, so that traffic that stays allowed is never interrupted."""
    ec2 = ctx.client("ec2")
    write: dict[Direction, tuple[t.Any, t.Any, t.Any]] = {
        "ingress": (
            ec2.authorize_security_group_ingress,
            ec2.update_security_group_rule_descriptions_ingress,
            ec2.revoke_security_group_ingress,
        ),
        "egress": (
            ec2.authorize_security_group_egress,
            ec2.update_security_group_rule_descriptions_egress,
            ec2.revoke_security_group_egress,
        ),
    }
    for step, rules in enumerate((delta.authorize, delta.redescribe, delta.revoke)):
        for direction, some in itertools.groupby(sorted(rules), key=lambda rule: rule.direction):
            call = functools.partial(
                write[direction][step], GroupId=group_id, IpPermissions=[rule.permission() for rule in some]
            )
            retry(ctx, call, codes=_NOT_YET, timeout=30)


def _revoke_references(ctx: Context, data: GroupDeletion) -> None:
    referring = {
        found.id: found
        for name in ("ip-permission.group-id", "egress.ip-permission.group-id")
        for found in _describe(ctx, name, data.group_id)
        if found.id != data.group_id
    }
    foreign = sorted(found.id for found in referring.values() if not data.owner.stack_owns(found.tags))
    if foreign:
        raise ConflictError(
            f"the security group {data.group_id} cannot be deleted: rules of {', '.join(foreign)}, which are not of "
            "this stack, refer to it. Remove those rules, then run this again."
        )
    for found in referring.values():
        rules = [rule for rule in found.rules if rule.peer.kind == "group" and rule.peer.value == data.group_id]
        _converge_rules(ctx, found.id, found.rules - set(rules), RuleDelta(revoke=tuple(sorted(rules))))


def _read(ctx: Context, group_id: str) -> SecurityGroup:
    answer = ctx.client("ec2").describe_security_groups(GroupIds=[group_id])
    return parse_group(answer["SecurityGroups"][0])


def _describe(ctx: Context, filter_name: str, *values: str) -> tuple[SecurityGroup, ...]:
    filters = [{"Name": filter_name, "Values": list(values)}]
    pages = ctx.client("ec2").get_paginator("describe_security_groups").paginate(Filters=filters)
    return tuple(parse_group(item) for page in pages for item in page["SecurityGroups"])
