# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The content before the first deployment: the parent zone, delegation roles, foreign resources."""

from __future__ import annotations

import json
from typing import Any

from moto.backends import get_backend

from sandbox.accounts import ACCOUNTS, ENVIRONMENTS, MANAGEMENT
from sandbox.overlay.route53.changes import insert_records

PARENT_DOMAIN = "example.com"
DOMAINS = {"dev": "dev.example.com", "staging": "staging.example.com", "prod": "app.example.com"}
FOREIGN_REGION = "us-east-1"


# Looks like the stack `hello` of the example inventories, but is foreign.
_LOOKALIKE = "hello-dev"


def seed() -> None:
    """Plant the seed in fresh accounts."""
    zone_id = _parent_zone()
    for environment in ENVIRONMENTS:
        _delegation_role(environment, zone_id)
    network = _foreign_network(ACCOUNTS["dev"])
    _foreign_dns(ACCOUNTS["dev"], network)
    _foreign_service(ACCOUNTS["dev"])


def _backend(service: Any, account: str, region: str = "aws") -> Any:
    return get_backend(service)[account][region]


def _parent_zone() -> str:
    backend = _backend("route53", MANAGEMENT)
    zone = backend.create_hosted_zone(
        f"{PARENT_DOMAIN}.", private_zone=False, caller_reference="seed/parent", comment="Parent"
    )
    insert_records(
        zone,
        (f"www.{PARENT_DOMAIN}.", "A", 300, ["192.0.2.10"]),
        (f"{PARENT_DOMAIN}.", "MX", 3600, [f"10 mail.{PARENT_DOMAIN}."]),
        (f"{PARENT_DOMAIN}.", "TXT", 3600, ['"v=spf1 -all"']),
        (f"mail.{PARENT_DOMAIN}.", "A", 3600, ["192.0.2.25"]),
    )
    vpc = _backend("ec2", MANAGEMENT, FOREIGN_REGION).create_vpc("172.29.0.0/16")
    backend.create_hosted_zone(
        f"{PARENT_DOMAIN}.",
        private_zone=True,
        caller_reference="seed/private-parent",
        vpcid=vpc.id,
        vpcregion=FOREIGN_REGION,
    )
    return str(zone.resource_id)


def delegation_trust(environment: str) -> dict[str, Any]:
    """The trust policy of a delegation role: for the environment's account, with its external ID."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNTS[environment]}:root"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": f"everlook-failover-{environment}"}},
            }
        ],
    }


def delegation_policy(environment: str, zone_id: str) -> dict[str, Any]:
    """The narrowest policy that lets a role delegate one name in one zone.

    The keys are multi-valued, and ForAllValues is true for an absent key: hence Null.
    """
    keys = {
        "route53:ChangeResourceRecordSetsNormalizedRecordNames": [DOMAINS[environment]],
        "route53:ChangeResourceRecordSetsRecordTypes": ["NS", "DS"],
        "route53:ChangeResourceRecordSetsActions": ["CREATE", "UPSERT", "DELETE"],
    }
    zone = f"arn:aws:route53:::hostedzone/{zone_id}"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "route53:ChangeResourceRecordSets",
                "Resource": zone,
                "Condition": {
                    "ForAllValues:StringEquals": keys,
                    "Null": dict.fromkeys(keys, "false"),
                },
            },
            {
                "Effect": "Allow",
                "Action": "route53:ListResourceRecordSets",
                "Resource": zone,
            },
            {
                "Effect": "Allow",
                "Action": "route53:GetChange",
                "Resource": "arn:aws:route53:::change/*",
            },
            {"Effect": "Allow", "Action": "route53:ListHostedZonesByName", "Resource": "*"},
        ],
    }


def _delegation_role(environment: str, zone_id: str) -> None:
    """A role as bootstrap.yml creates it, which then has nothing to do."""
    backend = _backend("iam", MANAGEMENT)
    name = f"dns-delegation-{environment}"
    description = f"Delegates {DOMAINS[environment]} from {PARENT_DOMAIN}"
    tags = {"ManagedBy": "everlook.failover", "Environment": environment, "Resource": f"role/{name}"}
    _role(backend, name, delegation_trust(environment), description=description, tags=tags)
    policy = json.dumps(delegation_policy(environment, zone_id))
    backend.put_role_policy(name, "dns-delegation", policy)


def _role(
    backend: Any,
    name: str,
    trust: dict[str, Any],
    *,
    description: str = "",
    tags: dict[str, str] | None = None,
) -> Any:
    return backend.create_role(
        role_name=name,
        assume_role_policy_document=json.dumps(trust),
        path="/",
        permissions_boundary=None,
        description=description,
        tags=[{"Key": key, "Value": value} for key, value in (tags or {}).items()],
        max_session_duration="3600",
    )


def _foreign_network(account: str) -> str:
    """A network with the names ours will have, and none of our tags. Returns the VPC's id."""
    ec2 = _backend("ec2", account, FOREIGN_REGION)
    vpc = ec2.create_vpc("172.30.0.0/16")
    subnet = ec2.create_subnet(vpc.id, "172.30.1.0/24", availability_zone=f"{FOREIGN_REGION}a")
    group = ec2.create_security_group(f"{_LOOKALIKE}-entrance", "Not ours", vpc_id=vpc.id)
    ec2.create_tags([vpc.id, subnet.id, group.id], {"Name": _LOOKALIKE})
    return str(vpc.id)


def _foreign_dns(account: str, vpc_id: str) -> None:
    """Zones of a similar name and, private, of the same name; a check of the same endpoint."""
    route53 = _backend("route53", account)
    neighbour = route53.create_hosted_zone("dev2.example.com.", private_zone=False, caller_reference="seed/neighbour")
    insert_records(neighbour, ("www.dev2.example.com.", "A", 300, ["192.0.2.80"]))
    route53.create_hosted_zone(
        f"{DOMAINS['dev']}.",
        private_zone=True,
        caller_reference="seed/private",
        vpcid=vpc_id,
        vpcregion=FOREIGN_REGION,
    )
    for reference, name in (("seed/neighbour", "www.dev2.example.com"), ("seed/twin", f"us-east-1.{DOMAINS['dev']}")):
        config = {"Type": "HTTP", "FullyQualifiedDomainName": name, "Port": 80, "ResourcePath": "/"}
        route53.create_health_check(reference, config | {"RequestInterval": 10, "FailureThreshold": 3})


def _foreign_service(account: str) -> None:
    _backend("ecs", account, FOREIGN_REGION).create_cluster("legacy")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    _role(_backend("iam", account), "legacy-task", trust)
    _backend("cloudwatch", account, FOREIGN_REGION).put_metric_alarm(
        name="legacy-cpu",
        namespace="AWS/ECS",
        metric_name="CPUUtilization",
        comparison_operator="GreaterThanThreshold",
        evaluation_periods=1,
        period=300,
        threshold=80,
        statistic="Average",
        dimensions=[],
        alarm_actions=[],
        description="Not ours",
    )
