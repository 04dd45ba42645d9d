# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What exists, as observed."""

from __future__ import annotations

import dataclasses

from .._resources.security_group import Peer, SecurityGroup
from .resources.listener import Listener
from .resources.load_balancer import LoadBalancer
from .resources.log_bucket import LogBucket
from .spec import Spec


@dataclasses.dataclass(frozen=True, kw_only=True)
class Subnet:
    """A subnet that the load balancer should get."""

    id: str
    vpc_id: str
    zone: str
    has_ipv6: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What exists under the names of the layer, ours or not.

    :param spec: what it was observed for.
    :param listeners: all of the load balancer.
    :param not_issued: ARNs of ACM's certificates that a listener is to be given and that are not issued.
    :param services: names of the target groups of the stack's services that it sends to. Read if it is to go.
    :param groups: security groups with the layer's name, in any VPC.
    :param vpc_cidrs: the VPC's networks.
    :param health_checkers: AWS's list of the networks of Route 53's health checkers, if a rule is to admit them.
    :param web_acl_arn: of the web ACL that filters its requests; empty if there is none. Read if it is to be set.
    :param account: of the credentials. Read, as the bucket is, if there is an option for one.
    :param subnets: those the load balancer should get, if it has others now, or should get IPv6 addresses.
    """

    spec: Spec
    load_balancer: LoadBalancer | None = None
    listeners: tuple[Listener, ...] = ()
    not_issued: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    groups: tuple[SecurityGroup, ...] = ()
    vpc_cidrs: tuple[Peer, ...] = ()
    health_checkers: tuple[Peer, ...] = ()
    web_acl_arn: str = ""
    account: str = ""
    log_bucket: LogBucket | None = None
    subnets: tuple[Subnet, ...] = ()
