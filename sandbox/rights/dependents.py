# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Further permissions of a call besides its own action, which AWS checks on the caller's behalf."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.rights.call import ApiCall, Right
from sandbox.rights.iam import has_service_linked_role, passing, service_linked_role

_ELB_GUIDE = "https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-permissions.html"
_SECURITY_GROUPS = "https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/3917"
_WAF_GUIDE = "https://docs.aws.amazon.com/waf/latest/developerguide/security_iam_service-with-iam.html"
_REFERENCE = "https://docs.aws.amazon.com/service-authorization/latest/reference/"

# Service and operation → the actions, each with its source, without those for unused options (besides iam:PassRole,
# CreateFlowLogs lists actions of ECS for fields about ECS, CreateHostedZone ec2:DescribeVpcs for private zones).
ACTIONS: dict[tuple[str, str], dict[str, str]] = {
    ("elbv2", "CreateLoadBalancer"): {
        "ec2:DescribeAccountAttributes": _ELB_GUIDE,
        "ec2:DescribeAddresses": _ELB_GUIDE,
        "ec2:DescribeInternetGateways": _ELB_GUIDE,
        "ec2:DescribeSecurityGroups": _ELB_GUIDE,
        "ec2:DescribeSubnets": _ELB_GUIDE,
        "ec2:DescribeVpcs": _ELB_GUIDE,
        "ec2:GetSecurityGroupsForVpc": _SECURITY_GROUPS,
    },
    ("elbv2", "CreateTargetGroup"): {"ec2:DescribeInternetGateways": _ELB_GUIDE, "ec2:DescribeVpcs": _ELB_GUIDE},
    ("elbv2", "SetIpAddressType"): {"ec2:DescribeSubnets": _ELB_GUIDE},
    ("elbv2", "SetSubnets"): {"ec2:DescribeSubnets": _ELB_GUIDE},
    ("wafv2", "GetWebACLForResource"): {"wafv2:GetWebACL": _WAF_GUIDE},
    ("ec2", "CreateVpcEndpoint"): {
        "ec2:DescribeSecurityGroups": f"{_REFERENCE}list_amazonec2.html",
        "ec2:DescribeSubnets": f"{_REFERENCE}list_amazonec2.html",
        "ec2:DescribeVpcs": f"{_REFERENCE}list_amazonec2.html",
    },
}
# Made by the call when the account lacks it: for ELB the guide above, for ECS the Developer Guide, "Using
# service-linked roles for Amazon ECS", for Application Auto Scaling and ECR their user guides, "Service-linked roles".
_SERVICE_LINKED_ROLES = {
    ("elbv2", "CreateLoadBalancer"): "elasticloadbalancing.amazonaws.com",
    ("ecs", "CreateCluster"): "ecs.amazonaws.com",
    ("ecs", "CreateService"): "ecs.amazonaws.com",
    ("ecr", "PutReplicationConfiguration"): "replication.ecr.amazonaws.com",
    ("application-autoscaling", "RegisterScalableTarget"): "ecs.application-autoscaling.amazonaws.com",
}


def rights(service: str, call: ApiCall) -> Iterator[Right]:
    """All further permissions of a call."""
    key = (service, call.operation)
    yield from (Right(action) for action in ACTIONS.get(key, ()))
    if key == ("ec2", "CreateVpcEndpoint") and call.params.get("PrivateDnsEnabled"):
        # Service Authorization Reference, as above: for the private zone that the endpoint's names are in.
        yield Right("route53:AssociateVPCWithHostedZone")
    linked = _SERVICE_LINKED_ROLES.get(key)
    if linked and not has_service_linked_role(call, linked):
        yield service_linked_role(call, linked)
    if service != "iam":
        yield from passing(call)
