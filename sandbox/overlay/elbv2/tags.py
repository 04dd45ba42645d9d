# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of load balancers: 50 of them, and of nothing that is not there."""

from __future__ import annotations

from typing import Any

from moto.elbv2.responses import ELBV2Response

from sandbox.overlay.base import AwsError, Call, corrects
from sandbox.overlay.elbv2.common import invalid, tags_of

_MOST_TAGS = 50
_MOST_RESOURCES = 20


@corrects(ELBV2Response, "DescribeTags")
def describe(call: Call) -> Any:
    """DescribeTags: up to 20 resources, all of which exist."""
    arns = call.get("ResourceArns") or []
    if len(arns) > _MOST_RESOURCES:
        raise invalid(f"The maximum number of resources is {_MOST_RESOURCES}")
    for arn in arns:
        call.backend._get_resource_by_arn(arn)
    return call.proceed()


@corrects(ELBV2Response, "AddTags")
def _add(call: Call) -> Any:
    elb, tags = call.backend, call.get("Tags") or []
    for arn in call.get("ResourceArns") or []:
        elb._get_resource_by_arn(arn)
        if len(tags_of(elb, arn).keys() | {tag["Key"] for tag in tags}) > _MOST_TAGS:
            raise AwsError("TooManyTags", f"The maximum number of tags on '{arn}' is {_MOST_TAGS}")
    for arn in call.get("ResourceArns") or []:
        elb.tagging_service.tag_resource(arn, tags)
    return {}
