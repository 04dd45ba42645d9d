# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removal leaves nothing."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.layer import LAYER
from sandbox import Sandbox
from tests.integration.conftest import RunJob

from .world import EVERYTHING, Deploy, changed, container, everything, healthy

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
