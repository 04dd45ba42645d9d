# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reads that all metric alarms share: alarms by their names, and their tags, which DescribeAlarms omits.

ListTagsForResource takes a call for each alarm. GetResources of the Resource Groups Tagging API returns the tags of a
region's alarms, but may be outdated: tags that it does not return as wanted are read with ListTagsForResource.
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
# Up to this number, tags are read one by one: two or three regions need no permission beyond CloudWatch's.
_FEW: t.Final = 2
_A_PAGE: t.Final = 100


def describe_alarms(ctx: Context, region: str, prefix: str, *, composite: bool = False) -> list[dict[str, t.Any]]:
    """A region's alarms whose names begin with ``prefix``.

    :param composite: whether to include composite alarms, which have an ``AlarmRule``.
    """
    client = ctx.client("cloudwatch", region=region)
    kinds = ["MetricAlarm", "CompositeAlarm"] if composite else ["MetricAlarm"]
    pages = client.get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix, AlarmTypes=kinds)
    return [item for page in pages for kind in kinds for item in page.get(f"{kind}s", ())]


def read_tags(ctx: Context, owner: Owner, region: str, addresses: t.Mapping[str, str]) -> dict[str, Tags | None]:
    """Tags by ARN; None for an alarm that no longer exists.

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
    """The tags of the owner's alarms (GetResources). Nothing if that fails, since it only saves calls."""
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
    answer = unless(GONE, lambda: client.list_tags_for_resource(ResourceARN=arn))
    return None if answer is None else tags_from(answer.get("Tags"))
