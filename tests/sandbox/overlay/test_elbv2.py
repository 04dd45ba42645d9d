# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load balancers: zone ids, names, subnets, states, and what they hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.plane.certificates import self_signed
from tests.sandbox.overlay.conftest import Local
from tests.sandbox.overlay.helpers import (
    create_balancer,
    create_group,
    create_listener,
    create_public_network,
    create_subnet,
    create_target_group,
    create_vpc,
    refused,
)


@pytest.fixture
def network(ec2: Any) -> tuple[str, list[str]]:
    return create_public_network(ec2)


@pytest.fixture
def vpc_id(network: tuple[str, list[str]]) -> str:
    return network[0]


@pytest.fixture
def subnet_ids(network: tuple[str, list[str]]) -> list[str]:
    return network[1]


def interfaces(ec2: Any) -> list[Any]:
    filters = [{"Name": "description", "Values": ["ELB app/*"]}]
    found: list[Any] = ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
    return found


@pytest.mark.parametrize(("region", "zone_id"), [("us-east-1", "Z35SXDOTRQ7X7K"), ("eu-central-1", "Z215JYRZR1TBD5")])
def test_the_zone_id_is_the_regions(local: Local, region: str, zone_id: str) -> None:
    ec2, elb = local.client("ec2", region), local.client("elbv2", region)
    vpc = ec2.create_vpc(CidrBlock="10.10.0.0/16")["Vpc"]["VpcId"]
    subnets = [create_subnet(ec2, vpc, number, f"{region}{zone}") for number, zone in enumerate("ab")]
    balancer = create_balancer(elb, subnets, Scheme="internal")
    assert balancer["CanonicalHostedZoneId"] == zone_id
    assert balancer["DNSName"].startswith("internal-hello-")
    assert balancer["DNSName"].endswith(f".{region}.elb.amazonaws.com")


def test_provisioning_then_active(local: Local, elb: Any, subnet_ids: list[str]) -> None:
    balancer = create_balancer(elb, subnet_ids)
    assert (balancer["State"]["Code"], balancer["Scheme"]) == ("provisioning", "internet-facing")

    def state() -> str:
        return str(elb.describe_load_balancers(Names=["hello"])["LoadBalancers"][0]["State"]["Code"])

    local.passes("load_balancer_create", 0.9)
    assert state() == "provisioning"
    local.passes("load_balancer_create", 0.2)
    assert state() == "active"


@pytest.mark.parametrize("name", ["x" * 33, "-hello", "hello-", "hello_1", "internal-hello"])
def test_names_that_aws_refuses(elb: Any, subnet_ids: list[str], name: str) -> None:
    with refused("ValidationError", name):
        create_balancer(elb, subnet_ids, name)


def test_subnets_that_aws_refuses(ec2: Any, elb: Any, vpc_id: str, subnet_ids: list[str]) -> None:
    with refused("ValidationError", "two different Availability Zones"):
        create_balancer(elb, subnet_ids[:1])
    with refused("InvalidConfigurationRequest", "same Availability Zone"):
        create_balancer(elb, [subnet_ids[0], create_subnet(ec2, vpc_id, 2)])
    with refused("SubnetNotFound"):
        create_balancer(elb, [subnet_ids[0], "subnet-00000000000000000"])
    other = create_subnet(ec2, create_vpc(ec2), 1, "us-west-1b")
    with refused("InvalidConfigurationRequest", "same VPC"):
        create_balancer(elb, [subnet_ids[0], other])
    assert elb.describe_load_balancers()["LoadBalancers"] == []


def test_an_internet_facing_one_needs_an_internet_gateway(ec2: Any, elb: Any) -> None:
    vpc = create_vpc(ec2)
    subnets = [create_subnet(ec2, vpc), create_subnet(ec2, vpc, 1, "us-west-1b")]
    with refused("InvalidSubnet", "no internet gateway"):
        create_balancer(elb, subnets)
    create_balancer(elb, subnets, Scheme="internal")


def test_security_groups_are_of_its_vpc(ec2: Any, elb: Any, subnet_ids: list[str], vpc_id: str) -> None:
    with refused("InvalidSecurityGroup"):
        create_balancer(elb, subnet_ids, SecurityGroups=["sg-00000000000000000"])
    with refused("InvalidConfigurationRequest"):
        create_balancer(elb, subnet_ids, SecurityGroups=[create_group(ec2, create_vpc(ec2))])
    filters = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "group-name", "Values": ["default"]}]
    (default,) = ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    assert create_balancer(elb, subnet_ids)["SecurityGroups"] == [default["GroupId"]]


def test_the_same_again_is_the_same_and_anything_else_a_duplicate(elb: Any, subnet_ids: list[str]) -> None:
    tags = [{"Key": "Stack", "Value": "hello"}]
    first = create_balancer(elb, subnet_ids, Tags=tags)
    assert create_balancer(elb, subnet_ids[::-1], Tags=tags)["LoadBalancerArn"] == first["LoadBalancerArn"]
    differences: tuple[dict[str, Any], ...] = ({}, {"Tags": tags, "Scheme": "internal"})
    for difference in differences:
        with refused("DuplicateLoadBalancerName", "hello"):
            create_balancer(elb, subnet_ids, **difference)


def test_unknown_ones_are_not_found_beside_known_ones(elb: Any, subnet_ids: list[str]) -> None:
    create_balancer(elb, subnet_ids)
    with refused("LoadBalancerNotFound", "other"):
        elb.describe_load_balancers(Names=["hello", "other"])
    with refused("LoadBalancerNotFound"):
        elb.describe_tags(ResourceArns=["arn:aws:elasticloadbalancing:us-west-1:222222222222:loadbalancer/app/x/1"])


def test_its_interfaces_outlive_it_for_a_moment(local: Local, ec2: Any, elb: Any, vpc_id: str) -> None:
    filters = [{"Name": "vpc-id", "Values": [vpc_id]}]
    subnet_ids = [subnet["SubnetId"] for subnet in ec2.describe_subnets(Filters=filters)["Subnets"]]
    group_id = create_group(ec2, vpc_id)
    arn = create_balancer(elb, subnet_ids, SecurityGroups=[group_id])["LoadBalancerArn"]
    assert {interface["SubnetId"] for interface in interfaces(ec2)} == set(subnet_ids)
    assert all(interface["Association"]["PublicIp"] for interface in interfaces(ec2))
    elb.delete_load_balancer(LoadBalancerArn=arn)
    assert elb.describe_load_balancers()["LoadBalancers"] == []
    (gateway,) = ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [vpc_id]}])[
        "InternetGateways"
    ]
    steps: list[Callable[[], Any]] = [
        lambda: ec2.delete_security_group(GroupId=group_id),
        lambda: ec2.delete_subnet(SubnetId=subnet_ids[0]),
        lambda: ec2.detach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc_id),
    ]
    for step in steps:
        with refused("DependencyViolation"):
            step()
    local.passes("load_balancer_interfaces_delete", 1.1)
    for step in steps:
        step()


def test_a_protected_one_stays(elb: Any, subnet_ids: list[str]) -> None:
    arn = create_balancer(elb, subnet_ids)["LoadBalancerArn"]
    for value in ("true", "false"):
        attribute = {"Key": "deletion_protection.enabled", "Value": value}
        elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[attribute])
        if value == "true":
            with refused("OperationNotPermitted", "deletion protection"):
                elb.delete_load_balancer(LoadBalancerArn=arn)
    elb.delete_load_balancer(LoadBalancerArn=arn)
    elb.delete_load_balancer(LoadBalancerArn=arn)


def test_subnets_and_groups_move_the_interfaces(ec2: Any, elb: Any, vpc_id: str, subnet_ids: list[str]) -> None:
    arn = create_balancer(elb, subnet_ids)["LoadBalancerArn"]
    other = create_subnet(ec2, vpc_id, 2)
    with refused("ValidationError"):
        elb.set_subnets(LoadBalancerArn=arn, Subnets=[other])
    zones = elb.set_subnets(LoadBalancerArn=arn, Subnets=[other, subnet_ids[1]])["AvailabilityZones"]
    assert {zone["SubnetId"] for zone in zones} == {other, subnet_ids[1]}
    group_id = create_group(ec2, vpc_id)
    assert elb.set_security_groups(LoadBalancerArn=arn, SecurityGroups=[group_id])["SecurityGroupIds"] == [group_id]
    found = {interface["SubnetId"]: interface["Groups"][0]["GroupId"] for interface in interfaces(ec2)}
    assert found == {other: group_id, subnet_ids[1]: group_id}


def test_attributes_are_all_there_and_checked(elb: Any, subnet_ids: list[str]) -> None:
    arn = create_balancer(elb, subnet_ids)["LoadBalancerArn"]

    def modify(key: str, value: str) -> dict[str, str]:
        pair = {"Key": key, "Value": value}
        answer = elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[pair])
        return {known["Key"]: known["Value"] for known in answer["Attributes"]}

    attributes = modify("idle_timeout.timeout_seconds", "120")
    assert attributes["idle_timeout.timeout_seconds"] == "120"
    assert attributes["routing.http.drop_invalid_header_fields.enabled"] == "false"
    assert attributes["client_keep_alive.seconds"] == "3600"
    for key, value in (("idle_timeout.timeout_seconds", "0"), ("routing.http2.enabled", "yes"), ("nonsense", "1")):
        with refused("ValidationError", key):
            modify(key, value)
    with refused("InvalidConfigurationRequest", "access_logs.s3.bucket"):
        modify("access_logs.s3.enabled", "true")


def test_access_logs_need_a_bucket_with_a_policy(local: Local, elb: Any, subnet_ids: list[str]) -> None:
    arn = create_balancer(elb, subnet_ids)["LoadBalancerArn"]
    s3 = local.client("s3")
    s3.create_bucket(Bucket="logs", CreateBucketConfiguration={"LocationConstraint": "us-west-1"})
    logs = [
        {"Key": "access_logs.s3.enabled", "Value": "true"},
        {"Key": "access_logs.s3.bucket", "Value": "logs"},
    ]
    with refused("InvalidConfigurationRequest", "Access Denied for bucket: logs"):
        elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=logs)
    delivery, legacy = "logdelivery.elasticloadbalancing.amazonaws.com", "arn:aws:iam::027434742980:root"
    there, elsewhere = "arn:aws:s3:::logs/AWSLogs/222222222222/*", "arn:aws:s3:::logs/alb/*"
    allow = {"Effect": "Allow", "Principal": {"Service": delivery}, "Action": "s3:PutObject", "Resource": there}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": there}
    unless_tls = {**deny, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    others = {"Service": "delivery.logs.amazonaws.com"}
    for statements in ([], [{**allow, "Resource": elsewhere}], [{**allow, "Principal": others}], [allow, deny]):
        s3.put_bucket_policy(Bucket="logs", Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
        with refused("InvalidConfigurationRequest", "Access Denied for bucket: logs"):
            elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=logs)
    for statements in ([{**allow, "Principal": {"AWS": legacy}}], [allow, unless_tls]):
        s3.put_bucket_policy(Bucket="logs", Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
        elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=logs)
    (written,) = s3.list_objects_v2(Bucket="logs")["Contents"]
    assert written["Key"] == "AWSLogs/222222222222/ELBAccessLogTestFile"


def test_a_bucket_of_another_region_takes_no_logs(local: Local, elb: Any, subnet_ids: list[str]) -> None:
    arn = create_balancer(elb, subnet_ids)["LoadBalancerArn"]
    anybody = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::logs/*"}
    s3 = local.client("s3", region="us-east-1")
    s3.create_bucket(Bucket="logs")
    s3.put_bucket_policy(Bucket="logs", Policy=json.dumps({"Version": "2012-10-17", "Statement": [anybody]}))
    logs = [{"Key": "access_logs.s3.enabled", "Value": "true"}, {"Key": "access_logs.s3.bucket", "Value": "logs"}]
    with refused("InvalidConfigurationRequest", "Access Denied for bucket: logs"):
        elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=logs)


def test_tags_up_to_fifty(elb: Any, subnet_ids: list[str]) -> None:
    arn = create_balancer(elb, subnet_ids)["LoadBalancerArn"]
    for first in range(0, 50, 25):
        tags = [{"Key": f"key-{number}", "Value": ""} for number in range(first, first + 25)]
        elb.add_tags(ResourceArns=[arn], Tags=tags)
    with refused("TooManyTags"):
        elb.add_tags(ResourceArns=[arn], Tags=[{"Key": "one too many", "Value": ""}])
    (description,) = elb.describe_tags(ResourceArns=[arn])["TagDescriptions"]
    assert len(description["Tags"]) == 50


def test_a_listener_shows_its_actions_in_full(elb: Any, vpc_id: str, subnet_ids: list[str]) -> None:
    arn, group = create_balancer(elb, subnet_ids)["LoadBalancerArn"], create_target_group(elb, vpc_id)
    listener_arn = create_listener(elb, arn, group)["ListenerArn"]
    (listener,) = elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]
    assert listener["ListenerArn"] == listener_arn
    assert "SslPolicy" not in listener
    (action,) = listener["DefaultActions"]
    assert action["TargetGroupArn"] == group
    assert action["ForwardConfig"]["TargetGroups"] == [{"TargetGroupArn": group, "Weight": 1}]
    redirect = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}
    elb.modify_listener(ListenerArn=listener_arn, DefaultActions=[redirect])
    (listener,) = elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]
    assert listener["DefaultActions"][0]["RedirectConfig"]["Host"] == "#{host}"


def test_one_listener_a_port(elb: Any, vpc_id: str, subnet_ids: list[str]) -> None:
    arn, group = create_balancer(elb, subnet_ids)["LoadBalancerArn"], create_target_group(elb, vpc_id)
    first = create_listener(elb, arn, group)
    assert create_listener(elb, arn, group)["ListenerArn"] == first["ListenerArn"]
    with refused("DuplicateListener"):
        create_listener(elb, arn, group, Tags=[{"Key": "Stack", "Value": "hello"}])
    other = create_listener(elb, arn, group, Port=81)
    with refused("DuplicateListener"):
        elb.modify_listener(ListenerArn=other["ListenerArn"], Port=80)


def test_https_needs_a_certificate_that_is_issued(local: Local, elb: Any, vpc_id: str, subnet_ids: list[str]) -> None:
    arn, group = create_balancer(elb, subnet_ids)["LoadBalancerArn"], create_target_group(elb, vpc_id)
    https = {"Protocol": "HTTPS", "Port": 443}
    with refused("ValidationError", "certificate must be specified"):
        create_listener(elb, arn, group, **https)
    missing = "arn:aws:acm:us-west-1:222222222222:certificate/00000000-0000-0000-0000-000000000000"
    with refused("CertificateNotFound"):
        create_listener(elb, arn, group, **https, Certificates=[{"CertificateArn": missing}])
    pending = local.client("acm").request_certificate(DomainName="example.com", ValidationMethod="DNS")
    with refused("UnsupportedCertificate"):
        create_listener(elb, arn, group, **https, Certificates=[{"CertificateArn": pending["CertificateArn"]}])
    listener = create_listener(elb, arn, group)
    with refused("ValidationError", "certificate must be specified"):
        elb.modify_listener(ListenerArn=listener["ListenerArn"], Protocol="HTTPS")


def test_certificates_besides_the_default_one(local: Local, elb: Any, vpc_id: str, subnet_ids: list[str]) -> None:
    acm = local.client("acm")
    certificate, key = self_signed("one.example.com")
    first, second = (
        acm.import_certificate(Certificate=certificate, PrivateKey=key)["CertificateArn"] for _ in range(2)
    )
    arn, group = create_balancer(elb, subnet_ids)["LoadBalancerArn"], create_target_group(elb, vpc_id)
    default = [{"CertificateArn": first}]
    listener = create_listener(elb, arn, group, Protocol="HTTPS", Port=443, Certificates=default)["ListenerArn"]

    def listed() -> list[tuple[str, bool]]:
        found = elb.describe_listener_certificates(ListenerArn=listener)["Certificates"]
        return [(each["CertificateArn"], each["IsDefault"]) for each in found]

    for _ in range(2):
        elb.add_listener_certificates(ListenerArn=listener, Certificates=[{"CertificateArn": second}])
    assert listed() == [(first, True), (second, False)]
    with refused("ResourceInUseException"):
        acm.delete_certificate(CertificateArn=second)
    with refused("ValidationError", "exactly one"):
        elb.add_listener_certificates(ListenerArn=listener, Certificates=default * 2)
    with refused("ValidationError", "exactly one"):
        elb.modify_listener(ListenerArn=listener, Protocol="HTTPS", Certificates=default * 2)
    elb.modify_listener(ListenerArn=listener, Certificates=[{"CertificateArn": second}])
    assert listed() == [(second, True), (second, False)]
    elb.remove_listener_certificates(ListenerArn=listener, Certificates=[{"CertificateArn": second}])
    assert listed() == [(second, True)]
    acm.delete_certificate(CertificateArn=first)
    missing = {"CertificateArn": first}
    with refused("CertificateNotFound"):
        elb.add_listener_certificates(ListenerArn=listener, Certificates=[missing])


def test_listener_attributes_are_those_of_application_load_balancers(
    elb: Any, vpc_id: str, subnet_ids: list[str]
) -> None:
    arn, group = create_balancer(elb, subnet_ids)["LoadBalancerArn"], create_target_group(elb, vpc_id)
    listener = create_listener(elb, arn, group)["ListenerArn"]
    pairs = elb.describe_listener_attributes(ListenerArn=listener)["Attributes"]
    assert {"Key": "routing.http.response.server.enabled", "Value": "true"} in pairs
    with refused("ValidationError", "tcp.idle_timeout.seconds"):
        pair = {"Key": "tcp.idle_timeout.seconds", "Value": "60"}
        elb.modify_listener_attributes(ListenerArn=listener, Attributes=[pair])


def test_the_default_rule_stays(elb: Any, vpc_id: str, subnet_ids: list[str]) -> None:
    arn, group = create_balancer(elb, subnet_ids)["LoadBalancerArn"], create_target_group(elb, vpc_id)
    listener = create_listener(elb, arn, group)["ListenerArn"]
    (rule,) = elb.describe_rules(ListenerArn=listener)["Rules"]
    with refused("OperationNotPermitted"):
        elb.delete_rule(RuleArn=rule["RuleArn"])


def test_rules_are_shown_in_full_and_keep_to_one_load_balancer(elb: Any, vpc_id: str, subnet_ids: list[str]) -> None:
    arn, group = create_balancer(elb, subnet_ids)["LoadBalancerArn"], create_target_group(elb, vpc_id)
    other = create_balancer(elb, subnet_ids, "other")["LoadBalancerArn"]
    foreign = create_target_group(elb, vpc_id, "foreign")
    create_listener(elb, other, foreign)
    listener = create_listener(elb, arn, group)["ListenerArn"]
    path = {"Conditions": [{"Field": "path-pattern", "Values": ["/api/*"]}]}
    forward, elsewhere = ({"Actions": [{"Type": "forward", "TargetGroupArn": known}]} for known in (group, foreign))
    with refused("TargetGroupAssociationLimit"):
        elb.create_rule(ListenerArn=listener, Priority=1, **path, **elsewhere)
    (rule,) = elb.create_rule(ListenerArn=listener, Priority=1, **path, **forward)["Rules"]
    assert rule["Actions"][0]["ForwardConfig"]["TargetGroups"] == [{"TargetGroupArn": group, "Weight": 1}]
    with refused("TargetGroupAssociationLimit"):
        elb.modify_rule(RuleArn=rule["RuleArn"], **elsewhere)
