# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be said about an inventory without asking AWS. Pure: every check returns its problems."""

from __future__ import annotations

import collections
import contextlib
import ipaddress
import itertools
import typing as t

from .._aws.limits import ACCOUNT_ID, REGION_NAME
from .._aws.owner import parse_part
from .._engine.errors import SpecError
from .names import misspelled, misspelled_options
from .problem import Problem
from .rules import LAYERS, check_values, options_of
from .spec import ABSENT, PreflightSpec, Region

Network = ipaddress.IPv4Network


def check_inventory(spec: PreflightSpec) -> list[Problem]:
    """Everything that is wrong with the inventory, told by its names for it. Asks nobody.

    To take a stack down nothing but its identity and the order of its regions has to be right.
    """
    problems = [*check_account_id(spec), *check_regions(spec), *check_priorities(spec)]
    if spec.state == ABSENT:
        return [*check_names(spec), *problems]
    options = {layer.name: options_of(layer) for layer in LAYERS}
    found = [*problems, *check_networks(spec), *misspelled(spec.given, options)]
    found += misspelled_options(spec.services, options["ecs_service"])
    for region in spec.run:
        found += check_values(region.name, spec.values, spec.services, spec.given, spec.skip)
    return list(dict.fromkeys(found))  # what several regions have in common once


def check_names(spec: PreflightSpec) -> t.Iterator[Problem]:
    """app_name and app_environment are parts of the names of resources."""
    for variable, value in (("app_name", spec.stack), ("app_environment", spec.environment)):
        try:
            parse_part(variable, value)
        except SpecError as error:
            yield Problem(variable, error.problem, error.remedy)


def check_account_id(spec: PreflightSpec) -> t.Iterator[Problem]:
    """An account id has 12 digits; YAML drops zeros in front of a number."""
    if not ACCOUNT_ID.fullmatch(spec.account_id):
        yield Problem(
            "app_account_id",
            f"{spec.account_id!r} is not the id of an AWS account.",
            "Write its 12 digits in quotes, as `aws sts get-caller-identity` shows them.",
        )


def check_regions(spec: PreflightSpec) -> t.Iterator[Problem]:
    """Hosts of the group regions are named like regions of AWS."""
    for region in spec.regions:
        if not REGION_NAME.fullmatch(region.name):
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
    """No region's network shares addresses with another's. What is no network is for the layer to say."""
    networks: list[tuple[Region, Network]] = []
    for region in spec.regions:
        with contextlib.suppress(ValueError):
            networks.append((region, ipaddress.IPv4Network(region.cidr)))
    for (one, first), (other, second) in itertools.combinations(networks, 2):
        if first.overlaps(second):
            yield Problem(
                f"vpc_cidr of {one.name}, {other.name}",
                f"{first} and {second} overlap.",
                "Give every region a network of its own, such as 10.10.0.0/16 and 10.20.0.0/16.",
            )
