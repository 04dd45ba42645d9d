# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release that fails, and who is told."""

from __future__ import annotations

import json
import urllib.request

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._cloudwatch_alarms.layer import LAYER as ALARMS
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import FailoverError
from tests.integration.conftest import RunJob
from tests.sandbox.overlay.test_sns import endpoint

from .world import NAME, REGION, Deploy, container

pytestmark = pytest.mark.once

_SECONDS = 30


def test_a_rollout_that_fails_reaches_who_is_to_be_told(run_job: RunJob, deploy: Deploy) -> None:
    deploy()
    with endpoint() as (url, got):
        run_job(ALARMS.job, notify={"urls": [url]}, services={"web": 2}, workers=["web"])
        urllib.request.urlopen(got.get(timeout=_SECONDS)["SubscribeURL"], timeout=_SECONDS).close()
        with pytest.raises(FailoverError, match="was rolled back"):
            deploy(containers=[container(image="nginx:broken")])
        # Alarms may ring besides.
        said = (got.get(timeout=_SECONDS)["Message"] for _ in range(20))
        message = next(text for text in said if "the rollout of" in text)
    service = f"arn:aws:ecs:{REGION}:111111111111:service/{NAME}/{NAME}"
    assert json.loads(message).startswith(
        f"hello in dev, {REGION}: the rollout of {service} has failed: ECS deployment circuit breaker: "
    )
    assert "Runbook: When an alarm rings" in message
