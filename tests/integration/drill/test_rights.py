# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A drill that may not break, or may not heal, breaks nothing and says what it lacks."""

from __future__ import annotations

import copy
import datetime
import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import FailoverError
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import fault as kinds
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.rehearsal import rehearse
from sandbox import Sandbox
from tests.sampling import one_of_each

from .field import EAST, IN_AWS, WEST, Field

pytestmark = pytest.mark.once

IAM = Path(__file__).resolve().parents[3] / "docs" / "iam"
EVERYTHING = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
# By what AWS says they are refused on
SERVICE = f"arn:aws:ecs:{EAST}:111111111111:service/hello-dev-hello/hello-dev-hello"
SECURITY_GROUP = f"arn:aws:ec2:{EAST}:111111111111:security-group/sg-"
TARGET_GROUP = f"arn:aws:elasticloadbalancing:{EAST}:111111111111:targetgroup/hello-dev-hello/"
ALARM = f"arn:aws:cloudwatch:{WEST}:111111111111:alarm:hello-dev-switch-{EAST}"
RIGHTS = [
    (kinds.STOP_TASKS, "ecs:UpdateService", SERVICE),
    (kinds.STOP_TASKS, "ecs:TagResource", SERVICE),
    (kinds.STOP_TASKS, "ecs:UntagResource", SERVICE),
    (kinds.BLOCK_ALB, "ec2:RevokeSecurityGroupIngress", SECURITY_GROUP),
    (kinds.BLOCK_ALB, "ec2:AuthorizeSecurityGroupIngress", SECURITY_GROUP),
    (kinds.BLOCK_ALB, "ec2:CreateTags", SECURITY_GROUP),
    (kinds.BLOCK_ALB, "ec2:DeleteTags", SECURITY_GROUP),
    (kinds.UNHEALTHY_APP, "elasticloadbalancing:ModifyTargetGroup", TARGET_GROUP),
    (kinds.UNHEALTHY_APP, "elasticloadbalancing:AddTags", TARGET_GROUP),
    (kinds.UNHEALTHY_APP, "elasticloadbalancing:RemoveTags", TARGET_GROUP),
    (kinds.SWITCH, "cloudwatch:PutMetricData", "*"),
    (kinds.SWITCH, "cloudwatch:TagResource", ALARM),
    (kinds.SWITCH, "cloudwatch:UntagResource", ALARM),
    (kinds.SWITCH, "cloudwatch:GetMetricData", ""),
    (kinds.SWITCH, "route53:GetHealthCheckStatus", ""),
]


def policies(without: str = "") -> list[dict[str, t.Any]]:
    """What docs/iam gives a drill, without one action."""
    found = [json.loads((IAM / f"{name}.json").read_text()) for name in ("read", "drill")]
    for statement in (item for document in found for item in document["Statement"]):
        listed = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        statement["Action"] = [action for action in listed if action != without]
    return copy.deepcopy(found)


@pytest.fixture(autouse=True)
def _lifted(aws: Sandbox) -> t.Iterator[None]:
    yield
    aws.restrict("dev", EVERYTHING)


def marks(field: Field) -> str:
    alarm = field.aws.client("cloudwatch", region=WEST)
    return json.dumps(field.state()) + json.dumps(alarm.list_tags_for_resource(ResourceARN=ALARM)["Tags"])


@pytest.mark.parametrize(
    ("kind", "action", "resource"),
    one_of_each(RIGHTS, lambda right: right[0], lambda right: right[1].partition(":")[0]),
    ids=lambda value: value.partition(":")[2] or value,
)
def test_without_one_of_its_rights_nothing_is_broken(field: Field, kind: str, action: str, resource: str) -> None:
    before = marks(field)
    ctx, plan = field.decide(kind)
    field.aws.restrict("dev", *policies(without=action))
    with pytest.raises(FailoverError, match="nothing was broken") as refused:
        field.drill(ctx, plan).run()
    field.aws.restrict("dev", EVERYTHING)
    said = str(refused.value)
    assert action in said
    assert resource in said
    assert "docs/iam" in said
    assert marks(field) == before
    assert field.journal() is None
    assert field.guardian() is None


@pytest.mark.parametrize("kind", [*IN_AWS, kinds.SWITCH])
def test_with_the_published_policies_it_may_begin_and_asking_changes_nothing(field: Field, kind: str) -> None:
    before = marks(field)
    ctx, plan = field.decide(kind)
    field.aws.restrict("dev", *policies())
    mark = field.aws.requests.mark()
    rehearse(ctx, plan.fault, datetime.datetime.now(datetime.UTC))
    field.aws.restrict("dev", EVERYTHING)
    assert field.aws.requests.since(mark)
    assert marks(field) == before
