# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lost answers and refusals on the way are made up for by the same run or the next."""

from __future__ import annotations

import collections
import re
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import FailoverError
from sandbox import Sandbox
from tests.sampling import first_and_last, one_of_each

from .world import EVERYTHING, Deploy, everything, identities

pytestmark = pytest.mark.once


# The writes of a deployment and of a destroy, and how many of each; the first test holds the lists to the truth.
DEPLOY_WRITES = {
    "CreateLogGroup": 1,
    "PutRetentionPolicy": 1,
    "CreateCluster": 1,
    "CreateRole": 2,
    "PutRolePolicy": 1,
    "CreateSecurityGroup": 1,
    "AuthorizeSecurityGroupIngress": 1,
    "CreateTargetGroup": 1,
    "ModifyTargetGroupAttributes": 1,
    "CreateRule": 1,
    "UpdateSecurityGroupRuleDescriptionsEgress": 1,
    "RegisterTaskDefinition": 1,
    "CreateService": 1,
}
DESTROY_WRITES = {
    "DeleteService": 1,
    "DeleteRule": 1,
    "DeleteTargetGroup": 1,
    "DeleteCluster": 1,
    "DeregisterTaskDefinition": 1,
    "DeleteTaskDefinitions": 1,
    "DeleteLogGroup": 1,
    "DeleteRolePolicy": 1,
    "DeleteRole": 2,
    "DeleteSecurityGroup": 1,
}


def each(writes: dict[str, int]) -> list[tuple[str, int]]:
    return [(operation, nth) for operation, count in writes.items() for nth in range(1, count + 1)]


def verb(write: tuple[str, int]) -> str:
    """``Create`` of ``CreateCluster``."""
    return str(re.findall("[A-Z][a-z]+", write[0])[0])


def succeeded(aws: Sandbox, mark: int) -> dict[str, int]:
    return dict(collections.Counter(call.operation for call in aws.requests.writes(mark) if call.status < 400))


def test_the_writes_of_a_deployment_and_a_destroy(
    aws: Sandbox, deploy: Deploy, destroy: t.Callable[[], dict[str, t.Any]]
) -> None:
    mark = aws.requests.mark()
    deploy()
    assert succeeded(aws, mark) == DEPLOY_WRITES
    mark = aws.requests.mark()
    destroy()
    assert succeeded(aws, mark) == DESTROY_WRITES


@pytest.mark.parametrize(("operation", "nth"), one_of_each(each(DEPLOY_WRITES), verb))
def test_a_deployment_survives_the_loss_of_any_answer(aws: Sandbox, deploy: Deploy, operation: str, nth: int) -> None:
    with aws.cut(after=True, operation=operation, nth=nth) as fault:
        deploy()
        assert fault.fired == 1
    assert deploy()["changes"] == []
    found = identities(aws)
    assert len(set(found)) == len(found) >= len(EVERYTHING)


@pytest.mark.parametrize(("operation", "nth"), one_of_each(each(DESTROY_WRITES), verb))
def test_a_destroy_survives_the_loss_of_any_answer(
    aws: Sandbox, deploy: Deploy, destroy: t.Callable[[], dict[str, t.Any]], operation: str, nth: int
) -> None:
    before = everything(aws)
    deploy()
    with aws.cut(after=True, operation=operation, nth=nth) as fault:
        destroy()
        assert fault.fired == 1
    assert destroy()["changes"] == []
    assert everything(aws) == before


@pytest.mark.parametrize(("operation", "nth"), first_and_last(each(DEPLOY_WRITES)))
def test_a_deployment_that_is_refused_halfway_is_finished_by_the_next(
    aws: Sandbox, deploy: Deploy, operation: str, nth: int
) -> None:
    with (
        aws.fail("AccessDeniedException", operation=operation, nth=nth, count=100),
        pytest.raises(FailoverError, match="AccessDenied"),
    ):
        deploy()
    deploy()
    assert deploy()["changes"] == []
    found = identities(aws)
    assert len(set(found)) == len(found) >= len(EVERYTHING)


@pytest.mark.parametrize(("operation", "nth"), first_and_last(each(DESTROY_WRITES)))
def test_a_destroy_that_is_refused_halfway_is_finished_by_the_next(
    aws: Sandbox, deploy: Deploy, destroy: t.Callable[[], dict[str, t.Any]], operation: str, nth: int
) -> None:
    before = everything(aws)
    deploy()
    with (
        aws.fail("AccessDeniedException", operation=operation, nth=nth, count=100),
        pytest.raises(FailoverError, match="AccessDenied"),
    ):
        destroy()
    destroy()
    assert everything(aws) == before
