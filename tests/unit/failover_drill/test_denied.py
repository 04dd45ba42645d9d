# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A right that is missing when a fault is undone: the journal names it, its resource and what gives it."""

from __future__ import annotations

import pathlib
import typing as t

import botocore.exceptions
import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.aws_errors import describe
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import FailoverError
from ansible_collections.everlook.failover.plugins.module_utils._engine.statements import STATEMENTS
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import fault as kinds
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import journal as journals

from .test_journal import broken, heal, journal
from .worlds import FakeAws, NoWait

RESOURCE = "arn:aws:of:us-east-1:111111111111:a/resource"
ACTIONS = sorted(
    {(policy, action) for (policy, _sid), text in STATEMENTS.items() if policy == "drill" for action in text.split()}
)
# Kind of fault, the boto3 method of its undo, the action
UNDOS = [
    (kinds.STOP_TASKS, "update_service", "ecs:UpdateService"),
    (kinds.STOP_TASKS, "untag_resource", "ecs:UntagResource"),
    (kinds.STOP_TASKS, "describe_services", "ecs:DescribeServices"),
    (kinds.BLOCK_ALB, "authorize_security_group_ingress", "ec2:AuthorizeSecurityGroupIngress"),
    (kinds.BLOCK_ALB, "delete_tags", "ec2:DeleteTags"),
    (kinds.BLOCK_ALB, "describe_security_groups", "ec2:DescribeSecurityGroups"),
    (kinds.UNHEALTHY_APP, "modify_target_group", "elasticloadbalancing:ModifyTargetGroup"),
    (kinds.UNHEALTHY_APP, "remove_tags", "elasticloadbalancing:RemoveTags"),
    (kinds.UNHEALTHY_APP, "describe_target_groups", "elasticloadbalancing:DescribeTargetGroups"),
    (kinds.SWITCH, "put_metric_data", "cloudwatch:PutMetricData"),
    (kinds.SWITCH, "untag_resource", "cloudwatch:UntagResource"),
]


def refusal(action: str) -> botocore.exceptions.ClientError:
    text = f"User: arn:aws:iam::111111111111:user/dev is not authorized to perform: {action} on resource: {RESOURCE}"
    answer: t.Any = {"Error": {"Code": "AccessDenied", "Message": text}, "ResponseMetadata": {}}
    return botocore.exceptions.ClientError(answer, action.partition(":")[2])


@pytest.mark.parametrize(("policy", "action"), ACTIONS)
def test_a_refusal_is_described_with_its_remedy(policy: str, action: str) -> None:
    said = describe(refusal(action), "us-east-1")
    assert f"Grant the deployer {action} on {RESOURCE}." in said
    assert f"of docs/iam/{policy}.json" in said


def test_other_errors_are_told_as_they_are() -> None:
    assert describe(FailoverError("no"), "us-east-1") == "no"
    assert describe(OSError("disk"), "us-east-1") == "OSError: disk"


@pytest.mark.parametrize(("kind", "method", "action"), UNDOS)
def test_an_undo_that_is_refused_names_the_right(tmp_path: pathlib.Path, kind: str, method: str, action: str) -> None:
    path, aws = tmp_path / "dev" / journals.NAME, broken(kind)

    def call(service: str, region: str, name: str, parameters: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        if name == method:
            raise refusal(action)
        return aws(service, region, name, parameters)

    journals.open_new(path, journal(kind))
    with pytest.raises(botocore.exceptions.ClientError):
        heal(path, call, NoWait(), by="guardian")
    found = journals.read(path)
    assert found is not None
    assert f"Grant the deployer {action} on {RESOURCE}." in found.last_error
    assert "docs/iam.md: statement" in found.last_error
    assert heal(path, aws, NoWait(), by="site")
    assert aws.state() == FakeAws().state()
