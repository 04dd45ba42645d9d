# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import typing as t

import hypothesis
import hypothesis.strategies as st
import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError, SpecError
from ansible_collections.everlook.failover.plugins.module_utils._engine.known import Known
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Action, Plan
from ansible_collections.everlook.failover.plugins.module_utils._engine.unknown import is_unknown, unknown
from ansible_collections.everlook.failover.plugins.module_utils._route53.records import RecordAction, RecordSet
from ansible_collections.everlook.failover.plugins.module_utils._route53.zones import Zone
from ansible_collections.everlook.failover.plugins.module_utils._route53_zone_delegation.layer import outputs
from ansible_collections.everlook.failover.plugins.module_utils._route53_zone_delegation.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._route53_zone_delegation.resources import (
    name_server_record,
)
from ansible_collections.everlook.failover.plugins.module_utils._route53_zone_delegation.snapshot import Snapshot
from ansible_collections.everlook.failover.plugins.module_utils._route53_zone_delegation.spec import (
    DelegationSpec,
    Role,
    parse,
)

ROLE_ARN = "arn:aws:iam::999999999999:role/dns-delegation-dev"
SERVERS = ["ns-1.awsdns-01.com", "ns-2.awsdns-02.org", "ns-3.awsdns-03.net", "ns-4.awsdns-04.co.uk"]
PARAMS: dict[str, t.Any] = {
    "stack": "hello",
    "environment": "dev",
    "state": "present",
    "tags": {},
    "wait": True,
    "wait_timeout": 900,
    "zone": "dev.example.com",
    "parent_zone": "example.com",
    "parent_zone_id": None,
    "name_servers": SERVERS,
    "ttl": 300,
    "replace_records": False,
    "role_arn": ROLE_ARN,
    "external_id": "everlook-failover-dev",
    "role_session_name": None,
}
PARENT = Zone(zone_id="ZP", name="example.com.", private=False, caller_reference="theirs")
DS = RecordSet(name="dev.example.com", type="DS", ttl=300, values=frozenset({"1 13 2 ab"}))


def spec(**params: t.Any) -> DelegationSpec:
    return parse({**PARAMS, **params}, "us-east-1")


def ns(*values: str, ttl: int = 300) -> RecordSet:
    return RecordSet(name="dev.example.com", type="NS", ttl=ttl, values=frozenset(values))


def seen(delegation: RecordSet | None, **fields: t.Any) -> Snapshot:
    return Snapshot(parent=PARENT, delegation=delegation, **fields)


def written(wanted: Plan) -> list[tuple[RecordAction, RecordSet]]:
    return [(write.action, write.record) for change in wanted.changes for write in change.data.changes]


@pytest.mark.parametrize(
    ("option", "params"),
    [
        ("zone", {"zone": "example.com"}),
        ("zone", {"zone": "dev.example.org"}),
        ("zone", {"zone": "devexample.com"}),
        ("parent_zone", {"parent_zone": "com"}),
        ("ttl", {"ttl": 299}),
        ("ttl", {"ttl": 172801}),
        ("name_servers", {"name_servers": []}),
        ("name_servers", {"name_servers": ["192.0.2.1 "]}),
        ("role_arn", {"role_arn": "dns-delegation-dev"}),
        ("role_arn", {"role_arn": "arn:aws:iam::999999999999:user/dns"}),
        ("external_id", {"external_id": "x"}),
        ("external_id", {"role_arn": None}),
        ("role_session_name", {"role_session_name": "a b"}),
    ],
)
def test_a_wrong_option_is_named(option: str, params: dict[str, t.Any]) -> None:
    with pytest.raises(SpecError, match=f"^{option}: "):
        spec(**params)


@pytest.mark.parametrize("ttl", [300, 172800])
def test_the_limits_of_the_ttl_are_valid(ttl: int) -> None:
    assert spec(ttl=ttl).ttl == ttl


def test_the_session_says_who_it_is() -> None:
    role = Role(arn=ROLE_ARN, external_id="everlook-failover-dev", session_name="everlook-failover-dev")
    assert spec().role == role
    assert spec(role_session_name="ci").role == dataclasses.replace(role, session_name="ci")
    assert spec(role_arn=None, external_id=None).role is None


def test_a_missing_delegation_is_created() -> None:
    wanted = plan(spec(), seen(None))
    assert [(change.address, change.action) for change in wanted.changes] == [
        (name_server_record.ADDRESS, Action.CREATE)
    ]
    assert written(wanted) == [(RecordAction.CREATE, ns(*SERVERS))]
    assert [wait.needs for wait in wanted.waits] == [{name_server_record.ADDRESS}]


@hypothesis.given(st.permutations(SERVERS), st.booleans(), st.booleans())
def test_spelling_and_order_do_not_matter(servers: list[str], upper: bool, dot: bool) -> None:
    spelled = [(name.upper() if upper else name) + ("." if dot else "") for name in servers]
    assert plan(spec(name_servers=spelled), seen(ns(*SERVERS))).steps == ()


@hypothesis.given(
    st.sets(st.sampled_from([*SERVERS, "ns-9.awsdns-09.com"]), min_size=1), st.integers(min_value=300, max_value=302)
)
def test_whatever_differs_is_set_right_and_then_stays(servers: set[str], ttl: int) -> None:
    found = ns(*servers, ttl=ttl)
    wanted = plan(spec(), seen(found))
    differs = {*(["name_servers"] if servers != set(SERVERS) else []), *(["ttl"] if ttl != 300 else [])}
    if not differs:
        assert wanted.steps == ()
        return
    (change,) = wanted.changes
    assert change.action is Action.UPDATE
    assert set(change.reason.removeprefix("differs in ").split(", ")) == differs
    ((action, record),) = written(wanted)
    assert action is RecordAction.UPSERT
    assert plan(spec(), seen(record)).steps == ()


def test_a_dry_run_without_a_zone_shows_a_placeholder() -> None:
    placeholder = unknown("us-east-1", "zone/main", "name_servers")
    desired = spec(name_servers=[placeholder])
    (change,) = plan(desired, seen(None)).changes
    assert change.after["name_servers"] == [placeholder]
    assert is_unknown(outputs(desired, seen(None), Known("us-east-1"))["name_servers"])


def test_a_cname_in_the_way_is_a_conflict() -> None:
    alias = RecordSet(name="dev.example.com", type="CNAME", ttl=60, values=frozenset({"x.example.net"}))
    with pytest.raises(ConflictError, match="CNAME"):
        plan(spec(), seen(None, shadowed=(alias,)))


def test_other_records_below_do_not_stop_it() -> None:
    hidden = RecordSet(name="www.dev.example.com", type="CNAME", ttl=60, values=frozenset({"x.example.net"}))
    assert plan(spec(), seen(ns(*SERVERS), shadowed=(hidden,))).steps == ()


def test_the_outputs_say_what_is_delegated() -> None:
    snapshot = seen(ns(*SERVERS))
    assert outputs(spec(), snapshot, Known("us-east-1", name_server_record.identify(snapshot))) == {
        "zone": "dev.example.com",
        "parent_zone": "example.com",
        "parent_zone_id": "ZP",
        "name_servers": sorted(SERVERS),
        "delegated": True,
    }


def test_absent_deletes_the_record_as_it_is() -> None:
    found = ns(*SERVERS, ttl=172800)
    desired = spec(state="absent")
    assert written(plan(desired, seen(found))) == [(RecordAction.DELETE, found)]
    assert outputs(desired, seen(found), Known("us-east-1"))["delegated"] is False


def test_absent_takes_the_signature_out_first() -> None:
    found = ns(*SERVERS)
    wanted = plan(spec(state="absent"), seen(found, signer=DS))
    assert written(wanted) == [(RecordAction.DELETE, DS), (RecordAction.DELETE, found)]


def test_absent_knows_its_own_by_the_child_zone() -> None:
    found, desired = ns(*SERVERS), spec(state="absent", name_servers=[])
    of_the_zone = tuple(found.values)
    assert written(plan(desired, seen(found, child_name_servers=(frozenset(of_the_zone),))))
    other = frozenset({"ns-9.awsdns-09.com."})
    assert plan(desired, seen(found, child_name_servers=(other,))).steps == ()


@pytest.mark.parametrize("servers", [[], ["ns-9.awsdns-09.com"], SERVERS[:3]])
def test_absent_leaves_what_points_elsewhere(servers: list[str]) -> None:
    desired, found = spec(state="absent", name_servers=servers), seen(ns(*SERVERS), signer=DS)
    assert plan(desired, found).steps == ()
    assert outputs(desired, found, Known("us-east-1"))["delegated"] is True


@pytest.mark.parametrize("snapshot", [seen(None), Snapshot()])
def test_absent_without_a_record_is_nothing_to_do(snapshot: Snapshot) -> None:
    desired = spec(state="absent")
    assert plan(desired, snapshot).steps == ()
    assert outputs(desired, snapshot, Known("us-east-1"))["name_servers"] == []
