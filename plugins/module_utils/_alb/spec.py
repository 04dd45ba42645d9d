# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired state of the layer, parsed from the module's options. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws import stack_names
from .._aws.owner import ENTRANCE, Owner, parse_owner
from .._engine.errors import SpecError
from .._engine.unknown import is_unknown
from .._resources.security_group import Peer, network, prefix_list
from .options import REQUIRED_IF
from .resources.load_balancer import LOGS, parse_attributes
from .resources.log_bucket import LogBucketSpec, parse_log_bucket
from .resources.web_acl_association import parse_web_acl
from .spec_listeners import ListenerSpec, parse_listeners, unused

_UNREACHABLE: t.Final = "no ingress is allowed: nobody can reach the load balancer"
_EVERYWHERE: t.Final = network("0.0.0.0/0")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Spec:
    """The layer in one region. If absent, only owner, region, timeout and log bucket are set.

    :param wait_timeout: seconds.
    :param vpc_cidrs: the VPC's networks; empty to look them up.
    :param ingress: who may reach the listeners.
    :param admit_health_checkers: whether Route 53's health checkers may, too, by AWS's prefix list.
    :param egress_all: whether the load balancer may reach more than the VPC.
    :param attributes: of the load balancer, by the names of their fields.
    :param web_acl_arn: of the web ACL to associate; empty for none, None to leave it alone.
    :param verify_clients_later: whether an existing listener does not start to verify clients yet.
    :param log_bucket: the bucket to create for its logs, or to delete with it.
    :param warnings: about values that are valid, but probably not intended.
    """

    owner: Owner
    region: str
    wait_timeout: float
    absent: bool
    vpc_id: str = ""
    vpc_cidrs: tuple[Peer, ...] = ()
    subnet_ids: tuple[str, ...] = ()
    ip_address_type: str = "ipv4"
    ingress: tuple[Peer, ...] = ()
    admit_health_checkers: bool = False
    egress_all: bool = False
    listeners: tuple[ListenerSpec, ...] = ()
    attributes: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    web_acl_arn: str | None = None
    verify_clients_later: bool = False
    log_bucket: LogBucketSpec | None = None
    warnings: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """ELB's name of the load balancer."""
        return stack_names.load_balancer(self.owner)

    @property
    def made_logs(self) -> tuple[str, ...]:
        """The logs that go to the layer's own bucket."""
        enabled = (log for log in LOGS if self.attributes.get(f"{log}.enabled") == "true")
        return tuple(log for log in enabled if not self.attributes[f"{log}.bucket"])


def parse(params: t.Mapping[str, t.Any], region: str) -> Spec:
    """The desired state. Raises SpecError."""
    owner = parse_owner(params, ENTRANCE)
    if f"{owner.stack}-".lower().startswith("internal-"):
        raise SpecError("stack", "must not be 'internal' or start with 'internal-': AWS refuses such a load balancer.")
    spec = Spec(
        owner=owner,
        region=region,
        wait_timeout=float(params["wait_timeout"]),
        absent=params["state"] == "absent",
        log_bucket=parse_log_bucket(params["log_bucket"]),
    )
    return spec if spec.absent else _parse_present(spec, params)


def _parse_present(spec: Spec, params: t.Mapping[str, t.Any]) -> Spec:
    for option in REQUIRED_IF[0][2]:
        # Ansible accepts an explicit null for a required option.
        if params[option] is None:
            raise SpecError(option, "is required if state is present.")
    ingress = _ingress(params)
    return dataclasses.replace(
        spec,
        vpc_id=_identifier("vpc_id", params["vpc_id"], "vpc-"),
        vpc_cidrs=_networks("vpc_cidrs", params["vpc_cidrs"] or (), "cidr"),
        subnet_ids=_subnets(params["subnet_ids"]),
        ip_address_type=params["ip_address_type"],
        ingress=ingress,
        # Where everyone is admitted, a rule for health checkers is superfluous.
        admit_health_checkers=_EVERYWHERE not in ingress and params["admit_health_checkers"] is not False,
        egress_all=params["egress"] == "all",
        listeners=parse_listeners(params, spec.region),
        attributes=parse_attributes(params),
        verify_clients_later=params["verify_clients_later"],
        web_acl_arn=parse_web_acl(params["web_acl_arn"], spec.region),
        warnings=(*(() if ingress else (_UNREACHABLE,)), *unused(params)),
    )


def _identifier(option: str, value: str, start: str) -> str:
    if not is_unknown(value) and not value.startswith(start):
        raise SpecError(option, f"{value!r} is not an id.", f"It starts with {start!r}.")
    return value


def _subnets(values: t.Sequence[str]) -> tuple[str, ...]:
    subnets = tuple(sorted({_identifier("subnet_ids", value, "subnet-") for value in values}))
    if len(subnets) < 2:
        raise SpecError(
            "subnet_ids",
            f"names {len(subnets)} subnet.",
            "An application load balancer needs two or more, each in another zone.",
        )
    return subnets


def _networks(option: str, values: t.Iterable[str], kind: str) -> tuple[Peer, ...]:
    peers = set()
    for value in values:
        try:
            peer = network(value)
        except ValueError as error:
            raise SpecError(option, f"{error}.", "Write a network such as 10.0.0.0/16 or 2001:db8::/32.") from error
        if peer.kind != kind and not is_unknown(value):
            raise SpecError(option, f"{value!r} is of the other IP version.")
        peers.add(peer)
    return tuple(sorted(peers))


def _ingress(params: t.Mapping[str, t.Any]) -> tuple[Peer, ...]:
    ipv6 = params["ingress_ipv6_cidrs"]
    if ipv6 is None:
        ipv6 = ["::/0"] if params["ip_address_type"] == "dualstack" else []
    lists = {prefix_list(_identifier("ingress_prefix_lists", each, "pl-")) for each in params["ingress_prefix_lists"]}
    return (
        *_networks("ingress_cidrs", params["ingress_cidrs"], "cidr"),
        *_networks("ingress_ipv6_cidrs", ipv6, "cidr_ipv6"),
        *sorted(lists),
    )
