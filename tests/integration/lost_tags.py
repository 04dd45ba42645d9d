# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every tagged resource of a stack, and taking its tags away and giving them back, by the API of its service."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import typing as t

from sandbox import Sandbox

from .whole_stack import ours

_REGION = "us-east-1"
# What comes before the name in the ARN of what people know by its name
_NAMES = {
    "s3": re.compile("^arn:aws:s3:::"),
    "ecr": re.compile("^arn:.*:repository/"),
    "events": re.compile("^arn:.*:rule/"),
}
_Tags: t.TypeAlias = dict[str, str]


@dataclasses.dataclass(frozen=True)
class Tagged:
    """:param id: what AWS calls it, or a part of that which people know it by."""

    service: str
    id: str
    tags: _Tags

    @property
    def address(self) -> str:
        return self.tags["Resource"]

    @property
    def component(self) -> str:
        return self.tags["Component"]

    @contextlib.contextmanager
    def without_tags(self, aws: Sandbox) -> t.Iterator[None]:
        untag, tag = getattr(_Calls(aws.client(self.service, region=_REGION)), self.service)(self.id, self.tags)
        untag()
        yield
        tag()


def everything(aws: Sandbox) -> list[Tagged]:
    """What has tags in us-east-1 and in no region, one of each address."""
    found = [
        Tagged(item.service, _NAMES[item.service].sub("", item.id) if item.service in _NAMES else item.id, item.tags)
        for item in ours(aws)
        if item.region in (_REGION, "aws") and item.account == "111111111111" and item.kind not in ("tasks", "roles")
        # Buckets of all regions are in one place, too, and have the region in their name.
        if item.service != "s3" or _REGION in item.id
    ]
    found += [
        item for name in _roles(aws) if _REGION in name or name.endswith("-switch") for item in [_role(aws, name)]
    ]
    elb = aws.client("elbv2", region=_REGION)
    (balancer,) = (item.id for item in found if item.address == "load_balancer/main")
    for listener in elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]:
        rules = elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
        arns = [listener["ListenerArn"], *(rule["RuleArn"] for rule in rules if not rule["IsDefault"])]
        found += [
            Tagged("elbv2", each["ResourceArn"], {tag["Key"]: tag["Value"] for tag in each["Tags"]})
            for each in elb.describe_tags(ResourceArns=arns)["TagDescriptions"]
        ]
    return list({(item.component, item.address): item for item in found}.values())


def _roles(aws: Sandbox) -> list[str]:
    names = (role["RoleName"] for role in aws.client("iam").list_roles()["Roles"])
    return [name for name in names if name.startswith("hello-dev-")]


def _role(aws: Sandbox, name: str) -> Tagged:
    tags = aws.client("iam").list_role_tags(RoleName=name)["Tags"]
    return Tagged("iam", name, {tag["Key"]: tag["Value"] for tag in tags})


@dataclasses.dataclass(frozen=True)
class _Calls:
    """For each service: (id, tags) → the calls that take these tags away and give them back."""

    client: t.Any

    def ec2(self, name: str, tags: _Tags) -> tuple[t.Callable[[], object], ...]:
        return (
            lambda: self.client.delete_tags(Resources=[name], Tags=[{"Key": key} for key in tags]),
            lambda: self.client.create_tags(Resources=[name], Tags=_list(tags)),
        )

    def elbv2(self, name: str, tags: _Tags) -> tuple[t.Callable[[], object], ...]:
        return (
            lambda: self.client.remove_tags(ResourceArns=[name], TagKeys=list(tags)),
            lambda: self.client.add_tags(ResourceArns=[name], Tags=_list(tags)),
        )

    def ecs(self, name: str, tags: _Tags) -> tuple[t.Callable[[], object], ...]:
        lower = [{"key": key, "value": value} for key, value in tags.items()]
        return (
            lambda: self.client.untag_resource(resourceArn=name, tagKeys=list(tags)),
            lambda: self.client.tag_resource(resourceArn=name, tags=lower),
        )

    def logs(self, name: str, tags: _Tags) -> tuple[t.Callable[[], object], ...]:
        return (
            lambda: self.client.untag_resource(resourceArn=name, tagKeys=list(tags)),
            lambda: self.client.tag_resource(resourceArn=name, tags=tags),
        )

    def acm(self, name: str, tags: _Tags) -> tuple[t.Callable[[], object], ...]:
        return (
            lambda: self.client.remove_tags_from_certificate(CertificateArn=name, Tags=_list(tags)),
            lambda: self.client.add_tags_to_certificate(CertificateArn=name, Tags=_list(tags)),
        )

    def sns(self, name: str, tags: _Tags) -> tuple[t.Callable[[], object], ...]:
        return (
            lambda: self.client.untag_resource(ResourceArn=name, TagKeys=list(tags)),
            lambda: self.client.tag_resource(ResourceArn=name, Tags=_list(tags)),
        )

    def events(self, name: str, tags: _Tags) -> tuple[t.Callable[[], object], ...]:
        arn = f"arn:aws:events:{_REGION}:111111111111:rule/{name}"
        return (
            lambda: self.client.untag_resource(ResourceARN=arn, TagKeys=list(tags)),
            lambda: self.client.tag_resource(ResourceARN=arn, Tags=_list(tags)),
        )

    def ecr(self, name: str, tags: _Tags) -> tuple[t.Callable[[], object], ...]:
        arn = f"arn:aws:ecr:{_REGION}:111111111111:repository/{name}"
        return (
            lambda: self.client.untag_resource(resourceArn=arn, tagKeys=list(tags)),
            lambda: self.client.tag_resource(resourceArn=arn, tags=_list(tags)),
        )

    def s3(self, name: str, tags: _Tags) -> tuple[t.Callable[[], object], ...]:
        return (
            lambda: self.client.delete_bucket_tagging(Bucket=name),
            lambda: self.client.put_bucket_tagging(Bucket=name, Tagging={"TagSet": _list(tags)}),
        )

    def cloudwatch(self, name: str, tags: _Tags) -> tuple[t.Callable[[], object], ...]:
        arn = f"arn:aws:cloudwatch:{_REGION}:111111111111:alarm:{name}"
        return (
            lambda: self.client.untag_resource(ResourceARN=arn, TagKeys=list(tags)),
            lambda: self.client.tag_resource(ResourceARN=arn, Tags=_list(tags)),
        )

    def iam(self, name: str, tags: _Tags) -> tuple[t.Callable[[], object], ...]:
        return (
            lambda: self.client.untag_role(RoleName=name, TagKeys=list(tags)),
            lambda: self.client.tag_role(RoleName=name, Tags=_list(tags)),
        )

    def route53(self, name: str, tags: _Tags) -> tuple[t.Callable[[], object], ...]:
        kind = "hostedzone" if name.startswith("/hostedzone/") else "healthcheck"
        where = {"ResourceType": kind, "ResourceId": name.rpartition("/")[2]}
        return (
            lambda: self.client.change_tags_for_resource(**where, RemoveTagKeys=list(tags)),
            lambda: self.client.change_tags_for_resource(**where, AddTags=_list(tags)),
        )


def _list(tags: _Tags) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
