# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be said about an inventory without asking AWS. Pure: every check returns its problems."""

from __future__ import annotations

import collections
import ipaddress
import itertools
import re
import typing as t

from .._aws.owner import parse_owner
from .._engine.errors import SpecError
from .spec import ABSENT, PreflightSpec, Problem, Region

Network = ipaddress.IPv4Network

# A VPC is a /16 at most (CreateVpc). It is divided into sixteen subnets, and Elastic Load Balancing wants each to be
# a /27 at least ("Subnets for your load balancer").
_VPC_LARGEST: t.Final = 16
_VPC_SMALLEST: t.Final = 23
# RFC 1035: 253 readable characters. The names of regions and of the chain stand in front of the domain.
_NAME_LONGEST: t.Final = 253
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
# Route 53, HealthCheckConfig, ResourcePath: at most 255 characters.
_PATH_LONGEST: t.Final = 255
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]+")
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/.+")


def check_inventory(spec: PreflightSpec) -> list[Problem]:
    """Everything that is wrong with the inventory, in the order in which people read one.

    To take a stack down nothing but its identity and the order of its regions has to be right.
    """
    checks = [check_names, check_account_id, check_regions, check_priorities]
    if spec.state != ABSENT:
        checks += [check_needed, check_networks, check_domain, check_health_path, check_delegation]
    return [problem for check in checks for problem in check(spec)]


def check_names(spec: PreflightSpec) -> t.Iterator[Problem]:
    """app_name and app_environment become parts of the names of resources."""
    for variable, value in (("app_name", spec.stack), ("app_environment", spec.environment)):
        try:
            parse_owner({"stack": value, "environment": value, "tags": {}})
        except SpecError as error:
            yield Problem(variable, str(error).partition(": ")[2], "")


def check_needed(spec: PreflightSpec) -> t.Iterator[Problem]:
    """What only a later layer reads would be missed there, when the first resources exist."""
    for variable in spec.unset:
        yield Problem(variable, "is not set.", "Set it in group_vars of the inventory, as inventories/dev does.")


def check_account_id(spec: PreflightSpec) -> t.Iterator[Problem]:
    """An account id has 12 digits; YAML drops zeros in front of a number."""
    if not re.fullmatch(r"[0-9]{12}", spec.account_id):
        yield Problem(
            "app_account_id",
            f"{spec.account_id!r} is not the id of an AWS account.",
            "Write its 12 digits in quotes, as `aws sts get-caller-identity` shows them.",
        )


def check_regions(spec: PreflightSpec) -> t.Iterator[Problem]:
    """Hosts of the group regions are named like regions of AWS."""
    for region in spec.regions:
        if not _REGION.fullmatch(region.name):
            yield Problem(
                f"regions ({region.name})",
                "is not the name of an AWS region.",
                "Name the hosts of the group `regions` like `us-east-1`.",
            )


def check_priorities(spec: PreflightSpec) -> t.Iterator[Problem]:
    """The failover chain follows the priorities, so each is a number of its own."""
    taken: dict[int, list[str]] = collections.defaultdict(list)
    for region in spec.regions:
        if isinstance(region.priority, bool) or not isinstance(region.priority, int) or region.priority < 1:
            found = "is not set" if region.priority is None else f"is {region.priority!r}"
            yield Problem(
                f"failover_priority of {region.name}",
                f"{found}.",
                "Set a whole number from 1 on; 1 serves, the next one stands by.",
            )
        else:
            taken[int(region.priority)].append(region.name)
    for priority, names in sorted(taken.items()):
        if len(names) > 1:
            yield Problem(
                f"failover_priority of {', '.join(names)}",
                f"all are {priority}.",
                "Give every region a priority of its own.",
            )


def check_networks(spec: PreflightSpec) -> t.Iterator[Problem]:
    """Every region has a network that holds its subnets, and none shares addresses with another."""
    networks: list[tuple[Region, Network]] = []
    for region in spec.regions:
        try:
            networks.append((region, ipaddress.IPv4Network(region.cidr)))
        except ValueError as error:
            what = f"{region.cidr!r} is not an IPv4 network ({error})." if region.cidr else "is not set."
            yield Problem(f"vpc_cidr of {region.name}", what, "Write a network like 10.10.0.0/16.")
    for region, network in networks:
        yield from _check_size(region, network)
    for (one, first), (other, second) in itertools.combinations(networks, 2):
        if first.overlaps(second):
            yield Problem(
                f"vpc_cidr of {one.name}, {other.name}",
                f"{first} and {second} overlap.",
                "Give every region a network of its own, such as 10.10.0.0/16 and 10.20.0.0/16.",
            )


def _check_size(region: Region, network: Network) -> t.Iterator[Problem]:
    if network.prefixlen < _VPC_LARGEST:
        what = "is larger than AWS allows for a VPC."
    elif network.prefixlen > _VPC_SMALLEST:
        what = "is too small to be divided into subnets in which load balancers have room."
    else:
        return
    yield Problem(
        f"vpc_cidr of {region.name}",
        f"{network} {what}",
        f"Use a prefix length from {_VPC_LARGEST} to {_VPC_SMALLEST}.",
    )


def check_domain(spec: PreflightSpec) -> t.Iterator[Problem]:
    """The domain is a name below its parent, and leaves room for the names in front of it."""
    bad = [label for label in spec.domain.split(".") if not _LABEL.fullmatch(label)]
    if bad or "." not in spec.domain:
        yield Problem(
            "app_domain",
            f"{spec.domain!r} is not a domain name.",
            "Write labels of up to 63 letters, digits and hyphens, as in dev.example.com.",
        )
        return
    if spec.parent_domain and not spec.domain.endswith(f".{spec.parent_domain}"):
        yield Problem(
            "app_domain",
            f"{spec.domain} is not below app_parent_domain, {spec.parent_domain}.",
            f"Use a name such as {spec.environment}.{spec.parent_domain}, or another parent domain.",
        )
    front = max((len(region.name) for region in spec.regions), default=0) + 1
    if front + len(spec.domain) > _NAME_LONGEST:
        yield Problem(
            "app_domain",
            f"is {len(spec.domain)} characters long, and with a region in front of it longer than DNS allows.",
            f"Use at most {_NAME_LONGEST - front} characters.",
        )


def check_health_path(spec: PreflightSpec) -> t.Iterator[Problem]:
    """Load balancers and Route 53's checkers both ask for this path."""
    if not spec.health_path.startswith("/") or len(spec.health_path) > _PATH_LONGEST:
        yield Problem(
            "app_health_path",
            f"{spec.health_path[:40]!r} cannot be asked for by health checks.",
            f"Start it with a slash and use at most {_PATH_LONGEST} characters.",
        )


def check_delegation(spec: PreflightSpec) -> t.Iterator[Problem]:
    """The parent zone is changed through a role, where one is named."""
    if spec.delegation_role_arn and not _ROLE_ARN.fullmatch(spec.delegation_role_arn):
        yield Problem(
            "dns_delegation_role_arn",
            f"{spec.delegation_role_arn!r} is not the ARN of a role.",
            f"Write it as arn:aws:iam::999999999999:role/dns-delegation-{spec.environment}.",
        )
