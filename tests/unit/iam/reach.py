# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a deployer with a policy could do to what is not the stack's. Pure, and independent of the sandbox's evaluator.

reference.json holds AWS's Service Authorization Reference for the writing actions of docs/iam: the resource types that
a call is checked against, and the condition keys that AWS knows there
(https://docs.aws.amazon.com/service-authorization/latest/reference/, one page a service; of EC2's types those that the
policies are about, and a few that they must not reach).
"""

from __future__ import annotations

import dataclasses
import fnmatch
import json
import typing as t
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
REFERENCE: dict[str, dict[str, list[str]]] = json.loads((Path(__file__).parent / "reference.json").read_text())
# What these make does not exist before, so it is nobody's.
_MAKES = {
    "acm:RequestCertificate": ("*",),
    "cloudwatch:PutCompositeAlarm": (),
    "cloudwatch:PutMetricAlarm": (),  # changes an alarm of the name as well
    "ecr:CreateRepository": ("repository",),
    "ecs:CreateCluster": ("cluster",),
    "ecs:CreateService": ("service",),
    "ecs:RegisterTaskDefinition": ("task-definition",),
    "elasticloadbalancing:CreateLoadBalancer": ("loadbalancer/app",),
    "elasticloadbalancing:CreateTargetGroup": ("targetgroup",),
    "iam:CreateRole": ("role",),
    "iam:CreateServiceLinkedRole": ("role",),
    "logs:CreateLogGroup": ("log-group",),
    "route53:CreateHealthCheck": ("*",),
    "s3:CreateBucket": ("bucket",),
    "route53:CreateHostedZone": ("*",),
    "scheduler:CreateSchedule": ("schedule",),
}
_SHAPES = {
    "certificate": "arn:aws:acm:us-east-1:111111111111:certificate/1",
    "scalable-target": "arn:aws:application-autoscaling:us-east-1:111111111111:scalable-target/1",
    "alarm": "arn:aws:cloudwatch:us-east-1:111111111111:alarm:{name}-switch-us-west-1",
    "rule-on-default-event-bus": "arn:aws:events:us-east-1:111111111111:rule/{name}-rollout-failed",
    "topic": "arn:aws:sns:us-east-1:111111111111:{name}-alarms",
    "cluster": "arn:aws:ecs:us-east-1:111111111111:cluster/{name}-web",
    "service": "arn:aws:ecs:us-east-1:111111111111:service/{name}-web/{name}-web",
    "task-definition": "arn:aws:ecs:us-east-1:111111111111:task-definition/{name}-web:1",
    "loadbalancer/app": "arn:aws:elasticloadbalancing:us-east-1:111111111111:loadbalancer/app/{name}/1",
    "targetgroup": "arn:aws:elasticloadbalancing:us-east-1:111111111111:targetgroup/{name}-web/1",
    "listener/app": "arn:aws:elasticloadbalancing:us-east-1:111111111111:listener/app/{name}/1/2",
    "listener-rule/app": "arn:aws:elasticloadbalancing:us-east-1:111111111111:listener-rule/app/{name}/1/2/3",
    "role": "arn:aws:iam::111111111111:role/{name}-web-us-east-1-task",
    "log-group": "arn:aws:logs:us-east-1:111111111111:log-group:/ecs/{path}/web:log-stream:",
    "parameter": "arn:aws:ssm:us-west-1:111111111111:parameter/everlook.failover/{path}/lease",
    "schedule": "arn:aws:scheduler:us-east-1:111111111111:schedule/default/{name}-switch",
    "repository": "arn:aws:ecr:us-east-1:111111111111:repository/{name}",
    "webacl": "arn:aws:wafv2:us-east-1:111111111111:regional/webacl/{name}/1",
    "hostedzone": "arn:aws:route53:::hostedzone/Z1",
    "queryloggingconfig": "arn:aws:route53:::queryloggingconfig/1",
    "healthcheck": "arn:aws:route53:::healthcheck/1",
    "bucket": "arn:aws:s3:::{name}-111111111111-us-east-1-logs",
    "object": "arn:aws:s3:::{name}-111111111111-us-east-1-logs/AWSLogs/1",
    "*": "*",
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Victim:
    """The owner of things that the policies must not reach: how they are named and tagged."""

    name: str
    path: str
    tags: t.Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def namespace(self) -> str:
        """That of its switches in CloudWatch."""
        return f"everlook.failover/{self.name}"

    def arn(self, kind: str) -> str:
        """The ARN of its resource of this type."""
        shape = _SHAPES.get(kind, f"arn:aws:ec2:us-east-1:111111111111:{kind}/{kind}-1")
        return shape.format(name=self.name, path=self.path)


def _stack(stack: str, environment: str, name: str) -> Victim:
    tags = {"ManagedBy": "everlook.failover", "Stack": stack, "Environment": environment}
    return Victim(name=name, path=f"{stack}/{environment}", tags=tags)


VICTIMS = {
    "a neighbour without tags": Victim(name="legacy", path="legacy"),
    "another stack": _stack("other", "dev", "other-dev"),
    "another environment": _stack("hello", "prod", "hello-prod"),
    # stack_names.join: a part with a hyphen makes the name end in a hash.
    "a stack whose names begin alike": _stack("hello-dev", "x", "hello-dev-x-1a2b3c4d"),
}


def policy(name: str) -> dict[str, t.Any]:
    """A document of docs/iam."""
    found: dict[str, t.Any] = json.loads((ROOT / "docs" / "iam" / f"{name}.json").read_text())
    return found


def listed(value: str | list[str]) -> list[str]:
    """IAM takes one string for a list of one."""
    return [value] if isinstance(value, str) else value


def reached(document: t.Mapping[str, t.Any]) -> dict[tuple[str, str], list[str]]:
    """The victims by action and resource type that some statement lets the action touch."""
    found: dict[tuple[str, str], list[str]] = {}
    for statement in document["Statement"]:
        for action in listed(statement["Action"]):
            for kind in REFERENCE.get(action, ()):
                for title, victim in VICTIMS.items():
                    if _is_new(action, kind) or not _lets(statement, action, kind, victim):
                        continue
                    found.setdefault((action, kind), []).append(title)
    return found


def dead_statements(document: t.Mapping[str, t.Any]) -> list[str]:
    """Actions of statements whose condition keys AWS never sends for them, so that they allow nothing."""
    return [
        f"{statement['Sid']}: {action}"
        for statement in document["Statement"]
        for action in listed(statement["Action"])
        if action in REFERENCE and not any(_keys(statement) <= set(known) for known in REFERENCE[action].values())
    ]


def _is_new(action: str, kind: str) -> bool:
    known = REFERENCE[action][kind]
    made_by_ec2 = action.startswith("ec2:") and "aws:RequestTag" in known and "aws:ResourceTag" not in known
    return kind in _MAKES.get(action, ()) or made_by_ec2


def _keys(statement: t.Mapping[str, t.Any]) -> set[str]:
    conditions = statement.get("Condition", {}).values()
    return {key.split("/")[0] for keys in conditions for key in keys}


def _lets(statement: t.Mapping[str, t.Any], action: str, kind: str, victim: Victim) -> bool:
    arn = victim.arn(kind)
    if not any(fnmatch.fnmatchcase(arn, pattern) for pattern in listed(statement["Resource"])):
        return False
    return all(
        _met(operator, key, listed(wanted), action, kind, victim)
        for operator, keys in statement.get("Condition", {}).items()
        for key, wanted in keys.items()
    )


def _met(operator: str, key: str, wanted: list[str], action: str, kind: str, victim: Victim) -> bool:
    """Whether the condition holds for a caller who chooses what can be chosen: everything but the victim's own tags.

    The tags of the request count for every resource of the call: more than AWS documents, and so on the safe side.
    """
    name, _slash, tag = key.partition("/")
    if name.endswith(":CreateAction"):
        return False
    if name == "cloudwatch:namespace":
        return victim.namespace in wanted
    if name != "aws:ResourceTag":
        return any(name in known for known in REFERENCE[action].values())
    actual = victim.tags.get(tag) if name in REFERENCE[action][kind] else None
    if operator == "Null":
        return (actual is None) == (wanted == ["true"])
    if operator != "StringEquals":
        raise NotImplementedError(operator)
    return actual in wanted
