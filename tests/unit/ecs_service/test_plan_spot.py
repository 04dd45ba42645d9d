# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks on Fargate Spot beside those on demand: what is asked of the cluster and of the service."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.service_fields import FIELDS
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.snapshot import Snapshot
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.spec_spot import Spot
from ansible_collections.everlook.failover.plugins.module_utils._engine import field
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import SpecError
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Plan
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.vcpus import Vcpus, vcpus_of
from tests.unit.ecs_service.support import applied, spec_of

from .plans import addresses, change_of, waits, with_field

BOTH = ["FARGATE", "FARGATE_SPOT"]
SPOT = {"base": 2, "on_demand_weight": 1, "spot_weight": 3}
STRATEGY = [
    {"capacityProvider": "FARGATE", "weight": 1, "base": 2},
    {"capacityProvider": "FARGATE_SPOT", "weight": 3, "base": 0},
]


def with_providers(snapshot: Snapshot, providers: list[str]) -> Snapshot:
    assert snapshot.cluster
    values = {**snapshot.cluster.values, "capacity_providers": providers}
    return dataclasses.replace(snapshot, cluster=dataclasses.replace(snapshot.cluster, values=values))


def test_without_it_all_tasks_are_on_demand() -> None:
    assert spec_of().wanted.service.spot is None
    assert spec_of(spot=None).wanted.service.spot is None


def test_a_new_cluster_has_the_providers_and_a_new_service_the_strategy() -> None:
    found = plan(spec_of(spot=SPOT), Snapshot())
    assert change_of(found, "cluster/main").data.values["capacity_providers"] == BOTH
    service = change_of(found, "service/main")
    assert field.write_new(FIELDS, service.data.values)["capacityProviderStrategy"] == STRATEGY
    assert "cluster/main" in service.needs


def test_once_there_nothing_is_left_to_do() -> None:
    spec = spec_of(spot=SPOT)
    assert plan(spec, applied(spec)) == Plan()


def test_running_tasks_move_with_a_new_deployment_once_the_cluster_has_the_providers() -> None:
    """ECS API, UpdateService: a strategy alone triggers no deployment."""
    found = plan(spec_of(spot=SPOT), applied(spec_of()))
    assert addresses(found) == ["cluster/main", "service/main"]
    service = change_of(found, "service/main")
    assert field.write(FIELDS, service.data.values) == {"capacityProviderStrategy": STRATEGY}
    assert (service.data.deploys, service.data.force) == (True, True)
    assert "cluster/main" in service.needs
    assert waits(found) == ["rollout/main"]


def test_back_to_on_demand_the_cluster_keeps_its_providers() -> None:
    """ECS API, UpdateService: an empty list leads back to the launch type."""
    found = plan(spec_of(), applied(spec_of(spot=SPOT)))
    assert addresses(found) == ["service/main"]
    assert field.write(FIELDS, change_of(found, "service/main").data.values) == {"capacityProviderStrategy": []}


@pytest.mark.parametrize(
    ("there", "wanted"), [([], BOTH), (["FARGATE"], BOTH), (["FARGATE", "theirs"], [*BOTH, "theirs"])]
)
def test_providers_that_are_missing_join_those_of_others(there: list[str], wanted: list[str]) -> None:
    """ECS API, PutClusterCapacityProviders: what is left out is taken away."""
    spec = spec_of(spot=SPOT)
    found = plan(spec, with_providers(applied(spec), there))
    assert addresses(found) == ["cluster/main"]
    assert change_of(found, "cluster/main").data.values == {"capacity_providers": wanted}


def test_another_strategy_is_set_back() -> None:
    spec = spec_of(spot=SPOT)
    found = plan(spec, with_field(applied(spec), "capacity_provider_strategy", []))
    assert [(step.address, step.reason) for step in found.changes] == [
        ("service/main", "differs in capacity_provider_strategy")
    ]


@pytest.mark.parametrize(
    ("changes", "option"),
    [
        ({"spot": {"base": -1}}, "spot.base"),
        ({"spot": {"base": 100_001}}, "spot.base"),
        ({"spot": {"base": 1, "on_demand_weight": 1001}}, "spot.on_demand_weight"),
        ({"spot": {"base": 1, "spot_weight": 0}}, "spot.spot_weight"),
    ],
)
def test_limits(changes: dict[str, t.Any], option: str) -> None:
    with pytest.raises(SpecError) as caught:
        spec_of(**changes)
    assert option in str(caught.value)


def test_windows_is_refused() -> None:
    with pytest.raises(SpecError, match="LINUX only"):
        spec_of(spot=SPOT, operating_system="WINDOWS_SERVER_2022_CORE", cpu=1024, memory=2048)


def test_no_task_on_demand_is_mentioned() -> None:
    assert any("all of them at once" in text for text in spec_of(spot={"base": 0}).warnings)
    assert not any("all of them at once" in text for text in spec_of(spot={"base": 1}).warnings)


@pytest.mark.parametrize(("count", "on_demand"), [(1, 1), (2, 2), (6, 3)])
def test_how_many_are_on_demand(count: int, on_demand: float) -> None:
    assert vcpus_of(count, 1024, Spot(**SPOT).strategy) == Vcpus(on_demand, count - on_demand)
