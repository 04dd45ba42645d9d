# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people write for regions, their networks and load balancers."""

from __future__ import annotations

import typing as t

from .mistake import Mistake, everywhere, hosts, west

_EAST: t.Final = "us-east-1: {failover_priority: 1, vpc_cidr: 10.10.0.0/16}"


def beside_east(name: str, yaml: str, *says: str) -> Mistake:
    """Another host beside us-east-1."""
    return hosts(name, f"regions: {{hosts: {{{_EAST}, {yaml}}}}}", *says)


REGIONS: t.Final[tuple[Mistake, ...]] = (
    hosts("no group regions", f"all: {{hosts: {{{_EAST}}}}}", "no hosts in the group `regions`", "hosts.yml"),
    hosts("misspelled group", f"regoins: {{hosts: {{{_EAST}}}}}", "no hosts in the group `regions`", "hosts.yml"),
    hosts("empty group regions", "regions: {hosts: {}}", "no hosts in the group `regions`", "hosts.yml"),
    beside_east(
        "region without hyphen", "us-west1: {failover_priority: 2, vpc_cidr: 10.20.0.0/16}", "us-west1", "us-west-1?"
    ),
    beside_east("a zone", "us-west-1a: {failover_priority: 2, vpc_cidr: 10.20.0.0/16}", "us-west-1a", "us-west-1?"),
    beside_east("a city", "oregon: {failover_priority: 2, vpc_cidr: 10.20.0.0/16}", "oregon", "like `us-east-1`"),
    west("failover_priority: 1", "failover_priority of us-east-1, us-west-1: all are 1", "a priority of its own"),
    west("failover_priority:", "failover_priority of us-west-1: is not set", "1 serves"),
    west("failover_priority: 0", "failover_priority of us-west-1: is 0", "whole number from 1"),
    west("failover_priority: -1", "failover_priority of us-west-1: is -1", "whole number from 1"),
    west("failover_priority: second", "failover_priority of us-west-1: is 'second'", "whole number from 1"),
    west('failover_priority: "2"', "failover_priority of us-west-1: is '2'", "whole number from 1"),
    west("failover_priority: 1.5", "failover_priority of us-west-1: is 1.5", "whole number from 1"),
    west("failover_prority: 2", "failover_prority", "Did you mean failover_priority?"),
)

NETWORKS: t.Final[tuple[Mistake, ...]] = (
    west("vpc_cidr:", "vpc_cidr of us-west-1: is not set", "Set it in the inventory"),
    west("vpc_cidr: 10.10.0.0/16", "vpc_cidr of us-east-1, us-west-1: ", "overlap", "a network of its own"),
    west("vpc_cidr: 10.10.128.0/20", "vpc_cidr of us-east-1, us-west-1: ", "overlap", "a network of its own"),
    west("vpc_cidr: 10.20.1.0/16", "vpc_cidr of us-west-1: '10.20.1.0/16'", "host bits set", "10.20.0.0/16"),
    west("vpc_cidr: 10.20.0.0/26", "vpc_cidr of us-west-1: 10.20.0.0/26 is too small", "Use /16 to /23"),
    west("vpc_cidr: 10.0.0.0/8", "vpc_cidr of us-west-1: 10.0.0.0/8 is too large", "Use /16 to /23"),
    west("vpc_cidr: 10.20.0.0", "vpc_cidr of us-west-1: ", "/16 to /23"),
    west("vpc_cidr: 10.20.0/16", "vpc_cidr of us-west-1: '10.20.0/16' is not an IPv4 network", "Write it like"),
    west("vpc_cidr: fd00::/56", "vpc_cidr of us-west-1: 'fd00::/56' is not an IPv4 network", "Write it like"),
    west("vpc_cidr: 10.20.0.0\\16", "vpc_cidr of us-west-1: ", "is not an IPv4 network", "Write it like"),
    west("vpc_cidr: [10.20.0.0/16]", "vpc_cidr of us-west-1: a list is not a string"),
    west("vpc_cidr: 8.8.0.0/16", "vpc_cidr of us-west-1: 8.8.0.0/16 is public", "10.0.0.0/8, 172.16.0.0/12"),
    west("vpc_cidr: 172.32.0.0/16", "vpc_cidr of us-west-1: 172.32.0.0/16 is public", "10.0.0.0/8, 172.16.0.0/12"),
    west(
        "vpc_zones: [us-east-1a, us-east-1b]",
        "vpc_zones of us-west-1: 'us-east-1a' is not an Availability Zone",
        "us-west-1a",
    ),
    west("vpc_zones: [us-west-1a]", "vpc_zones of us-west-1: names one zone", "two or more"),
    west("vpc_zones: [a, b]", "vpc_zones of us-west-1: 'a' is not an Availability Zone", "us-west-1a"),
    west("vpc_zones: us-west-1a", "vpc_zones of us-west-1: names one zone", "two or more"),
    west("vpc_zones: [us-west-1a, us-west-1a]", "vpc_zones of us-west-1: names a zone twice", "once"),
    west("vpc_zones: {us-west-1a: 1}", "vpc_zones of us-west-1: a mapping is not a list"),
    west("vpc_zone_count: 1", "vpc_zone_count of us-west-1: is 1", "Use 2 to"),
    west("vpc_zone_count: 9", "vpc_zone_count of us-west-1: is 9", "Use 2 to"),
    west("vpc_zone_count: all", 'vpc_zone_count of us-west-1: "all" is not a whole number', "such as 2"),
    everywhere("vpc_nat_gateways: true", "vpc_nat_gateways: true is not one of per_zone, single, regional, none"),
    everywhere("vpc_nat_gateways: 2", "vpc_nat_gateways: 2 is not one of per_zone, single, regional, none"),
    everywhere("vpc_nat_gateways: per-zone", 'vpc_nat_gateways: "per-zone" is not one of', "Did you mean per_zone?"),
    everywhere(
        "vpc_nat_gateways: none",
        "vpc_interface_endpoints: lacks ecr.api, ecr.dkr, logs, without which no task starts",
        "vpc_nat_gateways: is none: tasks do not reach the registry of",
    ),
    everywhere("vpc_interface_endpoints: [s3]", "vpc_interface_endpoints: s3 has a gateway endpoint"),
    everywhere("vpc_interface_endpoints: ecr", "is not an interface endpoint service in us-east-1"),
    everywhere("vpc_endpoint_policy: {Statement: []}", "vpc_endpoint_policy: has no statements"),
    everywhere("vpc_flow_logs: true", "vpc_flow_logs: true is not one of none, all, accept, reject"),
    everywhere("vpc_flow_logs_retention_days: 45", "vpc_flow_logs_retention_days: 45 is not one of", "30, 60"),
    everywhere("vpc_flow_logs_interval: 300", "vpc_flow_logs_interval: 300 is not one of 60, 600"),
    everywhere("vpc_s3_endpoint: maybe", 'vpc_s3_endpoint: "maybe" is neither true nor false', "Write true or false"),
)

BALANCERS: t.Final[tuple[Mistake, ...]] = (
    everywhere("alb_listener_port: 99999", "alb_listener_port: 99999 is out of range", "1 to 65535"),
    everywhere("alb_listener_port: https", 'alb_listener_port: "https" is not a whole number', "such as 80"),
    everywhere("alb_idle_timeout: 5000", "alb_idle_timeout: 5000 is out of range", "1 to 4000"),
    everywhere("alb_idle_timeout: 60s", 'alb_idle_timeout: "60s" is not a whole number', "such as 60"),
    everywhere("alb_client_keep_alive: 10", "alb_client_keep_alive: 10 is out of range", "60 to 604800"),
    everywhere(
        "alb_ingress_cidrs: [10.0.0.0/8]\nalb_admit_health_checkers: false",
        *("alb_ingress_cidrs: ", "Route 53's health checkers", "Leave out alb_admit_health_checkers"),
    ),
    everywhere(
        "alb_ingress_cidrs: []\nalb_admit_health_checkers: no", "alb_ingress_cidrs: ", "Route 53's health checkers"
    ),
    everywhere("alb_admit_health_checkers: perhaps", 'alb_admit_health_checkers: "perhaps" is neither true nor false'),
    everywhere("alb_ip_address_type: dualstack", "alb_ip_address_type: cannot be dualstack", "Use ipv4."),
    everywhere("alb_ingress_cidrs: [0.0.0.0/33]", "alb_ingress_cidrs: ", "Write a network such as 10.0.0.0/16"),
    everywhere("alb_ingress_cidrs: everyone", "alb_ingress_cidrs: ", "Write a network such as 10.0.0.0/16"),
    everywhere("alb_ingress_cidrs: [0.0.0.0/0, '::/0']", "alb_ingress_cidrs: '::/0' is of the other IP version"),
    everywhere(
        "alb_ingress_prefix_lists: [cloudfront]", "alb_ingress_prefix_lists: 'cloudfront' is not an id", "'pl-'"
    ),
    everywhere("alb_ip_address_type: ipv6", 'alb_ip_address_type: "ipv6" is not one of ipv4, dualstack'),
    everywhere("alb_access_logs: my-bucket", 'alb_access_logs: "my-bucket" is not a mapping', "key: value"),
    everywhere("alb_access_logs: true", "alb_access_logs: true is not a mapping", "key: value"),
    everywhere("alb_access_logs: {prefix: dev}", "alb_access_logs.bucket: is required without alb_log_bucket"),
    everywhere("alb_access_logs: {bukket: logs}", "alb_access_logs.bukket: ", "Did you mean bucket?"),
    everywhere(
        "alb_access_logs: {bucket: logs, prefix: AWSLogs/dev}", "alb_access_logs.prefix: must not contain AWSLogs"
    ),
    everywhere("alb_deletion_protection: please", 'alb_deletion_protection: "please" is neither true nor false'),
    everywhere("alb_egress: none", 'alb_egress: "none" is not one of vpc, all'),
    everywhere("alb_desync_mitigation_mode: Strictest", "alb_desync_mitigation_mode: ", "Did you mean strictest?"),
    everywhere(f"alb_not_found_body: {'x' * 1025}", "alb_not_found_body: has 1025 characters", "1024"),
)
