# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From AWS's answers to the snapshot's types. Pure."""

from __future__ import annotations

import json
import typing as t

from .health_check import HealthCheck
from .snapshot import Listener, LoadBalancer, TargetGroup, forward_to


def parse_load_balancer(item: t.Mapping[str, t.Any]) -> LoadBalancer:
    """From an element of DescribeLoadBalancers' LoadBalancers."""
    return LoadBalancer(
        arn=item["LoadBalancerArn"],
        dns_name=item.get("DNSName", ""),
        hosted_zone_id=item.get("CanonicalHostedZoneId", ""),
        kind=item["Type"],
        scheme=item.get("Scheme", ""),
        vpc_id=item.get("VpcId", ""),
        state=item["State"]["Code"],
        ip_address_type=item.get("IpAddressType", "ipv4"),
        subnet_ids=tuple(sorted(zone["SubnetId"] for zone in item.get("AvailabilityZones", ()))),
        security_group_ids=tuple(sorted(item.get("SecurityGroups", ()))),
    )


def parse_target_group(item: t.Mapping[str, t.Any]) -> TargetGroup:
    """From an element of DescribeTargetGroups' TargetGroups."""
    return TargetGroup(
        arn=item["TargetGroupArn"],
        port=int(item.get("Port", 0)),
        protocol=item.get("Protocol", ""),
        protocol_version=item.get("ProtocolVersion") or "HTTP1",
        target_type=item.get("TargetType", ""),
        ip_address_type=item.get("IpAddressType") or "ipv4",
        vpc_id=item.get("VpcId", ""),
        load_balancer_arns=tuple(sorted(item.get("LoadBalancerArns", ()))),
        health_check=HealthCheck(
            path=item.get("HealthCheckPath", ""),
            matcher=item.get("Matcher", {}).get("HttpCode", ""),
            interval=int(item.get("HealthCheckIntervalSeconds", 0)),
            timeout=int(item.get("HealthCheckTimeoutSeconds", 0)),
            healthy_threshold=int(item.get("HealthyThresholdCount", 0)),
            unhealthy_threshold=int(item.get("UnhealthyThresholdCount", 0)),
            port=str(item.get("HealthCheckPort", "")),
            protocol=item.get("HealthCheckProtocol", ""),
        ),
    )


def parse_listener(item: t.Mapping[str, t.Any]) -> Listener:
    """From an element of DescribeListeners' Listeners."""
    return Listener(
        arn=item["ListenerArn"],
        protocol=item.get("Protocol", ""),
        port=int(item.get("Port", 0)),
        action=_describe_actions(item.get("DefaultActions", [])),
    )


def _describe_actions(actions: t.Sequence[t.Mapping[str, t.Any]]) -> str:
    if len(actions) == 1 and actions[0].get("Type") == "forward":
        config = actions[0].get("ForwardConfig") or {}
        groups = config.get("TargetGroups") or [{"TargetGroupArn": actions[0].get("TargetGroupArn")}]
        sticky = (config.get("TargetGroupStickinessConfig") or {}).get("Enabled", False)
        # The weight of the only target group says nothing, unless it is 0.
        if len(groups) == 1 and not sticky and groups[0].get("Weight", 1) > 0:
            return forward_to(groups[0]["TargetGroupArn"])
    return json.dumps(actions, sort_keys=True, default=str)
