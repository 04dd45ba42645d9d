# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks on Fargate Spot: a running service moves there, and back."""

from __future__ import annotations

import pytest

from sandbox import Sandbox

from .world import NAME, Deploy, changed, healthy, rolled_out, service_of

pytestmark = pytest.mark.once
CLUSTER, SERVICE = ("cluster", "main"), ("service", "main")


def test_a_running_service_moves_to_spot_and_back(aws: Sandbox, deploy: Deploy) -> None:
    deploy()
    rolled_out(aws)
    assert changed(deploy(spot={"base": 1})) == {CLUSTER, SERVICE}
    assert healthy(aws) == 2
    assert {item["capacityProvider"] for item in service_of(aws)["capacityProviderStrategy"]} == {
        "FARGATE",
        "FARGATE_SPOT",
    }
    assert deploy(spot={"base": 1})["changes"] == []
    aws.client("ecs").update_service(cluster=NAME, service=NAME, capacityProviderStrategy=[], forceNewDeployment=True)
    aws.client("ecs").put_cluster_capacity_providers(
        cluster=NAME, capacityProviders=[], defaultCapacityProviderStrategy=[]
    )
    assert changed(deploy(spot={"base": 1})) == {CLUSTER, SERVICE}
    assert changed(deploy()) == {SERVICE}
    assert not service_of(aws).get("capacityProviderStrategy")
    assert healthy(aws) == 2
