# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/iam/*.json reach nothing foreign, but for what AWS gives no condition against."""

from __future__ import annotations

import pytest

from .reach import REFERENCE, ROOT, VICTIMS, dead_statements, listed, policy, reached

WRITING = (
    "network",
    "site",
    "alarms",
    "destroy",
    "drill",
    "switch",
    "certificate",
    "web-acl",
    "endpoints",
    "access-logs",
    "query-logging",
    "registry",
    "deployment-strategy",
)

# Reviewed: (policy, action, resource type) → why there is no narrower limit. Sources: the pages of the Service
# Authorization Reference, which list the condition keys of every action; for roles IAM's user guide, which says that
# TagRole has no condition on what the role is before it, and PassRole none on tags.
ROUTE53 = "Route 53: no condition on tags, and ids are not known beforehand"
NAME = "limited by name alone, and the names of a stack that is called like ours begin alike"
NO_RESOURCE = "the action is checked against no resource, and has no condition"
NO_TARGET = "no call is checked against one target: what AWS names in its refusals is scalable-target/*"
WEB_ACL = "it changes the load balancer, and nothing of the web ACL, which the user names"
PRIVATE_ZONE = "the private zone of an endpoint belongs to AWS, and its id is known to nobody beforehand"
EVERYWHERE = "CloudWatch refuses the call to whom it is not allowed on *"
UNTAGGED = "AWS makes the default security group without tags, so what has none can be closed, and never opened"
NO_ACTION = "no key says that the certificate is being made, so one without the tag ManagedBy can be taken over"
REVIEWED = {
    ("certificate", "acm:AddTagsToCertificate", "certificate"): NO_ACTION,
    ("certificate", "route53:ChangeResourceRecordSets", "hostedzone"): ROUTE53,
    ("web-acl", "wafv2:AssociateWebACL", "webacl"): WEB_ACL,
    ("query-logging", "logs:DeleteResourcePolicy", "*"): NO_RESOURCE,
    ("query-logging", "logs:PutResourcePolicy", "*"): NO_RESOURCE,
    ("query-logging", "route53:CreateQueryLoggingConfig", "hostedzone"): ROUTE53,
    ("query-logging", "route53:DeleteQueryLoggingConfig", "queryloggingconfig"): ROUTE53,
    ("endpoints", "route53:AssociateVPCWithHostedZone", "hostedzone"): PRIVATE_ZONE,
    ("endpoints", "route53:AssociateVPCWithHostedZone", "vpc"): PRIVATE_ZONE,
    ("deployment-strategy", "iam:PassRole", "role"): NAME,
    ("registry", "ecr:PutReplicationConfiguration", "*"): NO_RESOURCE,
    ("network", "ec2:RevokeSecurityGroupEgress", "security-group"): UNTAGGED,
    ("network", "ec2:RevokeSecurityGroupIngress", "security-group"): UNTAGGED,
    ("site", "ecs:DeregisterTaskDefinition", "*"): NO_RESOURCE,
    ("alarms", "sns:Unsubscribe", "*"): NO_RESOURCE,
    ("alarms", "cloudwatch:PutCompositeAlarm", "alarm"): EVERYWHERE,
    ("destroy", "ecs:DeregisterTaskDefinition", "*"): NO_RESOURCE,
    ("drill", "application-autoscaling:RegisterScalableTarget", "scalable-target"): NO_TARGET,
    ("destroy", "application-autoscaling:DeregisterScalableTarget", "scalable-target"): NO_TARGET,
    **{
        ("site", f"application-autoscaling:{action}", "scalable-target"): NO_TARGET
        for action in (
            "DeleteScalingPolicy",
            "DeleteScheduledAction",
            "DeregisterScalableTarget",
            "PutScalingPolicy",
            "PutScheduledAction",
            "RegisterScalableTarget",
        )
    },
    **{
        (name, f"route53:{action}", kind): ROUTE53
        for name, action, kind in (
            ("site", "ChangeResourceRecordSets", "hostedzone"),
            ("site", "ChangeTagsForResource", "healthcheck"),
            ("site", "ChangeTagsForResource", "hostedzone"),
            ("site", "DeleteHealthCheck", "healthcheck"),
            ("site", "DeleteHostedZone", "hostedzone"),
            ("site", "UpdateHealthCheck", "healthcheck"),
            ("site", "UpdateHostedZoneComment", "hostedzone"),
            ("destroy", "ChangeResourceRecordSets", "hostedzone"),
            ("destroy", "DeleteHealthCheck", "healthcheck"),
            ("destroy", "DeleteHostedZone", "hostedzone"),
            ("destroy", "UpdateHealthCheck", "healthcheck"),
        )
    },
    **{
        ("site", f"iam:{action}", "role"): NAME
        for action in (
            "AttachRolePolicy",
            "DeleteRole",
            "DeleteRolePermissionsBoundary",
            "DeleteRolePolicy",
            "DetachRolePolicy",
            "PassRole",
            "PutRolePermissionsBoundary",
            "PutRolePolicy",
            "TagRole",
            "UpdateAssumeRolePolicy",
            "UpdateRole",
        )
    },
    **{("destroy", f"iam:{action}", "role"): NAME for action in ("DeleteRole", "DeleteRolePolicy", "DetachRolePolicy")},
}


@pytest.mark.parametrize("name", WRITING)
def test_a_policy_reaches_nothing_foreign(name: str) -> None:
    found = {(name, *key): victims for key, victims in reached(policy(name)).items()}
    by_name = {key for key, why in REVIEWED.items() if why == NAME}
    surprises = {key: victims for key, victims in found.items() if key not in REVIEWED}
    assert surprises == {}
    wider = {key: found[key] for key in by_name & found.keys() if set(found[key]) - {"a stack whose names begin alike"}}
    assert wider == {}


def test_what_is_excused_is_there() -> None:
    found = {(name, *key) for name in WRITING for key in reached(policy(name))}
    assert set(REVIEWED) - found == set()


def test_what_the_evaluation_is_for() -> None:
    """The policy that said it reached nothing foreign: the proof that this can fail."""
    wide = {
        "Statement": [
            {"Sid": "Open", "Action": "ec2:AuthorizeSecurityGroupIngress", "Resource": "*"},
            {
                "Sid": "Claim",
                "Action": "ec2:CreateTags",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:RequestTag/ManagedBy": "everlook.failover"}},
            },
            {
                "Sid": "AnyStack",
                "Action": "ec2:DeleteVpc",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:ResourceTag/ManagedBy": "everlook.failover"}},
            },
        ]
    }
    found = reached(wide)
    assert found["ec2:AuthorizeSecurityGroupIngress", "security-group"] == list(VICTIMS)
    assert found["ec2:CreateTags", "vpc"] == list(VICTIMS)
    assert found["ec2:DeleteVpc", "vpc"] == [title for title in VICTIMS if title != "a neighbour without tags"]


@pytest.mark.parametrize("name", [*WRITING, "boundary", "bootstrap"])
def test_every_condition_is_one_that_aws_knows_for_the_action(name: str) -> None:
    """A key that is not in the request makes a statement allow nothing, and a denial with it deny everything."""
    assert dead_statements(policy(name)) == []


@pytest.mark.parametrize("name", WRITING)
def test_the_reference_has_every_writing_action(name: str) -> None:
    reading = ("Describe", "Get", "List")
    actions = {action for statement in policy(name)["Statement"] for action in listed(statement["Action"])}
    assert {a for a in actions - REFERENCE.keys() if not a.partition(":")[2].startswith(reading)} == set()


def test_the_guide_says_what_cannot_be_narrower() -> None:
    guide = (ROOT / "docs" / "iam.md").read_text()
    silent = {action.partition(":")[2] for _policy, action, _kind in REVIEWED if action.partition(":")[2] not in guide}
    assert silent == set()
