# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Target group and listener rule, and services that come to have them or lose them: without AWS."""

from __future__ import annotations

import dataclasses
import typing as t

import hypothesis
import hypothesis.strategies as st
import pytest

from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.layer import LAYER, outputs
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources import target_group_fields
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.listener_rule import (
    FIELDS,
    ListenerRule,
    forward_to,
)
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.target_group import TargetGroup
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.snapshot import Snapshot
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.spec import Spec
from ansible_collections.everlook.failover.plugins.module_utils._engine import field
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError, SpecError
from ansible_collections.everlook.failover.plugins.module_utils._engine.known import Known
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Action, Change, Plan
from ansible_collections.everlook.failover.plugins.module_utils._engine.unknown import is_unknown, unknown
from ansible_collections.everlook.failover.plugins.module_utils._resources.security_group import Rule, network
from tests.sampling import examples
from tests.unit.ecs_service.support import (
    LISTENER,
    LOAD_BALANCER,
    NAME,
    REGION,
    RULE,
    TARGET_GROUP,
    applied,
    as_seen_for_deletion,
    container,
    spec_of,
)
from tests.unit.ecs_service.test_spec_routing import worker

ROUTING = {"target_group/main", "listener_rule/main"}
OTHER_LISTENER = LISTENER.replace("/0123456789abcdef/", "/0123456789abcdef/f")
EMPTY = Snapshot()

# Everything that decides what is made: any combination must converge.
hosts = st.lists(st.sampled_from(["www.example.com", "*.example.com", "API.example.com"]), max_size=2, unique=True)
paths = st.lists(st.sampled_from(["/api/*", "/API/*", "*.php"]), max_size=2, unique=True)
routed = st.fixed_dictionaries(
    {},
    optional={
        "hosts": hosts,
        "paths": paths,
        "rule_priority": st.sampled_from([1, 50000]),
        "decides_failover": st.booleans(),
        "deregistration_delay": st.integers(0, 3600),
        "slow_start": st.sampled_from([0, 30, 900]),
        "cross_zone": st.sampled_from(["use_load_balancer_configuration", "true", "false"]),
        "health_check": st.fixed_dictionaries(
            {"interval": st.integers(121, 300), "timeout": st.integers(2, 120)},
            optional={
                "path": st.sampled_from(["/", "/health"]),
                "matcher": st.sampled_from(["200", "200-299,301"]),
                "healthy_threshold": st.integers(2, 10),
                "unhealthy_threshold": st.integers(2, 10),
                "port": st.sampled_from(["traffic-port", "9000"]),
                "protocol": st.sampled_from(["HTTP", "HTTPS"]),
            },
        ),
        "stickiness": st.sampled_from(
            [
                {"enabled": True},
                {"enabled": True, "duration": 60},
                {"enabled": True, "type": "app_cookie", "cookie_name": "session"},
            ]
        ),
        "dns_failover": st.fixed_dictionaries(
            {}, optional={"minimum_healthy_targets_percentage": st.sampled_from(["off", "50"])}
        ),
        "tags": st.dictionaries(st.sampled_from(["Team", "Cost"]), st.text(max_size=3)),
    },
)
workers = st.just(worker())
services = st.one_of(routed, workers)


def by_address(found: Plan) -> dict[str, Change]:
    return {change.address: change for change in found.changes}


def only_change(spec: Spec, snapshot: Snapshot) -> Change:
    (change,) = plan(spec, snapshot).changes
    return change


def group_of(snapshot: Snapshot) -> TargetGroup:
    assert snapshot.target_group
    return snapshot.target_group


def with_group(snapshot: Snapshot, **changes: t.Any) -> Snapshot:
    return dataclasses.replace(snapshot, target_group=dataclasses.replace(group_of(snapshot), **changes))


def with_group_value(snapshot: Snapshot, name: str, value: t.Any) -> Snapshot:
    return with_group(snapshot, values={**group_of(snapshot).values, name: value})


def with_rule(snapshot: Snapshot, **changes: t.Any) -> Snapshot:
    (rule,) = snapshot.rules
    return dataclasses.replace(snapshot, rules=(dataclasses.replace(rule, **changes),))


def with_more_rules(snapshot: Snapshot, *rules: ListenerRule) -> Snapshot:
    return dataclasses.replace(snapshot, rules=(*snapshot.rules, *rules))


def foreign_rule(**changes: t.Any) -> ListenerRule:
    values = {"conditions": {"path-pattern": ["/*"]}, "action": "[]", "transforms": []}
    rule = ListenerRule(arn=f"{RULE}-theirs", listener_arn=LISTENER, priority=50000, values=values, tags={})
    return dataclasses.replace(rule, **changes)


@hypothesis.given(services)
@examples(40)
def test_an_applied_plan_leaves_nothing_to_do(changes: dict[str, t.Any]) -> None:
    spec = spec_of(**changes)
    assert plan(spec, applied(spec)) == Plan()


@hypothesis.given(routed, routed)
@examples(40)
def test_from_any_settings_to_any_others(before: dict[str, t.Any], after: dict[str, t.Any]) -> None:
    spec, there = spec_of(**after), applied(spec_of(**before))
    found = plan(spec, there)
    assert {change.action for change in found.changes} <= {Action.UPDATE}
    # What the update of the target group sends is all that differs.
    wanted = applied(spec)
    if change := by_address(found).get("target_group/main"):
        there = with_group(
            there,
            values={**group_of(there).values, **change.data.values},
            tags={**group_of(there).tags, **change.data.tags},
        )
    kept = {name: group_of(there).values[name] for name in group_of(wanted).values}
    assert kept == dict(group_of(wanted).values)
    assert group_of(there).tags.items() >= group_of(wanted).tags.items()


@hypothesis.given(services)
@examples(30)
def test_destroying_mirrors_creating(changes: dict[str, t.Any]) -> None:
    spec = spec_of(**changes)
    created = plan(spec, EMPTY)
    deleted = plan(spec_of(state="absent"), as_seen_for_deletion(applied(spec)))
    assert by_address(created).keys() == by_address(deleted).keys()
    assert (by_address(created).keys() >= ROUTING) == (spec.routing is not None)
    # What was needed to make something goes after it, but for roles, logs and cluster, which only tasks need.
    order = [step.address for step in deleted.in_order()]
    for change in created.changes:
        for needed in change.needs & set(order):
            if change.kind != "task_definition":
                assert order.index(change.address) < order.index(needed), (change.address, needed)


@hypothesis.given(services, st.sets(st.sampled_from(sorted(ROUTING))))
@examples(30)
def test_what_is_missing_is_made_again(changes: dict[str, t.Any], lost: set[str]) -> None:
    spec = spec_of(**changes)
    there = applied(spec)
    if "target_group/main" in lost:
        there = dataclasses.replace(there, target_group=None)
    if lost:
        there = dataclasses.replace(there, rules=(), rule_arn="")
    found = by_address(plan(spec, there))
    if spec.routing is None or not lost:
        assert not found
        return
    made = {address for address, change in found.items() if change.action is Action.CREATE}
    assert made == {"listener_rule/main", *lost}
    # A target group that is made again has another ARN.
    assert ("service/main" in found) == ("target_group/main" in lost)


def test_every_change_and_wait_has_a_handler() -> None:
    spec = spec_of()
    absent = plan(spec_of(state="absent"), as_seen_for_deletion(applied(spec)))
    for each in (plan(spec, EMPTY), absent, plan(spec_of(**worker()), applied(spec))):
        assert {(change.kind, change.action) for change in each.changes} <= LAYER.handlers.changes.keys()
        assert {wait.kind for wait in each.waits} <= LAYER.handlers.waits.keys()


def test_the_service_comes_after_its_rule_and_the_rule_after_its_target_group() -> None:
    found = by_address(plan(spec_of(), EMPTY))
    assert "listener_rule/main" in found["service/main"].needs
    assert found["listener_rule/main"].needs == {"target_group/main"}


def test_in_an_empty_account_the_plan_is_complete() -> None:
    listener = unknown(REGION, "listener/http")
    found = by_address(plan(spec_of(listener_arn=listener, paths=["/api/*"]), EMPTY))
    after = found["listener_rule/main"].after
    assert after["listener_arn"] == listener
    assert after["conditions"] == {"path-pattern": ["/api/*"]}
    assert after["action"] == forward_to(unknown(REGION, "target_group/main"))
    [balancer] = found["service/main"].after["load_balancers"]
    assert is_unknown(balancer["target_group"])


# -- drift --

WANTED = spec_of().wanted.routing
assert WANTED
HEALTH = [each.name for each in target_group_fields.HEALTH_CHECK]
ATTRIBUTES = [each.name for each in target_group_fields.ATTRIBUTES if each.name in WANTED.target_group.values]


@pytest.mark.parametrize("name", [*HEALTH, *ATTRIBUTES])
def test_every_setting_of_the_target_group_is_compared(name: str) -> None:
    spec = spec_of()
    right = group_of(applied(spec)).values[name]
    change = only_change(spec, with_group_value(applied(spec), name, 7 if isinstance(right, int) else "other"))
    assert (change.address, change.reason) == ("target_group/main", f"differs in {name}")
    assert set(change.before) == set(change.after) == {name}
    assert (change.data.found.arn, change.data.values, change.data.tags) == (TARGET_GROUP, {name: right}, {})


def test_attributes_that_aws_does_not_report_have_its_defaults() -> None:
    reported = {"deregistration_delay.timeout_seconds": "30"}
    found = field.read(target_group_fields.ATTRIBUTES, reported)
    assert found["deregistration_delay"] == "30"
    assert found["dns_failover.minimum_healthy_targets_count"] == "1"
    assert found["unhealthy_state_routing.minimum_healthy_targets_percentage"] == "off"


RULE_DRIFT: dict[str, dict[str, t.Any]] = {
    "conditions": {"Conditions": [{"Field": "path-pattern", "Values": ["/other"]}]},
    "an http header as well": {
        "Conditions": [
            {"Field": "path-pattern", "Values": ["/*"]},
            {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X", "Values": ["y"]}},
        ]
    },
    "a regular expression": {"Conditions": [{"Field": "path-pattern", "PathPatternConfig": {"RegexValues": ["x"]}}]},
    "a fixed response": {"Actions": [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}]},
    "another group": {"Actions": [{"Type": "forward", "TargetGroupArn": "arn:other"}]},
    "no weight": {
        "Actions": [
            {"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": TARGET_GROUP, "Weight": 0}]}}
        ]
    },
    "sticky": {
        "Actions": [
            {
                "Type": "forward",
                "ForwardConfig": {
                    "TargetGroups": [{"TargetGroupArn": TARGET_GROUP}],
                    "TargetGroupStickinessConfig": {"Enabled": True, "DurationSeconds": 9},
                },
            }
        ]
    },
    "a rewrite": {"Transforms": [{"Type": "url-rewrite"}]},
}


@pytest.mark.parametrize("what", RULE_DRIFT)
def test_drift_of_the_rule_is_repaired_alone(what: str) -> None:
    spec = spec_of()
    right = {
        "Conditions": [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}],
        "Actions": [{"Type": "forward", "TargetGroupArn": TARGET_GROUP}],
    }
    name = {"Conditions": "conditions", "Actions": "action", "Transforms": "transforms"}[next(iter(RULE_DRIFT[what]))]
    found = field.read(FIELDS, {**right, **RULE_DRIFT[what]})
    assert plan(spec, with_rule(applied(spec), values=field.read(FIELDS, right))) == Plan()
    change = only_change(spec, with_rule(applied(spec), values=found))
    assert (change.address, change.reason) == ("listener_rule/main", f"differs in {name}")
    assert (change.data.found.arn, set(change.data.values)) == (RULE, {name})


def test_a_rule_that_was_moved_is_moved_back() -> None:
    change = only_change(spec_of(), with_rule(applied(spec_of()), priority=3))
    assert (change.address, change.reason) == ("listener_rule/main", "differs in rule_priority")
    assert dict(change.data.values) == {"rule_priority": 50000}


def test_hosts_in_another_case_are_the_same() -> None:
    spec = spec_of(hosts=["www.example.com"])
    found = field.read(
        FIELDS,
        {
            "Conditions": [{"Field": "host-header", "HostHeaderConfig": {"Values": ["WWW.example.com"]}}],
            "Actions": [{"Type": "forward", "TargetGroupArn": TARGET_GROUP}],
        },
    )
    assert plan(spec, with_rule(applied(spec), values=found)) == Plan()


@pytest.mark.parametrize("address", sorted(ROUTING))
def test_drift_of_tags_is_repaired_and_others_tags_are_left_alone(address: str) -> None:
    spec = spec_of()
    change_tags = with_group if address == "target_group/main" else with_rule
    tags = spec.owner.tags(address)
    assert plan(spec, change_tags(applied(spec), tags={**tags, "Theirs": "x"})) == Plan()
    change = only_change(spec, change_tags(applied(spec), tags={**tags, "Name": "x"}))
    assert (change.address, change.reason, set(change.data.tags)) == (address, "differs in tags", {"Name"})


# -- what belongs to someone else, and what cannot be changed --


def test_a_foreign_target_group_is_a_conflict() -> None:
    with pytest.raises(
        ConflictError, match=rf"{TARGET_GROUP} has the name '{NAME}'.* tag it again: .*rename the stack"
    ):
        plan(spec_of(), with_group(applied(spec_of()), tags={}))


def test_another_services_target_group_is_a_conflict() -> None:
    tags = {**group_of(applied(spec_of())).tags, "Component": "api"}
    with pytest.raises(ConflictError):
        plan(spec_of(), with_group(applied(spec_of()), tags=tags))


def test_a_priority_that_someone_else_has_is_a_conflict() -> None:
    there = with_more_rules(EMPTY, foreign_rule())
    with pytest.raises(ConflictError, match=r"-theirs has the priority 50000 .*someone else.*Set rule_priority of web"):
        plan(spec_of(), there)
    assert by_address(plan(spec_of(rule_priority=49999), there)).keys() >= ROUTING


def test_a_priority_that_another_service_has_says_which() -> None:
    api = foreign_rule(tags=spec_of(name="api").owner.tags("listener_rule/main"))
    with pytest.raises(ConflictError, match="belongs to the service api"):
        plan(spec_of(), with_more_rules(EMPTY, api))


def test_our_rule_does_not_move_onto_another_one() -> None:
    there = with_more_rules(with_rule(applied(spec_of()), priority=7), foreign_rule())
    with pytest.raises(ConflictError, match="rule_priority"):
        plan(spec_of(), there)


def test_rules_of_others_at_other_places_are_left_alone() -> None:
    there = with_more_rules(applied(spec_of()), foreign_rule(priority=1), foreign_rule(listener_arn=OTHER_LISTENER))
    assert plan(spec_of(), there) == Plan()


@pytest.mark.parametrize(
    ("changes", "name", "value"),
    [
        ({}, "target_protocol", "HTTPS"),
        ({}, "vpc_id", "vpc-0b"),
        ({"target_protocol": "HTTPS"}, "target_protocol", "HTTP"),
    ],
)
def test_what_cannot_be_changed_is_refused(changes: dict[str, t.Any], name: str, value: t.Any) -> None:
    spec = spec_of(**changes)
    with pytest.raises(SpecError, match=r"AWS cannot change that\. Set it back; or") as raised:
        plan(spec, with_group_value(applied(spec), name, value))
    assert raised.value.option == name


@pytest.mark.parametrize(
    ("name", "value"), [("target_type", "instance"), ("protocol_version", "GRPC"), ("ip_address_type", "ipv6")]
)
def test_a_group_of_another_kind_is_refused(name: str, value: str) -> None:
    with pytest.raises(ConflictError, match=f"is {value} instead of .*state absent"):
        plan(spec_of(), with_group_value(applied(spec_of()), name, value))


def test_a_vpc_that_is_not_known_yet_is_not_compared() -> None:
    found = by_address(plan(spec_of(vpc_id=unknown(REGION, "vpc/main")), applied(spec_of())))
    assert not found.keys() & ROUTING


# -- workers, and services that move --


def test_a_service_with_a_port_becomes_a_worker_once_its_tasks_are_replaced() -> None:
    found = plan(spec_of(**worker(containers=[container()])), applied(spec_of()))
    actions = {change.address: change.action for change in found.changes}
    assert actions == {
        "service/main": Action.UPDATE,
        "security_group_trim/service": Action.UPDATE,
        "listener_rule/main": Action.DELETE,
        "target_group/main": Action.DELETE,
    }
    service = by_address(found)["service/main"]
    assert service.after == {"load_balancers": [], "health_check_grace_period": 0}
    order = [step.address for step in found.in_order()]
    assert order[:2] == ["service/main", "rollout/main"]
    assert order.index("listener_rule/main") < order.index("target_group/main")
    now, later = found.without_waits()
    assert [change.address for change in now.changes] == ["service/main"]
    assert set(later) == {"rollout/main", "security_group_trim/service", *ROUTING}


PORT_9090: dict[str, t.Any] = {
    "container_port": 9090,
    "containers": [container(port_mappings=[{"container_port": 9090}])],
}


def test_another_port_is_open_before_the_tasks_are_replaced_and_the_former_one_until_then() -> None:
    found = plan(spec_of(**PORT_9090), applied(spec_of()))
    assert [step.address for step in found.in_order() if step.kind not in ("task_definition", "service")] == [
        "security_group/service",
        "rollout/main",
        "security_group_trim/service",
    ]
    opened, closed = (
        by_address(found)[address].after for address in ("security_group/service", "security_group_trim/service")
    )
    assert [port for port in ("8080", "9090") if port in str(opened)] == ["8080", "9090"]
    assert [port for port in ("8080", "9090") if port in str(closed)] == ["9090"]
    assert by_address(found)["service/main"].after["load_balancers"] == [
        {"target_group": TARGET_GROUP, "container": "app", "port": 9090, "shifts_traffic": False}
    ]


def test_the_port_of_the_target_group_is_that_of_no_target() -> None:
    there = applied(spec_of(**PORT_9090))
    assert plan(spec_of(**PORT_9090), with_group_value(there, "container_port", 80)) == Plan()


@pytest.mark.parametrize("settled", [True, False])
def test_the_former_port_is_closed_once_its_tasks_are_gone(settled: bool) -> None:
    """Also by the run after one that was killed."""
    there = applied(spec_of(**PORT_9090))
    assert there.group
    assert there.service
    both = there.group.rules | spec_of().wanted.group.rules
    group = dataclasses.replace(there.group, rules=both)
    service = dataclasses.replace(there.service, running_count=2 if settled else 1)
    found = plan(spec_of(**PORT_9090), dataclasses.replace(there, group=group, service=service))
    expected = ["security_group/service"] if settled else ["rollout/main", "security_group_trim/service"]
    assert [step.address for step in found.in_order()] == expected


def test_what_others_opened_is_closed_before_the_tasks_are_replaced() -> None:
    there = applied(spec_of())
    assert there.group
    anyone = Rule(direction="ingress", protocol="tcp", from_port=22, to_port=22, peer=network("0.0.0.0/0"))
    theirs = dataclasses.replace(there, group=dataclasses.replace(there.group, rules=there.group.rules | {anyone}))
    found = by_address(plan(spec_of(**PORT_9090), theirs))
    assert found["security_group/service"].data.delta.revoke == (anyone,)


def test_a_worker_that_was_not_cleaned_up_is_finished() -> None:
    spec = spec_of(**worker(containers=[container()]))
    left = applied(spec_of())
    found = plan(spec, dataclasses.replace(applied(spec), target_group=left.target_group, rules=left.rules))
    assert {change.address: change.action for change in found.changes} == dict.fromkeys(ROUTING, Action.DELETE)


def test_a_worker_gets_a_port() -> None:
    found = plan(spec_of(), applied(spec_of(**worker(containers=[container()]))))
    actions = {change.address: change.action for change in found.changes}
    assert actions == {
        "service/main": Action.UPDATE,
        "security_group/service": Action.UPDATE,
        "listener_rule/main": Action.CREATE,
        "target_group/main": Action.CREATE,
    }
    order = [step.address for step in found.in_order()]
    assert order[-2:] == ["service/main", "rollout/main"]


def test_what_a_worker_finds_of_others_is_left_alone() -> None:
    spec = spec_of(**worker())
    left = with_rule(with_group(applied(spec_of()), tags={}), tags={})
    assert plan(spec, dataclasses.replace(applied(spec), target_group=left.target_group, rules=left.rules)) == Plan()


def test_a_rule_moves_to_another_listener_once_the_service_uses_it() -> None:
    there = dataclasses.replace(applied(spec_of()), rule_arn="")
    found = plan(spec_of(listener_arn=OTHER_LISTENER), there)
    assert {change.address: change.action for change in found.changes} == {
        "listener_rule/main": Action.CREATE,
        "listener_rule/main-1": Action.DELETE,
    }
    order = [step.address for step in found.in_order()]
    assert order.index("listener_rule/main") < order.index("listener_rule/main-1"), "requests find one at any time"


def test_a_copy_of_the_rule_goes() -> None:
    spec = spec_of()
    (rule,) = applied(spec).rules
    copy = dataclasses.replace(rule, arn=f"{RULE}-copy", priority=9)
    change = only_change(spec, with_more_rules(applied(spec), copy))
    assert (change.address, change.action, change.data) == ("listener_rule/main-1", Action.DELETE, copy)


# -- absent --


def test_absent_goes_from_the_tasks_to_what_they_used() -> None:
    found = plan(spec_of(state="absent"), as_seen_for_deletion(applied(spec_of())))
    order = [step.address for step in found.in_order()]
    ends = ["service/main", "service_drained/main", "listener_rule/main", "target_group/main", "security_group/service"]
    assert [address for address in order if address in ends] == ends


def test_absent_finds_a_rule_wherever_it_is() -> None:
    there = with_rule(as_seen_for_deletion(applied(spec_of())), listener_arn=OTHER_LISTENER)
    assert by_address(plan(spec_of(state="absent"), there))["listener_rule/main"].data.arn == RULE


def test_a_target_group_that_others_use_is_not_deleted() -> None:
    values = {"conditions": {}, "action": forward_to(TARGET_GROUP), "transforms": []}
    there = with_more_rules(as_seen_for_deletion(applied(spec_of())), foreign_rule(values=values, priority=0))
    with pytest.raises(ConflictError, match="-theirs"):
        plan(spec_of(state="absent"), there)


# -- results --


def test_the_results_of_a_service_with_a_port() -> None:
    spec = spec_of(paths=["/api/*"])
    done = outputs(spec, applied(spec), Known(REGION, LAYER.identify(applied(spec))))
    assert {key: done[key] for key in ("target_group_arn", "target_group_name", "rule_arn", "rule_priority")} == {
        "target_group_arn": TARGET_GROUP,
        "target_group_name": NAME,
        "rule_arn": RULE,
        "rule_priority": 23930,
    }
    assert LOAD_BALANCER not in done.values()


def test_a_worker_has_the_same_results_and_none_of_a_port() -> None:
    spec = spec_of(**worker())
    done = outputs(spec, applied(spec), Known(REGION, LAYER.identify(applied(spec))))
    assert done.keys() == outputs(spec_of(), EMPTY, Known(REGION)).keys()
    assert {done[key] for key in ("target_group_arn", "target_group_name", "rule_arn", "rule_priority")} == {None}
    assert not any(is_unknown(value) for value in done.values())
