# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Elastic Load Balancing: everything by its ARN, whose middle is the name, and by its tags."""

from __future__ import annotations

from collections.abc import Iterator

from moto.elbv2.models import elbv2_backends

from sandbox.overlay.elbv2.common import tags_of
from sandbox.rights.call import ApiCall, Right

_MAKES = {
    "CreateLoadBalancer": "loadbalancer/app",
    "CreateTargetGroup": "targetgroup",
    "CreateTrustStore": "truststore",
}
_NAMES = {
    "AddListenerCertificates": "ListenerArn",
    "AddTags": "ResourceArns",
    "CreateListener": "LoadBalancerArn",
    "CreateRule": "ListenerArn",
    "DeleteListener": "ListenerArn",
    "DeleteLoadBalancer": "LoadBalancerArn",
    "DeleteRule": "RuleArn",
    "DeleteTargetGroup": "TargetGroupArn",
    "DeleteTrustStore": "TrustStoreArn",
    "DeregisterTargets": "TargetGroupArn",
    "ModifyListener": "ListenerArn",
    "ModifyListenerAttributes": "ListenerArn",
    "ModifyLoadBalancerAttributes": "LoadBalancerArn",
    "ModifyRule": "RuleArn",
    "ModifyTargetGroup": "TargetGroupArn",
    "ModifyTargetGroupAttributes": "TargetGroupArn",
    "RegisterTargets": "TargetGroupArn",
    "RemoveListenerCertificates": "ListenerArn",
    "RemoveTags": "ResourceArns",
    "SetIpAddressType": "LoadBalancerArn",
    "SetSecurityGroups": "LoadBalancerArn",
    "SetSubnets": "LoadBalancerArn",
}


def rights(call: ApiCall) -> Iterator[Right]:
    """The permissions that a call to Elastic Load Balancing needs. Raises NotImplementedError for an unknown call."""
    action = f"elasticloadbalancing:{call.operation}"
    if call.reads:
        yield Right(action)
    elif call.operation in _MAKES:
        name = f"{_MAKES[call.operation]}/{call.params.get('Name')}/*"
        yield Right(action, call.arn("elasticloadbalancing", name), requested=call.tags)
        yield from _tagging(call, call.arn("elasticloadbalancing", name))
    elif call.operation == "SetRulePriorities":
        # The one action of these that is listed without a condition on tags.
        yield from (Right(action, str(item.get("RuleArn"))) for item in call.params.get("RulePriorities") or [])
    elif call.operation in _NAMES:
        elb = elbv2_backends[call.account][call.region]
        for arn in call.values(_NAMES[call.operation]):
            yield Right(action, arn, tags=tags_of(elb, arn), requested=call.tags)
            if call.operation == "CreateListener":
                yield from _tagging(call, arn.replace(":loadbalancer/", ":listener/") + "/*")
            elif call.operation == "CreateRule":
                yield from _tagging(call, arn.replace(":listener/", ":listener-rule/") + "/*")
    else:
        raise call.unknown()


def _tagging(call: ApiCall, made: str) -> Iterator[Right]:
    if call.tags:
        keys = {"elasticloadbalancing:CreateAction": (call.operation,)}
        yield Right("elasticloadbalancing:AddTags", made, requested=call.tags, keys=keys)
