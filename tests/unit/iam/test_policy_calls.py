# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/iam/*.json name every call of the layers, and none that is never made."""

from __future__ import annotations

import ast
import functools
import json
import typing as t
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name

from sandbox.rights import dependents, s3

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"
UTILS = ROOT / "plugins" / "module_utils"
# IAM's prefix → botocore's name of the service.
SERVICES = {
    "acm": "acm",
    "application-autoscaling": "application-autoscaling",
    "cloudwatch": "cloudwatch",
    "ec2": "ec2",
    "ecr": "ecr",
    "ecs": "ecs",
    "elasticloadbalancing": "elbv2",
    "events": "events",
    "iam": "iam",
    "logs": "logs",
    "route53": "route53",
    "s3": "s3",
    "scheduler": "scheduler",
    "servicequotas": "service-quotas",
    "ssm": "ssm",
    "sns": "sns",
    "sts": "sts",
    "tag": "resourcegroupstaggingapi",
    "wafv2": "wafv2",
}
# Asked for by AWS itself, on behalf of another call.
IMPLIED = {
    *("ecs:TagResource", "elasticloadbalancing:AddTags", "elasticloadbalancing:SetWebACL"),
    "route53:AssociateVPCWithHostedZone",
    *("iam:PassRole", "iam:TagRole", "logs:TagResource", "s3:DeleteObjectVersion", "s3:TagResource"),
}
# Anyone may ask who they are. ExecuteCommand is a user's call, and in our source a word of a setting; what creates a
# connection there is a socket. Where a bucket is S3 tells everybody.
FREE = {"sts:GetCallerIdentity", "ecs:ExecuteCommand", "events:CreateConnection", "s3:ListBucket"}

# Those of the environments' accounts
EVERY = (
    "read",
    "site",
    "network",
    "alarms",
    "destroy",
    "switch",
    "drill",
    "certificate",
    "web-acl",
    "endpoints",
    "access-logs",
    "query-logging",
    "registry",
    "deployment-strategy",
)
SITE = ("read", "site", "network")


def policy(name: str) -> dict[str, t.Any]:
    found: dict[str, t.Any] = json.loads((DOCS / "iam" / f"{name}.json").read_text())
    return found


def actions(*names: str) -> set[str]:
    found: set[str] = set()
    for name in names:
        for statement in policy(name)["Statement"]:
            listed = statement["Action"]
            found |= set(listed if isinstance(listed, list) else [listed])
    return found


@functools.cache
def operations(service: str) -> frozenset[str]:
    """All of a service of botocore's. To read them takes a while."""
    return frozenset(botocore.session.get_session().get_service_model(service).operation_names)


def action_of(prefix: str, operation: str) -> str:
    """IAM's name of an operation, which is another one in S3."""
    return f"{prefix}:{s3.ACTIONS.get(operation, operation) if prefix == 's3' else operation}"


@functools.cache
def called() -> frozenset[str]:
    """IAM actions of every method of a client that the layers' source names."""
    methods: dict[str, set[str]] = {}
    for prefix, service in SERVICES.items():
        for operation in operations(service):
            methods.setdefault(xform_name(operation), set()).add(action_of(prefix, operation))
    names: set[str] = set()
    for path in UTILS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute):
                names.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                names.add(node.value)
    return frozenset(action for name in names for action in methods.get(name, ()))


def test_every_call_of_the_layers_is_allowed() -> None:
    """Repairs of drift too, which no single run makes all of."""
    allowed = actions(*EVERY, "bootstrap") | FREE
    ambiguous = {
        "DescribeImages",
        "DescribeTags",
        "ListServices",
        "ListTagsForResource",
        "TagResource",
        "UntagResource",
        "ListTagsForResources",
        "DeleteResourcePolicy",
        "PutResourcePolicy",
    }
    missing = {action for action in called() - allowed if action.partition(":")[2] not in ambiguous}
    assert missing == set()


def test_what_aws_asks_for_besides_is_allowed() -> None:
    allowed = actions(*SITE)
    assert {call: set(asked) - allowed for call, asked in dependents.ACTIONS.items() if set(asked) - allowed} == {}


def test_nothing_is_allowed_that_is_never_called() -> None:
    asked_for = {action for actions_asked in dependents.ACTIONS.values() for action in actions_asked}
    unused = actions(*EVERY, "bootstrap") - called() - IMPLIED - asked_for
    assert unused == set()


@pytest.mark.parametrize("path", sorted((DOCS / "iam").glob("*.json")), ids=lambda path: path.stem)
def test_a_policy_fits_into_a_managed_policy(path: Path) -> None:
    """IAM's quota: 6,144 characters, blanks not counted."""
    assert len("".join(path.read_text().split())) <= 6144
    document = json.loads(path.read_text())
    sids = [statement["Sid"] for statement in document["Statement"]]
    assert len(sids) == len(set(sids))
    effects = {statement["Effect"] for statement in document["Statement"]}
    assert effects == ({"Deny"} if path.stem == "boundary" else {"Allow"})


def test_actions_are_ones_that_exist() -> None:
    of_no_call = {"iam:PassRole", "elasticloadbalancing:SetWebACL", "s3:DeleteObjectVersion", "s3:TagResource"}
    for action in actions(*EVERY, "bootstrap") - of_no_call:
        prefix = action.partition(":")[0]
        assert action in {action_of(prefix, each) for each in operations(SERVICES[prefix])}, action


def test_what_only_reads_writes_nothing() -> None:
    writes = {
        action
        for action in actions("read")
        if not action.partition(":")[2].startswith(("Describe", "Get", "List", "Test"))
    }
    assert writes == {"sts:AssumeRole"}
