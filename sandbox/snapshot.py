# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every resource of every account, read from moto's own state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, NamedTuple

from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.common_models import BaseModel
from moto.iam.models import AWSManagedPolicy
from moto.utilities.tagging_service import TaggingService

from sandbox.requestlog import tags_of
from sandbox.resources import Resource

# State of moto that is no resource of an account: catalogues, indexes, data points, sessions
_NOT_RESOURCES = {
    "ec2": {"amis", "snapshots"},
    "iam": {"aws_managed_policies", "access_keys", "account_summary"},
    "sts": {"assumed_roles"},
    "cloudwatch": {"metric_data", "aws_metric_data", "past_metric_data"},
    "route53": {"delegation_sets", "resource_tags"},
    "ecs": {"account_settings"},
    # The leases of environments, which each run writes: tests read them by name.
    "ssm": {"_parameters"},
    # Listing the services of endpoints creates backends of unused services.
    "iot": {"indexing_configuration"},
    "route53resolver": {"ec2_backend"},
}
# States in which AWS still shows a deleted resource
_GONE = {"deleted", "terminated", "INACTIVE", "STOPPED"}
_STATES = ("state", "status", "last_status")
# Attributes that change without a write, and references to the backend
_VOLATILE = ("last_used", "backend", "_backend", "time", "created", "events", "updated", "_at")
_IDS = ("id", "arn", "physical_resource_id", "name")
_DEEPEST = 5


def snapshot() -> list[Resource]:
    """Every resource of every account, ordered; AWS's defaults of an account left out."""
    kept = [
        (backends.service_name, account, region, backend, found)
        for backends in list(BackendDict._instances)
        for account, region, backend in list(backends.iter_backends())
        for found in _found(backends.service_name, backend)
    ]
    whole = {id(found.model) for *_, found in kept}
    resources = {
        resource.key: resource
        for service, account, region, backend, found in kept
        for resource in [_resource(service, account, region, backend, found, whole)]
    }
    return [resources[key] for key in sorted(resources)]


class _Found(NamedTuple):
    kind: str
    key: str
    model: Any


def _found(service: str, backend: BaseBackend) -> Iterator[_Found]:
    skipped = _NOT_RESOURCES.get(service, set())
    defaults = _default_vpcs(backend)
    for kind, value in list(_kept(service, backend).items()):
        if kind in skipped:
            continue
        for key, model in _models(value, key=""):
            if _state(model) not in _GONE and not _is_default(model, defaults):
                yield _Found(kind.strip("_"), key, model)


def _kept(service: str, backend: Any) -> dict[str, Any]:
    """The backend's resources by kind. Schedules and rules are inside their groups and buses, of which every account
    has a default one."""
    kept: dict[str, Any] = vars(backend)
    if service == "events":
        buses = kept["event_buses"]
        rules = [rule for bus in buses.values() for rule in bus.rules.values()]
        return {**kept, "rules": rules, "event_buses": {name: buses[name] for name in buses if name != "default"}}
    if service != "scheduler":
        return kept
    groups = kept["schedule_groups"]
    schedules = [schedule for group in groups.values() for schedule in group.schedules.values()]
    return {"schedules": schedules, "schedule_groups": {name: groups[name] for name in groups if name != "default"}}


def _resource(
    service: str, account: str, region: str, backend: BaseBackend, found: _Found, whole: set[int]
) -> Resource:
    identifier = _identifier(found.model) or found.key
    tags = _tags(found.model) or _kept_tags(backend, found.model, identifier)
    content = _Plain(whole - {id(found.model)}).of(found.model, _DEEPEST)
    return Resource(account, region, service, found.kind, identifier, tags, content)


def _models(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, BaseModel) and not isinstance(value, dict | list):
        yield key, value
    elif isinstance(value, Mapping):
        for name, item in list(value.items()):
            yield from _models(item, str(name))
    elif isinstance(value, list | set | tuple):
        for index, item in enumerate(value):
            yield from _models(item, f"{key}#{index}")


def _default_vpcs(backend: BaseBackend) -> set[str]:
    vpcs = getattr(backend, "vpcs", None)
    if not isinstance(vpcs, Mapping):
        return set()
    return {str(vpc.id) for vpc in vpcs.values() if str(getattr(vpc, "is_default", "")).lower() == "true"}


def _is_default(model: Any, default_vpcs: set[str]) -> bool:
    """Whether AWS put it there: its policies, prefix lists and linked roles, the default VPC and its content."""
    owned_by_aws = getattr(model, "owner_id", None) == "AWS" or getattr(model, "_linked_service", None)
    if isinstance(model, AWSManagedPolicy) or owned_by_aws:
        return True
    vpc = getattr(model, "vpc_id", None) or getattr(getattr(model, "vpc", None), "id", None)
    return bool(default_vpcs) and (vpc in default_vpcs or getattr(model, "id", None) in default_vpcs)


def _state(model: Any) -> str:
    for name in _STATES:
        value = getattr(model, name, None)
        if isinstance(value, str):
            return value
    return ""


def _identifier(model: Any) -> str:
    for name in _IDS:
        try:
            value = getattr(model, name, None)
        except Exception:  # noqa: BLE001  # a property of moto's that isn't meant for this class
            continue
        if isinstance(value, str) and value:
            return value
    return ""


def _tags(model: Any) -> dict[str, str]:
    try:
        tags = model.get_tags() if hasattr(model, "get_tags") else getattr(model, "tags", None)
    except Exception:  # noqa: BLE001  # needs arguments, or a backend that has none
        return {}
    if isinstance(tags, Mapping):
        pairs = {key: item.get("Value") if isinstance(item, Mapping) else item for key, item in tags.items()}
        return {str(key): str(value) for key, value in pairs.items()}
    return tags_of({"Tags": tags if isinstance(tags, list) else []})


def _kept_tags(backend: BaseBackend, model: Any, identifier: str) -> dict[str, str]:
    """The tags that moto keeps apart from the resource: by id in Route 53, by ARN elsewhere."""
    by_id = getattr(backend, "resource_tags", None)
    if isinstance(by_id, Mapping) and identifier.rpartition("/")[2] in by_id:
        return {str(key): str(value) for key, value in by_id[identifier.rpartition("/")[2]].items()}
    for name in ("tagger", "tagging_service"):
        kept = getattr(backend, name, None)
        for arn in (getattr(model, attribute, None) for attribute in ("arn", "alarm_arn")):
            if isinstance(kept, TaggingService) and isinstance(arn, str) and kept.has_tags(arn):
                return {str(key): str(value) for key, value in kept.get_tag_dict_for_resource(arn).items()}
    return {}


@dataclass(frozen=True, slots=True)
class _Plain:
    """The value as JSON. `elsewhere` are models that are resources themselves, which are replaced by their ID."""

    elsewhere: set[int]

    def of(self, value: Any, depth: int) -> Any:
        """The JSON, `depth` levels deep."""
        if value is None or isinstance(value, bool | int | float | str):
            return value
        if isinstance(value, Enum | bytes | date):
            return str(value)
        if depth == 0 or id(value) in self.elsewhere:
            return _identifier(value) or type(value).__name__
        if isinstance(value, list | tuple):
            return [self.of(item, depth - 1) for item in value]
        if isinstance(value, set | frozenset):
            return sorted(str(self.of(item, depth - 1)) for item in value)
        return self._members(value, depth - 1)

    def _members(self, value: Any, depth: int) -> dict[str, Any]:
        if isinstance(value, Mapping):
            return {str(key): self.of(item, depth) for key, item in value.items()}
        return {
            name: self.of(item, depth)
            for name, item in sorted(getattr(value, "__dict__", {}).items())
            if not any(word in name for word in _VOLATILE) and not isinstance(item, BaseBackend)
        }
