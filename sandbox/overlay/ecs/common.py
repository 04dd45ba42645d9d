# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared by the corrections of ECS."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends
from moto.iam.models import iam_backends

from sandbox.overlay.base import AwsError, Call, World
from sandbox.overlay.iam import role_known

SERVICE_LINKED_ROLE = "AWSServiceRoleForECS"


def ec2_of(ecs: Any) -> Any:
    """moto's EC2 of the same account and region."""
    return ec2_backends[ecs.account_id][ecs.region_name]


def elb_of(ecs: Any) -> Any:
    """moto's load balancing of the same account and region."""
    return elbv2_backends[ecs.account_id][ecs.region_name]


def iam_of(account: str) -> Any:
    """moto's IAM of an account."""
    return iam_backends[account]["aws"]


def role_exists(world: World, account: str, arn_or_name: str) -> bool:
    """Whether ECS sees a role of the account, which takes a while for a new one."""
    name = arn_or_name.rpartition("/")[2]
    there = any(role.name == name for role in iam_of(account).roles.values())
    return there and role_known(world, account, name)


def invalid(message: str) -> AwsError:
    """A parameter that ECS refuses."""
    return AwsError("InvalidParameterException", message)


def client_error(message: str) -> AwsError:
    """ECS's error for an invalid call without the name of a parameter."""
    return AwsError("ClientException", message)


def active_cluster(call: Call) -> Any:
    """The cluster that a call names. Raises ClusterNotFoundException, also when it is INACTIVE."""
    cluster = call.backend.clusters.get((call.get("cluster") or "default").rpartition("/")[2])
    if cluster is None or cluster.status != "ACTIVE":
        raise AwsError("ClusterNotFoundException", "Cluster not found.")
    return cluster


def failures(call: Call, kind: str, names: Iterable[str]) -> list[dict[str, str]]:
    """The failures of a describing call for missing resources, by name or ARN."""
    base = f"arn:aws:ecs:{call.region}:{call.account}:{kind}/"
    return [{"arn": name if name.startswith("arn:") else base + name, "reason": "MISSING"} for name in names]


def digits() -> str:
    """The number in the id of a deployment or revision."""
    return str(random.randrange(10**18, 10**19))
