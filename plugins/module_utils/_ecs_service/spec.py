# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired state of the layer, from its options. Pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._aws import stack_names
from .._aws.owner import Owner, parse_owner, parse_service_name
from .._engine.errors import FailoverError, SpecError
from .._engine.unknown import is_unknown
from .._resources.log_group import LogGroupSpec
from .._resources.security_group import GroupSpec, Rule, group
from .options import REQUIRED_IF
from .spec_egress import egress_warnings, parse_egress
from .spec_images import parse_digests
from .spec_listener_rule import RuleSpec, parse_rule
from .spec_logs import delivery
from .spec_regions import check_regions
from .spec_roles import Roles, parse_roles
from .spec_scaling import Scaling, parse_scaling
from .spec_scaling import warnings as scaling_warnings
from .spec_service import Service, parse_service
from .spec_shift import Shift
from .spec_spot import warnings as spot_warnings
from .spec_target_group import TargetGroupSpec, decides, parse_target_group
from .spec_task import Task, check_platform_version, parse_task

# Logical names of the service's log group and security group.
LOGS: t.Final = "main"
GROUP: t.Final = "service"
# The description of the rule that lets the load balancer in.
FROM_LOAD_BALANCER: t.Final = "From the load balancer"

_IDS: t.Final = {
    "vpc_id": re.compile(r"vpc-[0-9a-f]+"),
    "subnet_ids": re.compile(r"subnet-[0-9a-f]+"),
    "alb_security_group_id": re.compile(r"sg-[0-9a-f]+"),
    "listener_arn": re.compile(r"arn:[\w-]+:elasticloadbalancing:[\w-]+:\d{12}:listener/app/[\w-]+/\w+/\w+"),
    # Not an alias: CloudWatch Logs answers with the key's own ARN.
    "log_kms_key_arn": re.compile(r"arn:[\w-]+:kms:[\w-]+:\d{12}:key/.+"),
    "platform_version": re.compile(r"LATEST|\d+\.\d+\.\d+"),
}
# ECS API, AwsVpcConfiguration.
_SUBNETS_MOST: t.Final = 16


@dataclasses.dataclass(frozen=True, kw_only=True)
class Routing:
    """How requests reach the service. A worker has none."""

    rule: RuleSpec
    target_group: TargetGroupSpec


@dataclasses.dataclass(frozen=True, kw_only=True)
class Wanted:
    """Everything that should exist.

    :param routing: None for a worker.
    :param log_delivery: log driver options that all containers share.
    :param scaling: None if ``desired_count`` sets the number of tasks.
    :param digests: digests that are known already, by image; None if images are not pinned.
    """

    task: Task
    roles: Roles
    service: Service
    scaling: Scaling | None
    routing: Routing | None
    group: GroupSpec
    log_group: LogGroupSpec
    log_delivery: t.Mapping[str, str]
    container_insights: str
    digests: t.Mapping[str, str] | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Spec:
    """The desired state of the layer.

    :param absent: whether to delete everything that belongs to the service.
    :param wait_timeout: seconds.
    :param warnings: about options that work, but are probably not intended.
    """

    owner: Owner
    region: str
    absent: bool
    wait_timeout: float
    present: Wanted | None = None
    warnings: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """ECS's name of the service, its cluster and its family of task definitions."""
        return stack_names.service(self.owner)

    @property
    def log_group_name(self) -> str:
        """CloudWatch Logs' name of the log group of its tasks."""
        return stack_names.log_group(self.owner, "ecs")

    @property
    def wanted(self) -> Wanted:
        """What should exist. Raises FailoverError if nothing should."""
        if self.present is None:
            raise FailoverError(f"{self.name} in {self.region} should go, but a step was to make something.")
        return self.present

    @property
    def routing(self) -> Routing | None:
        """How requests should reach the service; None for a worker, and if state is absent."""
        return self.present.routing if self.present else None

    @property
    def shift(self) -> Shift | None:
        """How a release shifts requests; None for rolling releases, and if state is absent."""
        return self.present.service.shift if self.present else None

    @property
    def scaling(self) -> Scaling | None:
        """How the number of tasks follows the load; None if it does not, and if state is absent."""
        return self.present.scaling if self.present else None


def parse_service_owner(params: t.Mapping[str, t.Any]) -> Owner:
    """The owner, whose component is the service. Raises SpecError."""
    return parse_owner(params, parse_service_name("name", params["name"]))


def parse(params: t.Mapping[str, t.Any], region: str) -> Spec:
    """The spec from a module's parameters. Raises SpecError."""
    owner = parse_service_owner(params)
    absent = params["state"] == "absent"
    _check_ids(params, ["listener_arn"] if absent else list(_IDS))
    wanted = None if absent else _wanted(params, region, owner)
    return Spec(
        owner=owner,
        region=region,
        absent=absent,
        wait_timeout=float(params["wait_timeout"]),
        present=wanted,
        warnings=tuple(_warnings(params, region, wanted)) if wanted else (),
    )


def _wanted(params: t.Mapping[str, t.Any], region: str, owner: Owner) -> Wanted:
    for option in REQUIRED_IF[0][2]:
        # Ansible accepts an explicit null.
        if params[option] is None:
            raise SpecError(option, "is required if state is present.")
    _check_subnets(params["subnet_ids"])
    task = parse_task(params, region)
    scaling = parse_scaling(params)
    service = parse_service(params, task, scaling)
    check_platform_version(service.platform_version, task, execute_command=service.execute_command)
    log_group = stack_names.log_group(owner, "ecs")
    return Wanted(
        task=task,
        service=service,
        scaling=scaling,
        roles=parse_roles(params, owner, region, task, log_group=log_group, execute_command=service.execute_command),
        routing=_routing(params, owner, service.container_port) if service.container_port else None,
        group=_group(params, owner, task, service.container_port),
        log_group=LogGroupSpec(
            owner=owner,
            name=LOGS,
            log_group_name=log_group,
            retention_days=params["log_retention_days"],
            kms_key_arn=params["log_kms_key_arn"],
        ),
        log_delivery=delivery(params),
        container_insights=params["container_insights"],
        digests=parse_digests(params),
    )


def _routing(params: t.Mapping[str, t.Any], owner: Owner, port: int) -> Routing:
    for option in ("listener_arn", "alb_security_group_id"):
        if params[option] is None:
            raise SpecError(option, "is required with container_port.", "A service without a port is a worker.")
    return Routing(
        rule=parse_rule(params),
        target_group=parse_target_group(params, target_group_name=stack_names.target_group(owner), port=port),
    )


def _warnings(params: t.Mapping[str, t.Any], region: str, wanted: Wanted) -> t.Iterator[str]:
    yield from check_regions(params, wanted.task, region)
    yield from scaling_warnings(wanted.scaling)
    yield from spot_warnings(wanted.service.spot)
    yield from egress_warnings(wanted.group.rules, wanted.task)
    # Developer Guide, "Monitor Amazon ECS containers with ECS Exec": its agent has to write to the file system.
    names = [each.name for each in wanted.task.containers if each.readonly_root_filesystem]
    if wanted.service.execute_command and names:
        yield f"execute_command cannot enter {', '.join(names)}: readonly_root_filesystem is set."
    judged = params["decides_failover"] and params["evaluate_target_health"] and params["deployment_strategy"] is None
    if wanted.routing and judged and not decides(wanted.routing.target_group):
        yield (
            "both thresholds of dns_failover are off: targets of this service never take the region out of the DNS. "
            "Set decides_failover to false if that is what you want."
        )


def _check_ids(params: t.Mapping[str, t.Any], options: t.Iterable[str]) -> None:
    for option in options:
        values = params[option] if isinstance(params[option], list) else [params[option]]
        for value in values:
            if value is not None and not is_unknown(value) and not _IDS[option].fullmatch(value):
                raise SpecError(option, f"{value!r} is not of the form AWS gives it.")


def _check_subnets(subnets: t.Sequence[str]) -> None:
    if not 1 <= len(subnets) <= _SUBNETS_MOST or len(set(subnets)) < len(subnets):
        raise SpecError("subnet_ids", f"has to name 1 to {_SUBNETS_MOST} subnets, each once.")


def group_description(owner: Owner) -> str:
    """EC2's description of the service's security group, which cannot be changed."""
    return f"Tasks of {owner.component}, {owner.title}"


def _group(params: t.Mapping[str, t.Any], owner: Owner, task: Task, port: int | None) -> GroupSpec:
    inbound = [_from_load_balancer(params, port)] if port else []
    return GroupSpec(
        owner=owner,
        name=GROUP,
        group_name=stack_names.security_group(owner),
        description=group_description(owner),
        vpc_id=params["vpc_id"],
        rules=parse_egress(params, task) | frozenset(inbound),
    )


def _from_load_balancer(params: t.Mapping[str, t.Any], port: int) -> Rule:
    return Rule(
        direction="ingress",
        protocol="tcp",
        from_port=port,
        to_port=port,
        peer=group(params["alb_security_group_id"]),
        description=FROM_LOAD_BALANCER,
    )
