# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Security groups: the values, and the calls against an EC2 in miniature."""

from __future__ import annotations

import dataclasses
import functools
import threading
import typing as t

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.everlook.failover.plugins.module_utils._aws.owner import Owner
from ansible_collections.everlook.failover.plugins.module_utils._engine.context import Context
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError
from ansible_collections.everlook.failover.plugins.module_utils._engine.known import Known
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Action, Change
from ansible_collections.everlook.failover.plugins.module_utils._engine.resource import handlers_of
from ansible_collections.everlook.failover.plugins.module_utils._engine.unknown import unknown
from ansible_collections.everlook.failover.plugins.module_utils._resources import security_group_calls
from ansible_collections.everlook.failover.plugins.module_utils._resources.security_group import (
    Direction,
    GroupSpec,
    Peer,
    Rule,
    SecurityGroup,
    compare_rules,
    group,
    network,
    own_group,
    parse_group,
    parse_permissions,
    plan_group,
    plan_group_deletion,
    prefix_list,
)

OWNER = Owner(stack="hello", environment="dev", component="entrance")
SERVICE = dataclasses.replace(OWNER, component="api").tags("security_group/service")
FOREIGN = {"ManagedBy": "somebody"}
HTTP = Rule(direction="ingress", protocol="tcp", from_port=80, to_port=80, peer=network("0.0.0.0/0"))
EVERYWHERE = Rule(direction="egress", protocol="-1", peer=network("0.0.0.0/0"))

PEERS: st.SearchStrategy[Peer] = st.one_of(
    st.ip_addresses(v=4).map(lambda address: network(f"{address}/32")),
    st.ip_addresses(v=6).map(lambda address: network(f"{address}/128")),
    st.sampled_from([group("sg-1"), group("sg-2"), prefix_list("pl-1")]),
)
PORTS = st.tuples(st.integers(0, 65535), st.integers(0, 65535)).map(sorted)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    direction: Direction = draw(st.sampled_from(["ingress", "egress"]))
    protocol = draw(st.sampled_from(["tcp", "udp", "-1"]))
    low, high = (-1, -1) if protocol == "-1" else draw(PORTS)
    return Rule(
        direction=direction,
        protocol=protocol,
        from_port=low,
        to_port=high,
        peer=draw(PEERS),
        description=draw(st.sampled_from(["", "one", "two"])),
    )


RULES = st.frozensets(rules(), max_size=6)


def spec(*desired: Rule, **fields: t.Any) -> GroupSpec:
    values: dict[str, t.Any] = {
        "owner": OWNER,
        "name": "alb",
        "group_name": "hello-dev-entrance",
        "description": "d",
        "vpc_id": "vpc-1",
        "rules": frozenset(desired),
    }
    return GroupSpec(**{**values, **fields})


def observed(*there: Rule, **fields: t.Any) -> SecurityGroup:
    values: dict[str, t.Any] = {
        "id": "sg-9",
        "name": "hello-dev-entrance",
        "vpc_id": "vpc-1",
        "tags": spec().tags,
        "rules": frozenset(there),
    }
    return SecurityGroup(**{**values, **fields})


# -- rules --


@given(rules())
def test_a_rule_survives_the_way_to_ec2_and_back(rule: Rule) -> None:
    (back,) = parse_permissions(rule.direction, [rule.permission()])
    assert back == rule
    assert back.description == rule.description


def test_a_permission_with_many_peers_is_many_rules() -> None:
    permission = {
        "IpProtocol": "6",
        "FromPort": 80,
        "ToPort": 80,
        "IpRanges": [{"CidrIp": "10.0.0.0/8"}, {"CidrIp": "0.0.0.0/0", "Description": "all"}],
        "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
        "PrefixListIds": [{"PrefixListId": "pl-1"}],
        "UserIdGroupPairs": [{"GroupId": "sg-1", "UserId": "111111111111"}],
    }
    found = parse_permissions("ingress", [permission])
    assert {str(rule) for rule in found} == {
        "ingress tcp 80 from 10.0.0.0/8",
        "ingress tcp 80 from 0.0.0.0/0 (all)",
        "ingress tcp 80 from ::/0",
        "ingress tcp 80 from pl-1",
        "ingress tcp 80 from sg-1",
    }


@pytest.mark.parametrize("extra", [{}, {"FromPort": 0, "ToPort": 65535}, {"FromPort": -1, "ToPort": -1}])
def test_all_traffic_has_no_ports(extra: dict[str, int]) -> None:
    (rule,) = parse_permissions("egress", [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}], **extra}])
    assert rule == EVERYWHERE
    assert "FromPort" not in rule.permission()
    assert str(rule) == "egress all traffic to 0.0.0.0/0"


def test_networks_are_canonical() -> None:
    assert network("2001:DB8:0:0::/32") == Peer("cidr_ipv6", "2001:db8::/32")
    assert network("10.0.0.0/8") == Peer("cidr", "10.0.0.0/8")
    placeholder = unknown("us-east-1", "vpc/main", "cidr")
    assert network(placeholder) == Peer("cidr", placeholder)
    for wrong in ("10.0.0.1/8", "all", ""):
        with pytest.raises(ValueError, match=wrong or "''"):
            network(wrong)


def test_the_description_is_no_part_of_a_rules_identity() -> None:
    other = dataclasses.replace(HTTP, description="x")
    assert other == HTTP
    assert hash(other) == hash(HTTP)
    delta = compare_rules({HTTP}, {other})
    assert (delta.authorize, delta.revoke) == ((), ())
    assert [rule.description for rule in delta.redescribe] == ["x"]


@given(RULES, RULES)
def test_the_delta_leads_from_one_set_to_the_other(before: frozenset[Rule], after: frozenset[Rule]) -> None:
    delta = compare_rules(before, after)
    assert (before | set(delta.authorize)) - set(delta.revoke) == after
    assert not before & set(delta.authorize)
    assert set(delta.revoke) <= before
    assert set(delta.redescribe) <= before & after
    assert bool(delta) == (before != after or bool(delta.redescribe))
    assert not compare_rules(after, after)


# -- plans --


def test_a_missing_group_is_created() -> None:
    change = plan_group(spec(HTTP), None, needs=["vpc/main"])
    assert change
    assert (change.address, change.action, change.needs) == (
        "security_group/alb",
        Action.CREATE,
        frozenset({"vpc/main"}),
    )
    assert change.after["rules"] == ["ingress tcp 80 from 0.0.0.0/0"]


def test_drift_of_rules_descriptions_and_tags() -> None:
    assert plan_group(spec(HTTP), observed(HTTP)) is None
    assert plan_group(spec(HTTP), observed(HTTP, tags={**spec().tags, "Theirs": "x"})) is None
    described = dataclasses.replace(HTTP, description="x")
    for there, reason in (
        (observed(), "rules"),
        (observed(HTTP, EVERYWHERE), "rules"),
        (observed(described), "rules"),
        (observed(HTTP, tags={**spec().tags, "Name": "x"}), "tags"),
    ):
        change = plan_group(spec(HTTP), there)
        assert change
        assert (change.action, change.reason) == (Action.UPDATE, f"differs in {reason}")


def test_ours_is_found_by_name_vpc_and_tags() -> None:
    ours, elsewhere = observed(), observed(id="sg-1", vpc_id="vpc-2")
    assert own_group(spec(), [elsewhere, ours]) is ours
    assert own_group(spec(), [elsewhere]) is None
    assert own_group(spec(), [observed(name="other", tags=FOREIGN)]) is None
    with pytest.raises(ConflictError, match="sg-9 in vpc-1 has the name 'hello-dev-entrance'"):
        own_group(spec(), [observed(tags=FOREIGN)])


def test_from_ec2s_answer() -> None:
    answer = {
        "GroupId": "sg-1",
        "GroupName": "n",
        "VpcId": "vpc-1",
        "Tags": [{"Key": "a", "Value": "b"}],
        "IpPermissions": [HTTP.permission()],
        "IpPermissionsEgress": [EVERYWHERE.permission()],
    }
    assert parse_group(answer) == SecurityGroup(
        id="sg-1", name="n", vpc_id="vpc-1", tags={"a": "b"}, rules=frozenset({HTTP, EVERYWHERE})
    )


# -- calls --


_VERBS = ("authorize_security_group", "update_security_group_rule_descriptions", "revoke_security_group")


def failure(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}}, "Call")


@dataclasses.dataclass
class Ec2:
    """Groups by id, with EC2's errors. ``history`` has every set of rules that was in force.

    :param faults: by operation, what is raised instead of (or, for an answer that is lost, after) the next calls.
    """

    groups: dict[str, SecurityGroup] = dataclasses.field(default_factory=dict)
    history: list[frozenset[Rule]] = dataclasses.field(default_factory=list)
    faults: dict[str, list[Exception]] = dataclasses.field(default_factory=dict)
    calls: list[str] = dataclasses.field(default_factory=list)
    hidden: int = 0
    refuses: bool = False

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if self.faults.get(name):
            raise self.faults[name].pop(0)

    def create_security_group(self, **request: t.Any) -> dict[str, t.Any]:
        if any(each.name == request["GroupName"] for each in self.groups.values()):
            self._called("create")
            raise failure("InvalidGroup.Duplicate")
        if self.refuses and self.faults.get("create"):
            self._called("create")
        tags = {tag["Key"]: tag["Value"] for tag in request["TagSpecifications"][0]["Tags"]}
        self.groups["sg-9"] = observed(EVERYWHERE, name=request["GroupName"], vpc_id=request["VpcId"], tags=tags)
        self._called("create")
        return {"GroupId": "sg-9"}

    def describe_security_groups(self, **request: t.Any) -> dict[str, t.Any]:
        self._called("describe")
        (group_id,) = request["GroupIds"]
        if group_id not in self.groups:
            raise failure("InvalidGroup.NotFound")
        return {"SecurityGroups": [_answer(self.groups[group_id])]}

    def get_paginator(self, _operation: str) -> Ec2:
        return self

    def paginate(self, *, Filters: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:  # noqa: N803
        (wanted,) = Filters
        if wanted["Name"] == "group-id":
            return [{"NetworkInterfaces": []}]
        if self.hidden:
            self.hidden -= 1
            return [{"SecurityGroups": []}]
        direction = {"ip-permission.group-id": "ingress", "egress.ip-permission.group-id": "egress"}
        found = [
            each
            for each in self.groups.values()
            if (wanted["Name"] == "group-name" and each.name in wanted["Values"])
            or any(
                rule.direction == direction.get(wanted["Name"]) and rule.peer.value in wanted["Values"]
                for rule in each.rules
            )
        ]
        return [{"SecurityGroups": [_answer(each) for each in found]}]

    def create_tags(self, *, Resources: list[str], Tags: list[dict[str, str]]) -> None:  # noqa: N803
        self._called("tags")
        for resource in Resources:
            there = self.groups[resource]
            tags = {**there.tags, **{tag["Key"]: tag["Value"] for tag in Tags}}
            self.groups[resource] = dataclasses.replace(there, tags=tags)

    def delete_security_group(self, *, GroupId: str) -> None:  # noqa: N803
        self._called("delete")
        if self.groups.pop(GroupId, None) is None:
            raise failure("InvalidGroup.NotFound")

    def __getattr__(self, name: str) -> t.Any:
        verb, _, direction = name.rpartition("_")
        if verb not in _VERBS:
            raise AttributeError(name)
        return functools.partial(self._write, verb.partition("_")[0], direction)

    def _write(self, verb: str, direction: t.Any, **request: t.Any) -> None:
        self._called(verb)
        there = self.groups[request["GroupId"]]
        some = parse_permissions(direction, request["IpPermissions"])
        if verb == "authorize":
            if some & there.rules:
                raise failure("InvalidPermission.Duplicate")
            after = there.rules | some
        else:
            if not some <= there.rules:
                raise failure("InvalidPermission.NotFound")
            after = there.rules - some if verb == "revoke" else some | (there.rules - some)
        self.groups[there.id] = dataclasses.replace(there, rules=after)
        self.history.append(after)


def _answer(there: SecurityGroup) -> dict[str, t.Any]:
    permissions: dict[str, list[dict[str, t.Any]]] = {"ingress": [], "egress": []}
    for rule in there.rules:
        permissions[rule.direction].append(rule.permission())
    return {
        "GroupId": there.id,
        "GroupName": there.name,
        "VpcId": there.vpc_id,
        "Tags": [{"Key": key, "Value": value} for key, value in there.tags.items()],
        "IpPermissions": permissions["ingress"],
        "IpPermissionsEgress": permissions["egress"],
    }


class _AtOnce(threading.Event):
    def wait(self, timeout: float | None = None) -> bool:
        del timeout
        return False


@dataclasses.dataclass(frozen=True)
class _Clients:
    ec2: Ec2
    region: str = "us-east-1"

    def get(self, _service: str, **_options: t.Any) -> Ec2:
        return self.ec2


def apply(ec2: Ec2, change: Change | None, wait_timeout: float = 900) -> Known:
    assert change
    known = Known("us-east-1", {change.address: {"id": "sg-9"}} if change.action is not Action.CREATE else {})
    ctx = Context(
        params={"wait_timeout": wait_timeout},
        check_mode=False,
        clients=t.cast("t.Any", _Clients(ec2)),
        warn=print,
        progress=print,
        stop=_AtOnce(),
    )
    handlers_of([security_group_calls.CALLS]).changes[change.kind, change.action](ctx, change, known)
    return known


@given(RULES)
def test_a_created_group_has_its_tags_and_rules(desired: frozenset[Rule]) -> None:
    ec2 = Ec2()
    known = apply(ec2, plan_group(spec(*desired), None))
    assert known.get("security_group/alb") == "sg-9"
    assert plan_group(spec(*desired), own_group(spec(), ec2.groups.values())) is None


@given(RULES, RULES)
def test_what_is_allowed_before_and_after_is_allowed_all_the_time(
    before: frozenset[Rule], after: frozenset[Rule]
) -> None:
    ec2 = Ec2({"sg-9": observed(*before)})
    change = plan_group(spec(*after), ec2.groups["sg-9"])
    if change:
        apply(ec2, change)
    assert plan_group(spec(*after), ec2.groups["sg-9"]) is None
    assert all(before & after <= moment for moment in ec2.history)


@given(RULES, RULES, RULES)
def test_rules_that_changed_since_the_plan_do_not_stop_it(
    before: frozenset[Rule], meanwhile: frozenset[Rule], after: frozenset[Rule]
) -> None:
    ec2 = Ec2({"sg-9": observed(*before)})
    change = plan_group(spec(*after), ec2.groups["sg-9"])
    ec2.groups["sg-9"] = observed(*meanwhile)
    if change is None:
        return
    apply(ec2, change)
    # What changed meanwhile besides is left to the next run.
    assert set(change.data.delta.authorize) <= ec2.groups["sg-9"].rules
    assert not set(change.data.delta.revoke) & ec2.groups["sg-9"].rules


@pytest.mark.parametrize("hidden", [0, 1])
def test_a_creation_whose_answer_is_lost_makes_one_group(hidden: int) -> None:
    ec2 = Ec2(faults={"create": [ReadTimeoutError(endpoint_url="https://ec2")]}, hidden=hidden)
    known = apply(ec2, plan_group(spec(HTTP), None))
    assert known.get("security_group/alb") == "sg-9"
    assert ec2.groups["sg-9"].rules == {HTTP}
    assert ec2.calls.count("create") == 1 + hidden


def test_a_foreign_group_that_appears_meanwhile_is_left_alone() -> None:
    foreign = observed(EVERYWHERE, id="sg-x", tags=FOREIGN)
    ec2 = Ec2({"sg-x": foreign})
    with pytest.raises(ConflictError, match="sg-x"):
        apply(ec2, plan_group(spec(HTTP), None))
    assert ec2.groups == {"sg-x": foreign}


def test_a_new_group_is_not_known_everywhere_at_once() -> None:
    ec2 = Ec2(faults={"describe": [failure("InvalidGroup.NotFound")], "authorize": [failure("InvalidGroup.NotFound")]})
    apply(ec2, plan_group(spec(HTTP), None))
    assert ec2.groups["sg-9"].rules == {HTTP}


def test_the_vpc_of_a_new_group_may_be_young() -> None:
    ec2 = Ec2(faults={"create": [failure("InvalidVpcID.NotFound")]}, refuses=True)
    apply(ec2, plan_group(spec(HTTP), None))
    assert ec2.groups["sg-9"].rules == {HTTP}


def test_a_group_made_by_a_lost_call_is_found_once_it_is_listed() -> None:
    ours = observed(EVERYWHERE, tags=spec().tags)
    ec2 = Ec2({"sg-9": ours}, hidden=2)
    apply(ec2, plan_group(spec(HTTP), None))
    assert ec2.groups["sg-9"].rules == {HTTP}


def test_only_tags() -> None:
    ec2 = Ec2({"sg-9": observed(HTTP, tags={**spec().tags, "Name": "x"})})
    apply(ec2, plan_group(spec(HTTP), ec2.groups["sg-9"]))
    assert ec2.calls == ["tags"]
    assert ec2.groups["sg-9"].tags == spec().tags


def test_references_of_the_stack_are_revoked_before_a_group_is_deleted() -> None:
    admits = dataclasses.replace(HTTP, peer=group("sg-9"))
    sends = dataclasses.replace(EVERYWHERE, peer=group("sg-9"))
    itself = dataclasses.replace(HTTP, peer=group("sg-9"))
    other = observed(HTTP, admits, sends, id="sg-service", name="hello-dev-api", tags=SERVICE)
    ec2 = Ec2({"sg-9": observed(itself), "sg-service": other})
    known = apply(ec2, plan_group_deletion(OWNER, "alb", ec2.groups["sg-9"]))
    assert set(ec2.groups) == {"sg-service"}
    assert ec2.groups["sg-service"].rules == {HTTP}
    assert ec2.calls[-1] == "delete"
    assert not known.has("security_group/alb")


def test_references_of_others_stop_a_deletion() -> None:
    admits = dataclasses.replace(HTTP, peer=group("sg-9"))
    ours = observed(admits, id="sg-service", name="hello-dev-api", tags=SERVICE)
    foreign = observed(admits, id="sg-x", name="theirs", tags=FOREIGN)
    ec2 = Ec2({"sg-9": observed(), "sg-service": ours, "sg-x": foreign})
    with pytest.raises(ConflictError, match="rules of sg-x, which are not of this stack"):
        apply(ec2, plan_group_deletion(OWNER, "alb", ec2.groups["sg-9"]))
    assert set(ec2.groups) == {"sg-9", "sg-service", "sg-x"}
    assert ec2.calls == []


def test_a_group_in_use_is_deleted_as_soon_as_it_is_free() -> None:
    ec2 = Ec2({"sg-9": observed()}, faults={"delete": [failure("DependencyViolation")] * 3})
    apply(ec2, plan_group_deletion(OWNER, "alb", ec2.groups["sg-9"]))
    assert ec2.groups == {}
    assert ec2.calls.count("delete") == 4


def test_a_group_that_stays_in_use_is_an_error() -> None:
    ec2 = Ec2({"sg-9": observed()}, faults={"delete": [failure("DependencyViolation")] * 9})
    with pytest.raises(ClientError, match="DependencyViolation"):
        apply(ec2, plan_group_deletion(OWNER, "alb", ec2.groups["sg-9"]), wait_timeout=-1)
    assert "sg-9" in ec2.groups


def test_a_group_that_is_gone_already_is_deleted() -> None:
    change = plan_group_deletion(OWNER, "alb", observed())
    assert not apply(Ec2(), change).has("security_group/alb")
