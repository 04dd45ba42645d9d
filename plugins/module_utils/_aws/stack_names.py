# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of a stack's resources in AWS. Pure; all names are made here.

The same input always gives the same name, and different stacks, environments, components and regions never share one:
parts are joined by hyphens, and a hash of them is added if the result would be ambiguous (a part has a hyphen or, since
IAM ignores case, a capital letter) or too long.
"""

from __future__ import annotations

import hashlib
import typing as t

from .limits import BUCKET_NAME, ELB_NAME, NAME, ROLE_NAME, RULE_NAME, SCHEDULE_NAME
from .owner import FAILOVER_ALARMS, MANAGED_BY, Owner

_DIGITS: t.Final = 8


def load_balancer(owner: Owner) -> str:
    """ELB's name of the stack's load balancer in a region."""
    return join(owner.stack, owner.environment, limit=ELB_NAME)


def target_group(owner: Owner) -> str:
    """ELB's name of a service's target group."""
    return join(owner.stack, owner.environment, owner.component, limit=ELB_NAME)


def alternate_group(owner: Owner) -> str:
    """ELB's name of a service's second target group, for releases that shift requests between the two."""
    return join(owner.stack, owner.environment, owner.component, limit=ELB_NAME, suffix="-alternate")


def service(owner: Owner) -> str:
    """ECS's name of a service, its cluster and its family of task definitions."""
    return join(owner.stack, owner.environment, owner.component, limit=NAME)


def log_bucket(owner: Owner, account: str, region: str) -> str:
    """S3's name of the bucket of a load balancer's logs. It is global, so it includes the account and the region."""
    return join(owner.stack, owner.environment, limit=BUCKET_NAME, suffix=f"-{account}-{region}-logs").lower()


def security_group(owner: Owner) -> str:
    """EC2's name of a component's security group."""
    return _group(owner)


def endpoint_group(owner: Owner) -> str:
    """EC2's name of the security group of the network's interface endpoints."""
    return _group(owner, "-endpoints")


def role(owner: Owner, region: str, kind: str) -> str:
    """IAM's name of a component's role in a region. Roles are global, so it includes the region.

    :param kind: the role's purpose (``task``), without hyphens.
    """
    return join(owner.stack, owner.environment, owner.component, limit=ROLE_NAME, suffix=f"-{region}-{kind}")


def scaling(owner: Owner, what: str) -> str:
    """Application Auto Scaling's name of a policy or a scheduled action of a service."""
    return join(owner.stack, owner.environment, owner.component, limit=NAME, suffix=f"-{what}")


def log_group(owner: Owner, kind: str) -> str:
    """CloudWatch Logs' name of a component's log group; ``kind`` is the writing service (``ecs``, ``vpc``)."""
    return f"/{kind}/{owner.stack}/{owner.environment}/{owner.component}"


def query_log_group(zone: str) -> str:
    """CloudWatch Logs' name of the log group of a zone's queries, as Route 53 recommends (CreateQueryLoggingConfig)."""
    return f"/aws/route53/{zone}"


def query_log_policy(owner: Owner) -> str:
    """CloudWatch Logs' name of the resource policy that lets Route 53 log the queries of the stack's zone."""
    return join(owner.stack, owner.environment, limit=NAME, suffix="-query-logging")


def switch_alarm(owner: Owner, evicted: str) -> str:
    """CloudWatch's name of the alarm with which its region evicts another."""
    return f"{switch_alarm_prefix(owner)}{evicted}"


def switch_alarm_prefix(owner: Owner) -> str:
    """The prefix of the names of all switch alarms of the stack."""
    return f"{join(owner.stack, owner.environment, limit=NAME)}-switch-"


def switch_namespace(owner: Owner) -> str:
    """CloudWatch's namespace of the stack's switches, to which IAM policies limit PutMetricData."""
    return f"{MANAGED_BY}/{join(owner.stack, owner.environment, limit=NAME - len(MANAGED_BY) - 1)}"


def switch_schedule(owner: Owner) -> str:
    """EventBridge Scheduler's name of the schedule that holds the switches of its region."""
    return join(owner.stack, owner.environment, limit=SCHEDULE_NAME, suffix="-switch")


def switch_role(owner: Owner) -> str:
    """IAM's name of the role with which the schedules of all regions publish."""
    return join(owner.stack, owner.environment, owner.component, limit=ROLE_NAME, suffix="-switch")


def alarm_topic(owner: Owner) -> str:
    """SNS's name of the topic for the alarms of a region or of the environment."""
    return join(owner.stack, owner.environment, limit=NAME, suffix=f"{_of_failover(owner)}-alarms")


def alarm(owner: Owner, what: str) -> str:
    """CloudWatch's name of an alarm that notifies people; ``what`` is its subject (``web-latency``)."""
    return f"{alarm_prefix(owner)}{what}"


def alarm_prefix(owner: Owner) -> str:
    """The prefix of the names of all alarms of a region or of the environment that notify people."""
    return f"{join(owner.stack, owner.environment, limit=NAME)}{_of_failover(owner)}-alarm-"


def dashboard(owner: Owner) -> str:
    """CloudWatch's name of the environment's dashboard."""
    return join(owner.stack, owner.environment, limit=NAME, suffix="-failover")


def rollout_rule(owner: Owner) -> str:
    """EventBridge's name of the rule for failed rollouts."""
    return join(owner.stack, owner.environment, limit=RULE_NAME, suffix="-rollout-failed")


def caller_reference_prefix(owner: Owner) -> str:
    """The prefix of the CallerReferences of the stack's zone and health checks.

    They cannot be tagged when they are created, so the CallerReference, which List returns, identifies the owner. It is
    a hash, because a CallerReference has at most 64 characters (HealthCheckNonce).
    """
    return f"elf/{_digest(owner.stack, owner.environment, digits=10)}/"


def record_set_identifier(owner: Owner, what: str) -> str:
    """The SetIdentifier of a failover record: its owner, and the region or link of the chain it is for."""
    return f"{owner.stack}/{owner.environment}/{what}"


def join(*parts: str, limit: int, suffix: str = "") -> str:
    """The parts joined by hyphens, and ``suffix``; at most ``limit`` characters."""
    name = "-".join(parts)
    plain = name == name.lower() and not any("-" in part for part in parts)
    if plain and len(name) + len(suffix) <= limit:
        return f"{name}{suffix}"
    room = limit - len(suffix) - _DIGITS - 1
    return f"{name[:room].rstrip('-')}-{_digest(*parts, digits=_DIGITS)}{suffix}"


def _group(owner: Owner, suffix: str = "") -> str:
    """A name must not start with ``sg-`` (CreateSecurityGroup, GroupName)."""
    name = join(owner.stack, owner.environment, owner.component, limit=NAME, suffix=suffix)
    return f"stack-{name}" if name.lower().startswith("sg-") else name


def _of_failover(owner: Owner) -> str:
    """Distinguishes alarms of the environment from those of its region us-east-1."""
    return "-failover" if owner.component == FAILOVER_ALARMS else ""


def _digest(*parts: str, digits: int) -> str:
    """A hash of the parts. No part contains a slash."""
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:digits]
