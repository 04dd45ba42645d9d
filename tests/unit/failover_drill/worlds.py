# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An AWS with one region in it, as far as drills break and heal it."""

from __future__ import annotations

import copy
import dataclasses
import typing as t

import botocore.exceptions

from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.fault import EXTERNAL, TAG, Fault
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.plan import plan_fault
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.snapshot import (
    Alarm,
    Service,
    Snapshot,
    TargetGroup,
)
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.spec import Commands
from ansible_collections.everlook.failover.plugins.module_utils._resources.security_group import (
    SecurityGroup,
    parse_group,
)

REGION = "us-east-1"
SEAT = "us-west-1"
GROUP = "sg-1"
GROUP_ARN = f"arn:aws:elasticloadbalancing:{REGION}:111111111111:targetgroup/hello-dev-hello/73e2d6bc24d8a067"
SERVICE_ARN = f"arn:aws:ecs:{REGION}:111111111111:service/hello-dev-hello/hello-dev-hello"
ALARM_ARN = f"arn:aws:cloudwatch:{SEAT}:111111111111:alarm:hello-dev-switch-{REGION}"
OWNER = {"ManagedBy": "everlook.failover", "Stack": "hello", "Environment": "dev"}
METRIC = {"namespace": "everlook.failover", "metric": "Evict", "dimensions": [{"Name": "Region", "Value": REGION}]}
RULES = [
    {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "all"}]},
    {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
]


@dataclasses.dataclass
class FakeAws:
    """What there is, and a CallAws over it. ``gone`` names services whose resources have been deleted."""

    desired: int = 2
    rules: list[dict[str, t.Any]] = dataclasses.field(default_factory=lambda: copy.deepcopy(RULES))
    path: str = "/health"
    matcher: str = "200-299"
    points: list[float] = dataclasses.field(default_factory=list)
    tags: dict[str, str] = dataclasses.field(default_factory=dict)
    gone: set[str] = dataclasses.field(default_factory=set)
    calls: list[str] = dataclasses.field(default_factory=list)
    # Whether Application Auto Scaling leaves the service alone; None without a scalable target.
    suspended: bool | None = False

    def state(self) -> tuple[t.Any, ...]:
        """What a drill has to leave as it was."""
        return self.desired, sorted(map(repr, self.rules)), self.path, self.matcher, self.evicts, dict(self.tags)

    @property
    def evicts(self) -> bool:
        return bool(self.points and self.points[-1] >= 1)

    def __call__(self, service: str, region: str, method: str, parameters: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        assert region in (REGION, SEAT)
        self.calls.append(method)
        if service in self.gone:
            raise error("InvalidGroup.NotFound" if service == "ec2" else f"{service}NotFoundException")
        answer = getattr(self, f"_{method}")(**parameters)
        return answer or {}

    def _describe_services(self, cluster: str, services: list[str], include: object = None) -> dict[str, t.Any]:
        assert (cluster, services) == ("hello-dev-hello", ["hello-dev-hello"])
        tags = [{"key": key, "value": value} for key, value in self._tags_of(SERVICE_ARN).items()] if include else None
        return {"services": [{"status": "ACTIVE", "desiredCount": self.desired, "tags": tags}]}

    def _tags_of(self, resource: str) -> dict[str, str]:
        return OWNER | ({TAG: self.tags[resource]} if resource in self.tags else {})

    def _describe_tags(self, ResourceArns: list[str]) -> dict[str, t.Any]:  # noqa: N803
        return {"TagDescriptions": [{"Tags": _pairs(self._tags_of(ResourceArns[0]))}]}

    def _list_tags_for_resource(self, ResourceARN: str) -> dict[str, t.Any]:  # noqa: N803
        return {"Tags": _pairs(self._tags_of(ResourceARN))}

    def _update_service(self, cluster: str, service: str, desiredCount: int) -> None:  # noqa: N803 - boto3's
        assert (cluster, service) == ("hello-dev-hello", "hello-dev-hello")
        self.desired = desiredCount

    def _describe_scalable_targets(self, ServiceNamespace: str, ResourceIds: list[str]) -> dict[str, t.Any]:  # noqa: N803
        assert (ServiceNamespace, ResourceIds) == ("ecs", ["service/hello-dev-hello/hello-dev-hello"])
        return {"ScalableTargets": [] if self.suspended is None else [{}]}

    def _register_scalable_target(
        self,
        ServiceNamespace: str,  # noqa: N803
        ResourceId: str,  # noqa: N803
        ScalableDimension: str,  # noqa: N803
        SuspendedState: dict[str, bool] | None = None,  # noqa: N803
    ) -> None:
        assert (ServiceNamespace, ResourceId) == ("ecs", "service/hello-dev-hello/hello-dev-hello")
        assert ScalableDimension == "ecs:service:DesiredCount"
        if SuspendedState is not None:
            [self.suspended] = set(SuspendedState.values())

    def _describe_security_groups(self, GroupIds: list[str]) -> dict[str, t.Any]:  # noqa: N803
        assert GroupIds == [GROUP]
        # A list without members may be left out.
        tags = {"Tags": _pairs(self._tags_of(GROUP))}
        return {"SecurityGroups": [{**tags, "IpPermissions": copy.deepcopy(self.rules)} if self.rules else tags]}

    def _revoke_security_group_ingress(self, GroupId: str, IpPermissions: list[t.Any]) -> None:  # noqa: N803
        assert GroupId == GROUP
        self.rules = [rule for rule in self.rules if rule not in IpPermissions]

    def _authorize_security_group_ingress(self, GroupId: str, IpPermissions: list[t.Any]) -> None:  # noqa: N803
        assert GroupId == GROUP
        if any(rule in self.rules for rule in IpPermissions):
            raise error("InvalidPermission.Duplicate")
        self.rules += copy.deepcopy(IpPermissions)

    def _describe_target_groups(self, TargetGroupArns: list[str]) -> dict[str, t.Any]:  # noqa: N803
        assert TargetGroupArns == [GROUP_ARN]
        return {"TargetGroups": [{"HealthCheckPath": self.path, "Matcher": {"HttpCode": self.matcher}}]}

    def _modify_target_group(self, TargetGroupArn: str, HealthCheckPath: str, Matcher: dict[str, str]) -> None:  # noqa: N803
        assert TargetGroupArn == GROUP_ARN
        self.path, self.matcher = HealthCheckPath, Matcher["HttpCode"]

    def _put_metric_data(self, Namespace: str, MetricData: list[dict[str, t.Any]]) -> None:  # noqa: N803
        assert Namespace == METRIC["namespace"]
        assert MetricData[0]["MetricName"] == METRIC["metric"]
        assert MetricData[0]["Dimensions"] == METRIC["dimensions"]
        self.points.append(MetricData[0]["Value"])

    def _get_health_check_status(self, HealthCheckId: str) -> dict[str, t.Any]:  # noqa: N803
        assert HealthCheckId == "hc-1"
        text = "Failure: breached" if self.evicts else "Success"
        return {"HealthCheckObservations": [{"StatusReport": {"Status": text}}]}

    def _create_tags(self, Resources: list[str], Tags: list[dict[str, str]]) -> None:  # noqa: N803
        self.tags[Resources[0]] = Tags[0]["Value"]

    def _delete_tags(self, Resources: list[str], Tags: list[dict[str, str]]) -> None:  # noqa: N803, ARG002
        self.tags.pop(Resources[0], None)

    def _add_tags(self, ResourceArns: list[str], Tags: list[dict[str, str]]) -> None:  # noqa: N803
        self.tags[ResourceArns[0]] = Tags[0]["Value"]

    def _remove_tags(self, ResourceArns: list[str], TagKeys: list[str]) -> None:  # noqa: N803, ARG002
        self.tags.pop(ResourceArns[0], None)

    def _tag_resource(self, **parameters: t.Any) -> None:
        arn = parameters.get("ResourceARN") or parameters["resourceArn"]
        tags = parameters.get("Tags") or parameters["tags"]
        self.tags[arn] = tags[0].get("Value") or tags[0]["value"]

    def _untag_resource(self, **parameters: t.Any) -> None:
        self.tags.pop(parameters.get("ResourceARN") or parameters["resourceArn"], None)


def _pairs(tags: t.Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def error(code: str) -> botocore.exceptions.ClientError:
    return botocore.exceptions.ClientError({"Error": {"Code": code, "Message": "no"}}, "Operation")


class NoWait:
    """A Pace that takes no time, and remembers what was waited for."""

    def __init__(self, *, back_after: int | None = None) -> None:
        self.waited: list[float] = []
        self._back_after = back_after

    def pause(self, seconds: float) -> None:
        self.waited.append(seconds)

    def moved_back(self) -> bool:
        return self._back_after is not None and len(self.waited) >= self._back_after


def security_group(rules: t.Sequence[t.Mapping[str, t.Any]] = RULES) -> SecurityGroup:
    return parse_group(
        {"GroupId": GROUP, "GroupName": "hello-dev-entrance", "VpcId": "vpc-1", "IpPermissions": list(rules)}
    )


def service(name: str = "hello-dev-hello", **changes: t.Any) -> Service:
    found = Service(
        arn=SERVICE_ARN.replace("hello-dev-hello", name),
        cluster=name,
        name=name,
        desired_count=2,
        rollout="COMPLETED",
        tags={},
    )
    return dataclasses.replace(found, **changes)


def target_group(**changes: t.Any) -> TargetGroup:
    found = TargetGroup(arn=GROUP_ARN, path="/health", matcher="200-299", tags={})
    return dataclasses.replace(found, **changes)


def observed(**changes: t.Any) -> Snapshot:
    """Everything that any fault looks at."""
    found: dict[str, t.Any] = {
        "services": {"hello": service()},
        "security_groups": (security_group(),),
        "target_groups": {"hello": target_group()},
        "alarm": Alarm(
            arn=ALARM_ARN,
            region=SEAT,
            namespace=str(METRIC["namespace"]),
            metric=str(METRIC["metric"]),
            dimensions=({"Name": "Region", "Value": REGION},),
            check_id="hc-1",
            tags={},
        ),
    }
    return Snapshot(**{**found, **changes})


def planned(kind: str, commands: Commands | None = None, **changes: t.Any) -> Fault:
    """A fault that can be made."""
    standard = Commands(breaks=("true",), heals=("true",)) if kind == EXTERNAL else Commands()
    fault = plan_fault(kind, REGION, observed(**changes), commands or standard)
    assert isinstance(fault, Fault), fault
    return fault
