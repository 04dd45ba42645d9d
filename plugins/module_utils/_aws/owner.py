# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ownership by tags: which resources belong to a stack, environment and component."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.tagging import compare_aws_tags

from .._engine.errors import SpecError

Tags: t.TypeAlias = t.Mapping[str, str]

MANAGED_BY: t.Final = "everlook.failover"
# Components of every stack. Others are services, by their names.
NETWORK: t.Final = "network"
ENTRANCE: t.Final = "entrance"
DNS: t.Final = "dns"
RESERVED: t.Final = frozenset({NETWORK, ENTRANCE, DNS})
# Also a component. A service may have this name, since it has no resources of the same kinds.
ALARMS: t.Final = "alarms"
# Likewise, for the environment's alarms about all regions.
FAILOVER_ALARMS: t.Final = "failover-alarms"
# Likewise.
REPOSITORIES: t.Final = "repositories"

_OWN_KEYS: t.Final = ("ManagedBy", "Stack", "Environment", "Component", "Resource", "Name")
# Part of names for which AWS allows only letters, digits and hyphens (CreateLoadBalancer, Name).
_NAME = re.compile(r"[a-zA-Z](?:[a-zA-Z0-9]|-(?=[a-zA-Z0-9])){0,31}")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Owner:
    """A component of a stack in an environment, and the tags the user wants on all of its resources."""

    stack: str
    environment: str
    component: str
    extra: Tags = dataclasses.field(default_factory=dict)

    @property
    def title(self) -> str:
        """The stack and its environment, for people."""
        return f"{self.stack} in {self.environment}"

    def of(self, component: str) -> Owner:
        """The owner of another component of the stack."""
        return dataclasses.replace(self, component=component)

    def tags(self, address: str) -> dict[str, str]:
        """All tags of the resource at ``address`` (``subnet/public-a``)."""
        name = f"{self.stack}-{self.environment}-{self.component}-{address.partition('/')[2]}"
        return {**self.extra, **self.identity(), "Resource": address, "Name": name}

    def identity(self) -> dict[str, str]:
        """The tags that identify the owner."""
        return {**self.stack_identity(), "Component": self.component}

    def stack_identity(self) -> dict[str, str]:
        """The tags that all components of the stack in this environment have."""
        return {"ManagedBy": MANAGED_BY, "Stack": self.stack, "Environment": self.environment}

    def owns(self, tags: Tags) -> bool:
        """True if a resource with these tags belongs to this component."""
        return _has(tags, self.identity())

    def stack_owns(self, tags: Tags) -> bool:
        """True if a resource with these tags belongs to any component of the stack in this environment."""
        return _has(tags, self.stack_identity())

    def filters(self) -> list[dict[str, t.Any]]:
        """EC2's Filters for everything that belongs to this component."""
        return [{"Name": f"tag:{key}", "Values": [value]} for key, value in self.identity().items()]

    def tag_drift(self, current: Tags, address: str) -> dict[str, str]:
        """The tags to set on a resource with the ``current`` ones. Other tags are left alone."""
        to_set, _unset = compare_aws_tags(dict(current), self.tags(address), purge_tags=False)
        return dict(to_set)


def parse_owner(params: t.Mapping[str, t.Any], component: str) -> Owner:
    """The owner from a module's parameters. Raises SpecError."""
    for option in ("stack", "environment"):
        parse_part(option, params[option])
    extra = {}
    for key, value in (params["tags"] or {}).items():
        if value is None:
            raise SpecError("tags", f"the value of {key!r} is empty.", "Give it a value, or leave it out.")
        if str(key) in _OWN_KEYS or str(key).lower().startswith("aws:"):
            raise SpecError("tags", f"the key {key!r} is reserved.", "Choose another key.")
        extra[str(key)] = str(value)
    return Owner(stack=params["stack"], environment=params["environment"], component=component, extra=extra)


def parse_service_name(option: str, value: str) -> str:
    """``value``, if it can be the name of a service. Raises SpecError."""
    if parse_part(option, value).lower() in RESERVED:
        raise SpecError(option, f"{value!r} is reserved for a part of every stack.", "Choose another name.")
    return value


def is_service_name(value: str) -> bool:
    """Whether it can be the name of a service."""
    return _NAME.fullmatch(value) is not None and value.lower() not in RESERVED


def parse_service_names(values: t.Iterable[str]) -> tuple[str, ...]:
    """The option ``services``, without duplicates. Raises SpecError."""
    return tuple(dict.fromkeys(parse_service_name("services", value) for value in values))


def parse_part(option: str, value: str) -> str:
    """``value``, if it can be part of the names of resources. Raises SpecError."""
    if not _NAME.fullmatch(value):
        raise SpecError(
            option,
            f"{value!r} cannot be part of the names of AWS resources.",
            "Use up to 32 letters, digits and single hyphens, starting with a letter.",
        )
    return value


def tags_from(
    items: t.Iterable[t.Mapping[str, str]] | None, *, key: str = "Key", value: str = "Value"
) -> dict[str, str]:
    """The tags of an answer, which may omit the list or an empty value. ECS has ``key`` and ``value``."""
    return {item[key]: item.get(value, "") for item in items or ()}


def tag_list(tags: Tags) -> list[dict[str, str]]:
    """The tags for a request. Attributes of Elastic Load Balancing have the same form."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _has(tags: Tags, wanted: Tags) -> bool:
    return all(tags.get(key) == value for key, value in wanted.items())
