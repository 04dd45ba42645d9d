# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the accounts with boto3, without any code of the collection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chaos.place import GLOBAL, Item, Place
from chaos.witness_services import (
    alarms,
    buckets,
    certificates,
    dashboards,
    repositories,
    rules,
    scaling,
    small,
    topics,
)
from sandbox import Sandbox

REGIONS = ("us-east-1", "us-west-1")


def look(aws: Sandbox) -> list[Item]:
    """Everything in the environment's account, and the zones and roles of the management account."""
    found: list[Item] = []
    for region in REGIONS:
        for read in (_ec2, _load_balancing, _ecs, alarms, topics, rules, certificates, scaling, repositories, small):
            found += read(Place(aws, "dev", region))
    found += [*buckets(Place(aws, "dev", REGIONS[0])), *dashboards(Place(aws, "dev", REGIONS[0]))]
    for account in ("dev", "management"):
        found += [*_zones(Place(aws, account, GLOBAL)), *_roles(Place(aws, account, GLOBAL))]
    return found


# Operation, key of the answer, key of the ID
_EC2 = (
    ("describe_vpcs", "Vpcs", "VpcId"),
    ("describe_subnets", "Subnets", "SubnetId"),
    ("describe_route_tables", "RouteTables", "RouteTableId"),
    ("describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    ("describe_addresses", "Addresses", "AllocationId"),
    ("describe_security_groups", "SecurityGroups", "GroupId"),
    ("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    ("describe_nat_gateways", "NatGateways", "NatGatewayId"),
    ("describe_flow_logs", "FlowLogs", "FlowLogId"),
    ("describe_network_acls", "NetworkAcls", "NetworkAclId"),
)


def _ec2(place: Place) -> Iterator[Item]:
    for operation, key, identifier in _EC2:
        for each in place.all("ec2", operation, key):
            # AWS shows them for an hour.
            if each.get("State") in ("deleted", "failed", "deleting"):
                continue
            if key == "Vpcs":
                each |= {name: _vpc_attribute(place, each["VpcId"], name) for name in ("DnsSupport", "DnsHostnames")}
            yield place.item(key, each[identifier], each, each.get("Tags"))


def _vpc_attribute(place: Place, vpc: str, name: str) -> bool:
    answer = place.client("ec2").describe_vpc_attribute(VpcId=vpc, Attribute=f"enable{name}")
    return bool(answer[f"Enable{name}"]["Value"])


def _load_balancing(place: Place) -> Iterator[Item]:
    elb, waf = place.client("elbv2"), place.client("wafv2")
    for each in place.all("elbv2", "describe_load_balancers", "LoadBalancers"):
        arn = each["LoadBalancerArn"]
        attributes = elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
        listeners = place.all("elbv2", "describe_listeners", "Listeners", LoadBalancerArn=arn)
        for listener in listeners:
            listener["Rules"] = place.all("elbv2", "describe_rules", "Rules", ListenerArn=listener["ListenerArn"])
        acl = waf.get_web_acl_for_resource(ResourceArn=arn).get("WebACL", {}).get("ARN")
        content = {**each, "Attributes": attributes, "Listeners": listeners, "web acl": acl}
        yield place.item("LoadBalancers", arn, content, _elb_tags(elb, arn), [each["DNSName"]])
    for each in place.all("elbv2", "describe_target_groups", "TargetGroups"):
        arn = each["TargetGroupArn"]
        attributes = elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
        health = elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        states = sorted(target["TargetHealth"]["State"] for target in health)
        # Draining targets belong to tasks that have ended.
        content = {**each, "Attributes": attributes, "Health": [state for state in states if state != "draining"]}
        yield place.item("TargetGroups", arn, content, _elb_tags(elb, arn))
    # The stack uses these, but creates none.
    for each in place.all("elbv2", "describe_trust_stores", "TrustStores"):
        yield place.item("TrustStores", each["TrustStoreArn"], each)
    for each in waf.list_web_acls(Scope="REGIONAL")["WebACLs"]:
        yield place.item("WebACLs", each["ARN"], each)


def _elb_tags(elb: Any, arn: str) -> Any:
    return elb.describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"]


def _ecs(place: Place) -> Iterator[Item]:
    ecs = place.client("ecs")
    for arn in place.all("ecs", "list_clusters", "clusterArns"):
        (cluster,) = ecs.describe_clusters(clusters=[arn], include=["TAGS", "SETTINGS", "CONFIGURATIONS"])["clusters"]
        yield place.item("clusters", arn, cluster, cluster.get("tags"), [cluster["clusterName"]])
        for name in place.all("ecs", "list_services", "serviceArns", cluster=arn):
            (service,) = ecs.describe_services(cluster=arn, services=[name], include=["TAGS"])["services"]
            definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
            yield place.item("services", name, {**service, "definition": definition}, service.get("tags"))
    for arn in place.all("ecs", "list_task_definitions", "taskDefinitionArns", status="ACTIVE"):
        answer = ecs.describe_task_definition(taskDefinition=arn, include=["TAGS"])
        yield place.item("taskDefinitions", arn, answer["taskDefinition"], answer.get("tags"))


def _zones(place: Place) -> Iterator[Item]:
    route53 = place.client("route53")
    for zone in place.all("route53", "list_hosted_zones", "HostedZones"):
        identifier = zone["Id"].rpartition("/")[2]
        records = place.all("route53", "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone["Id"])
        names = route53.get_hosted_zone(Id=zone["Id"]).get("DelegationSet", {}).get("NameServers", [])
        tags = _route53_tags(route53, "hostedzone", identifier)
        logging = route53.list_query_logging_configs(HostedZoneId=zone["Id"])["QueryLoggingConfigs"]
        logs = [each["CloudWatchLogsLogGroupArn"] for each in logging]
        yield place.item("HostedZones", identifier, {**zone, "records": records, "query logs": logs}, tags, names)
    for check in place.all("route53", "list_health_checks", "HealthChecks"):
        yield place.item("HealthChecks", check["Id"], check, _route53_tags(route53, "healthcheck", check["Id"]))


def _route53_tags(route53: Any, kind: str, identifier: str) -> Any:
    answer = route53.list_tags_for_resource(ResourceType=kind, ResourceId=identifier)
    return answer["ResourceTagSet"]["Tags"]


def _roles(place: Place) -> Iterator[Item]:
    iam = place.client("iam")
    for role in place.all("iam", "list_roles", "Roles"):
        name = role["RoleName"]
        # AWS's service-linked role, which stays for the next service
        if role["Path"].startswith("/aws-service-role/"):
            continue
        inline = place.all("iam", "list_role_policies", "PolicyNames", RoleName=name)
        role["policies"] = [iam.get_role_policy(RoleName=name, PolicyName=each)["PolicyDocument"] for each in inline]
        role["attached"] = place.all("iam", "list_attached_role_policies", "AttachedPolicies", RoleName=name)
        yield place.item("Roles", role["Arn"], role, place.all("iam", "list_role_tags", "Tags", RoleName=name))
