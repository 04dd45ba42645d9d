# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is not ours is left alone."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError
from sandbox import Sandbox

from .world import FOREIGN_TRUST, LOG_GROUP, NAME, ROLES, Deploy, Surroundings, everything

pytestmark = pytest.mark.once


def look_alikes(aws: Sandbox, surroundings: Surroundings) -> dict[str, t.Callable[[], object]]:
    return {
        "log_group": lambda: aws.client("logs").create_log_group(logGroupName=LOG_GROUP),
        "cluster": lambda: aws.client("ecs").create_cluster(clusterName=NAME),
        "task_definition": lambda: aws.client("ecs").register_task_definition(
            family=NAME, containerDefinitions=[{"name": "app", "image": "theirs", "memory": 64}]
        ),
        "iam_role/execution": lambda: aws.client("iam").create_role(
            RoleName=ROLES[0], AssumeRolePolicyDocument=FOREIGN_TRUST
        ),
        "iam_role/task": lambda: aws.client("iam").create_role(
            RoleName=ROLES[1], AssumeRolePolicyDocument=FOREIGN_TRUST
        ),
        "target_group": lambda: aws.client("elbv2").create_target_group(
            Name=NAME, Protocol="HTTP", Port=8080, VpcId=surroundings.vpc_id, TargetType="ip"
        ),
        "security_group": lambda: aws.client("ec2").create_security_group(
            GroupName=NAME, Description="theirs", VpcId=surroundings.vpc_id
        ),
    }


@pytest.mark.parametrize(
    "kind",
    [
        "log_group",
        "cluster",
        "task_definition",
        "iam_role/execution",
        "iam_role/task",
        "target_group",
        "security_group",
    ],
)
def test_what_is_not_ours_is_neither_used_nor_changed_nor_deleted(
    aws: Sandbox,
    deploy: Deploy,
    destroy: t.Callable[[], dict[str, t.Any]],
    surroundings: Surroundings,
    kind: str,
) -> None:
    look_alikes(aws, surroundings)[kind]()
    before = everything(aws)
    with pytest.raises(ConflictError, match=kind):
        deploy()
    assert destroy()["changes"] == []
    assert everything(aws) == before
