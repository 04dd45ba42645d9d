# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of the inventory that preflight checks, unchecked."""

from __future__ import annotations

import dataclasses
import typing as t

ABSENT: t.Final = "absent"

# A layer is removed with those that it builds on: the tags of its task in destroy.yml.
_ALB: t.Final = frozenset({"alb", "acm_certificate", "vpc"})
_ECS_SERVICE: t.Final = _ALB | {"ecs_service", "ecr"}
_GOES_WITH: t.Final[t.Mapping[str, frozenset[str]]] = {
    "route53_failover": _ECS_SERVICE | {"route53_failover", "route53_zone"},
    "cloudwatch_alarms": _ECS_SERVICE | {"cloudwatch_alarms"},
    "ecs_service": _ECS_SERVICE,
    "alb": _ALB,
    "acm_certificate": _ALB,
    "route53_zone_delegation": frozenset({"route53_zone"}),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Region:
    """A region of the inventory, unchecked.

    :param priority: any YAML value; None if it is not set.
    :param cidr: empty if it is not set.
    """

    name: str
    priority: t.Any = None
    cidr: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class PreflightSpec:
    """What to check.

    :param regions: every region of the inventory.
    :param only: names of those that this run changes.
    :param values: layer → options that its role would pass to its module, in the region for which preflight runs.
    :param services: options of each service.
    :param given: the variables that the inventory sets, with the values of this collection's.
    :param broken: variables whose template fails, and why.
    :param tags: --tags; ``skip`` is --skip-tags.
    :param deployed: what the last report says of the region for which preflight runs; see deployed.py.
    :param directory: for reports.
    :param standby_capacity: the part of the first region's load that the others have to carry; None for no check.
    :param find_digests: whether to look up digests of images.
    :param find_target_health: whether to check if records may evaluate target health.
    """

    stack: str
    environment: str
    state: str
    account_id: str
    regions: tuple[Region, ...]
    only: tuple[str, ...]
    values: t.Mapping[str, t.Mapping[str, t.Any]]
    services: tuple[t.Mapping[str, t.Any], ...] = ({},)
    given: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    broken: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    tags: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    deployed: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    directory: str = ""
    standby_capacity: str | None = None
    find_digests: bool = False
    find_target_health: bool = False

    @property
    def run(self) -> tuple[Region, ...]:
        """The regions that this run changes."""
        return tuple(region for region in self.regions if region.name in self.only)

    @property
    def service_names(self) -> tuple[str, ...]:
        """The names of the services."""
        common = self.values.get("ecs_service", {}).get("name")
        names = [service.get("name", common) for service in self.services]
        return tuple(dict.fromkeys(name for name in names if isinstance(name, str)))

    def selects(self, layer: str) -> bool:
        """True if --tags and --skip-tags leave the layer in the run."""
        tags = _GOES_WITH.get(layer, frozenset({layer})) if self.state == ABSENT else {layer}
        return layer not in self.skip and bool({"all", *tags} & {*self.tags})


def parse(params: t.Mapping[str, t.Any]) -> PreflightSpec:
    """The spec from the module's parameters. Accepts everything that the argument spec does."""
    regions = tuple(
        Region(name=region["name"], priority=region["priority"], cidr=region["cidr"] or "")
        for region in params["regions"]
    )
    only = params["only"]
    return PreflightSpec(
        stack=params["stack"],
        environment=params["environment"],
        state=params["state"],
        account_id=params["account_id"],
        regions=regions,
        only=tuple(region.name for region in regions) if only is None else tuple(only),
        values=params["values"],
        services=tuple(params["services"]),
        given=params["variables"],
        broken=params["broken"],
        tags=tuple(params["tags"]),
        skip=tuple(params["skip"]),
        deployed=params["deployed"],
        directory=params["directory"] or "",
        standby_capacity=params["standby_capacity"],
        find_digests=params["find_digests"],
        find_target_health=params["find_target_health"],
    )
