# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An account in memory: Route 53, and load balancers, alarms and schedules by region."""

from __future__ import annotations

import copy
import threading
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from botocore.exceptions import ClientError

from ansible_collections.everlook.failover.plugins.module_utils._engine.context import Context
from ansible_collections.everlook.failover.plugins.module_utils._engine.job import Job

from .fake_holding import FakeIam, FakeScheduler
from .fake_route53 import ZONE, FakeRoute53, Json, Pages, refuse

RECORD = "dev.example.com."
OURS = {"ManagedBy": "everlook.failover", "Stack": "hello", "Environment": "dev", "Component": "entrance"}


class Killed(Exception):
    """The process ended right behind a write, before its answer was used."""


class FakeAws:
    """Acts as Clients. `watch` is called behind every write, with the write's name."""

    region = "us-east-1"

    def __init__(self) -> None:
        self.watch: t.Callable[[], None] = lambda: None
        self.kill_after: int | None = None
        self.writes: list[str] = []
        self.reads: list[str] = []
        self.unreachable: set[str] = set()
        self.route53 = FakeRoute53(self.wrote)
        self.route53.alarm_exists = lambda region, name: self.alarms.get((region, name))
        self.alarms: dict[tuple[str, str], Json] = {}
        self.alarm_tags: dict[str, dict[str, str]] = {}
        # What GetResources shows in place of the tags as they are; it answers with an error if `untold` is a code.
        self.shown_tags: dict[str, dict[str, str]] | None = None
        self.untold = ""
        self.balancers: dict[str, Json] = {}
        self.schedules: dict[tuple[str, str], Json] = {}
        self.roles: dict[str, Json] = {}
        # PutMetricData's requests, by region.
        self.published: list[tuple[str, Json]] = []
        self._lock = threading.RLock()

    def wrote(self, operation: str) -> None:
        with self._lock:
            self.writes.append(operation)
            self.watch()
            if self.kill_after is not None:
                self.kill_after -= 1
                if self.kill_after < 0:
                    raise Killed(operation)

    def get(self, service: str, *, region: str | None = None, **_options: t.Any) -> t.Any:
        if service == "route53":
            return _Counted(self, "route53", self.route53)
        if service in ("iam", "sts"):
            return _Counted(self, "iam", FakeIam(self.roles, self.wrote))
        if service == "scheduler":
            return _Counted(self, region or "", FakeScheduler(self.schedules, region or "", self.wrote))
        clients = {"elbv2": FakeElb, "cloudwatch": FakeCloudWatch, "resourcegroupstaggingapi": FakeTagging}
        return _Counted(self, region or "", clients[service](self, region or ""))

    def deploy(self, region: str, *states: str, generation: int = 1) -> str:
        """A load balancer of ours with targets in these states. Returns its DNS name."""
        dns_name = f"hello-dev-{generation}.{region}.elb.amazonaws.com"
        self.balancers[region] = {
            "LoadBalancerArn": f"arn:{region}/hello-dev/{generation}",
            "LoadBalancerName": "hello-dev",
            "DNSName": dns_name,
            "CanonicalHostedZoneId": f"ZELB{region}",
            "tags": dict(OURS),
            "groups": {"hello-dev-hello": list(states or ("healthy", "healthy"))},
        }
        return dns_name + "."

    def dns_name(self, region: str) -> str:
        return f"{self.balancers[region]['DNSName']}."

    def run(self, job: Job, *, check_mode: bool = False, warnings: list[str] | None = None, **params: t.Any) -> Json:
        owner: Json = {
            "stack": "hello",
            "environment": "dev",
            "zone": "dev.example.com",
            "zone_id": ZONE,
            "services": ["hello"],
        }
        if "confirm" in job.argument_spec:
            owner["confirm"] = "dev"
        validated = ArgumentSpecValidator(dict(job.argument_spec)).validate({**owner, **params})
        assert not validated.error_messages, validated.error_messages
        told: list[str] = warnings if warnings is not None else []
        ctx = Context(
            params=validated.validated_parameters,
            check_mode=check_mode,
            clients=t.cast("t.Any", self),
            warn=told.append,
            progress=lambda _message: None,
            stop=threading.Event(),
        )
        return job.run(ctx)


class _Counted:
    """A client that counts its reads, and that cannot be reached when its region is down."""

    def __init__(self, aws: FakeAws, region: str, client: t.Any) -> None:
        self._aws, self._region, self._client = aws, region, client

    def __getattr__(self, name: str) -> t.Any:
        if self._region in self._aws.unreachable:
            raise ClientError({"Error": {"Code": "ServiceUnavailable", "Message": self._region}}, name)
        if name == "get_paginator":
            return lambda operation: Pages(getattr(self, operation))
        if name.startswith(("describe", "list", "get")):
            self._aws.reads.append(name)
        return getattr(self._client, name)


class FakeElb:
    def __init__(self, aws: FakeAws, region: str) -> None:
        self._aws, self._region = aws, region

    def describe_load_balancers(self, Names: list[str]) -> Json:  # noqa: N803
        found = self._aws.balancers.get(self._region)
        if found is None or Names != [found["LoadBalancerName"]]:
            raise refuse("LoadBalancerNotFound", "none", "DescribeLoadBalancers")
        return {"LoadBalancers": [found]}

    def describe_tags(self, ResourceArns: list[str]) -> Json:  # noqa: N803
        tags = self._aws.balancers[self._region]["tags"]
        items = [{"Key": key, "Value": value} for key, value in tags.items()]
        return {"TagDescriptions": [{"ResourceArn": ResourceArns[0], "Tags": items}]}

    def describe_target_groups(self, Names: list[str]) -> Json:  # noqa: N803
        if self._region not in self._aws.balancers or Names[0] not in self._groups():
            raise refuse("TargetGroupNotFound", "none", "DescribeTargetGroups")
        return {"TargetGroups": [{"TargetGroupName": Names[0], "TargetGroupArn": Names[0]}]}

    def _groups(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = self._aws.balancers[self._region]["groups"]
        return found

    def describe_target_health(self, TargetGroupArn: str) -> Json:  # noqa: N803
        states = self._groups()[TargetGroupArn]
        return {
            "TargetHealthDescriptions": [
                {"Target": {"Id": f"10.0.0.{place}", "Port": 8080}, "TargetHealth": {"State": state}}
                for place, state in enumerate(states)
            ]
        }


class FakeCloudWatch:
    def __init__(self, aws: FakeAws, region: str) -> None:
        self._aws, self._region = aws, region

    def describe_alarms(self, AlarmNamePrefix: str, AlarmTypes: list[str]) -> Json:  # noqa: N803
        assert AlarmTypes == ["MetricAlarm"]
        found = [
            alarm
            for (region, name), alarm in list(self._aws.alarms.items())  # other threads add to it
            if region == self._region and name.startswith(AlarmNamePrefix)
        ]
        return {"MetricAlarms": copy.deepcopy(found)}

    def list_tags_for_resource(self, ResourceARN: str) -> Json:  # noqa: N803
        if ResourceARN not in self._aws.alarm_tags:
            raise refuse("ResourceNotFoundException", "gone", "ListTagsForResource")
        tags = self._aws.alarm_tags[ResourceARN]
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def put_metric_alarm(self, AlarmName: str, Tags: t.Sequence[Json] = (), **settings: t.Any) -> Json:  # noqa: N803
        arn = f"arn:{self._region}:{AlarmName}"
        if (self._region, AlarmName) not in self._aws.alarms:
            self._aws.alarm_tags[arn] = {tag["Key"]: tag["Value"] for tag in Tags}
        self._aws.alarms[self._region, AlarmName] = {
            "AlarmName": AlarmName,
            "AlarmArn": arn,
            "StateValue": "OK",
            **settings,
        }
        self._aws.wrote("PutMetricAlarm")
        return {}

    def get_metric_data(self, MetricDataQueries: list[Json], **_span: t.Any) -> Json:  # noqa: N803
        """Nobody publishes here but the layer, and that long ago."""
        return {"MetricDataResults": [{"Id": query["Id"], "Values": []} for query in MetricDataQueries]}

    def put_metric_data(self, **request: t.Any) -> Json:
        self._aws.published.append((self._region, request))
        self._aws.wrote("PutMetricData")
        return {}

    def tag_resource(self, ResourceARN: str, Tags: list[Json]) -> Json:  # noqa: N803
        self._aws.alarm_tags[ResourceARN].update({tag["Key"]: tag["Value"] for tag in Tags})
        self._aws.wrote("TagResource")
        return {}

    def delete_alarms(self, AlarmNames: list[str]) -> Json:  # noqa: N803
        for name in AlarmNames:
            self._aws.alarms.pop((self._region, name), None)
            self._aws.alarm_tags.pop(f"arn:{self._region}:{name}", None)
        self._aws.wrote("DeleteAlarms")
        return {}


class FakeTagging:
    """The Resource Groups Tagging API, which knows alarms alone."""

    def __init__(self, aws: FakeAws, region: str) -> None:
        self._aws, self._region = aws, region

    def get_resources(
        self,
        ResourceTypeFilters: list[str],  # noqa: N803
        TagFilters: list[Json],  # noqa: N803
        ResourcesPerPage: int,  # noqa: N803
    ) -> Json:
        assert (ResourceTypeFilters, ResourcesPerPage) == (["cloudwatch:alarm"], 100)
        if self._aws.untold:
            raise refuse(self._aws.untold, "no", "GetResources")
        shown = self._aws.alarm_tags if self._aws.shown_tags is None else self._aws.shown_tags
        return {
            "ResourceTagMappingList": [
                {"ResourceARN": arn, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
                for arn, tags in list(shown.items())
                if arn.startswith(f"arn:{self._region}:")
                and all(tags.get(item["Key"]) in item["Values"] for item in TagFilters)
            ]
        }
