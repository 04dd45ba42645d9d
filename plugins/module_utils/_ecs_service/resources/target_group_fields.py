# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The compared fields of a target group. Pure.

Sources: Elastic Load Balancing API, TargetGroup and TargetGroupAttribute.
"""

from __future__ import annotations

import typing as t

from ..._engine.field import Field, attribute, parameter
from ..spec_target_group import DNS_COUNT, DNS_PERCENTAGE

_HEALTH: t.Final = "target_group_health"

# Not compared: it is the default port of targets, and ECS registers each task with its own (CreateTargetGroup, Port:
# "unless you specify a port override when registering the target"; ECS API, LoadBalancer, containerPort). So tasks with
# another port replace the former ones within one target group, by an ordinary rollout. A second group would leave
# requests without a target: the load balancer sends each of two groups its share, even if it is empty, and ECS stops
# the former tasks as soon as the new ones are healthy.
PORT: t.Final = parameter("container_port", "Port")
FIXED: t.Final = (
    parameter("target_protocol", "Protocol", immutable=True),
    parameter("vpc_id", "VpcId", immutable=True),
    parameter("target_type", "TargetType", immutable=True),
    parameter("protocol_version", "ProtocolVersion", "HTTP1", immutable=True),
    parameter("ip_address_type", "IpAddressType", "ipv4", immutable=True),
)
# Fields without options: another value means that someone else has created the group.
KIND_OF_GROUP: t.Final = ("target_type", "protocol_version", "ip_address_type")

HEALTH_CHECK: t.Final = (
    parameter("health_check.path", "HealthCheckPath", "/"),
    Field(
        name="health_check.matcher",
        read=lambda group: (group.get("Matcher") or {}).get("HttpCode", ""),
        write=lambda codes: {"Matcher": {"HttpCode": codes}},
        default="200",
    ),
    parameter("health_check.interval", "HealthCheckIntervalSeconds", 30),
    parameter("health_check.timeout", "HealthCheckTimeoutSeconds", 5),
    parameter("health_check.healthy_threshold", "HealthyThresholdCount", 5),
    parameter("health_check.unhealthy_threshold", "UnhealthyThresholdCount", 2),
    parameter("health_check.port", "HealthCheckPort", "traffic-port"),
    parameter("health_check.protocol", "HealthCheckProtocol", "HTTP"),
)

ATTRIBUTES: t.Final = (
    attribute("deregistration_delay", "deregistration_delay.timeout_seconds", "300"),
    attribute("slow_start", "slow_start.duration_seconds", "0"),
    attribute("algorithm", "load_balancing.algorithm.type", "round_robin"),
    attribute("anomaly_mitigation", "load_balancing.algorithm.anomaly_mitigation", "off"),
    attribute("cross_zone", "load_balancing.cross_zone.enabled", "use_load_balancer_configuration"),
    attribute("stickiness.enabled", "stickiness.enabled", "false"),
    attribute("stickiness.type", "stickiness.type", "lb_cookie"),
    attribute("stickiness.lb_cookie.duration", "stickiness.lb_cookie.duration_seconds", "86400"),
    attribute("stickiness.app_cookie.duration", "stickiness.app_cookie.duration_seconds", "86400"),
    attribute("stickiness.cookie_name", "stickiness.app_cookie.cookie_name", ""),
    attribute(DNS_COUNT, f"{_HEALTH}.dns_failover.minimum_healthy_targets.count", "1"),
    attribute(DNS_PERCENTAGE, f"{_HEALTH}.dns_failover.minimum_healthy_targets.percentage", "off"),
    attribute(
        "unhealthy_state_routing.minimum_healthy_targets_count",
        f"{_HEALTH}.unhealthy_state_routing.minimum_healthy_targets.count",
        "1",
    ),
    attribute(
        "unhealthy_state_routing.minimum_healthy_targets_percentage",
        f"{_HEALTH}.unhealthy_state_routing.minimum_healthy_targets.percentage",
        "off",
    ),
)
FIELDS: t.Final = (*FIXED, *HEALTH_CHECK, *ATTRIBUTES)
