# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the rest: alarms and subscriptions, scaling, certificates, repositories, buckets, logs and schedules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from chaos.place import Answer, Item, Place
from chaos.stacks import REPOSITORY


def alarms(place: Place) -> Iterator[Item]:
    """Alarms of CloudWatch."""
    client, both = place.client("cloudwatch"), ["MetricAlarm", "CompositeAlarm"]
    for key in ("MetricAlarms", "CompositeAlarms"):
        for each in place.all("cloudwatch", "describe_alarms", key, AlarmTypes=both):
            tags = client.list_tags_for_resource(ResourceARN=each["AlarmArn"])["Tags"]
            yield place.item(key, each["AlarmArn"], each, tags)


def topics(place: Place) -> Iterator[Item]:
    """Topics of SNS, and their subscriptions, which have no tags."""
    sns = place.client("sns")
    for each in place.all("sns", "list_topics", "Topics"):
        arn = each["TopicArn"]
        attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
        yield place.item("Topics", arn, attributes, sns.list_tags_for_resource(ResourceArn=arn)["Tags"])
    for each in place.all("sns", "list_subscriptions", "Subscriptions"):
        name = f"{each['TopicArn'].rpartition(':')[2]} {each['Protocol']} {each['Endpoint']}"
        yield place.item("Subscriptions", name, each, _named(name))


def rules(place: Place) -> Iterator[Item]:
    """Rules of EventBridge, with their targets."""
    events = place.client("events")
    for each in place.all("events", "list_rules", "Rules"):
        targets = place.all("events", "list_targets_by_rule", "Targets", Rule=each["Name"])
        tags = events.list_tags_for_resource(ResourceARN=each["Arn"])["Tags"]
        yield place.item("Rules", each["Arn"], {**each, "Targets": targets}, tags)


def certificates(place: Place) -> Iterator[Item]:
    """Certificates of ACM, with their domain names."""
    acm = place.client("acm")
    for each in place.all("acm", "list_certificates", "CertificateSummaryList"):
        arn = each["CertificateArn"]
        found = acm.describe_certificate(CertificateArn=arn)["Certificate"]
        tags = acm.list_tags_for_certificate(CertificateArn=arn)["Tags"]
        domains = sorted(found["SubjectAlternativeNames"])
        content = {"Status": found["Status"], "KeyAlgorithm": found["KeyAlgorithm"], "Domains": domains}
        yield place.item("CertificateSummaryList", arn, content, tags)


def scaling(place: Place) -> Iterator[Item]:
    """Targets, policies and scheduled actions of Application Auto Scaling, which belong to the service they name."""
    for operation, key, name in (
        ("describe_scalable_targets", "ScalableTargets", "ResourceId"),
        ("describe_scaling_policies", "ScalingPolicies", "PolicyName"),
        ("describe_scheduled_actions", "ScheduledActions", "ScheduledActionName"),
    ):
        for each in place.all("application-autoscaling", operation, key, ServiceNamespace="ecs"):
            identifier = f"{each['ResourceId']} {each['ScalableDimension']} {each[name]}"
            yield place.item(key, identifier, each, _named(each["ResourceId"].rpartition("/")[2]))


def repositories(place: Place) -> Iterator[Item]:
    """Repositories of ECR, and the registry's replication rules, which belong to the repository they name."""
    ecr = place.client("ecr")
    for each in place.all("ecr", "describe_repositories", "repositories"):
        name, tags = each["repositoryName"], ecr.list_tags_for_resource(resourceArn=each["repositoryArn"])["tags"]
        yield place.item("repositories", each["repositoryArn"], {**each, "lifecycle": _lifecycle(ecr, name)}, tags)
    for rule in ecr.describe_registry()["replicationConfiguration"]["rules"]:
        filters = sorted(each["filter"] for each in rule["repositoryFilters"])
        ours = "hello-dev-replication" if REPOSITORY in filters else ""
        yield place.item("ReplicationRules", " ".join(filters), rule, _named(ours))


def _lifecycle(ecr: Any, name: str) -> str:
    try:
        return str(ecr.get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"])
    except ecr.exceptions.LifecyclePolicyNotFoundException:
        return ""


def buckets(place: Place) -> Iterator[Item]:
    """Buckets of S3, each in its region, without objects."""
    s3 = place.client("s3")
    for each in s3.list_buckets()["Buckets"]:
        name = each["Name"]
        region = s3.head_bucket(Bucket=name)["BucketRegion"]
        content = {
            key: _settings(s3, operation, name)
            for key, operation in (
                ("policy", "get_bucket_policy"),
                ("lifecycle", "get_bucket_lifecycle_configuration"),
                ("blocks", "get_public_access_block"),
                ("encryption", "get_bucket_encryption"),
            )
        }
        tags = (_settings(s3, "get_bucket_tagging", name) or {}).get("TagSet", ())
        yield replace(place, region=region).item("Buckets", name, content, tags)


def _settings(s3: Any, operation: str, bucket: str) -> Any:
    """A setting of a bucket; None if it is not set."""
    try:
        found = getattr(s3, operation)(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"].startswith("NoSuch"):
            return None
        raise
    return {key: value for key, value in found.items() if key != "ResponseMetadata"}


def dashboards(place: Place) -> Iterator[Item]:
    """Dashboards of CloudWatch, which are the same in all regions of an account."""
    client = place.client("cloudwatch")
    for each in place.all("cloudwatch", "list_dashboards", "DashboardEntries"):
        name = each["DashboardName"]
        body = client.get_dashboard(DashboardName=name)["DashboardBody"]
        yield place.item("DashboardEntries", name, {"body": json.loads(body)}, _named(name))


def small(place: Place) -> Iterator[Item]:
    """Log groups and their resource policies, parameters and schedules."""
    logs = place.client("logs")
    for each in place.all("logs", "describe_log_groups", "logGroups"):
        tags = logs.list_tags_log_group(logGroupName=each["logGroupName"])["tags"]
        yield place.item("logGroups", each["logGroupName"], each, tags)
    for each in place.all("logs", "describe_resource_policies", "resourcePolicies"):
        yield place.item("resourcePolicies", each["policyName"], each, _named(each["policyName"]))
    for each in place.all("ssm", "describe_parameters", "Parameters"):
        yield place.item("Parameters", each["Name"], each)
    scheduler = place.client("scheduler")
    for group in place.all("scheduler", "list_schedules", "Schedules"):
        schedule: Answer = scheduler.get_schedule(Name=group["Name"], GroupName=group["GroupName"])
        yield place.item("Schedules", schedule["Arn"], schedule, _named(schedule["Name"]))


def _named(name: str) -> Any:
    """Replaces tags for a resource without tags, which belongs to the stack in its name."""
    return {"Name": name}
