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
    """A subnet for the load balancer."""

    id: str
    vpc_id: str
    zone: str
    has_ipv6: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What exists with the names of the layer, whatever its tags.

    :param spec: the spec that it was observed for.
    :param listeners: all of the load balancer.
    :param not_issued: ARNs of unissued certificates in ACM that a listener is to get.
    :param services: target groups of the stack's services that it forwards to; only read if the state is absent.
    :param groups: security groups with the layer's name, in any VPC.
    :param vpc_cidrs: the VPC's networks.
    :param health_checkers: prefix lists of Route 53's health checkers, if a rule has to admit them.
    :param web_acl_arn: of its web ACL; empty for none. Only read if the option is set.
    :param account: of the credentials. Only read, as the bucket is, with the option log_bucket.
    :param subnets: the wanted ones, if they or the IP address type have to change.
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
