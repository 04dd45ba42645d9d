# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what is to what should be, without AWS."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.everlook.failover.plugins.module_utils._alb.layer import LAYER, outputs
from ansible_collections.everlook.failover.plugins.module_utils._alb.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._alb.resources import (
    load_balancer,
    security_group,
)
from ansible_collections.everlook.failover.plugins.module_utils._alb.resources.listener import (
    Listener,
    address,
)
from ansible_collections.everlook.failover.plugins.module_utils._alb.resources.load_balancer import LoadBalancer
from ansible_collections.everlook.failover.plugins.module_utils._alb.snapshot import Snapshot, Subnet
from ansible_collections.everlook.failover.plugins.module_utils._alb.spec import Spec
from ansible_collections.everlook.failover.plugins.module_utils._aws.changes import Repair
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError, SpecError
from ansible_collections.everlook.failover.plugins.module_utils._engine.field import differing, read
from ansible_collections.everlook.failover.plugins.module_utils._engine.known import Known
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Action, Change, Plan
from ansible_collections.everlook.failover.plugins.module_utils._engine.unknown import is_unknown, unknown
from ansible_collections.everlook.failover.plugins.module_utils._resources.security_group import (
    Rule,
    SecurityGroup,
    network,
    prefix_list,
)

from .worlds import BALANCER_ARN, EMPTY, FOREIGN, VPC, carry_out, deployed, make_spec, subnets

ALL = {security_group.ADDRESS, load_balancer.ADDRESS, address("http")}


def actions(changes: Plan) -> dict[str, str]:
    return {change.address: change.action.value for change in changes.changes}


def only_change(spec: Spec, snapshot: Snapshot) -> Change:
    (change,) = plan(spec, snapshot).changes
    return change


WEB_ACL = "arn:aws:wafv2:us-east-1:111111111111:regional/webacl/{}/12345678-1234-1234-1234-123456789012"
WEB_ACLS = [None, "", *(WEB_ACL.format(name) for name in ("shop", "other"))]


@pytest.mark.parametrize("there", [arn for arn in WEB_ACLS if arn is not None])
@pytest.mark.parametrize("wanted", WEB_ACLS)
def test_a_web_acl_is_left_alone_unless_the_option_names_another(wanted: str | None, there: str) -> None:
    spec = make_spec(web_acl_arn=wanted)
    found = dataclasses.replace(deployed(make_spec()), web_acl_arn=there)
    changed = wanted is not None and wanted != there
    action = ("update" if wanted else "delete") if there else "create"
    assert actions(plan(spec, found)) == ({"web_acl_association/main": action} if changed else {})
    after = carry_out(spec, found)
    assert after.web_acl_arn == (there if wanted is None else wanted)
    assert actions(plan(spec, after)) == {}
    # It goes with the load balancer.
    assert "web_acl_association/main" not in actions(plan(make_spec(state="absent"), after))


def _with(item: t.Any, fields: dict[str, t.Any]) -> t.Any:
    """The same with these attributes, or values of its fields."""
    own = {name: value for name, value in fields.items() if hasattr(item, name)}
    values = {name: value for name, value in fields.items() if name not in own}
    return dataclasses.replace(item, **own, values={**item.values, **values})


def with_balancer(snapshot: Snapshot, **fields: t.Any) -> Snapshot:
    return dataclasses.replace(snapshot, load_balancer=_with(snapshot.load_balancer, fields))


def with_listener(snapshot: Snapshot, **fields: t.Any) -> Snapshot:
    (listener,) = snapshot.listeners
    return dataclasses.replace(snapshot, listeners=(_with(listener, fields),))


def with_group(snapshot: Snapshot, **fields: t.Any) -> Snapshot:
    (group,) = snapshot.groups
    return dataclasses.replace(snapshot, groups=(dataclasses.replace(group, **fields),))


# Everything that decides what is made: any combination must converge.
PARAMS = st.fixed_dictionaries(
    {},
    optional={
        "listener_port": st.integers(1, 65535),
        "not_found_body": st.sampled_from(["Not here.", ""]),
        "ip_address_type": st.sampled_from(["ipv4", "dualstack"]),
        "ingress_cidrs": st.lists(st.sampled_from(["0.0.0.0/0", "10.0.0.0/8", "192.0.2.0/24"]), max_size=3),
        "ingress_prefix_lists": st.lists(st.sampled_from(["pl-1", "pl-2"]), max_size=2),
        "egress": st.sampled_from(["vpc", "all"]),
        "subnet_ids": st.sampled_from([["subnet-a", "subnet-b"], ["subnet-c", "subnet-b", "subnet-a"]]),
        "idle_timeout": st.integers(1, 4000),
        "deletion_protection": st.booleans(),
        "http2": st.booleans(),
        "drop_invalid_header_fields": st.booleans(),
        "desync_mitigation_mode": st.sampled_from(["monitor", "defensive", "strictest"]),
        "access_logs": st.sampled_from([None, {"bucket": "logs"}, {"bucket": "logs", "prefix": "alb"}]),
        "tags": st.dictionaries(st.sampled_from(["Team", "Cost"]), st.text(max_size=3)),
    },
)


@given(PARAMS)
def test_an_applied_plan_leaves_nothing_to_do(params: dict[str, t.Any]) -> None:
    spec = make_spec(**params)
    assert plan(spec, deployed(spec)) == Plan()


@given(PARAMS, PARAMS)
def test_from_any_settings_to_any_others(before: dict[str, t.Any], after: dict[str, t.Any]) -> None:
    spec = make_spec(**after)
    there = deployed(make_spec(**before))
    changes = plan(spec, there)
    assert {change.action for change in changes.changes} <= {Action.UPDATE}
    assert plan(spec, carry_out(spec, there)) == Plan()


@given(PARAMS, st.sets(st.sampled_from(sorted(ALL))))
def test_whatever_is_missing_is_made_again(params: dict[str, t.Any], lost: set[str]) -> None:
    spec = make_spec(**params)
    there = deployed(spec)
    if load_balancer.ADDRESS in lost:
        there = dataclasses.replace(there, load_balancer=None, listeners=())
    if address("http") in lost:
        there = dataclasses.replace(there, listeners=())
    if security_group.ADDRESS in lost:
        there = dataclasses.replace(there, groups=())
    there = carry_out(spec, there)
    assert plan(spec, there) == Plan()
    assert set(LAYER.identify(there)) == ALL


@given(PARAMS)
def test_destroying_mirrors_creating(params: dict[str, t.Any]) -> None:
    spec = make_spec(**{**params, "deletion_protection": False})
    absent = make_spec(state="absent")
    created, deleted = plan(spec, EMPTY), plan(absent, deployed(spec))
    assert actions(created) == dict.fromkeys(ALL, "create")
    assert actions(deleted) == dict.fromkeys(ALL, "delete")
    assert plan(absent, carry_out(absent, deployed(spec))) == Plan()
    # What was needed to make something goes after it.
    order = [step.address for step in deleted.in_order()]
    for change in created.changes:
        for needed in change.needs & ALL:
            assert order.index(change.address) < order.index(needed)


def test_every_change_and_wait_has_a_handler() -> None:
    spec = make_spec()
    for each in (plan(spec, EMPTY), plan(make_spec(state="absent"), deployed(spec))):
        assert {(change.kind, change.action) for change in each.changes} <= LAYER.handlers.changes.keys()
        assert {wait.kind for wait in each.waits} <= LAYER.handlers.waits.keys()
    kinds = {kind for kind, _action in LAYER.handlers.changes}
    assert LAYER.handlers.changes.keys() == {(kind, action) for kind in kinds for action in Action}


def test_without_waiting_everything_is_made() -> None:
    now, later = plan(make_spec(), EMPTY).without_waits()
    assert actions(now) == dict.fromkeys(ALL, "create")
    assert later == ("load_balancer_active/main",)


def test_without_waiting_the_security_group_stays_until_the_interfaces_are_gone() -> None:
    now, later = plan(make_spec(state="absent"), deployed(make_spec())).without_waits()
    assert actions(now) == dict.fromkeys(ALL - {security_group.ADDRESS}, "delete")
    assert set(later) == {"network_interfaces_gone/main", security_group.ADDRESS}


def test_an_interrupted_destroy_goes_on() -> None:
    there = deployed(make_spec())
    absent = make_spec(state="absent")
    left = dataclasses.replace(there, load_balancer=None, listeners=())
    assert actions(plan(absent, left)) == {security_group.ADDRESS: "delete"}
    assert [wait.kind for wait in plan(absent, left).waits] == ["network_interfaces_gone"]
    assert plan(absent, dataclasses.replace(left, groups=())) == Plan()


@pytest.mark.parametrize("state", ["provisioning", "active", "active_impaired"])
def test_only_a_load_balancer_that_is_not_active_is_waited_for(state: str) -> None:
    there = with_balancer(deployed(make_spec()), state=state)
    assert len(plan(make_spec(), there).waits) == (state == "provisioning")


def test_in_an_empty_account_the_plan_is_complete() -> None:
    vpc = unknown("us-east-1", "vpc/main")
    spec = make_spec(vpc_id=vpc, subnet_ids=[unknown("us-east-1", f"subnet/public-{zone}") for zone in "ab"])
    changes = {change.address: change for change in plan(spec, EMPTY).changes}
    assert set(changes) == ALL
    assert changes[load_balancer.ADDRESS].after["security_group_ids"] == [
        "(known after apply: us-east-1/security_group/alb)"
    ]
    assert changes["listener/http"].after["not_found_body"] == "There is no service here."
    assert changes[security_group.ADDRESS].after["rules"] == [
        "egress tcp 0-65535 to 10.10.0.0/16 (Targets)",
        "ingress tcp 80 from 0.0.0.0/0 (Clients)",
    ]


# -- drift: (what was done behind our back, the address, what the reason says) --

SSH = Rule(direction="ingress", protocol="tcp", from_port=22, to_port=22, peer=network("0.0.0.0/0"))
FOREIGN_LISTENER = Listener(arn="arn:theirs", values={"protocol": "HTTP", "port": 9000, "not_found_body": "[]"})
DRIFT: dict[str, tuple[t.Callable[[Snapshot], Snapshot], str, str]] = {
    "subnets": (lambda s: with_balancer(s, subnet_ids=["subnet-a", "subnet-x"]), "load_balancer/main", "subnet_ids"),
    "groups": (
        lambda s: with_balancer(s, security_group_ids=["sg-ours", "sg-x"]),
        "load_balancer/main",
        "security_group_ids",
    ),
    "ip": (lambda s: with_balancer(s, ip_address_type="dualstack"), "load_balancer/main", "ip_address_type"),
    "lb tags": (lambda s: with_balancer(s, tags={**_balancer(s).tags, "Team": "x"}), "load_balancer/main", "tags"),
    "listener port": (lambda s: with_listener(s, port=81), "listener/http", "port"),
    "listener protocol": (lambda s: with_listener(s, protocol="HTTPS"), "listener/http", "protocol"),
    "listener action": (lambda s: with_listener(s, not_found_body="[]"), "listener/http", "not_found_body"),
    "listener tags": (lambda s: with_listener(s, tags={}), "listener/http", "tags"),
    "rule lost": (lambda s: with_group(s, rules=frozenset()), "security_group/alb", "rules"),
    "rule too many": (lambda s: with_group(s, rules=_rules(s) | {SSH}), "security_group/alb", "rules"),
    "rule described": (lambda s: with_group(s, rules=_described(s)), "security_group/alb", "rules"),
    "group tags": (lambda s: with_group(s, tags={**s.groups[0].tags, "Name": "x"}), "security_group/alb", "tags"),
}


def _balancer(snapshot: Snapshot) -> LoadBalancer:
    assert snapshot.load_balancer
    return snapshot.load_balancer


def _rules(snapshot: Snapshot) -> frozenset[Rule]:
    return snapshot.groups[0].rules


def _described(snapshot: Snapshot) -> frozenset[Rule]:
    return frozenset(dataclasses.replace(rule, description="x") for rule in _rules(snapshot))


@pytest.mark.parametrize("name", DRIFT)
def test_drift_is_named_and_repaired_alone(name: str) -> None:
    drift, address, field = DRIFT[name]
    spec = make_spec()
    there = drift(deployed(spec))
    change = only_change(spec, there)
    assert (change.address, change.action) == (address, Action.UPDATE)
    assert change.reason == f"differs in {field}"
    assert set(change.before) == set(change.after) == {field}
    assert plan(spec, carry_out(spec, there)) == Plan()


LOGGED: dict[str, t.Any] = {"access_logs": {"bucket": "logs", "prefix": "alb"}}
WANTED = make_spec(**LOGGED)


@pytest.mark.parametrize("name", sorted(WANTED.attributes))
def test_every_attribute_of_the_load_balancer_is_compared(name: str) -> None:
    spec = make_spec(**LOGGED)
    there = with_balancer(deployed(spec), **{name: "other"})
    change = only_change(spec, there)
    assert change.reason == f"differs in {name}"
    assert change.data == Repair(found=_balancer(there), values={name: WANTED.attributes[name]}, tags={})


def test_attributes_that_aws_does_not_report_have_its_defaults() -> None:
    reported = read(load_balancer.ATTRIBUTES, {"idle_timeout.timeout_seconds": "60"})
    wanted = {"idle_timeout": "60", "zonal_shift": "false", "waf_fail_open": "true"}
    assert differing(load_balancer.ATTRIBUTES, reported, wanted) == {"waf_fail_open": "true"}


def test_where_logs_went_does_not_matter_once_they_are_off() -> None:
    there = deployed(make_spec(access_logs={"bucket": "logs"}))
    change = only_change(make_spec(), there)
    assert change.after == {"access_logs.enabled": "false"}


def test_tags_of_others_are_left_alone() -> None:
    spec = make_spec()
    there = deployed(spec)
    there = with_balancer(there, tags={**_balancer(there).tags, "Theirs": "x"})
    there = with_group(there, tags={**there.groups[0].tags, "Theirs": "x"})
    assert plan(spec, there) == Plan()


# -- listeners --


def test_listeners_of_others_are_left_alone() -> None:
    spec = make_spec()
    there = deployed(spec)
    assert plan(spec, dataclasses.replace(there, listeners=(*there.listeners, FOREIGN_LISTENER))) == Plan()


def test_our_listener_moves_to_another_port() -> None:
    change = {each.address: each for each in plan(make_spec(listener_port=8080), deployed(make_spec())).changes}
    assert set(change) == {"listener/http", "security_group/alb"}
    assert change["listener/http"].after == {"port": 8080}


def test_our_listener_does_not_move_onto_another_one() -> None:
    there = deployed(make_spec())
    there = dataclasses.replace(there, listeners=(FOREIGN_LISTENER, *there.listeners))
    with pytest.raises(ConflictError, match="arn:theirs"):
        plan(make_spec(listener_port=9000), there)


def test_what_is_on_our_port_becomes_ours() -> None:
    spec = make_spec()
    there = with_listener(deployed(spec), tags={}, not_found_body='[{"Type": "fixed-response"}]')
    assert only_change(spec, there).reason == "differs in not_found_body, tags"


# -- what is not ours, and what cannot be changed --


def test_a_foreign_load_balancer_is_a_conflict() -> None:
    there = with_balancer(deployed(make_spec()), tags=FOREIGN)
    with pytest.raises(
        ConflictError, match=f"{BALANCER_ARN} has the name 'hello-dev'.* tag it again: .*rename the stack"
    ):
        plan(make_spec(), there)


def test_a_removal_is_refused_while_a_load_balancer_without_tags_uses_its_group() -> None:
    """AWS would refuse to delete the group for as long as it stands."""
    there = with_balancer(deployed(make_spec()), tags={})
    with pytest.raises(ConflictError, match=f"{BALANCER_ARN} uses the security group .* tag it again: "):
        plan(make_spec(state="absent"), there)
    assert plan(make_spec(state="absent"), with_balancer(there, security_group_ids=["sg-theirs"])).changes


def test_another_environments_load_balancer_is_a_conflict() -> None:
    there = deployed(make_spec())
    with pytest.raises(ConflictError):
        plan(make_spec(), with_balancer(there, tags={**_balancer(there).tags, "Environment": "prod"}))


def test_a_foreign_security_group_of_our_name_is_a_conflict_in_our_vpc_only() -> None:
    foreign = SecurityGroup(id="sg-x", name="hello-dev-entrance", vpc_id=VPC, tags=FOREIGN, rules=frozenset())
    with pytest.raises(ConflictError, match="sg-x"):
        plan(make_spec(), dataclasses.replace(EMPTY, groups=(foreign,)))
    elsewhere = dataclasses.replace(foreign, vpc_id="vpc-2")
    assert set(actions(plan(make_spec(), dataclasses.replace(EMPTY, groups=(elsewhere,))))) == ALL


def test_nothing_foreign_is_deleted() -> None:
    there = deployed(make_spec())
    there = with_group(with_balancer(there, tags=FOREIGN), tags=FOREIGN)
    assert plan(make_spec(state="absent"), there) == Plan()


@pytest.mark.parametrize(("params", "balancer"), [({"vpc_id": "vpc-2"}, {}), ({}, {"vpc_id": "vpc-2"})])
def test_what_cannot_be_changed_is_refused(params: dict[str, t.Any], balancer: dict[str, t.Any]) -> None:
    there = with_balancer(deployed(make_spec()), **balancer)
    with pytest.raises(SpecError, match=r"AWS cannot change that\. Set it back; or") as raised:
        plan(make_spec(**params), there)
    assert raised.value.option == "vpc_id"


@pytest.mark.parametrize("balancer", [{"scheme": "internal"}, {"type": "network"}, {"state": "failed"}])
def test_what_others_made_of_ours_for_good_is_refused(balancer: dict[str, t.Any]) -> None:
    with pytest.raises(ConflictError, match="Run state absent"):
        plan(make_spec(), with_balancer(deployed(make_spec()), **balancer))


def test_a_vpc_that_is_not_known_yet_is_not_compared() -> None:
    there = deployed(make_spec())
    spec = make_spec(vpc_id=unknown("us-east-1", "vpc/main"))
    assert actions(plan(spec, there)) == {"security_group/alb": "create", "load_balancer/main": "update"}


def test_subnets_of_one_zone_are_refused() -> None:
    there = dataclasses.replace(EMPTY, subnets=subnets("us-east-1a", "us-east-1a"))
    with pytest.raises(SpecError, match="subnet-0 and subnet-1 are both in us-east-1a"):
        plan(make_spec(), there)


def test_subnets_of_another_vpc_are_refused() -> None:
    there = dataclasses.replace(EMPTY, subnets=subnets("us-east-1a", "us-east-1b", vpc_id="vpc-2"))
    with pytest.raises(SpecError, match="subnet-0 is in vpc-2, not in vpc-1"):
        plan(make_spec(), there)


def test_a_protected_load_balancer_is_not_deleted() -> None:
    there = deployed(make_spec(deletion_protection=True))
    with pytest.raises(ConflictError, match="alb_deletion_protection"):
        plan(make_spec(state="absent"), there)


def test_a_load_balancer_in_front_of_services_is_not_deleted() -> None:
    there = dataclasses.replace(deployed(make_spec()), services=("hello-dev-api", "hello-dev-web"))
    with pytest.raises(ConflictError, match="hello-dev-api, hello-dev-web"):
        plan(make_spec(state="absent"), there)


# -- results --


def test_the_results_have_the_same_keys_before_and_after() -> None:
    spec = make_spec(log_bucket={"expiration_days": 30})
    before = outputs(spec, EMPTY, Known("us-east-1", {}))
    after = outputs(spec, EMPTY, Known("us-east-1", LAYER.identify(deployed(spec))))
    assert before.keys() == after.keys()
    assert {key for key, value in before.items() if not is_unknown(value)} == {
        "load_balancer_name",
        "log_bucket",
        "retiring_listener_arn",
        "verifies_clients_later",
    }
    assert before["listener_arns"] == {"http": before["listener_arn"]}
    assert len({str(value) for value in before.values()}) == len(before)
    assert after == {
        "load_balancer_arn": BALANCER_ARN,
        "load_balancer_name": "hello-dev",
        "dns_name": "hello-dev-1.elb.amazonaws.com",
        "canonical_hosted_zone_id": "Z35SXDOTRQ7X7K",
        "listener_arn": "arn:http",
        "listener_arns": {"http": "arn:http"},
        "retiring_listener_arn": "",
        "verifies_clients_later": False,
        "security_group_id": "sg-ours",
        "log_bucket": "hello-dev-111111111111-us-east-1-logs",
    }
    assert outputs(make_spec(state="absent"), EMPTY, Known("us-east-1", {})) == {}


def test_health_checkers_have_a_rule_of_their_own() -> None:
    spec = make_spec(ingress_cidrs=["10.0.0.0/8"], listener_port=8080)
    seen = dataclasses.replace(EMPTY, health_checkers=(prefix_list("pl-checkers"),))
    (group,) = (step for step in plan(spec, seen).changes if step.kind == "security_group")
    ingress = {str(rule) for rule in group.data.spec.rules if rule.direction == "ingress"}
    assert ingress == {
        "ingress tcp 8080 from 10.0.0.0/8 (Clients)",
        "ingress tcp 8080 from pl-checkers (Route 53 health checkers)",
    }


@pytest.mark.parametrize("without", ["subnet-a", "subnet-b"])
def test_dualstack_wants_ipv6_in_every_subnet(without: str) -> None:
    subnets = tuple(
        Subnet(id=name, vpc_id=VPC, zone=name, has_ipv6=name != without) for name in ("subnet-a", "subnet-b")
    )
    with pytest.raises(SpecError, match=f"{without} has no IPv6 network"):
        plan(make_spec(ip_address_type="dualstack"), dataclasses.replace(EMPTY, subnets=subnets))
    plan(make_spec(), dataclasses.replace(EMPTY, subnets=subnets))
