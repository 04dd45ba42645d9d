# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reads that all metric alarms share: alarms by their names, and their tags, which DescribeAlarms leaves out.

ListTagsForResource is a call an alarm. GetResources of the Resource Groups Tagging API shows those of a whole region,
but learns of changes late: it can only say that tags are right. An alarm of which it says anything else, or nothing, is
asked itself.
"""

from __future__ import annotations

import contextlib
import functools
import typing as t

from .._aws.owner import Owner, tags_from
from .._engine.aws_errors import unless
from .._engine.context import Context
from .._engine.gather import gather

with contextlib.suppress(ImportError):  # see _engine/clients.py
    import botocore.exceptions as botocore_errors

Tags = dict[str, str]

GONE: t.Final = frozenset({"ResourceNotFound", "ResourceNotFoundException"})
# As many alarms of a region are asked one by one: two or three regions need no right beyond CloudWatch's.
_FEW: t.Final = 2
_A_PAGE: t.Final = 100


def describe_alarms(ctx: Context, region: str, prefix: str, *, composite: bool = False) -> list[dict[str, t.Any]]:
    """DescribeAlarms of a region, for names that begin with ``prefix``.

    :param composite: whether composite alarms, which have an ``AlarmRule``, are asked for, too.
    """
    client = ctx.client("cloudwatch", region=region)
    kinds = ["MetricAlarm", "CompositeAlarm"] if composite else ["MetricAlarm"]
    pages = client.get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix, AlarmTypes=kinds)
    return [item for page in pages for kind in kinds for item in page.get(f"{kind}s", ())]


def read_tags(ctx: Context, owner: Owner, region: str, addresses: t.Mapping[str, str]) -> dict[str, Tags | None]:
    """Tags by ARN; None for an alarm that has gone meanwhile.

    :param addresses: the alarms' addresses by ARN.
    """
    shown = _shown(ctx, owner, region) if len(addresses) > _FEW else {}
    right = {
        arn: shown[arn]
        for arn, address in addresses.items()
        if arn in shown and not owner.tag_drift(shown[arn], address)
    }
    client = ctx.client("cloudwatch", region=region)
    others = [arn for arn in addresses if arn not in right]
    return {**right, **gather({arn: functools.partial(_tags_of, client, arn) for arn in others})}


def _shown(ctx: Context, owner: Owner, region: str) -> dict[str, Tags]:
    """The tags of alarms that say they are the stack's (GetResources). Nothing if that fails: it only saves calls."""
    filters = [{"Key": key, "Values": [value]} for key, value in owner.identity().items()]
    client = ctx.client("resourcegroupstaggingapi", region=region, retry=False)
    try:
        pages = client.get_paginator("get_resources").paginate(
            ResourceTypeFilters=["cloudwatch:alarm"], TagFilters=filters, ResourcesPerPage=_A_PAGE
        )
        return {
            item["ResourceARN"]: tags_from(item.get("Tags"))
            for page in pages
            for item in page["ResourceTagMappingList"]
        }
    except (botocore_errors.ClientError, botocore_errors.BotoCoreError):
        return {}


def _tags_of(client: t.Any, arn: str) -> Tags | None:
    """ListTagsForResource."""
    answer = unless(GONE, lambda: client.list_tags_for_resource(ResourceARN=arn))
    return None if answer is None else tags_from(answer.get("Tags"))
