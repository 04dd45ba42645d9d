# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drifts of the load balancer, its listener, and a service's rule and target group."""

from __future__ import annotations

import json
import typing as t

from .drifts import World, drift

_BALANCER = {
    "access_logs.s3.enabled": "true",
    "connection_logs.s3.enabled": "true",
    "client_keep_alive.seconds": "600",
    "deletion_protection.enabled": "true",
    "idle_timeout.timeout_seconds": "61",
    "routing.http.desync_mitigation_mode": "monitor",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.preserve_host_header.enabled": "true",
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "true",
    "routing.http.xff_client_port.enabled": "true",
    "routing.http.xff_header_processing.mode": "remove",
    "routing.http2.enabled": "false",
    "waf.fail_open.enabled": "true",
    "zonal_shift.config.enabled": "true",
}
_BUCKET = "logs-of-the-load-balancer"
_ANYBODY_MAY_WRITE = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{_BUCKET}/*"}
        ],
    }
)
_LOGS_NEED_A_BUCKET = ("access_logs", "connection_logs")
_TARGETS = {"deregistration_delay.timeout_seconds": "31", "slow_start.duration_seconds": "30"}
_CHECK: dict[str, dict[str, t.Any]] = {
    "protocol": {"HealthCheckProtocol": "HTTPS"},
    "port": {"HealthCheckPort": "8080"},
    "path": {"HealthCheckPath": "/other"},
    "interval": {"HealthCheckIntervalSeconds": 11},
    "timeout": {"HealthCheckTimeoutSeconds": 4},
    "healthy threshold": {"HealthyThresholdCount": 3},
    "unhealthy threshold": {"UnhealthyThresholdCount": 3},
    "matcher": {"Matcher": {"HttpCode": "200-299"}},
}


def elb(world: World) -> t.Any:
    return world.client("elbv2")


def balancer(world: World) -> str:
    return str(elb(world).describe_load_balancers(Names=["hello-dev"])["LoadBalancers"][0]["LoadBalancerArn"])


def targets(world: World) -> str:
    return str(world.of("ecs_service")["target_group_arn"])


def listener(world: World) -> str:
    return str(elb(world).describe_listeners(LoadBalancerArn=balancer(world))["Listeners"][0]["ListenerArn"])


def rule(world: World) -> str:
    rules = elb(world).describe_rules(ListenerArn=listener(world))["Rules"]
    (only,) = (each["RuleArn"] for each in rules if not each["IsDefault"])
    return str(only)


for key, value in _BALANCER.items():

    def _set(world: World, key: str = key, value: str = value) -> None:
        wanted = [{"Key": key, "Value": value}]
        if key.startswith(_LOGS_NEED_A_BUCKET):
            bucket = _BUCKET
            world.client("s3").create_bucket(Bucket=bucket)
            world.client("s3").put_bucket_policy(Bucket=bucket, Policy=_ANYBODY_MAY_WRITE)
            wanted.append({"Key": key.replace("enabled", "bucket"), "Value": bucket})
        elb(world).modify_load_balancer_attributes(LoadBalancerArn=balancer(world), Attributes=wanted)

    drift.put(f"balancer {key}", "load_balancer/main", _set)

for key, value in _TARGETS.items():

    def _set_targets(world: World, key: str = key, value: str = value) -> None:
        elb(world).modify_target_group_attributes(
            TargetGroupArn=targets(world), Attributes=[{"Key": key, "Value": value}]
        )

    drift.put(f"targets {key}", "target_group/main", _set_targets)

for name, change in _CHECK.items():

    def _modify(world: World, change: dict[str, t.Any] = change) -> None:
        elb(world).modify_target_group(TargetGroupArn=targets(world), **change)

    drift.put(f"targets {name}", "target_group/main", _modify)


@drift("balancer subnets", "load_balancer/main")
def _(world: World) -> None:
    elb(world).set_subnets(LoadBalancerArn=balancer(world), Subnets=list(world.of("vpc")["private_subnet_ids"]))


@drift("balancer groups", "load_balancer/main")
def _(world: World) -> None:
    groups = [world.of("ecs_service")["security_group_id"]]
    elb(world).set_security_groups(LoadBalancerArn=balancer(world), SecurityGroups=groups)


@drift("balancer tags", "load_balancer/main")
def _(world: World) -> None:
    elb(world).remove_tags(ResourceArns=[balancer(world)], TagKeys=["Name"])


@drift("targets tags", "target_group/main")
def _(world: World) -> None:
    elb(world).remove_tags(ResourceArns=[targets(world)], TagKeys=["Name"])


@drift("listener tags", "listener/http")
def _(world: World) -> None:
    elb(world).remove_tags(ResourceArns=[listener(world)], TagKeys=["Name"])


@drift("listener port", "listener/http")
def _(world: World) -> None:
    elb(world).modify_listener(ListenerArn=listener(world), Port=8080)


@drift("listener actions", "listener/http")
def _(world: World) -> None:
    answer = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}
    elb(world).modify_listener(ListenerArn=listener(world), DefaultActions=[answer])


@drift("rule conditions", "listener_rule/main")
def _(world: World) -> None:
    conditions = [{"Field": "path-pattern", "Values": ["/other/*"]}]
    elb(world).modify_rule(RuleArn=rule(world), Conditions=conditions)


@drift("rule priority", "listener_rule/main")
def _(world: World) -> None:
    elb(world).set_rule_priorities(RulePriorities=[{"RuleArn": rule(world), "Priority": 49999}])


@drift("rule actions", "listener_rule/main")
def _(world: World) -> None:
    answer = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}
    elb(world).modify_rule(RuleArn=rule(world), Actions=[answer])


@drift("rule tags", "listener_rule/main")
def _(world: World) -> None:
    elb(world).remove_tags(ResourceArns=[rule(world)], TagKeys=["Name"])
