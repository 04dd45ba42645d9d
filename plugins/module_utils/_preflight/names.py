# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of an inventory: which there are, and which of them an option of a layer comes from. Pure."""

from __future__ import annotations

import difflib
import re
import typing as t

from .problem import Problem

# What the role application binds to options of the layers: option or suboption → variable.
_OF_EVERY_LAYER: t.Final = {
    "stack": "app_name",
    "environment": "app_environment",
    "account_id": "app_account_id",
    "tags": "app_tags",
}
_SOURCES: t.Final[t.Mapping[str, t.Mapping[str, str]]] = {
    "ecs_service": {
        "container_name": "app_container_name",
        "container_port": "app_port",
        "containers.name": "app_name",
        "containers.image": "app_image",
        "containers.environment": "app_variables",
        "containers.secrets": "app_secrets",
        "containers.port_mappings": "app_port",
        "containers": "app_image",
        "cpu": "app_cpu",
        "memory": "app_memory",
        "desired_count": "app_desired_count",
        "name": "app_name",
        "health_check.path": "app_health_path",
        "health_check": "app_target_health_check",
    },
    "route53_zone": {"name": "app_domain"},
    "route53_zone_delegation": {
        "zone": "app_domain",
        "parent_zone": "app_parent_domain",
        "role_arn": "dns_delegation_role_arn",
        "external_id": "dns_delegation_external_id",
    },
    "route53_failover": {
        "zone": "app_domain",
        "record_name": "app_domain",
        "services": "app_services",
        "health_check.path": "app_health_path",
        "health_check.port": "alb_listener_port",
        "health_check": "app_endpoint_health_check",
    },
}
# What an inventory calls the options of a service in app_services
_OF_SERVICE: t.Final = {
    "containers.image": "image",
    "containers.environment": "variables",
    "containers.secrets": "secrets",
    "containers.port_mappings": "port",
    "container_port": "port",
    "containers.name": "name",
}
# Variables of a region: a message about one says of which.
_REGIONAL: t.Final = frozenset({"vpc_cidr", "vpc_zones"})

# What playbooks and the role application read, beside the options of the layers.
_OTHERS: t.Final = frozenset(
    {
        *("app_name", "app_environment", "app_account_id", "app_tags", "app_image", "app_port", "app_health_path"),
        *("app_desired_count", "app_cpu", "app_memory", "app_variables", "app_secrets", "app_containers"),
        *("app_container_name", "app_domain", "app_parent_domain", "app_target_health_check"),
        *("app_endpoint_health_check", "app_services"),
        *("dns_delegation_role_arn", "dns_delegation_external_id", "dns_ttl_wait"),
        *("drill_allowed", "drill_break_command", "drill_give_up", "drill_heal_command", "drill_hold"),
        *("drill_minimum_standby", "drill_probes_per_second", "drill_return_timeout", "drill_tolerance"),
        *("drill_verify_certificate", "drill_journal"),
        *("switch_hold", "switch_interval", "switch_timeout"),
        *("reports_directory", "failover_priority", "ecs_service_services"),
    }
)
_PREFIXES: t.Final = ("app_", "dns_", "drill_", "switch_", "reports_", "failover_")
_RESULT: t.Final = re.compile(r"\w+_(result|item|first|index|waited)")


def source(layer: str, option: str, given: t.Container[str]) -> str:
    """The variable of the inventory that an option gets its value from.

    :param option: as SpecError names it, dotted for suboptions.
    :param given: the variables that the inventory sets.
    """
    option = re.sub(r"\[.*?\]", "", option)  # of a list: containers[hello].image
    own = f"{layer}_{option.partition('.')[0]}"
    if own in given:
        return own + option[option.index(".") :] if "." in option else own
    if layer == "ecs_service" and option.startswith("containers") and "app_containers" in given:
        return option.replace("containers", "app_containers", 1)
    if (layer, option) == ("ecs_service", "containers") and "app_image" in given:
        return "app_port"  # the other one that the container is made of
    known = {**_OF_EVERY_LAYER, **_SOURCES.get(layer, {})}
    while option not in known and "." in option:
        option = option.rpartition(".")[0]
    return known.get(option, own)


def root(option: str) -> str:
    """The option that a suboption is in: ``containers`` for ``containers[hello].image``."""
    return re.split(r"[.\[]", option, maxsplit=1)[0]


def of_service(service: str, option: str) -> str:
    """The entry of app_services that an option of a service gets its value from."""
    option = re.sub(r"\[.*?\]", "", option)
    known = next((own for name, own in _OF_SERVICE.items() if option.startswith(name)), option)
    return f"app_services ({service}).{known}"


def of_region(variable: str, region: str) -> str:
    """The variable in a message: one of the region names it."""
    return f"{variable} of {region}" if variable in _REGIONAL else variable


def misspelled(given: t.Iterable[str], options: t.Mapping[str, t.Iterable[str]]) -> list[Problem]:
    """Variables that look like ones of this collection, and that nothing reads.

    :param options: layer → its options.
    """
    known = _OTHERS | {f"{layer}_{option}" for layer, names in options.items() for option in names}
    prefixes = (*_PREFIXES, *(f"{layer}_" for layer in options))
    return [
        Problem(name, "is no variable of any role or playbook.", _suggestion(name, known))
        for name in sorted(given)
        if name.startswith(prefixes) and name not in known and not _RESULT.fullmatch(name)
    ]


def misspelled_options(services: t.Iterable[t.Mapping[str, t.Any]], options: t.Sequence[str]) -> list[Problem]:
    """Keys of services that are no option of the layer ecs_service."""
    return [
        Problem(f"app_services ({service.get('name')}).{key}", "is no option of a service.", _suggestion(key, options))
        for service in services
        for key in sorted(service)
        if key not in options
    ]


def _suggestion(name: str, known: t.Iterable[str]) -> str:
    nearest = difflib.get_close_matches(name, sorted(known), n=1)
    return f"Did you mean {nearest[0]}?" if nearest else "Remove it, or give it a name of your own."
