# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removal leaves nothing."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.layer import LAYER
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError
from sandbox import Sandbox
from tests.integration.conftest import RunJob

from .world import EVERYTHING, NAME, Deploy, changed, container, everything, healthy, service_of

pytestmark = pytest.mark.once


def test_absent_leaves_nothing_and_present_works_at_once(
    aws: Sandbox, deploy: Deploy, destroy: t.Callable[[], dict[str, t.Any]]
) -> None:
    before = everything(aws)
    deploy()
    deploy(containers=[container(image="nginx:1.28")])
    result = destroy()
    assert changed(result) == EVERYTHING
    assert everything(aws) == before
    mark = aws.requests.mark()
    assert destroy()["changes"] == []
    assert aws.requests.writes(mark) == []
    deploy()
    assert healthy(aws) == 2


def test_absent_in_check_mode_writes_nothing(aws: Sandbox, deploy: Deploy, run_job: RunJob) -> None:
    deploy()
    before = everything(aws)
    mark = aws.requests.mark()
    assert changed(run_job(LAYER.job, name="web", check_mode=True, state="absent")) == EVERYTHING
    assert aws.requests.writes(mark) == []
    assert everything(aws) == before


@pytest.mark.parametrize("kind", ["service", "task"])
def test_what_others_run_in_the_cluster_is_refused_before_the_first_change(
    aws: Sandbox, deploy: Deploy, destroy: t.Callable[[], dict[str, t.Any]], run_job: RunJob, kind: str
) -> None:
    """ECS deletes no cluster in which anything runs: the removal would wait for it in vain."""
    deploy()
    ecs = aws.client("ecs")
    own = service_of(aws)
    network = own["networkConfiguration"]
    settings = {"cluster": NAME, "taskDefinition": own["taskDefinition"], "launchType": "FARGATE"}
    if kind == "service":
        ecs.create_service(serviceName="theirs", desiredCount=1, networkConfiguration=network, **settings)
        name = "service theirs"
    else:
        arn = ecs.run_task(networkConfiguration=network, **settings)["tasks"][0]["taskArn"]
        name = f"task {arn.rpartition('/')[2]}"
    mark = aws.requests.mark()
    with pytest.raises(ConflictError, match=f"others run in it: {name}. Delete or stop these"):
        destroy()
    with pytest.raises(ConflictError, match=name):
        run_job(LAYER.job, name="web", check_mode=True, state="absent")
    assert aws.requests.writes(mark) == []
