# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A VPC's world in memory: plans are carried out in it, under AWS's rules of what may follow what."""

from __future__ import annotations

import dataclasses
import itertools
import typing as t

from ansible_collections.everlook.failover.plugins.module_utils._aws.owner import NETWORK, Owner
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Change, Plan, Step
from ansible_collections.everlook.failover.plugins.module_utils._resources.log_group import LogGroup
from ansible_collections.everlook.failover.plugins.module_utils._resources.role import Role, Settings, wanted
from ansible_collections.everlook.failover.plugins.module_utils._resources.security_group import (
    Rule,
    SecurityGroup,
    network,
)
from ansible_collections.everlook.failover.plugins.module_utils._vpc.layer import LAYER
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.elastic_ip import Address
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.endpoint import (
    INTERFACE,
    OPEN_POLICY,
    Endpoint,
    normal,
)
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.flow_log import FlowLog
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.internet_gateway import InternetGateway
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.nat_gateway import NatGateway, needed
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.route_table import (
    Association,
    RouteTable,
)
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.subnet import Subnet
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.vpc import Vpc
from ansible_collections.everlook.failover.plugins.module_utils._vpc.snapshot import Snapshot
from ansible_collections.everlook.failover.plugins.module_utils._vpc.spec import REGIONAL

OWNER = Owner(stack="hello", environment="dev", component=NETWORK, extra={"Team": "web"})
REGION = "us-east-1"
ACCOUNT = "111111111111"
ZONES = tuple(f"{REGION}{slot}" for slot in "abcdef")
OPEN_RULE = Rule(direction="egress", protocol="-1", peer=network("0.0.0.0/0"))
FOREIGN_TABLE = "rtb-foreign"

Item = t.TypeVar("Item", Vpc, InternetGateway, Subnet, RouteTable, NatGateway, Address, Endpoint, FlowLog)


def retagged(item: Item, tags: t.Mapping[str, str]) -> Item:
    return dataclasses.replace(item, tags=tags)


class Refused(AssertionError):
    """AWS would not do this now."""


class Cloud:
    """``snapshot()`` is what observing it gives."""

    def __init__(self) -> None:
        self._counter = itertools.count(1)
        self.vpc: Vpc | None = None
        self.gateways: dict[str, InternetGateway] = {}
        self.subnets: dict[str, Subnet] = {}
        self.tables: dict[str, RouteTable] = {}
        self.nats: dict[str, NatGateway] = {}
        self.addresses: dict[str, Address] = {}
        self.endpoints: dict[str, Endpoint] = {}
        self.group: SecurityGroup | None = None
        self.endpoint_group: SecurityGroup | None = None
        self.flow_logs: dict[str, FlowLog] = {}
        self.role: Role | None = None
        self.log_group: LogGroup | None = None
        self.occupied: set[str] = set()

    def new(self, prefix: str) -> str:
        return f"{prefix}-{next(self._counter):04d}"

    def snapshot(self) -> Snapshot:
        return Snapshot(
            owner=OWNER,
            region=REGION,
            vpc=self.vpc,
            gateways=tuple(self.gateways.values()),
            subnets=tuple(self.subnets.values()),
            route_tables=tuple(self._table(item) for item in self.tables.values()),
            nats=tuple(self.nats.values()),
            addresses=tuple(
                dataclasses.replace(item, associated=self.holder(item.id) is not None)
                for item in self.addresses.values()
            ),
            endpoints=tuple(self.endpoints.values()),
            groups=tuple(item for item in (self.group, self.endpoint_group) if item),
            available_zones=ZONES,
            flow_logs=tuple(self.flow_logs.values()),
            flow_log_role=self.role,
            flow_log_group=self.log_group,
        )

    def _table(self, table: RouteTable) -> RouteTable:
        return dataclasses.replace(table, blackhole=bool(table.default_target) and not self.works(table.default_target))

    def works(self, target: str) -> bool:
        if target.startswith("nat-"):
            return target in self.nats and self.nats[target].usable
        return not target.startswith("igw-") or (target in self.gateways and bool(self.gateways[target].vpc_id))

    def holder(self, allocation_id: str) -> NatGateway | None:
        holding = (nat for nat in self.nats.values() if nat.state != "failed" and nat.allocation_id == allocation_id)
        return next(holding, None)

    def settle(self) -> None:
        """Let pass the time that NAT gateways take."""
        for nat in list(self.nats.values()):
            if nat.state == "pending":
                self.nats[nat.id] = dataclasses.replace(nat, state="available")
            elif nat.state == "deleting":
                del self.nats[nat.id]
        for endpoint in list(self.endpoints.values()):
            if endpoint.state == "pending":
                self.endpoints[endpoint.id] = dataclasses.replace(endpoint, state="available")
            elif endpoint.state == "deleting":
                del self.endpoints[endpoint.id]

    # --- carrying out a plan

    def carry_out(self, plan: Plan, choose: t.Callable[[t.Sequence[Step]], Step], limit: int | None = None) -> None:
        """All steps of the plan, or ``limit`` of them, in an order that the plan allows and ``choose`` decides."""
        known = {address: dict(attributes) for address, attributes in LAYER.identify(self.snapshot()).items()}
        steps = {step.address: step for step in plan.steps}
        sorter = plan.sorter()
        sorter.prepare()
        ready: list[str] = []
        for _number in range(len(steps) if limit is None else min(limit, len(steps))):
            ready += sorter.get_ready()
            step = choose([steps[address] for address in sorted(ready)])
            self._do(step, known)
            ready.remove(step.address)
            sorter.done(step.address)

    def _do(self, step: Step, known: dict[str, dict[str, str]]) -> None:
        if not isinstance(step, Change):
            self._wait(step.kind, step.data, known)
            return
        made = getattr(self, f"_{step.kind}_{step.action.value}")(step, known)
        if made:
            known[step.address] = {"id": made}

    def _wait(self, kind: str, data: str, known: dict[str, dict[str, str]]) -> None:
        if kind == "nat_gateway_available":
            nat = self.nats[known[data]["id"]]
            if nat.state not in {"pending", "available"}:
                raise Refused(f"{nat.id} is {nat.state}")
            self.nats[nat.id] = dataclasses.replace(nat, state="available")
        elif kind == "nat_gateway_deleted" and data in self.nats:
            if self.nats[data].state not in {"deleting", "failed"}:
                raise Refused(f"{data} is {self.nats[data].state}")
            del self.nats[data]
        elif kind == "interface_endpoint_available":
            endpoint = self.endpoints[known[data]["id"]]
            if endpoint.state not in {"pending", "available"}:
                raise Refused(f"{endpoint.id} is {endpoint.state}")
            self.endpoints[endpoint.id] = dataclasses.replace(endpoint, state="available")
        elif kind == "interface_endpoint_deleted" and data in self.endpoints:
            if self.endpoints[data].state != "deleting":
                raise Refused(f"{data} is {self.endpoints[data].state}")
            del self.endpoints[data]

    def _vpc_create(self, step: Change, _known: t.Any) -> str:
        self.vpc = Vpc(
            id=self.new("vpc"),
            cidr=step.data.values["cidr"],
            cidrs=(step.data.values["cidr"],),
            tags=step.data.tags,
            attributes={"dns_support": True, "dns_hostnames": True},
        )
        group_id = self.new("sg")
        self.group = SecurityGroup(
            id=group_id, name="default", vpc_id=self.vpc.id, tags={}, rules=frozenset({OPEN_RULE})
        )
        self.tables[FOREIGN_TABLE] = RouteTable(id=FOREIGN_TABLE, tags={}, main=True)
        return self.vpc.id

    def _vpc_update(self, step: Change, _known: t.Any) -> None:
        assert self.vpc
        self.vpc = self._repaired(self.vpc, step)
        self.vpc = dataclasses.replace(self.vpc, attributes={**self.vpc.attributes, **step.data.values})

    def _vpc_delete(self, _step: Change, _known: t.Any) -> None:
        assert self.vpc
        attached = [item for item in self.gateways.values() if item.vpc_id == self.vpc.id]
        left = [
            *self.flow_logs,
            *self.subnets,
            *self.nats,
            *self.endpoints,
            *(set(self.tables) - {FOREIGN_TABLE}),
            *attached,
            *([self.endpoint_group.id] if self.endpoint_group else []),
        ]
        if left:
            raise Refused(f"DeleteVpc: left are {left}")
        self.vpc, self.group = None, None
        self.tables.clear()

    def _internet_gateway_create(self, step: Change, known: t.Any) -> str:
        made = InternetGateway(id=self.new("igw"), tags=step.data.tags, vpc_id=known["vpc/main"]["id"])
        self.gateways[made.id] = made
        return made.id

    def _internet_gateway_update(self, step: Change, known: t.Any) -> None:
        gateway = self._repaired(self.gateways[step.data.found.id], step)
        self.gateways[gateway.id] = dataclasses.replace(gateway, vpc_id=known["vpc/main"]["id"])

    def _internet_gateway_delete(self, step: Change, _known: t.Any) -> None:
        if self.gateways[step.data.id].vpc_id and any(nat.state != "failed" for nat in self.nats.values()):
            raise Refused("DetachInternetGateway: mapped public addresses")
        del self.gateways[step.data.id]

    def _subnet_create(self, step: Change, _known: t.Any) -> str:
        if any(subnet.cidr == step.data.values["cidr"] for subnet in self.subnets.values()):
            raise Refused(f"CreateSubnet: {step.data.values['cidr']} is taken")
        made = Subnet(
            id=self.new("subnet"),
            cidr=step.data.values["cidr"],
            zone=step.data.values["zone"],
            tags=step.data.tags,
        )
        self.subnets[made.id] = made
        return made.id

    def _subnet_update(self, step: Change, _known: t.Any) -> None:
        subnet = self._repaired(self.subnets[step.data.found.id], step)
        attributes = {**subnet.attributes, **step.data.values}
        self.subnets[subnet.id] = dataclasses.replace(subnet, attributes=attributes)

    def _subnet_delete(self, step: Change, _known: t.Any) -> None:
        if any(step.data.id in endpoint.subnet_ids for endpoint in self.endpoints.values()):
            raise Refused(f"DeleteSubnet: an endpoint is in {step.data.id}")
        if step.data.id in self.occupied or any(
            nat.subnet_id == step.data.id and nat.state != "failed" for nat in self.nats.values()
        ):
            raise Refused(f"DeleteSubnet: {step.data.id} is in use")
        del self.subnets[step.data.id]
        self.unlink(step.data.id)

    def unlink(self, subnet_id: str) -> None:
        for table in list(self.tables.values()):
            kept = tuple(link for link in table.associations if link.subnet_id != subnet_id)
            self.tables[table.id] = dataclasses.replace(table, associations=kept)

    def link(self, subnet_id: str, table_id: str) -> None:
        made = Association(id=self.new("rtbassoc"), subnet_id=subnet_id)
        table = self.tables[table_id]
        self.tables[table_id] = dataclasses.replace(table, associations=(*table.associations, made))

    def _route_table_create(self, step: Change, _known: t.Any) -> str:
        made = RouteTable(id=self.new("rtb"), tags=step.data.tags)
        self.tables[made.id] = made
        return made.id

    def _route_table_update(self, step: Change, _known: t.Any) -> None:
        self.tables[step.data.found.id] = self._repaired(self.tables[step.data.found.id], step)

    def _route_table_delete(self, step: Change, _known: t.Any) -> None:
        if self.tables[step.data.id].associations:
            raise Refused(f"DeleteRouteTable: {step.data.id} has associations")
        self.drop_table(step.data.id)

    def drop_table(self, table_id: str) -> None:
        del self.tables[table_id]
        for endpoint in list(self.endpoints.values()):
            left = endpoint.route_table_ids - {table_id}
            self.endpoints[endpoint.id] = dataclasses.replace(endpoint, route_table_ids=left)

    def _route_table_association_create(self, step: Change, known: t.Any) -> None:
        subnet_id = known[step.data.subnet]["id"]
        linked = {link.subnet_id for table in self.tables.values() for link in table.associations}
        if subnet_id in linked and not step.data.association_id:
            raise Refused("AssociateRouteTable: already associated")
        self.unlink(subnet_id)
        self.link(subnet_id, known[step.data.table]["id"])

    _route_table_association_update = _route_table_association_create

    def _route_create(self, step: Change, known: t.Any) -> None:
        table_id, target = known[step.data.table]["id"], known[step.data.target]["id"]
        if target.startswith("nat-") and self.nats[target].state != "available":
            raise Refused(f"a route to {target}, which is {self.nats[target].state}")
        if not self.works(target):
            raise Refused(f"a route to {target}")
        self.tables[table_id] = dataclasses.replace(self.tables[table_id], default_target=target)

    _route_update = _route_create

    def _route_delete(self, step: Change, known: t.Any) -> None:
        table = self.tables[known[step.data.table]["id"]]
        self.tables[table.id] = dataclasses.replace(table, default_target="")

    def _elastic_ip_create(self, step: Change, _known: t.Any) -> str:
        made = Address(id=self.new("eipalloc"), public_ip="198.51.100.1", tags=step.data.tags)
        self.addresses[made.id] = made
        return made.id

    def _elastic_ip_update(self, step: Change, _known: t.Any) -> None:
        self.addresses[step.data.found.id] = self._repaired(self.addresses[step.data.found.id], step)

    def _elastic_ip_delete(self, step: Change, _known: t.Any) -> None:
        if self.holder(step.data.id):
            raise Refused(f"ReleaseAddress: {step.data.id} is in use")
        del self.addresses[step.data.id]

    def _nat_gateway_create(self, step: Change, known: t.Any) -> str:
        if step.name == REGIONAL:
            return self._regional_nat(step)
        subnet_id, allocation_id = (known[address]["id"] for address in needed(step.name))
        if self.holder(allocation_id):
            raise Refused(f"CreateNatGateway: {allocation_id} is in use")
        if not any(gateway.vpc_id for gateway in self.gateways.values()):
            raise Refused("CreateNatGateway: no internet gateway")
        made = NatGateway(
            id=self.new("nat"),
            state="pending",
            subnet_id=subnet_id,
            allocation_id=allocation_id,
            tags=step.data.tags,
        )
        self.nats[made.id] = made
        return made.id

    def _regional_nat(self, step: Change) -> str:
        if any(nat.regional and nat.usable for nat in self.nats.values()):
            raise Refused("CreateNatGateway: a second regional one")
        if not any(gateway.vpc_id for gateway in self.gateways.values()):
            raise Refused("CreateNatGateway: no internet gateway")
        made = NatGateway(
            id=self.new("nat"), state="pending", subnet_id="", allocation_id="", tags=step.data.tags, regional=True
        )
        self.nats[made.id] = made
        return made.id

    def _nat_gateway_update(self, step: Change, _known: t.Any) -> None:
        self.nats[step.data.found.id] = self._repaired(self.nats[step.data.found.id], step)

    def _nat_gateway_delete(self, step: Change, _known: t.Any) -> None:
        nat = self.nats[step.data.id]
        if nat.state == "failed":
            del self.nats[nat.id]
        else:
            self.nats[nat.id] = dataclasses.replace(nat, state="deleting")

    def _vpc_endpoint_create(self, step: Change, known: t.Any) -> str:
        tables = frozenset(known[address]["id"] for address in step.data.add)
        if any(endpoint.route_table_ids & tables for endpoint in self.endpoints.values()):
            raise Refused("CreateVpcEndpoint: a table has a route to the service")
        made = Endpoint(id=self.new("vpce"), service=step.data.service, tags=step.data.tags, route_table_ids=tables)
        if step.data.policy:
            made = dataclasses.replace(made, policy=normal(step.data.policy))
        self.endpoints[made.id] = made
        return made.id

    def _vpc_endpoint_update(self, step: Change, known: t.Any) -> None:
        endpoint = self.endpoints[step.data.endpoint_id]
        added = {known[address]["id"] for address in step.data.add}
        if any(other.route_table_ids & added for other in self.endpoints.values() if other.id != endpoint.id):
            raise Refused("ModifyVpcEndpoint: a table has a route to the service")
        self.endpoints[endpoint.id] = dataclasses.replace(
            endpoint,
            tags={**endpoint.tags, **step.data.tags},
            route_table_ids=(endpoint.route_table_ids | added) - set(step.data.remove),
            policy=normal(step.data.policy) if step.data.policy else endpoint.policy,
        )

    def _vpc_endpoint_delete(self, step: Change, _known: t.Any) -> None:
        del self.endpoints[step.data.id]

    def _interface_endpoint_create(self, step: Change, known: t.Any) -> str:
        assert self.vpc
        if not all(self.vpc.attributes.values()):
            raise Refused("CreateVpcEndpoint: private DNS needs the VPC's attributes")
        if any(item.service == step.data.service and item.private_dns for item in self.endpoints.values()):
            raise Refused("CreateVpcEndpoint: conflicting DNS domain")
        made = Endpoint(
            id=self.new("vpce"),
            service=step.data.service,
            tags=step.data.tags,
            type=INTERFACE,
            state="pending",
            policy=normal(step.data.policy) if step.data.policy else OPEN_POLICY,
            subnet_ids=frozenset(known[address]["id"] for address in step.data.add),
            group_ids=frozenset({known["security_group/endpoints"]["id"]}),
            private_dns=step.data.private_dns,
        )
        self.endpoints[made.id] = made
        return made.id

    def _interface_endpoint_update(self, step: Change, known: t.Any) -> None:
        data, found = step.data, self.endpoints[step.data.endpoint_id]
        if found.state != "available":
            raise Refused(f"ModifyVpcEndpoint: {found.id} is {found.state}")
        others = (item for item in self.endpoints.values() if item is not found)
        if data.private_dns and any(item.service == found.service and item.private_dns for item in others):
            raise Refused("ModifyVpcEndpoint: conflicting DNS domain")
        joined = {known["security_group/endpoints"]["id"]} if data.join else set()
        self.endpoints[found.id] = dataclasses.replace(
            found,
            tags={**found.tags, **data.tags},
            subnet_ids=(found.subnet_ids | {known[address]["id"] for address in data.add}) - set(data.remove),
            group_ids=(found.group_ids | joined) - set(data.leave),
            private_dns=found.private_dns or data.private_dns,
            policy=normal(data.policy) if data.policy else found.policy,
        )

    def _interface_endpoint_delete(self, step: Change, _known: t.Any) -> None:
        self.endpoints[step.data.id] = dataclasses.replace(self.endpoints[step.data.id], state="deleting")

    def _security_group_create(self, step: Change, _known: t.Any) -> str:
        assert self.vpc
        spec = step.data.spec
        group_id = self.new("sg")
        self.endpoint_group = SecurityGroup(
            id=group_id, name=spec.group_name, vpc_id=self.vpc.id, tags=step.data.tags, rules=spec.rules
        )
        return group_id

    def _security_group_delete(self, step: Change, _known: t.Any) -> None:
        if any(step.data.group_id in item.group_ids for item in self.endpoints.values()):
            raise Refused("DeleteSecurityGroup: an endpoint has it")
        self.endpoint_group = None

    def _security_group_update(self, step: Change, _known: t.Any) -> None:
        assert self.group
        if self.endpoint_group and step.name == "endpoints":
            tags = {**self.endpoint_group.tags, **step.data.tags}
            self.endpoint_group = dataclasses.replace(self.endpoint_group, tags=tags, rules=step.data.spec.rules)
            return
        tags = {**self.group.tags, **step.data.tags}
        self.group = dataclasses.replace(self.group, tags=tags, rules=step.data.spec.rules)

    def _refuse_untagged(self) -> None:
        if not (self.vpc and self.vpc.may_have_flow_logs):
            raise Refused("if this run is killed, no other one will find what it makes for flow logs")

    def _iam_role_create(self, step: Change, _known: t.Any) -> None:
        self._refuse_untagged()
        if self.role:
            raise Refused("CreateRole: it is there")
        spec = step.data.spec
        self.role = self._role(spec.role_name, wanted(spec, ACCOUNT), spec.tags)

    def _iam_role_update(self, step: Change, _known: t.Any) -> None:
        assert self.role
        self.role = self._role(self.role.role_name, step.data.target, {**self.role.tags, **step.data.tags})

    @staticmethod
    def _role(name: str, settings: Settings, tags: t.Mapping[str, str]) -> Role:
        return Role(role_name=name, arn=f"arn:aws:iam::{ACCOUNT}:role/{name}", tags=tags, settings=settings)

    def _iam_role_delete(self, _step: Change, _known: t.Any) -> None:
        self.role = None

    def _log_group_create(self, step: Change, _known: t.Any) -> None:
        self._refuse_untagged()
        values = dict(step.data.values)
        name = values.pop("log_group_name")
        self.log_group = LogGroup(name=name, arn=f"arn:{name}", tags=step.data.tags, **values)

    def _log_group_update(self, step: Change, _known: t.Any) -> None:
        assert self.log_group
        tags = {**self.log_group.tags, **step.data.tags}
        self.log_group = dataclasses.replace(self.log_group, tags=tags, **step.data.values)

    def _log_group_delete(self, _step: Change, _known: t.Any) -> None:
        if self.role:
            raise Refused("DeleteLogGroup: someone still writes to it")
        self.log_group = None

    def _flow_log_create(self, step: Change, _known: t.Any) -> str:
        if not (self.vpc and self.role and self.log_group):
            raise Refused("CreateFlowLogs: it needs a VPC, a role and a log group")
        if any(item.values == step.data.values for item in self.flow_logs.values()):
            raise Refused("CreateFlowLogs: FlowLogAlreadyExists")
        made = FlowLog(id=self.new("fl"), tags=step.data.tags, values=step.data.values)
        self.flow_logs[made.id] = made
        return made.id

    def _flow_log_update(self, step: Change, _known: t.Any) -> None:
        self.flow_logs[step.data.found.id] = self._repaired(self.flow_logs[step.data.found.id], step)

    def _flow_log_delete(self, step: Change, _known: t.Any) -> None:
        del self.flow_logs[step.data.id]

    @staticmethod
    def _repaired(item: Item, step: Change) -> Item:
        return retagged(item, {**item.tags, **step.data.tags})


def in_order(ready: t.Sequence[Step]) -> Step:
    """The choice of those who do not care for the order."""
    return ready[0]
