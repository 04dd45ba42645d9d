# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every plan: it is possible under AWS's rules, converges, survives being cut off, and is undone."""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Step
from ansible_collections.everlook.failover.plugins.module_utils._vpc.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.endpoint import (
    GATEWAY,
    INTERFACE,
    OPEN_POLICY,
)
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.network_interface import Interface
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.route_table import RouteTable
from ansible_collections.everlook.failover.plugins.module_utils._vpc.spec import VpcSpec
from tests.sampling import examples
from tests.unit.vpc.cloud import FOREIGN_TABLE, OPEN_RULE, OWNER, REGION, ZONES, Cloud, in_order, retagged

CIDR = ipaddress.IPv4Network("10.10.0.0/16")
EXAMPLES = examples(150)


def spec(**fields: t.Any) -> VpcSpec:
    return VpcSpec(**{"owner": OWNER, "region": REGION, "absent": False, "cidr": CIDR, **fields})


GONE = spec(absent=True, cidr=None)

FLOW_LOGS: t.Final = {
    "flow_logs": st.sampled_from(["none", "all", "accept", "reject"]),
    "flow_logs_retention_days": st.sampled_from([0, 7, 30]),
    "flow_logs_interval": st.sampled_from([60, 600]),
}

DENY: t.Final = '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*"}]}'
ENDPOINTS: t.Final = {
    "interface_endpoints": st.sampled_from([(), (), ("logs",), ("ecr.api", "logs")]),
    "endpoint_policy": st.sampled_from([OPEN_POLICY, DENY]),
}

specs = st.one_of(
    st.builds(
        spec,
        zone_count=st.integers(2, 4),
        nat_gateways=st.sampled_from(["per_zone", "single", "regional", "none"]),
        s3_endpoint=st.booleans(),
        **ENDPOINTS,
        **FLOW_LOGS,
    ),
    st.builds(
        spec,
        zones=st.lists(st.sampled_from(ZONES), min_size=2, max_size=4, unique=True).map(lambda z: tuple(sorted(z))),
        nat_gateways=st.sampled_from(["per_zone", "single", "regional", "none"]),
        s3_endpoint=st.booleans(),
        **ENDPOINTS,
        **FLOW_LOGS,
    ),
)


def settled(wanted: VpcSpec) -> Cloud:
    cloud = Cloud()
    cloud.carry_out(plan(wanted, cloud.snapshot()), in_order)
    return cloud


def chooser(data: st.DataObject) -> t.Callable[[t.Sequence[Step]], Step]:
    return lambda ready: ready[data.draw(st.integers(0, len(ready) - 1), label="next step")]


def assert_converged(wanted: VpcSpec, cloud: Cloud) -> None:
    left = plan(wanted, cloud.snapshot())
    assert [step.address for step in left.steps] == []


# --- things that go wrong between two runs, each possible in AWS


def _pick(items: t.Iterable[str], data: st.DataObject) -> str | None:
    found = sorted(items)
    return data.draw(st.sampled_from(found), label="of") if found else None


def lose_nat(cloud: Cloud, data: st.DataObject) -> None:
    if chosen := _pick(cloud.nats, data):
        if data.draw(st.booleans(), label="gone already"):
            del cloud.nats[chosen]
        else:
            cloud.nats[chosen] = dataclasses.replace(cloud.nats[chosen], state="deleting")


def fail_nat(cloud: Cloud, data: st.DataObject) -> None:
    if chosen := _pick(cloud.nats, data):
        cloud.nats[chosen] = dataclasses.replace(cloud.nats[chosen], state="failed", failure="InternalError: no")


def lose_address(cloud: Cloud, data: st.DataObject) -> None:
    if chosen := _pick((a for a in cloud.addresses if not cloud.holder(a)), data):
        del cloud.addresses[chosen]


def detach_gateway(cloud: Cloud, _data: st.DataObject) -> None:
    for gateway in list(cloud.gateways.values()):
        cloud.gateways[gateway.id] = dataclasses.replace(gateway, vpc_id="")


def lose_gateway(cloud: Cloud, _data: st.DataObject) -> None:
    if not cloud.nats:
        cloud.gateways.clear()


def lose_subnet(cloud: Cloud, data: st.DataObject) -> None:
    used = {nat.subnet_id for nat in cloud.nats.values()}
    if chosen := _pick(cloud.subnets.keys() - used, data):
        del cloud.subnets[chosen]
        cloud.unlink(chosen)


def lose_table(cloud: Cloud, data: st.DataObject) -> None:
    if chosen := _pick(cloud.tables.keys() - {FOREIGN_TABLE}, data):
        cloud.drop_table(chosen)


def lose_route(cloud: Cloud, data: st.DataObject) -> None:
    if chosen := _pick(cloud.tables, data):
        cloud.tables[chosen] = dataclasses.replace(cloud.tables[chosen], default_target="")


def bend_route(cloud: Cloud, data: st.DataObject) -> None:
    if chosen := _pick(cloud.tables.keys() - {FOREIGN_TABLE}, data):
        target = data.draw(st.sampled_from(["eni-1", "nat-gone", *cloud.nats, *cloud.gateways]), label="target")
        cloud.tables[chosen] = dataclasses.replace(cloud.tables[chosen], default_target=target)


def lose_association(cloud: Cloud, data: st.DataObject) -> None:
    if chosen := _pick(cloud.subnets, data):
        cloud.unlink(chosen)


def bend_association(cloud: Cloud, data: st.DataObject) -> None:
    subnet, table = _pick(cloud.subnets, data), _pick(cloud.tables, data)
    if subnet and table:
        cloud.unlink(subnet)
        cloud.link(subnet, table)


def open_default_group(cloud: Cloud, _data: st.DataObject) -> None:
    if cloud.group:
        cloud.group = dataclasses.replace(cloud.group, rules=frozenset({OPEN_RULE}))


def bend_attributes(cloud: Cloud, data: st.DataObject) -> None:
    if cloud.vpc:
        cloud.vpc = dataclasses.replace(cloud.vpc, attributes={"dns_support": False, "dns_hostnames": False})
    if chosen := _pick(cloud.subnets, data):
        attributes = {**cloud.subnets[chosen].attributes, "map_public_ip_on_launch": True}
        cloud.subnets[chosen] = dataclasses.replace(cloud.subnets[chosen], attributes=attributes)


def bend_endpoint(cloud: Cloud, data: st.DataObject) -> None:
    for endpoint in [item for item in cloud.endpoints.values() if item.type == GATEWAY]:
        tables = frozenset(data.draw(st.sets(st.sampled_from(sorted(cloud.tables))), label="in"))
        cloud.endpoints[endpoint.id] = dataclasses.replace(endpoint, route_table_ids=tables, policy="")


def lose_endpoint(cloud: Cloud, _data: st.DataObject) -> None:
    cloud.endpoints.clear()


def bend_interface_endpoint(cloud: Cloud, data: st.DataObject) -> None:
    if chosen := _pick((item.id for item in cloud.endpoints.values() if item.type == INTERFACE), data):
        changes: dict[str, t.Any] = data.draw(
            st.sampled_from(
                [
                    {"private_dns": False},
                    {"policy": ""},
                    {"group_ids": frozenset({"sg-foreign"})},
                    {"subnet_ids": frozenset(list(cloud.endpoints[chosen].subnet_ids)[:1])},
                    {"state": "failed", "private_dns": False},
                    {"state": "deleting"},
                ]
            )
        )
        cloud.endpoints[chosen] = dataclasses.replace(cloud.endpoints[chosen], **changes)
    if cloud.endpoint_group:
        cloud.endpoint_group = dataclasses.replace(cloud.endpoint_group, rules=frozenset({OPEN_RULE}))


def lose_flow_logs(cloud: Cloud, data: st.DataObject) -> None:
    """Or what they need."""
    lost = data.draw(st.sampled_from(["flow logs", "role", "log group"]), label="lost")
    if lost == "flow logs":
        cloud.flow_logs.clear()
    elif lost == "role":
        cloud.role = None
    else:
        cloud.log_group = None


def bend_flow_logs(cloud: Cloud, data: st.DataObject) -> None:
    if cloud.role:
        settings = dataclasses.replace(cloud.role.settings, policies={}, attached=frozenset({"arn:x"}))
        cloud.role = dataclasses.replace(cloud.role, settings=settings)
    if cloud.log_group:
        cloud.log_group = dataclasses.replace(cloud.log_group, retention_days=1)
    for flow_log in list(cloud.flow_logs.values()):
        values = {**flow_log.values, "traffic_type": data.draw(st.sampled_from(["ALL", "REJECT"]), label="traffic")}
        cloud.flow_logs[flow_log.id] = dataclasses.replace(flow_log, values=values)


def make_twins(cloud: Cloud, data: st.DataObject) -> None:
    """What runs on two machines at once may leave, killed halfway."""
    if not cloud.vpc:
        return
    name = data.draw(st.sampled_from(["public", "private-a", "private-b"]), label="twin of")
    table = RouteTable(id=cloud.new("rtb"), tags=OWNER.tags(f"route_table/{name}"))
    cloud.tables[table.id] = table
    if subnet := _pick(cloud.subnets, data):
        cloud.unlink(subnet)
        cloud.link(subnet, table.id)
    for address in list(cloud.addresses.values()):
        twin = cloud.new("eipalloc")
        cloud.addresses[twin] = dataclasses.replace(address, id=twin)
    for flow_log in list(cloud.flow_logs.values()):
        twin = cloud.new("fl")
        cloud.flow_logs[twin] = dataclasses.replace(flow_log, id=twin, values={**flow_log.values, "role_name": "x"})
    for gateway in list(cloud.gateways.values()):
        twin = cloud.new("igw")
        cloud.gateways[twin] = dataclasses.replace(gateway, id=twin, vpc_id="")
    for endpoint in list(cloud.endpoints.values()):
        moved = frozenset(sorted(endpoint.route_table_ids)[:1])
        twin = cloud.new("vpce")
        left = endpoint.route_table_ids - moved
        cloud.endpoints[endpoint.id] = dataclasses.replace(endpoint, route_table_ids=left)
        cloud.endpoints[twin] = dataclasses.replace(endpoint, id=twin, route_table_ids=moved)


def bend_tags(cloud: Cloud, data: st.DataObject) -> None:
    def bent(tags: t.Mapping[str, str]) -> dict[str, str]:
        lost = data.draw(st.sampled_from(["", "Name", "Team", "ManagedBy"]), label="lost tag")
        return {name: value for name, value in tags.items() if name != lost}

    cloud.subnets = {key: retagged(item, bent(item.tags)) for key, item in cloud.subnets.items()}
    cloud.tables = {key: retagged(item, bent(item.tags)) for key, item in cloud.tables.items()}
    cloud.nats = {key: retagged(item, bent(item.tags)) for key, item in cloud.nats.items()}
    cloud.flow_logs = {key: retagged(item, bent(item.tags)) for key, item in cloud.flow_logs.items()}
    cloud.endpoints = {key: retagged(item, bent(item.tags)) for key, item in cloud.endpoints.items()}


ACCIDENTS = [
    lose_nat,
    fail_nat,
    lose_address,
    detach_gateway,
    lose_gateway,
    lose_subnet,
    lose_table,
    lose_route,
    bend_route,
    lose_association,
    bend_association,
    open_default_group,
    bend_attributes,
    bend_endpoint,
    lose_endpoint,
    bend_interface_endpoint,
    lose_flow_logs,
    bend_flow_logs,
    make_twins,
    bend_tags,
]
accidents = st.lists(st.sampled_from(ACCIDENTS), max_size=4)


@given(wanted=specs, data=st.data())
@EXAMPLES
def test_one_run_converges_in_whatever_order(wanted: VpcSpec, data: st.DataObject) -> None:
    cloud = Cloud()
    cloud.carry_out(plan(wanted, cloud.snapshot()), chooser(data))
    assert_converged(wanted, cloud)


@given(first=specs, second=specs, happened=accidents, data=st.data())
@EXAMPLES
def test_another_wish_and_accidents_are_converged_in_one_run(
    first: VpcSpec, second: VpcSpec, happened: list[t.Any], data: st.DataObject
) -> None:
    cloud = settled(first)
    for accident in happened:
        accident(cloud, data)
    cloud.carry_out(plan(second, cloud.snapshot()), chooser(data))
    assert_converged(second, cloud)


@given(first=specs, second=specs, happened=accidents, data=st.data())
@EXAMPLES
def test_a_run_that_was_cut_off_is_taken_up_by_the_next(
    first: VpcSpec, second: VpcSpec, happened: list[t.Any], data: st.DataObject
) -> None:
    cloud = Cloud()
    cloud.carry_out(plan(first, cloud.snapshot()), chooser(data), limit=data.draw(st.integers(0, 30), label="cut at"))
    for accident in happened:
        accident(cloud, data)
    cloud.carry_out(plan(second, cloud.snapshot()), chooser(data), limit=data.draw(st.integers(0, 30), label="cut at"))
    if data.draw(st.booleans(), label="time passes"):
        cloud.settle()
    cloud.carry_out(plan(second, cloud.snapshot()), chooser(data))
    assert_converged(second, cloud)


@given(wanted=specs, happened=accidents, data=st.data())
@EXAMPLES
def test_destroying_leaves_nothing_even_in_two_attempts(
    wanted: VpcSpec, happened: list[t.Any], data: st.DataObject
) -> None:
    cloud = settled(wanted)
    for accident in happened:
        accident(cloud, data)
    cloud.carry_out(plan(GONE, cloud.snapshot()), chooser(data), limit=data.draw(st.integers(0, 40), label="cut at"))
    cloud.carry_out(plan(GONE, cloud.snapshot()), chooser(data))
    assert cloud.snapshot() == Cloud().snapshot()
    assert_converged(GONE, cloud)


@given(first=specs, second=specs, data=st.data())
@EXAMPLES
def test_no_subnet_moves_and_no_zone_that_stays_loses_its_way_out(
    first: VpcSpec, second: VpcSpec, data: st.DataObject
) -> None:
    cloud = settled(first)
    before = cloud.snapshot()
    steps = plan(second, cloud.snapshot())
    choose = chooser(data)
    staying = [
        name
        for name, table in before.own_tables.by_name.items()
        if table.default_target and f"subnet/{name}" not in {step.address for step in steps.changes}
    ]
    if second.nat_gateways == "none":
        staying = []

    def watch(ready: t.Sequence[Step]) -> Step:
        tables = cloud.snapshot().own_tables.by_name
        assert [name for name in staying if not cloud.works(tables[name].default_target)] == []
        return choose(ready)

    cloud.carry_out(steps, watch)
    after, tables = cloud.snapshot().own_subnets.by_name, cloud.snapshot().own_tables.by_name
    subnets = before.own_subnets.by_name
    assert all(after[name] == subnets[name] for name in after.keys() & subnets.keys())
    assert [name for name in staying if not cloud.works(tables[name].default_target)] == []


@given(data=st.data(), wanted=specs)
@EXAMPLES
def test_what_is_occupied_stays_until_it_is_not(data: st.DataObject, wanted: VpcSpec) -> None:
    cloud = settled(spec(zones=ZONES[:4]))
    occupied = data.draw(st.sets(st.sampled_from(sorted(cloud.subnets))), label="occupied")
    cloud.occupied |= occupied
    interfaces = tuple(
        Interface(id=f"eni-{subnet_id}", subnet_id=subnet_id, description="", managed=True) for subnet_id in occupied
    )
    cloud.carry_out(plan(wanted, dataclasses.replace(cloud.snapshot(), interfaces=interfaces)), chooser(data))
    left = plan(wanted, dataclasses.replace(cloud.snapshot(), interfaces=interfaces))
    assert [step.address for step in left.steps] == []
    cloud.occupied.clear()
    cloud.carry_out(plan(wanted, cloud.snapshot()), chooser(data))
    assert_converged(wanted, cloud)
