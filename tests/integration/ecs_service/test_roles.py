# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles that exist already, and those of the module."""

from __future__ import annotations

import typing as t

import pytest

from sandbox import Sandbox

from .world import FOREIGN_TRUST, ROLES, Deploy, changed

pytestmark = pytest.mark.once


def test_roles_that_exist_are_used_and_left_alone(
    aws: Sandbox, deploy: Deploy, destroy: t.Callable[[], dict[str, t.Any]]
) -> None:
    arn = aws.client("iam").create_role(RoleName="theirs", AssumeRolePolicyDocument=FOREIGN_TRUST)["Role"]["Arn"]
    result = deploy(execution_role_arn=arn, task_role_arn=arn)
    assert not {("iam_role", "execution"), ("iam_role", "task")} & changed(result)
    assert (result["execution_role_arn"], result["task_role_arn"]) == (arn, arn)
    assert deploy(execution_role_arn=arn, task_role_arn=arn)["changes"] == []
    destroy()
    assert aws.client("iam").get_role(RoleName="theirs")["Role"]["Arn"] == arn


def test_roles_of_ours_go_once_others_have_taken_their_place(aws: Sandbox, deploy: Deploy) -> None:
    deploy()
    iam = aws.client("iam")
    arn = iam.create_role(RoleName="theirs", AssumeRolePolicyDocument=FOREIGN_TRUST)["Role"]["Arn"]
    mark = aws.requests.mark()
    result = deploy(execution_role_arn=arn, task_role_arn=arn)
    order = [call.operation for call in aws.requests.writes(mark)]
    assert {("iam_role", "execution"), ("iam_role", "task")} < changed(result)
    assert max(order.index("RegisterTaskDefinition"), order.index("UpdateService")) < order.index("DeleteRole")
    assert not {role["RoleName"] for role in iam.list_roles()["Roles"]} & set(ROLES)
    assert deploy(execution_role_arn=arn, task_role_arn=arn)["changes"] == []
    assert {("iam_role", "execution"), ("iam_role", "task")} < changed(deploy())
