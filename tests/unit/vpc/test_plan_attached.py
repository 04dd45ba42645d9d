# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decisions of the plan about what a network has beside its subnets: flow logs, and interface endpoints."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError, SpecError
from ansible_collections.everlook.failover.plugins.module_utils._vpc.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.endpoint import (
    INTERFACE,
)
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.endpoint_service import (
    Service,
    service_names,
    short_name,
)
from tests.unit.vpc.cloud import ZONES, Cloud, in_order
from tests.unit.vpc.plans import GONE, settled, spec, steps

# --- flow logs


def test_flow_logs_come_with_a_role_and_a_log_group() -> None:
    cloud = settled()
    found = plan(spec(flow_logs="reject"), cloud.snapshot())
    assert steps(found) == {
        "vpc/flow-logs": "update",
        "log_group/vpc": "create",
        "iam_role/flowlogs": "create",
        "flow_log/main": "create",
    }
    flow_log = found.changes[-1]
    assert flow_log.needs >= {"log_group/vpc", "iam_role/flowlogs"}
    assert flow_log.after == {
        "traffic_type": "REJECT",
        "max_aggregation_interval": 600,
        "log_group_name": "/vpc/hello/dev/network",
        "role_name": "hello-dev-network-us-east-1-flowlogs",
    }
    cloud.carry_out(found, in_order)
    assert plan(spec(flow_logs="reject"), cloud.snapshot()).steps == ()


@pytest.mark.parametrize(
    ("fields", "name"),
    [({"flow_logs": "accept"}, "traffic_type"), ({"flow_logs_interval": 60}, "max_aggregation_interval")],
)
def test_a_flow_log_is_replaced_by_a_new_one(fields: dict[str, t.Any], name: str) -> None:
    cloud = settled(spec(flow_logs="all"))
    (old,) = cloud.flow_logs
    found = plan(spec(**{"flow_logs": "all", **fields}), cloud.snapshot())
    assert steps(found) == {"flow_log/main": "create", f"flow_log/{old}": "delete"}
    new, removal = found.changes
    assert new.reason == f"differs in {name}"
    assert removal.needs == {new.address}


def test_how_long_flow_logs_are_kept_is_changed_in_place() -> None:
    cloud = settled(spec(flow_logs="all"))
    found = plan(spec(flow_logs="all", flow_logs_retention_days=7), cloud.snapshot())
    assert steps(found) == {"log_group/vpc": "update"}


def test_a_new_vpc_is_tagged_for_its_flow_logs() -> None:
    found = steps(plan(spec(flow_logs="all"), Cloud().snapshot()))
    assert found.keys() >= {"vpc/main", "flow_log/main"}
    assert "vpc/flow-logs" not in found
    assert plan(spec(flow_logs="all"), settled(spec(flow_logs="all")).snapshot()).steps == ()


def test_a_log_group_goes_when_nobody_writes_to_it_and_the_tag_last() -> None:
    """While the VPC has the tag, the next run knows that there may be more."""
    cloud = settled(spec(flow_logs="all"))
    (old,) = cloud.flow_logs
    found = {change.address: change for change in plan(spec(), cloud.snapshot()).changes}
    tag = found.pop("vpc/flow-logs")
    assert tag.needs == found.keys()
    assert {address: change.action.value for address, change in found.items()} == dict.fromkeys(
        ("iam_role/flowlogs", "log_group/vpc", f"flow_log/{old}"), "delete"
    )
    assert {change.reason for change in found.values()} == {"flow_logs is none"}
    assert found["log_group/vpc"].needs == {"iam_role/flowlogs"}
    assert found[f"flow_log/{old}"].needs == {"iam_role/flowlogs", "log_group/vpc"}


def test_flow_logs_of_others_are_left_alone() -> None:
    cloud = settled(spec(flow_logs="all"))
    flow_log = next(iter(cloud.flow_logs.values()))
    theirs = dataclasses.replace(flow_log, id="fl-theirs", tags={}, values={**flow_log.values, "role_name": "x"})
    cloud.flow_logs[theirs.id] = theirs
    assert plan(spec(flow_logs="all"), cloud.snapshot()).steps == ()
    for wanted in (spec(), GONE):
        assert f"flow_log/{theirs.id}" not in steps(plan(wanted, cloud.snapshot()))


def test_a_role_that_is_another_s_is_named() -> None:
    cloud = settled(spec(flow_logs="all"))
    assert cloud.role
    cloud.role = dataclasses.replace(cloud.role, tags={})
    with pytest.raises(ConflictError, match="hello-dev-network-us-east-1-flowlogs"):
        plan(spec(flow_logs="all"), cloud.snapshot())
    assert "iam_role/flowlogs" not in steps(plan(GONE, cloud.snapshot()))


# --- interface endpoints


def test_a_service_is_only_in_zones_that_it_is_in() -> None:
    services = (Service(name="com.amazonaws.us-east-1.logs", zones=frozenset({ZONES[1]})),)
    snapshot = dataclasses.replace(settled().snapshot(), endpoint_services=services)
    found = {change.address: change for change in plan(spec(interface_endpoints=("logs",)), snapshot).changes}
    assert found["interface_endpoint/logs"].data.add == ("subnet/private-b",)


def test_a_service_that_is_in_none_of_the_zones() -> None:
    services = (Service(name="com.amazonaws.us-east-1.logs", zones=frozenset({ZONES[4]})),)
    snapshot = dataclasses.replace(settled().snapshot(), endpoint_services=services)
    with pytest.raises(SpecError, match=r"interface_endpoints: logs is in no zone of the network.*us-east-1e"):
        plan(spec(interface_endpoints=("logs",)), snapshot)


def test_a_service_without_a_private_name() -> None:
    services = (Service(name="com.amazonaws.us-east-1.x", zones=frozenset(ZONES), private_dns=False),)
    snapshot = dataclasses.replace(settled().snapshot(), endpoint_services=services)
    with pytest.raises(SpecError, match="x has no private DNS name"):
        plan(spec(interface_endpoints=("x",)), snapshot)


def test_an_endpoint_that_failed_is_replaced_when_it_is_gone() -> None:
    cloud = settled(spec(interface_endpoints=("logs",)))
    (old,) = (item for item in cloud.endpoints.values() if item.type == INTERFACE)
    cloud.endpoints[old.id] = dataclasses.replace(old, state="failed", failure="InternalError: no")
    found = {change.address: change for change in plan(spec(interface_endpoints=("logs",)), cloud.snapshot()).changes}
    assert found[f"interface_endpoint/{old.id}"].reason == "failed (InternalError: no)"
    assert f"interface_endpoint_deleted/{old.id}" in found["interface_endpoint/logs"].needs


def test_names_of_services_in_china() -> None:
    assert service_names("cn-north-1", "ecr.api")[1] == "cn.com.amazonaws.cn-north-1.ecr.api"
    assert short_name("cn-north-1", "cn.com.amazonaws.cn-north-1.ecr.api") == "ecr.api"
    assert short_name("us-east-1", "com.amazonaws.vpce.us-east-1.vpce-svc-0") == ""
