# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The default security group in EC2: the read and the write."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._engine.context import Context
from ..._engine.errors import AwsError
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from ..._engine.retry import until_found
from ..._resources.security_group import KIND, GroupChange, compare_rules, parse_group
from ..._resources.security_group_calls import update_group
from .. import ec2
from . import vpc

# Of a whole VPC if the filters say so, since other groups prevent its removal.
read: t.Final = ec2.reader("describe_security_groups", "SecurityGroups", parse_group)


def update(ctx: Context, change: Change, known: Known) -> None:
    """Remove all rules from the default security group, which AWS creates with the VPC."""
    data: GroupChange = change.data
    if data.group_id:
        update_group(ctx, change, known)
        return
    filters = [*ec2.by("vpc-id", known.get(vpc.ADDRESS)), *ec2.by("group-name", "default")]
    listed = until_found(ctx, lambda: read(ctx, filters) or None)
    if listed is None:
        raise AwsError(
            f"DescribeSecurityGroups in {ctx.region} does not show the new VPC's default security group yet; run again."
        )
    found = listed[0]
    known.put(change.address, id=found.id)
    delta = compare_rules(found.rules, data.spec.rules)
    data = dataclasses.replace(data, group_id=found.id, delta=delta)
    update_group(ctx, dataclasses.replace(change, data=data), known)


CALLS: t.Final = Calls(kind=KIND, update=update)
