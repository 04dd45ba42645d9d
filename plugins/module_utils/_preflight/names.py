# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of an inventory, and which of them an option of a layer comes from. Pure."""

from __future__ import annotations

import difflib
import re
import typing as t

from .problem import Problem
from .variables import VARIABLES

# Bindings of the role application: option or suboption of a layer → variable.
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
        "pin_images": "app_pin_images",
        "cpu": "app_cpu",
        "memory": "app_memory",
        "desired_count": "app_desired_count",
        "scaling": "app_scaling",
        "spot": "app_spot",
        "name": "app_name",
        "health_check.path": "app_health_path",
        "health_check": "app_target_health_check",
        "evaluate_target_health": "dns_evaluate_target_health",
    },
    "cloudwatch_alarms": {
        "notify": "app_notify",
        "dashboard": "app_dashboard",
        "thresholds": "app_alarms",
        "rollback_on_alarms": "app_rollback_on_alarms",
    },
    "ecr": {"repositories": "app_repositories"},
    "acm_certificate": {"names": "app_certificate_names", "zone": "app_domain"},
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
        "evaluate_target_health": "dns_evaluate_target_health",
        "health_check.path": "app_health_path",
        "health_check.port": "alb_listener_port",
        "health_check": "app_endpoint_health_check",
    },
}
# Names of a service's options in app_services
_OF_SERVICE: t.Final = {
    "containers.image": "image",
    "containers.environment": "variables",
    "containers.secrets": "secrets",
    "containers.port_mappings": "port",
    "containers.name": "name",
    "container_port": "port",
}
# Their keys are those of the option, and messages name the key.
_MAPPINGS: t.Final = frozenset(
    {"app_tags", "app_variables", "app_secrets", "app_target_health_check", "app_endpoint_health_check"}
    | {"app_notify", "app_alarms", "app_scaling", "app_spot"}
    | {"variables", "secrets"}
)
# Variables of a region: messages name the region.
_REGIONAL: t.Final = frozenset({"vpc_cidr", "vpc_zones"})

# Variables that playbooks and the role application read or set, besides the options of the layers.
_OTHERS: t.Final = VARIABLES | {
    *("drill_journal", "ecs_service_services"),
    *("everlook_failover_looks_only", "everlook_failover_reads_ahead"),
}
# Other names that are similar to the collection's.
_OF_ANSIBLE: t.Final = ("ansible_", "inventory_", "group", "playbook_dir", "role_")
_NEARLY: t.Final = 0.87
_UNKNOWN: t.Final = "Remove it, or give it a name of your own."
_LAYERS: t.Final = (
    *("vpc_", "acm_certificate_", "alb_", "ecr_", "ecs_service_", "cloudwatch_alarms_"),
    *("route53_failover_", "route53_zone_delegation_", "route53_zone_"),
)
_PREFIXES: t.Final = (*_LAYERS, "app_", "dns_", "drill_", "switch_", "reports_", "failover_", "everlook_", "standby_")
# Without one of the collection's prefixes
_ARGUMENTS: t.Final = frozenset({"preflight_tags"})
# Variables that 0.3.0 renamed, if their present name is not the most similar one
_RENAMED: t.Final = {
    "alb_target_port": "ecs_service_container_port",
    "route53_zone_id": "route53_zone_zone_id",
    "route53_zone_parent_zone": "route53_zone_delegation_parent_zone",
    "route53_zone_parent_zone_id": "route53_zone_delegation_parent_zone_id",
    "route53_zone_parent_profile": "route53_zone_delegation_profile",
}
_RESULT: t.Final = re.compile(r"\w+_(result|item|first|index|waited)")


def source(layer: str, option: str, given: t.Mapping[str, t.Any]) -> str:
    """The variable of the inventory from which an option gets its value.

    :param option: a path as in SpecError: ``containers[hello].image``.
    :param given: the variables that the inventory sets, with their values.
    """
    own = f"{layer}_{option}"
    if f"{layer}_{root(option)}" in given:
        return own
    if layer == "ecs_service" and root(option) == "containers" and "app_containers" in given:
        return f"app_{option}"
    known = {**_OF_EVERY_LAYER, **_SOURCES.get(layer, {})}
    if "app_container_name" in given:
        known["containers.name"] = "app_container_name"
    # A key in a mapping of the inventory overrides the default of that key.
    mapping, key = known.get(root(option), ""), root(option.partition(".")[2])
    said = given.get(mapping) if mapping in _MAPPINGS else None
    if isinstance(said, dict) and key in said:
        return mapping + option[len(root(option)) :]
    return _bound(option, known) or own


def _bound(option: str, known: t.Mapping[str, str]) -> str | None:
    """The known name for an option, with the key that the path names; None if there is none."""
    parts = option.split(".")
    for length in range(len(parts), 0, -1):
        found = known.get(re.sub(r"\[.*?\]", "", ".".join(parts[:length])))
        if found:
            place = re.search(r"\[.*", parts[length - 1]) if found in _MAPPINGS else None
            rest = [found + (place[0] if place else ""), *parts[length:]]
            return ".".join(rest) if found in _MAPPINGS else found
    return None


def root(option: str) -> str:
    """The option of a suboption: ``containers`` for ``containers[hello].image``."""
    return re.split(r"[.\[]", option, maxsplit=1)[0]


def of_service(service: t.Mapping[str, t.Any], place: int, option: str, said: t.Container[str]) -> str:
    """The key in app_services from which an option of a service gets its value.

    :param said: the keys of the service's entry in the inventory.
    """
    known = _bound(option, _OF_SERVICE) if root(option) not in said else None
    return f"app_services[{service.get('name') or place}].{known or option}"


def of_region(variable: str, region: str) -> str:
    """The variable in a message, with the region if it is a region's."""
    return f"{variable} of {region}" if variable in _REGIONAL else variable


def is_ours(name: str) -> bool:
    """Whether the value of a variable concerns preflight."""
    return name.startswith(_PREFIXES) or name in _ARGUMENTS


def misspelled(given: t.Iterable[str], options: t.Mapping[str, t.Iterable[str]]) -> list[Problem]:
    """Variables that look like ones of this collection, but that nothing reads.

    :param options: layer → its options.
    """
    known = _OTHERS | {f"{layer}_{option}" for layer, names in options.items() for option in names}
    return [
        Problem(name, "is not a variable of any role or playbook.", suggestion(name, known) or _UNKNOWN)
        for name in sorted(given)
        if name not in known
        and not _RESULT.fullmatch(name)
        and (name.startswith(_PREFIXES) or (not name.startswith(_OF_ANSIBLE) and nearly(name, known)))
    ]


def nearly(name: str, known: t.Iterable[str]) -> list[str]:
    """The known name of which this one is a typo, if any: a list of one at most."""
    return _closest(name, known, _NEARLY)


def _closest(name: str, known: t.Iterable[str], cutoff: float = 0.6) -> list[str]:
    """The most similar name, preferably one with the same letters (prot: port, not spot)."""
    near = difflib.get_close_matches(name, known, cutoff=cutoff)
    return sorted(near, key=lambda each: sorted(each) != sorted(name))[:1]


def suggestion(name: str, known: t.Iterable[str]) -> str:
    """A question with the known name that is probably meant; empty if none is similar."""
    names = {each.lower(): each for each in sorted(known)}
    stem = name.lower().rstrip("s")
    nearest = [
        *(each for each in (_RENAMED.get(name),) if each in names),
        *nearly(name.lower(), names),
        *(each for each in names if _option(each) == _option(name)),
        *_closest(name.lower(), names),
        *(each for each in names if len(stem) > 2 and (stem in each or each in stem)),
    ]
    return f"Did you mean {names[nearest[0]]}?" if nearest else ""


def _option(variable: str) -> str:
    """A variable without the prefix of its layer."""
    return next((variable.removeprefix(prefix) for prefix in _LAYERS if variable.startswith(prefix)), variable)
