# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What exists, as observed."""

from __future__ import annotations

import dataclasses
import typing as t

from .._resources.security_group import Peer, SecurityGroup
from .health_check import HealthCheck


@dataclasses.dataclass(frozen=True, kw_only=True)
class LoadBalancer:
    """A load balancer.

    :param kind: ``application``, ``network`` or ``gateway``.
    :param state: ``active``, ``provisioning``, ``active_impaired`` or ``failed``.
    :param attributes: as reported.
    """

    arn: str
    dns_name: str
    hosted_zone_id: str
    kind: str
    scheme: str
    vpc_id: str
    state: str
    ip_address_type: str
    subnet_ids: tuple[str, ...]
    security_group_ids: tuple[str, ...]
    attributes: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    tags: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class TargetGroup:
    """A target group. Its targets are none of this layer's business, so they are not even read.

    :param load_balancer_arns: whose listeners send to it.
    """

    arn: str
    port: int
    protocol: str
    protocol_version: str
    target_type: str
    ip_address_type: str
    vpc_id: str
    health_check: HealthCheck
    load_balancer_arns: tuple[str, ...] = ()
    attributes: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    tags: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Listener:
    """A listener.

    :param action: ``forward to <ARN>`` if that is all it does by default, else AWS's actions as JSON.
    """

    arn: str
    protocol: str
    port: int
    action: str
    tags: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Subnet:
    """A subnet that the load balancer should get."""

    id: str
    vpc_id: str
    zone: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What exists under the names of the layer, ours or not.

    :param listeners: all of the load balancer.
    :param groups: security groups with the layer's name, in any VPC.
    :param vpc_cidrs: the VPC's networks.
    :param subnets: those the load balancer should get, if it has others now.
    :param ours: what of all this is ours: address → identifying attributes.
    """

    load_balancer: LoadBalancer | None = None
    target_group: TargetGroup | None = None
    listeners: tuple[Listener, ...] = ()
    groups: tuple[SecurityGroup, ...] = ()
    vpc_cidrs: tuple[Peer, ...] = ()
    subnets: tuple[Subnet, ...] = ()
    ours: t.Mapping[str, t.Mapping[str, str]] = dataclasses.field(default_factory=dict)


def forward_to(target_group_arn: str) -> str:
    """``Listener.action`` of a listener that forwards everything to one target group."""
    return f"forward to {target_group_arn}"
