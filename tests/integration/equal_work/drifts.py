# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drifts: what somebody may do to a stack behind our back, one for each member that the table lists as compared."""

from __future__ import annotations

import collections.abc
import dataclasses
import typing as t

from sandbox import Sandbox
from tests.integration.conftest import RunJob

EAST = "us-east-1"


@dataclasses.dataclass(frozen=True)
class World:
    """A deployed stack, and clients for what is in us-east-1."""

    aws: Sandbox
    run: RunJob
    results: t.Mapping[str, dict[str, t.Any]]

    def client(self, service: str, account: str = "dev") -> t.Any:
        return self.aws.client(service, account, EAST)

    def of(self, layer: str) -> t.Mapping[str, t.Any]:
        """The result of a layer in us-east-1."""
        return self.results[f"{layer} {EAST}"]

    @property
    def vpc(self) -> str:
        return str(self.of("vpc")["vpc_id"])

    @property
    def zone(self) -> str:
        return str(self.results["zone"]["zone_id"])

    def tagged(self, resource: str, describe: str, key: str, **options: t.Any) -> dict[str, t.Any]:
        """The one EC2 resource with our tag Resource (`subnet/public-a`)."""
        filters = [
            {"Name": "tag:Resource", "Values": [resource]},
            {"Name": "tag:Stack", "Values": ["hello"]},
        ]
        name = "Filter" if describe == "describe_nat_gateways" else "Filters"
        found = getattr(self.client("ec2"), describe)(**{name: filters}, **options)[key]
        live = [item for item in found if item.get("State") not in ("deleted", "deleting")]
        (only,) = live
        return dict(only)


Make: t.TypeAlias = "collections.abc.Callable[[World], object]"


@dataclasses.dataclass(frozen=True)
class Drift:
    """`reported` is the address (`subnet/public-a`) of the change that must show it.

    Where `stays` is set, it must be in a warning or a refusal instead, and what others did is left as it is.
    """

    name: str
    make: Make
    reported: str
    stays: bool = False

    @property
    def regional(self) -> bool:
        """Whether the layers of the region must find it, and not those of the environment."""
        return not self.make.__module__.endswith((".dns", ".holding"))


class Registry:
    """All drifts by name."""

    def __init__(self) -> None:
        self.all: dict[str, Drift] = {}

    def __call__(self, name: str, reported: str, *, stays: bool = False) -> t.Callable[[Make], Make]:
        def add(make: Make) -> Make:
            self.put(name, reported, make, stays=stays)
            return make

        return add

    def put(self, name: str, reported: str, make: Make, *, stays: bool = False) -> None:
        assert name not in self.all, name
        self.all[name] = Drift(name, make, reported, stays)


drift = Registry()
