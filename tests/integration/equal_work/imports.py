# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Terraform finds what this collection has deployed of the inventory for production: address in HCL → id."""

from __future__ import annotations

import dataclasses
import typing as t

from benchmarks.contenders import parent_zone_id
from sandbox import Sandbox

_NAME = "shop-prod"
_SERVICE = f"{_NAME}-shop"
_DOMAIN = "app.example.com"
_ACCOUNT = "333333333333"
_ANYWHERE = "0.0.0.0/0"
_COUNT = "ecs:service:DesiredCount"
MODULES = {"east": "us-east-1", "west": "us-west-1"}
Imports: t.TypeAlias = "t.Iterator[tuple[str, str]]"


@dataclasses.dataclass(frozen=True)
class Region:
    """A region of the stack, and what its EC2 has by our tag Resource."""

    aws: Sandbox
    name: str
    zone: str
    tagged: t.Mapping[str, str]

    def client(self, service: str) -> t.Any:
        return self.aws.client(service, "prod", self.name)


def every(aws: Sandbox) -> dict[str, str]:
    """All that can be imported: a wait of Terraform's own cannot, nor a subscription that nobody has confirmed."""
    (zone,) = [
        each["Id"].rpartition("/")[2]
        for each in aws.client("route53", "prod").list_hosted_zones()["HostedZones"]
        if each["Name"] == f"{_DOMAIN}."
    ]
    found = dict(_environment(aws, zone))
    for module, name in MODULES.items():
        ec2 = aws.client("ec2", "prod", name)
        tags = ec2.describe_tags(Filters=[{"Name": "key", "Values": ["Resource"]}])["Tags"]
        region = Region(aws, name, zone, {tag["Value"]: tag["ResourceId"] for tag in tags})
        for part in (_network, _entrance, _logs, _service, _told, _certificate):
            found |= {f"module.{module}.{address}": identifier for address, identifier in part(region)}
    return found


def parts(aws: Sandbox) -> t.Iterator[str]:
    """Ids of what is in others, as AWS lists it: listeners, rules, records, policies of roles, targets, routes."""
    route53, iam = aws.client("route53", "prod"), aws.client("iam", "prod")
    for zone in route53.list_hosted_zones()["HostedZones"]:
        records = route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
        yield from (each.get("SetIdentifier", each["Name"]) for each in records if each["Type"] not in ("NS", "SOA"))
    for role in iam.list_roles()["Roles"]:
        names = iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
        yield from (f"{role['RoleName']}:{name}" for name in names if role["RoleName"].startswith(_NAME))
    for region in MODULES.values():
        elb, ec2, events = (aws.client(service, "prod", region) for service in ("elbv2", "ec2", "events"))
        (balancer,) = (each["LoadBalancerArn"] for each in elb.describe_load_balancers()["LoadBalancers"])
        for listener in elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]:
            yield listener["ListenerArn"]
            rules = elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
            yield from (each["RuleArn"] for each in rules if not each["IsDefault"])
        for rule in events.list_rules()["Rules"]:
            yield from (each["Id"] for each in events.list_targets_by_rule(Rule=rule["Name"])["Targets"])
        for table in ec2.describe_route_tables(Filters=[{"Name": "tag:Stack", "Values": ["shop"]}])["RouteTables"]:
            yield from (each["RouteTableAssociationId"] for each in table["Associations"])


def _environment(aws: Sandbox, zone: str) -> Imports:
    yield "aws_route53_zone.this", zone
    yield "aws_route53_record.delegation", f"{parent_zone_id(aws)}_{_DOMAIN}_NS"
    yield "aws_iam_role.switch", f"{_NAME}-dns-switch"
    yield "aws_iam_role_policy.switch", f"{_NAME}-dns-switch:switch"
    route53 = aws.client("route53", "prod")
    checks = {each["CallerReference"]: each["Id"] for each in route53.list_health_checks()["HealthChecks"]}
    places = list(MODULES.values())
    for region, other in (places, places[::-1]):
        for role, name in {"endpoint": "endpoint", f"switch-{other}": "switch", "calculated": "calculated"}.items():
            (found,) = [key for key in checks if f"/{region}/{role}/" in f"{key}/"]
            yield f'aws_route53_health_check.{name}["{region}"]', checks[found]
        yield f'aws_route53_record.region["{region}"]', f"{zone}_{region}.{_DOMAIN}_A"
        yield f'aws_route53_record.failover["{region}"]', f"{zone}_{_DOMAIN}_A_shop/prod/{region}"
    configs = route53.list_query_logging_configs(HostedZoneId=zone)["QueryLoggingConfigs"]
    yield "aws_route53_query_log.this[0]", configs[0]["Id"]
    yield "aws_cloudwatch_log_group.queries[0]", f"/aws/route53/{_DOMAIN}"
    yield "aws_cloudwatch_log_resource_policy.queries[0]", f"{_NAME}-query-logging"
    whats = [f"{region}-{what}" for region in places for what in ("health", "checkers")]
    yield from _alarms(f"{_NAME}-failover", places[0], whats)
    yield "aws_cloudwatch_composite_alarm.no_standby[0]", f"{_NAME}-failover-alarm-no-standby"
    yield "aws_cloudwatch_dashboard.this[0]", f"{_NAME}-failover"
    yield "aws_ecr_replication_configuration.this[0]", _ACCOUNT


def _alarms(name: str, region: str, whats: t.Iterable[str]) -> Imports:
    topic = f"arn:aws:sns:{region}:{_ACCOUNT}:{name}-alarms"
    yield "module.alarms[0].aws_sns_topic.this", topic
    yield "module.alarms[0].aws_sns_topic_policy.this", topic
    for what in whats:
        yield f'module.alarms[0].aws_cloudwatch_metric_alarm.this["{what}"]', f"{name}-alarm-{what}"


def _network(region: Region) -> Imports:
    tagged = region.tagged
    yield "aws_vpc.this", tagged["vpc/main"]
    mine = [{"Name": "vpc-id", "Values": [tagged["vpc/main"]]}, {"Name": "group-name", "Values": ["default"]}]
    (default,) = region.client("ec2").describe_security_groups(Filters=mine)["SecurityGroups"]
    yield "aws_default_security_group.this", default["GroupId"]
    yield "aws_internet_gateway.this", tagged["internet_gateway/main"]
    yield "aws_route_table.public", tagged["route_table/public"]
    yield "aws_route.public", f"{tagged['route_table/public']}_{_ANYWHERE}"
    yield "aws_vpc_endpoint.s3", tagged["vpc_endpoint/s3"]
    for service in ("ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm"):
        yield f'aws_vpc_endpoint.interface["{service}"]', tagged[f"interface_endpoint/{service}"]
    yield "aws_security_group.endpoints[0]", tagged["security_group/endpoints"]
    for zone in ("a", "b"):
        table = tagged[f"route_table/private-{zone}"]
        yield f'aws_subnet.public["{zone}"]', tagged[f"subnet/public-{zone}"]
        yield f'aws_subnet.private["{zone}"]', tagged[f"subnet/private-{zone}"]
        yield f'aws_eip.nat["{zone}"]', tagged[f"elastic_ip/nat-{zone}"]
        yield f'aws_nat_gateway.this["{zone}"]', tagged[f"nat_gateway/nat-{zone}"]
        yield f'aws_route_table.private["{zone}"]', table
        yield f'aws_route.private["{zone}"]', f"{table}_{_ANYWHERE}"
        yield (
            f'aws_route_table_association.public["{zone}"]',
            f"{tagged[f'subnet/public-{zone}']}/{tagged['route_table/public']}",
        )
        yield f'aws_route_table_association.private["{zone}"]', f"{tagged[f'subnet/private-{zone}']}/{table}"
    yield "aws_flow_log.this[0]", tagged["flow_log/main"]
    yield "aws_cloudwatch_log_group.flow_logs[0]", "/vpc/shop/prod/network"
    role = f"{_NAME}-network-{region.name}-flowlogs"
    yield "aws_iam_role.flow_logs[0]", role
    yield "aws_iam_role_policy.flow_logs[0]", f"{role}:flowlogs"


def _entrance(region: Region) -> Imports:
    elb = region.client("elbv2")
    (balancer,) = (each["LoadBalancerArn"] for each in elb.describe_load_balancers(Names=[_NAME])["LoadBalancers"])
    listeners = {
        each["Port"]: each["ListenerArn"] for each in elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
    }
    (rule,) = (
        each["RuleArn"] for each in elb.describe_rules(ListenerArn=listeners[443])["Rules"] if not each["IsDefault"]
    )
    web_acl = region.client("wafv2").get_web_acl_for_resource(ResourceArn=balancer)["WebACL"]["ARN"]
    yield "aws_security_group.balancer", region.tagged["security_group/alb"]
    yield "aws_lb.this", balancer
    yield "aws_lb_listener.this", listeners[80]
    yield "aws_lb_listener.https[0]", listeners[443]
    yield "aws_lb_listener_rule.this", rule
    yield "aws_lb_target_group.this", _target_group(elb)
    yield "aws_wafv2_web_acl_association.this[0]", f"{web_acl},{balancer}"


def _target_group(elb: t.Any) -> str:
    return str(elb.describe_target_groups(Names=[_SERVICE])["TargetGroups"][0]["TargetGroupArn"])


def _logs(region: Region) -> Imports:
    bucket = f"{_NAME}-{_ACCOUNT}-{region.name}-logs"
    yield "aws_s3_bucket.logs[0]", bucket
    for part in ("public_access_block", "server_side_encryption_configuration", "lifecycle_configuration", "policy"):
        yield f"aws_s3_bucket_{part}.logs[0]", bucket


def _service(region: Region) -> Imports:
    found = region.client("ecs").describe_services(cluster=_SERVICE, services=[_SERVICE])["services"][0]
    target = f"ecs/service/{_SERVICE}/{_SERVICE}/{_COUNT}"
    for part in ("repository", "lifecycle_policy"):
        yield f"aws_ecr_{part}.this[0]", "shop"
    yield "aws_cloudwatch_log_group.this", "/ecs/shop/prod/shop"
    yield "aws_ecs_cluster.this", _SERVICE
    yield "aws_ecs_cluster_capacity_providers.this[0]", _SERVICE
    yield "aws_ecs_task_definition.this", found["taskDefinition"]
    yield "aws_ecs_service.this", f"{_SERVICE}/{_SERVICE}"
    yield "aws_security_group.service", region.tagged["security_group/service"]
    for role in ("execution", "task"):
        yield f"aws_iam_role.{role}", f"{_SERVICE}-{region.name}-{role}"
    yield "aws_iam_role_policy.execution", f"{_SERVICE}-{region.name}-execution:execution"
    yield "aws_appautoscaling_target.this[0]", target
    for metric in ("cpu", "memory", "requests"):
        yield f'aws_appautoscaling_policy.this["{metric}"]', f"{target}/{_SERVICE}-{metric}"


def _told(region: Region) -> Imports:
    rule = f"{_NAME}-rollout-failed"
    targets = region.client("events").list_targets_by_rule(Rule=rule)["Targets"]
    (other,) = (name for name in MODULES.values() if name != region.name)
    whats = ("running-tasks", "unhealthy-hosts", "healthy-hosts", "target-errors", "latency")
    yield from _alarms(_NAME, region.name, [*(f"shop-{what}" for what in whats), "entrance-errors", "certificate"])
    yield "aws_cloudwatch_event_rule.rollout[0]", rule
    yield "aws_cloudwatch_event_target.rollout[0]", f"{rule}/{targets[0]['Id']}"
    yield "aws_cloudwatch_metric_alarm.switch", f"{_NAME}-switch-{other}"
    yield "aws_scheduler_schedule.switch", f"default/{_NAME}-switch"


def _certificate(region: Region) -> Imports:
    acm = region.client("acm")
    (arn,) = (each["CertificateArn"] for each in acm.list_certificates()["CertificateSummaryList"])
    yield "aws_acm_certificate.this[0]", arn
    # One record of the domain serves all regions, and is the first one's.
    names = {f"{region.name}.{_DOMAIN}", *([_DOMAIN] if region.name == MODULES["east"] else [])}
    for option in acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"]:
        if option["DomainName"] in names:
            record = option["ResourceRecord"]["Name"].rstrip(".")
            yield f'aws_route53_record.validation["{option["DomainName"]}"]', f"{region.zone}_{record}_CNAME"
