# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``Change.data`` of the layer's changes: what the writes need beside the ids that are known by then."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws.owner import Owner
from .health_check import HealthCheck
from .spec import ListenerSpec, TargetGroupSpec


@dataclasses.dataclass(frozen=True, kw_only=True)
class LoadBalancerCreation:
    """A new load balancer.

    :param attributes: those that differ from AWS's defaults.
    """

    owner: Owner
    name: str
    subnet_ids: tuple[str, ...]
    ip_address_type: str
    attributes: t.Mapping[str, str]


@dataclasses.dataclass(frozen=True, kw_only=True)
class LoadBalancerUpdate:
    """What to repair of a load balancer; empty means right already."""

    arn: str
    subnet_ids: tuple[str, ...] = ()
    security_group: bool = False
    ip_address_type: str = ""
    attributes: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    tags: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class TargetGroupCreation:
    """A new target group.

    :param attributes: those that differ from AWS's defaults.
    """

    owner: Owner
    name: str
    vpc_id: str
    spec: TargetGroupSpec
    attributes: t.Mapping[str, str]


@dataclasses.dataclass(frozen=True, kw_only=True)
class TargetGroupUpdate:
    """What to repair of a target group; empty means right already."""

    arn: str
    health_check: HealthCheck | None = None
    attributes: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    tags: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class ListenerCreation:
    """A new listener."""

    owner: Owner
    spec: ListenerSpec


@dataclasses.dataclass(frozen=True, kw_only=True)
class ListenerUpdate:
    """What to repair of a listener.

    :param modify: whether protocol, port or action differ.
    """

    arn: str
    spec: ListenerSpec
    modify: bool
    tags: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Deletion:
    """A resource to delete."""

    arn: str
