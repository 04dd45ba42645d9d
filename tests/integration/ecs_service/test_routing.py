# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Target group and listener rule of a service against the local AWS, seen with boto3."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.layer import LAYER
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import (
    ConflictError,
    FailoverError,
    SpecError,
)
from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.sampling import every_third
from tests.waiting import eventually

from .world import NAME, REGION, Surroundings, changed, healthy, make_surroundings, reasons, rules, target_group_of

pytestmark = pytest.mark.once

RULE, GROUP, SERVICE = ("listener_rule", "main"), ("target_group", "main"), ("service", "main")
NO_PORT: dict[str, t.Any] = {"container_port": None, "listener_arn": None, "alb_security_group_id": None}


@pytest.fixture
def surroundings(aws: Sandbox) -> Surroundings:
    return make_surroundings(aws)


class Deploy(t.Protocol):
    def __call__(self, name: str = "web", *, check_mode: bool = False, **params: t.Any) -> dict[str, t.Any]: ...


@pytest.fixture
def deploy(run_job: RunJob, surroundings: Surroundings) -> Deploy:
    def run(name: str = "web", *, check_mode: bool = False, **params: t.Any) -> dict[str, t.Any]:
        options = {"wait_timeout": 60, **surroundings.options, "name": name, **params}
        return run_job(LAYER.job, check_mode=check_mode, **options)

    return run


@pytest.fixture
def destroy(run_job: RunJob) -> Deploy:
    def run(name: str = "web", *, check_mode: bool = False, **params: t.Any) -> dict[str, t.Any]:
        options = {"name": name, "state": "absent", "wait_timeout": 60, **params}
        return run_job(LAYER.job, check_mode=check_mode, **options)

    return run


def elb(aws: Sandbox) -> t.Any:
    return aws.client("elbv2")


def attributes(aws: Sandbox) -> dict[str, str]:
    arn = target_group_of(aws)["TargetGroupArn"]
    found = elb(aws).describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
    return {item["Key"]: item["Value"] for item in found}


def tags_of(aws: Sandbox, arn: str) -> dict[str, str]:
    [found] = elb(aws).describe_tags(ResourceArns=[arn])["TagDescriptions"]
    return {tag["Key"]: tag["Value"] for tag in found["Tags"]}


def seen(aws: Sandbox) -> dict[str, t.Any]:
    """Everything of target group and rule that can drift, comparable."""
    group = target_group_of(aws)
    return {
        "group": group,
        "attributes": attributes(aws),
        "tags": tags_of(aws, group["TargetGroupArn"]),
        "rules": rules(aws),
    }


def test_a_first_run_makes_a_group_and_a_rule_as_asked_for(
    aws: Sandbox, deploy: Deploy, surroundings: Surroundings
) -> None:
    result = deploy(
        tags={"Team": "web"},
        hosts=["WWW.example.com"],
        paths=["/b/*", "/a"],
        health_check={
            "path": "/health",
            "matcher": "200-299",
            "interval": 15,
            "timeout": 4,
            "unhealthy_threshold": 3,
        },
        stickiness={"enabled": True, "duration": 60},
        dns_failover={"minimum_healthy_targets_percentage": "50"},
    )
    group = target_group_of(aws)
    assert {key: group[key] for key in ("TargetType", "Port", "Protocol", "ProtocolVersion", "VpcId")} == {
        "TargetType": "ip",
        "Port": 8080,
        "Protocol": "HTTP",
        "ProtocolVersion": "HTTP1",
        "VpcId": surroundings.vpc_id,
    }
    assert {key: group[key] for key in group if key.startswith("HealthCheck") or "Threshold" in key} == {
        "HealthCheckEnabled": True,
        "HealthCheckPath": "/health",
        "HealthCheckPort": "traffic-port",
        "HealthCheckProtocol": "HTTP",
        "HealthCheckIntervalSeconds": 15,
        "HealthCheckTimeoutSeconds": 4,
        "HealthyThresholdCount": 2,
        "UnhealthyThresholdCount": 3,
    }
    assert group["Matcher"] == {"HttpCode": "200-299"}
    found = attributes(aws)
    assert found["stickiness.enabled"] == "true"
    assert found["stickiness.lb_cookie.duration_seconds"] == "60"
    assert found["deregistration_delay.timeout_seconds"] == "30"
    assert found["target_group_health.dns_failover.minimum_healthy_targets.percentage"] == "50"
    [rule] = rules(aws)
    assert {condition["Field"]: condition["Values"] for condition in rule["Conditions"]} == {
        "host-header": ["www.example.com"],
        "path-pattern": ["/a", "/b/*"],
    }
    assert [action["TargetGroupArn"] for action in rule["Actions"]] == [group["TargetGroupArn"]]
    assert rule["Priority"] == str(result["rule_priority"])
    owner = {"ManagedBy": "everlook.failover", "Stack": "hello", "Environment": "dev", "Component": "web"}
    for arn, address in ((group["TargetGroupArn"], "target_group/main"), (rule["RuleArn"], "listener_rule/main")):
        tags = tags_of(aws, arn)
        assert tags.items() >= {**owner, "Team": "web", "Resource": address}.items()
    assert (result["target_group_arn"], result["rule_arn"]) == (group["TargetGroupArn"], rule["RuleArn"])
    assert result["target_group_name"] == NAME


CHANGES: list[tuple[dict[str, t.Any], tuple[str, str], set[str]]] = [
    ({"health_check": {"path": "/health", "timeout": 2}}, GROUP, {"ModifyTargetGroup"}),
    ({"slow_start": 30, "deregistration_delay": 0}, GROUP, {"ModifyTargetGroupAttributes"}),
    ({"dns_failover": {"minimum_healthy_targets_count": 2}}, GROUP, {"ModifyTargetGroupAttributes"}),
    ({"decides_failover": False}, GROUP, {"ModifyTargetGroupAttributes"}),
    (
        {"stickiness": {"enabled": True, "type": "app_cookie", "cookie_name": "session"}},
        GROUP,
        {"ModifyTargetGroupAttributes"},
    ),
    ({"algorithm": "weighted_random", "anomaly_mitigation": True}, GROUP, {"ModifyTargetGroupAttributes"}),
    ({"paths": ["/a"], "rule_priority": 50000}, RULE, {"ModifyRule"}),
    ({"hosts": ["a.example.com"]}, RULE, {"ModifyRule", "SetRulePriorities"}),
    ({"rule_priority": 8}, RULE, {"SetRulePriorities"}),
]


@pytest.mark.parametrize(
    ("params", "what", "operations"), every_third(CHANGES), ids=lambda value: str(sorted(value))[:50]
)
def test_a_changed_option_changes_what_it_is_about_and_no_target(
    aws: Sandbox, deploy: Deploy, params: dict[str, t.Any], what: tuple[str, str], operations: set[str]
) -> None:
    before = deploy()
    mark = aws.requests.mark()
    result = deploy(**params)
    assert changed(result) == {what}
    assert {record.operation for record in aws.requests.writes(mark)} == operations
    assert deploy(**params)["changes"] == []
    assert (result["target_group_arn"], result["rule_arn"]) == (before["target_group_arn"], before["rule_arn"])
    assert healthy(aws) == 2


def _group(**change: t.Any) -> t.Callable[[Sandbox], object]:
    return lambda aws: elb(aws).modify_target_group(TargetGroupArn=target_group_of(aws)["TargetGroupArn"], **change)


def _attribute(key: str, value: str) -> t.Callable[[Sandbox], object]:
    return lambda aws: elb(aws).modify_target_group_attributes(
        TargetGroupArn=target_group_of(aws)["TargetGroupArn"], Attributes=[{"Key": key, "Value": value}]
    )


def _rule(**change: t.Any) -> t.Callable[[Sandbox], object]:
    return lambda aws: elb(aws).modify_rule(RuleArn=rules(aws)[0]["RuleArn"], **change)


def _move(aws: Sandbox) -> None:
    elb(aws).set_rule_priorities(RulePriorities=[{"RuleArn": rules(aws)[0]["RuleArn"], "Priority": 3}])


def _move_and_redirect(aws: Sandbox) -> None:
    """Then only its tags say whose it is."""
    _move(aws)
    _rule(Actions=[NOTHING])(aws)


def _untag(key: str, of: t.Callable[[Sandbox], str]) -> t.Callable[[Sandbox], object]:
    return lambda aws: elb(aws).remove_tags(ResourceArns=[of(aws)], TagKeys=[key])


NOTHING = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}
DRIFT: dict[str, tuple[t.Callable[[Sandbox], object], tuple[str, str], str]] = {
    "path": (_group(HealthCheckPath="/x"), GROUP, "health_check.path"),
    "codes": (_group(Matcher={"HttpCode": "404"}), GROUP, "health_check.matcher"),
    "threshold": (_group(UnhealthyThresholdCount=9), GROUP, "health_check.unhealthy_threshold"),
    "delay": (_attribute("deregistration_delay.timeout_seconds", "999"), GROUP, "deregistration_delay"),
    "group tags": (_untag("Resource", lambda aws: str(target_group_of(aws)["TargetGroupArn"])), GROUP, "tags"),
    "conditions": (_rule(Conditions=[{"Field": "path-pattern", "Values": ["/x"]}]), RULE, "conditions"),
    "action": (_rule(Actions=[NOTHING]), RULE, "action"),
    "priority": (_move, RULE, "rule_priority"),
    "priority and action": (_move_and_redirect, RULE, "action, rule_priority"),
    "rule tags": (_untag("Name", lambda aws: str(rules(aws)[0]["RuleArn"])), RULE, "tags"),
}


@pytest.mark.parametrize("name", every_third(DRIFT))
def test_drift_is_named_and_repaired_alone(aws: Sandbox, deploy: Deploy, name: str) -> None:
    drift, what, field = DRIFT[name]
    deploy()
    right = seen(aws)
    drift(aws)
    assert seen(aws) != right
    planned = deploy(check_mode=True)
    assert (changed(planned), reasons(planned)) == ({what}, {what[0]: f"differs in {field}"})
    assert deploy()["changes"] == planned["changes"]
    assert seen(aws) == right
    # A target group that no rule led to for a while checks its targets anew.
    eventually(lambda: healthy(aws), lambda count: count == 2, what="both targets are healthy")


def test_a_deleted_rule_comes_back_alone(aws: Sandbox, deploy: Deploy) -> None:
    before = deploy()
    elb(aws).delete_rule(RuleArn=before["rule_arn"])
    assert changed(deploy()) == {RULE}
    assert deploy()["changes"] == []


def test_a_deleted_target_group_comes_back_with_the_targets(aws: Sandbox, deploy: Deploy) -> None:
    before = deploy()
    elb(aws).delete_rule(RuleArn=before["rule_arn"])
    elb(aws).delete_target_group(TargetGroupArn=before["target_group_arn"])
    result = deploy()
    assert changed(result) == {GROUP, RULE, SERVICE}
    assert result["target_group_arn"] != before["target_group_arn"]
    assert healthy(aws) == 2
    assert deploy()["changes"] == []


def test_what_others_add_is_left_alone(aws: Sandbox, deploy: Deploy, surroundings: Surroundings) -> None:
    result = deploy()
    theirs = [{"Key": "Theirs", "Value": "x"}]
    elb(aws).add_tags(ResourceArns=[result["target_group_arn"], result["rule_arn"]], Tags=theirs)
    path = [{"Field": "path-pattern", "Values": ["/theirs"]}]
    elb(aws).create_rule(ListenerArn=surroundings.listener_arn, Priority=1, Conditions=path, Actions=[NOTHING])
    mark = aws.requests.mark()
    assert deploy()["changes"] == []
    assert aws.requests.writes(mark) == []


def test_a_rule_of_others_in_our_place_is_an_error_before_the_first_change(
    aws: Sandbox, deploy: Deploy, surroundings: Surroundings
) -> None:
    path = [{"Field": "path-pattern", "Values": ["/*"]}]
    elb(aws).create_rule(ListenerArn=surroundings.listener_arn, Priority=50000, Conditions=path, Actions=[NOTHING])
    mark = aws.requests.mark()
    with pytest.raises(ConflictError, match="rule_priority"):
        deploy()
    assert aws.requests.writes(mark) == []
    assert deploy(rule_priority=49999)["rule_priority"] == 49999


def test_what_cannot_be_changed_is_refused_before_any_change(aws: Sandbox, deploy: Deploy) -> None:
    deploy()
    mark = aws.requests.mark()
    with pytest.raises(SpecError, match="AWS cannot change that") as raised:
        deploy(target_protocol="HTTPS")
    assert raised.value.option == "target_protocol"
    assert aws.requests.writes(mark) == []


def test_a_listener_that_does_not_exist_is_an_error(aws: Sandbox, deploy: Deploy, surroundings: Surroundings) -> None:
    mark = aws.requests.mark()
    with pytest.raises(SpecError, match="does not exist in us-east-1"):
        deploy(listener_arn=f"{surroundings.listener_arn[:-4]}ffff")
    assert aws.requests.writes(mark) == []


# -- several --


def test_services_do_not_see_each_other(aws: Sandbox, deploy: Deploy, destroy: Deploy) -> None:
    deploy()
    deploy("api", paths=["/api/*"], container_port=8080)
    deploy("worker", **NO_PORT)
    assert [rule["Tags"]["Component"] for rule in rules(aws)] == ["api", "web"]
    for each in (deploy(), deploy("api", paths=["/api/*"]), deploy("worker", **NO_PORT)):
        assert each["changes"] == []
    names = {group["TargetGroupName"] for group in elb(aws).describe_target_groups()["TargetGroups"]}
    assert names == {"hello-dev-web", "hello-dev-api"}
    destroy("api")
    assert [rule["Tags"]["Component"] for rule in rules(aws)] == ["web"]
    assert deploy()["changes"] == []
    destroy()
    assert deploy("worker", **NO_PORT)["changes"] == []


def test_a_worker_makes_nothing_of_a_port_and_is_destroyed_whole(aws: Sandbox, deploy: Deploy, destroy: Deploy) -> None:
    result = deploy(**NO_PORT)
    assert not {RULE, GROUP} & changed(result)
    assert (result["running_count"], result["target_group_arn"], result["rule_arn"]) == (2, None, None)
    [group] = aws.client("ec2").describe_security_groups(GroupIds=[result["security_group_id"]])["SecurityGroups"]
    assert group["IpPermissions"] == []
    assert changed(destroy()) == changed(result)
    assert destroy()["changes"] == []


def test_a_service_gets_a_port_and_loses_it(aws: Sandbox, deploy: Deploy) -> None:
    deploy(**NO_PORT)
    assert changed(deploy()) == {RULE, GROUP, SERVICE, ("security_group", "service")}
    assert healthy(aws) == 2
    assert deploy()["changes"] == []
    mark = aws.requests.mark()
    assert changed(deploy(**NO_PORT)) == {RULE, GROUP, SERVICE, ("security_group_trim", "service")}
    order = [record.operation for record in aws.requests.writes(mark)]
    assert order[0] == "UpdateService"
    assert order.index("DeleteRule") < order.index("DeleteTargetGroup")
    assert rules(aws) == []
    assert deploy(**NO_PORT)["changes"] == []


@pytest.mark.parametrize("operation", every_third(["DeleteRule", "DeleteTargetGroup", "RevokeSecurityGroupIngress"]))
def test_a_port_that_was_half_taken_away_is_taken_away_by_the_next_run(
    aws: Sandbox, deploy: Deploy, operation: str
) -> None:
    deploy()
    with (
        aws.fail("AccessDeniedException", operation=operation, count=100),
        pytest.raises(FailoverError, match="AccessDenied"),
    ):
        deploy(**NO_PORT)
    deploy(**NO_PORT)
    assert deploy(**NO_PORT)["changes"] == []
    assert rules(aws) == []


def test_without_waiting_a_port_is_taken_away_by_a_second_pass(aws: Sandbox, deploy: Deploy) -> None:
    deploy()
    first = deploy(wait=False, **NO_PORT)
    assert changed(first) == {SERVICE}
    assert "listener_rule/main" in first["pending"]
    second = deploy(continue_from=first, **NO_PORT)
    # On a busy machine the rollout may be over by now: then nothing waits for it before the port is closed.
    (closed,) = changed(second) - {RULE, GROUP, SERVICE}
    assert closed in (("security_group_trim", "service"), ("security_group", "service"))
    assert changed(second) > {RULE, GROUP, SERVICE}
    assert rules(aws) == []


def test_absent_needs_neither_listener_nor_target_group_to_find_the_rule(
    aws: Sandbox, deploy: Deploy, destroy: Deploy, surroundings: Surroundings
) -> None:
    """On the load balancer of the stack; on another one the target group leads to it."""
    deploy()
    assert changed(destroy()) >= {RULE, GROUP}
    assert rules(aws) == []
    balancer = elb(aws).create_load_balancer(
        Name="hello-dev", Subnets=list(surroundings.subnet_ids), SecurityGroups=[surroundings.alb_security_group_id]
    )["LoadBalancers"][0]
    listener = elb(aws).create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=[NOTHING]
    )["Listeners"][0]["ListenerArn"]
    deploy(listener_arn=listener)
    _rule(Actions=[NOTHING])(aws)
    assert changed(destroy()) >= {RULE, GROUP}
    assert rules(aws) == []


def test_a_target_group_that_a_foreign_rule_uses_is_not_deleted(
    aws: Sandbox, deploy: Deploy, destroy: Deploy, surroundings: Surroundings
) -> None:
    group = deploy()["target_group_arn"]
    path = [{"Field": "path-pattern", "Values": ["/theirs"]}]
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    theirs = elb(aws).create_rule(ListenerArn=surroundings.listener_arn, Priority=1, Conditions=path, Actions=forward)[
        "Rules"
    ][0]["RuleArn"]
    mark = aws.requests.mark()
    with pytest.raises(ConflictError, match="is used by"):
        destroy()
    assert aws.requests.writes(mark) == []
    elb(aws).delete_rule(RuleArn=theirs)
    assert changed(destroy()) >= {RULE, GROUP}


def test_a_rule_follows_its_service_to_another_listener(
    aws: Sandbox, deploy: Deploy, surroundings: Surroundings
) -> None:
    before = deploy()
    [balancer] = elb(aws).describe_load_balancers(Names=["theirs"])["LoadBalancers"]
    other = elb(aws).create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=8080, DefaultActions=[NOTHING]
    )["Listeners"][0]["ListenerArn"]
    result = deploy(listener_arn=other)
    assert changed(result) == {RULE, ("listener_rule", "main-1")}
    assert result["rule_arn"] != before["rule_arn"]
    assert [rule["RuleArn"] for rule in rules(aws)] == [result["rule_arn"]]
    assert deploy(listener_arn=other)["changes"] == []
    assert REGION in result["rule_arn"]
    assert surroundings.listener_arn != other
