# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations that this collection calls, for services that have many others.

botocore creates a method for every operation each time that it builds a client. EC2 has more than 800: a client with
all of them takes 8 ms longer to build, in each of eight workers: 60 ms. In a run that changes something three processes
call SSM for the lease: 15 ms. Clients of IAM, ECS and CloudWatch Logs are built in two thirds of the time.
"""

from __future__ import annotations

import typing as t

Model = dict[str, t.Any]

IN_USE: t.Final[t.Mapping[str, frozenset[str]]] = {
    "cloudwatch": frozenset(
        (
            "DeleteAlarms",
            "DeleteDashboards",
            "DescribeAlarms",
            "GetDashboard",
            "GetMetricData",
            "ListTagsForResource",
            "PutCompositeAlarm",
            "PutDashboard",
            "PutMetricAlarm",
            "PutMetricData",
            "TagResource",
            "UntagResource",
        )
    ),
    "ec2": frozenset(
        (
            "AllocateAddress",
            "AssociateRouteTable",
            "AttachInternetGateway",
            "AuthorizeSecurityGroupEgress",
            "AuthorizeSecurityGroupIngress",
            "CreateFlowLogs",
            "CreateInternetGateway",
            "CreateNatGateway",
            "CreateRoute",
            "CreateRouteTable",
            "CreateSecurityGroup",
            "CreateSubnet",
            "CreateTags",
            "CreateVpc",
            "CreateVpcEndpoint",
            "DeleteFlowLogs",
            "DeleteInternetGateway",
            "DeleteNatGateway",
            "DeleteRoute",
            "DeleteRouteTable",
            "DeleteSecurityGroup",
            "DeleteSubnet",
            "DeleteTags",
            "DeleteVpc",
            "DeleteVpcEndpoints",
            "DescribeAddresses",
            "DescribeAvailabilityZones",
            "DescribeEgressOnlyInternetGateways",
            "DescribeFlowLogs",
            # Also an operation of ECR
            "DescribeImages",
            "DescribeInternetGateways",
            "DescribeManagedPrefixLists",
            "DescribeNatGateways",
            "DescribeNetworkAcls",
            "DescribeNetworkInterfaces",
            "DescribeRegions",
            "DescribeRouteTables",
            "DescribeSecurityGroups",
            "DescribeSubnets",
            "DescribeTags",
            "DescribeVpcAttribute",
            "DescribeVpcEndpointServices",
            "DescribeVpcEndpoints",
            "DescribeVpcPeeringConnections",
            "DescribeVpcs",
            "DescribeVpnGateways",
            "DetachInternetGateway",
            "ModifySubnetAttribute",
            "ModifyVpcAttribute",
            "ModifyVpcEndpoint",
            "ReleaseAddress",
            "ReplaceRoute",
            "ReplaceRouteTableAssociation",
            "RevokeSecurityGroupEgress",
            "RevokeSecurityGroupIngress",
            "UpdateSecurityGroupRuleDescriptionsEgress",
            "UpdateSecurityGroupRuleDescriptionsIngress",
        )
    ),
    "ecs": frozenset(
        (
            "CreateCluster",
            "CreateService",
            "DeleteCluster",
            "DeleteService",
            "DeleteTaskDefinitions",
            "DeregisterTaskDefinition",
            "DescribeClusters",
            "DescribeServiceDeployments",
            "DescribeServiceRevisions",
            "DescribeServices",
            "DescribeTaskDefinition",
            "DescribeTasks",
            "ExecuteCommand",
            "ListServiceDeployments",
            "ListServices",
            "ListTagsForResource",
            "ListTaskDefinitions",
            "ListTasks",
            "PutClusterCapacityProviders",
            "RegisterTaskDefinition",
            "TagResource",
            "UntagResource",
            "UpdateCluster",
            "UpdateService",
        )
    ),
    "elbv2": frozenset(
        (
            "AddListenerCertificates",
            "AddTags",
            "CreateListener",
            "CreateLoadBalancer",
            "CreateRule",
            "CreateTargetGroup",
            "DeleteListener",
            "DeleteLoadBalancer",
            "DeleteRule",
            "DeleteTargetGroup",
            "DescribeListenerAttributes",
            "DescribeListenerCertificates",
            "DescribeListeners",
            "DescribeLoadBalancerAttributes",
            "DescribeLoadBalancers",
            "DescribeRules",
            "DescribeTags",
            "DescribeTargetGroupAttributes",
            "DescribeTargetGroups",
            "DescribeTargetHealth",
            "DescribeTrustStores",
            "ModifyListener",
            "ModifyListenerAttributes",
            "ModifyLoadBalancerAttributes",
            "ModifyRule",
            "ModifyTargetGroup",
            "ModifyTargetGroupAttributes",
            "RemoveListenerCertificates",
            "RemoveTags",
            "SetIpAddressType",
            "SetRulePriorities",
            "SetSecurityGroups",
            "SetSubnets",
        )
    ),
    "iam": frozenset(
        (
            "AttachRolePolicy",
            "CreateRole",
            "CreateServiceLinkedRole",
            "DeleteRole",
            "DeleteRolePermissionsBoundary",
            "DeleteRolePolicy",
            "DetachRolePolicy",
            "GetRole",
            "GetRolePolicy",
            "ListAttachedRolePolicies",
            "ListRolePolicies",
            "ListRoles",
            "PutRolePermissionsBoundary",
            "PutRolePolicy",
            "TagRole",
            "UpdateAssumeRolePolicy",
            "UpdateRole",
        )
    ),
    "logs": frozenset(
        (
            "AssociateKmsKey",
            "CreateLogGroup",
            "DeleteLogGroup",
            "DeleteResourcePolicy",
            "DeleteRetentionPolicy",
            "DescribeLogGroups",
            "DescribeResourcePolicies",
            "DisassociateKmsKey",
            "ListTagsForResource",
            "PutResourcePolicy",
            "PutRetentionPolicy",
            "TagResource",
            "UntagResource",
        )
    ),
    "route53": frozenset(
        (
            "ChangeResourceRecordSets",
            "ChangeTagsForResource",
            "CreateHealthCheck",
            "CreateHostedZone",
            "CreateQueryLoggingConfig",
            "DeleteHealthCheck",
            "DeleteHostedZone",
            "DeleteQueryLoggingConfig",
            "GetAccountLimit",
            "GetChange",
            "GetHealthCheckLastFailureReason",
            "GetHealthCheckStatus",
            "GetHostedZone",
            "ListHealthChecks",
            "ListHostedZonesByName",
            "ListQueryLoggingConfigs",
            "ListResourceRecordSetProtections",
            "ListResourceRecordSets",
            "ListTagsForResource",
            "ListTagsForResources",
            "TestDNSAnswer",
            "UpdateHealthCheck",
            "UpdateHostedZoneComment",
        )
    ),
    "scheduler": frozenset(
        (
            "CreateSchedule",
            "DeleteSchedule",
            "GetSchedule",
            "ListTagsForResource",
            "TagResource",
            "UntagResource",
            "UpdateSchedule",
        )
    ),
    "ssm": frozenset(
        (
            "DeleteParameter",
            "GetParameter",
            "PutParameter",
            # Also operations of other services
            "DeleteResourcePolicy",
            "ListTagsForResource",
            "PutResourcePolicy",
        )
    ),
}


def only(model: Model, operations: t.Container[str]) -> Model:
    """A service's model with only these operations, and the shapes that they refer to."""
    kept = {name: operation for name, operation in model["operations"].items() if name in operations}
    shapes: dict[str, t.Any] = {}
    waiting = [kept]
    while waiting:
        for name in _referred(waiting.pop()) - shapes.keys():
            shapes[name] = model["shapes"][name]
            waiting.append(shapes[name])
    return {**model, "operations": kept, "shapes": shapes}


def _referred(part: t.Any) -> set[str]:
    """The names of shapes in a part of a model: every value of ``shape``."""
    if isinstance(part, list):
        return set().union(*map(_referred, part))
    if not isinstance(part, dict):
        return set()
    # A member may be called shape too: its value is a dictionary then.
    own = {part["shape"]} if isinstance(part.get("shape"), str) else set()
    return own.union(*map(_referred, part.values()))
