# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles: their modules, and the sources of options' values."""

from __future__ import annotations

import dataclasses
import typing as t

from .document import Module, Option

# Connection options that differ between roles. The others are for environment variables and module_defaults.
_REGION: t.Final = Option(
    name="region",
    description=("The AWS region. By default the one of the environment, such as E(AWS_REGION).",),
    type="str",
)
_PROFILE: t.Final = Option(
    name="profile",
    description=("The profile of the credentials. By default the one of the environment, such as E(AWS_PROFILE).",),
    type="str",
)
CONNECTION: t.Final = (_REGION, _PROFILE)
FIRST: t.Final = ("stack", "environment")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Part:
    """A module that a role runs, in its own task file.

    :param file: name of the task file, without its suffix.
    :param task: name of the task.
    :param fallbacks: option → expression for its value when its own variable is not defined.
    :param optional: required options without which the role leaves the module out.
    """

    module: str
    file: str
    task: str
    fallbacks: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    optional: frozenset[str] = frozenset()

    def variable(self, option: str) -> str:
        """The variable of an option: one rule for all roles."""
        return f"{self.module}_{option}"

    @property
    def register(self) -> str:
        """The variable with the module's result."""
        return f"{self.module}_result"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Role:
    """A role.

    :param each: if set, the role runs its module for each item of the list in the variable of this name.
    :param hidden: options that Ansible must not show with the item, because they may be secret.
    """

    name: str
    parts: tuple[Part, ...]
    each: str = ""
    hidden: tuple[str, ...] = ()


def options_of(module: Module, layer: tuple[Option, ...]) -> tuple[Option, ...]:
    """All options that a role gives its module: stack and environment, the module's own, then those of all layers."""
    first = tuple(option for option in layer if option.name in FIRST)
    rest = tuple(option for option in layer if option.name not in FIRST)
    return (*first, *module.options, *rest, *CONNECTION)


_ZONE: t.Final = Part(module="route53_zone", file="zone", task="Converge the public zone")
_DELEGATION: t.Final = Part(
    module="route53_zone_delegation",
    file="delegation",
    task="Converge the delegation from the parent zone",
    fallbacks={
        **{
            option: f"route53_zone_{option}"
            for option in ("stack", "environment", "state", "tags", "wait", "wait_timeout", "confirm", "region")
        },
        "zone": "route53_zone_name",
        "name_servers": "route53_zone_result.name_servers",
    },
    optional=frozenset({"parent_zone"}),
)
ROLES: t.Final = (
    Role(name="vpc", parts=(Part(module="vpc", file="main", task="Converge the network of the region"),)),
    Role(
        name="acm_certificate",
        parts=(Part(module="acm_certificate", file="converge", task="Converge the certificate of the region"),),
    ),
    Role(name="alb", parts=(Part(module="alb", file="main", task="Converge the load balancer of the region"),)),
    Role(
        name="ecr",
        parts=(Part(module="ecr", file="converge", task="Converge the repositories of the region"),),
    ),
    Role(
        name="ecs_service",
        parts=(Part(module="ecs_service", file="main", task="Converge the services of the region"),),
        each="ecs_service_services",
        hidden=("containers",),
    ),
    Role(
        name="cloudwatch_alarms",
        parts=(Part(module="cloudwatch_alarms", file="converge", task="Converge the alarms of the region"),),
    ),
    Role(name="route53_zone", parts=(_ZONE, _DELEGATION)),
    Role(
        name="route53_failover",
        parts=(
            Part(module="route53_failover", file="main", task="Converge the failover records and their health checks"),
        ),
    ),
)
