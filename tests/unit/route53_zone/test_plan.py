# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import typing as t

import hypothesis
import hypothesis.strategies as st
import pytest

from ansible_collections.everlook.failover.plugins.module_utils._aws.owner import Owner
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError, SpecError
from ansible_collections.everlook.failover.plugins.module_utils._engine.known import Known
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Action
from ansible_collections.everlook.failover.plugins.module_utils._engine.unknown import is_unknown
from ansible_collections.everlook.failover.plugins.module_utils._route53.records import AliasTarget, RecordSet
from ansible_collections.everlook.failover.plugins.module_utils._route53.zones import Zone, new_zone_reference
from ansible_collections.everlook.failover.plugins.module_utils._route53_zone.layer import outputs
from ansible_collections.everlook.failover.plugins.module_utils._route53_zone.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._route53_zone.resources.hosted_zone import (
    ADDRESS,
    identify,
)
from ansible_collections.everlook.failover.plugins.module_utils._route53_zone.snapshot import Snapshot
from ansible_collections.everlook.failover.plugins.module_utils._route53_zone.spec import ZoneSpec, parse

OWNER = Owner(stack="hello", environment="dev", component="dns", extra={"Team": "web"})
PARAMS: dict[str, t.Any] = {
    "stack": "hello",
    "environment": "dev",
    "state": "present",
    "tags": {"Team": "web"},
    "wait": True,
    "wait_timeout": 900,
    "name": "dev.example.com",
    "zone_id": None,
    "former_name": None,
    "comment": None,
    "validation_records": None,
    "query_logging": None,
    "query_log_group_arn": None,
    "query_log_retention_days": 30,
}
SERVERS = ("ns-1.awsdns-01.com", "ns-2.awsdns-02.org")
WWW = RecordSet(name="www.dev.example.com", type="A", ttl=60, values=frozenset({"192.0.2.1"}))

BALANCER = AliasTarget(
    dns_name="hello-dev-1.us-east-1.elb.amazonaws.com", zone_id="Z35SXDOTRQ7X7K", evaluate_target_health=True
)
CHAINED = RecordSet(
    name="dev.example.com", type="A", set_identifier="hello/dev/us-east-1", failover="PRIMARY", alias=BALANCER
)
REGIONAL = RecordSet(name="us-east-1.dev.example.com", type="A", alias=BALANCER)


def spec(**params: t.Any) -> ZoneSpec:
    return parse({**PARAMS, **params}, "us-east-1")


def zone(zone_id: str = "Z1", *, own: bool = True, **fields: t.Any) -> Zone:
    return Zone(
        zone_id=zone_id,
        name="dev.example.com.",
        private=False,
        caller_reference=new_zone_reference(OWNER) if own else "theirs",
        **{"comment": spec().comment, "record_count": 2, **fields},
    )


def seen(found: Zone, *, own: t.Sequence[Zone] | None = None, **fields: t.Any) -> Snapshot:
    return Snapshot(
        zone=found,
        own=tuple([found] if own is None else own),
        **{"name_servers": SERVERS, "tags": OWNER.tags(ADDRESS), **fields},
    )


@pytest.mark.parametrize(
    ("option", "value"),
    [("name", "com"), ("name", "a b.example.com"), ("zone_id", "zone!"), ("comment", "x" * 257), ("stack", "-")],
)
def test_a_wrong_option_is_named(option: str, value: str) -> None:
    with pytest.raises(SpecError, match=f"^{option}: "):
        spec(**{option: value})


def test_a_zone_id_may_be_a_path() -> None:
    assert spec(zone_id="/hostedzone/Z1").zone_id == "Z1"


def test_a_missing_zone_is_created_and_its_outputs_are_placeholders() -> None:
    desired = spec()
    (create,) = plan(desired, Snapshot()).changes
    assert (create.address, create.action, create.reason) == (ADDRESS, Action.CREATE, "missing")
    assert create.after["tags"]["Team"] == "web"
    found = outputs(desired, Snapshot(), Known("us-east-1"))
    assert is_unknown(found["zone_id"])
    assert len(found["name_servers"]) == 1
    assert is_unknown(found["name_servers"])
    assert found["owned"] is True


def test_another_name_is_refused_while_users_are_served_at_the_former_one() -> None:
    elsewhere = Snapshot(served=("dev.example.net", "www.example.net"))
    with pytest.raises(ConflictError) as refused:
        plan(spec(), elsewhere)
    assert refused.value.option == "name"
    assert str(refused.value).startswith("hello in dev serves its users at dev.example.net and www.example.net, and")
    with pytest.raises(ConflictError, match=r"at www\.example\.net, and .* set former_name to www\.example\.net"):
        plan(spec(former_name="dev.example.net"), elsewhere)
    assert [change.action for change in plan(spec(former_name="example.net"), elsewhere).changes] == [Action.CREATE]
    with pytest.raises(SpecError, match=r"^former_name: "):
        spec(former_name="net")


def test_a_new_zone_is_waited_for() -> None:
    wanted = plan(spec(), Snapshot())
    (wait,) = wanted.waits
    assert wait.needs == {ADDRESS}
    assert wanted.without_waits()[1] == (wait.address,)


def test_a_right_zone_is_left_alone() -> None:
    snapshot = seen(zone(), tags={**OWNER.tags(ADDRESS), "CostCenter": "theirs"})
    assert plan(spec(), snapshot).steps == ()
    assert outputs(spec(), snapshot, Known("us-east-1", identify(snapshot))) == {
        "zone": "dev.example.com",
        "zone_id": "Z1",
        "name_servers": list(SERVERS),
        "owned": True,
        "query_log_group": "",
        "remaining_records": [],
    }


def test_a_comment_that_differs_is_repaired_alone() -> None:
    (change,) = plan(spec(comment="new"), seen(zone(comment="old"))).changes
    assert (change.action, change.reason) == (Action.UPDATE, "differs in comment")
    assert (change.before, change.after) == ({"comment": "old"}, {"comment": "new"})


@hypothesis.given(st.sets(st.sampled_from(sorted(OWNER.tags(ADDRESS)))), st.sets(st.sampled_from(["Team", "Name"])))
def test_tags_that_differ_are_repaired_alone(lost: set[str], changed: set[str]) -> None:
    """Ownership is in the CallerReference: even without any tag the zone is ours."""
    wanted = OWNER.tags(ADDRESS)
    tags = {key: "drifted" if key in changed else value for key, value in wanted.items() if key not in lost}
    changes = plan(spec(), seen(zone(), tags=tags)).changes
    if not lost | changed:
        assert changes == ()
        return
    (change,) = changes
    assert change.after == {"tags": {key: wanted[key] for key in lost | changed}}
    repaired = {**tags, **change.after["tags"]}
    assert plan(spec(), seen(zone(), tags=repaired)).steps == ()


def test_a_zone_of_others_is_neither_taken_nor_doubled() -> None:
    with pytest.raises(ConflictError, match=r"dev\.example\.com \(Z7\).*cannot be renamed.*set zone_id to Z7"):
        plan(spec(), seen(zone("Z7", own=False), own=[]))


def test_a_zone_of_others_is_used_when_named_and_never_changed() -> None:
    desired = spec(zone_id="Z7", comment="mine")
    snapshot = seen(zone("Z7", own=False), own=[], tags={})
    assert plan(desired, snapshot).steps == ()
    found = outputs(desired, snapshot, Known("us-east-1", identify(snapshot)))
    assert (found["zone_id"], found["owned"]) == ("Z7", False)
    assert plan(dataclasses.replace(desired, absent=True), snapshot).steps == ()


def test_an_empty_second_zone_of_ours_is_removed() -> None:
    used, empty = zone("Z1", record_count=4), zone("Z2")
    (change,) = plan(spec(), seen(used, own=[used, empty])).changes
    assert (change.action, change.before["zone_id"]) == (Action.DELETE, "Z2")


def test_a_second_zone_of_ours_with_records_stays_when_one_is_named() -> None:
    used, other = zone("Z1", record_count=4), zone("Z2", record_count=4)
    assert plan(spec(zone_id="Z1"), seen(used, own=[used, other])).steps == ()


def test_absent_deletes_what_is_ours() -> None:
    used, empty = zone("Z1"), zone("Z2")
    desired = spec(state="absent")
    changes = plan(desired, seen(used, own=[used, empty])).changes
    assert {change.before["zone_id"]: change.action for change in changes} == dict.fromkeys(["Z1", "Z2"], Action.DELETE)
    found = outputs(desired, seen(used), Known("us-east-1"))
    assert (found["zone_id"], found["name_servers"]) == ("Z1", list(SERVERS))


def test_absent_without_a_zone_is_nothing_to_do() -> None:
    desired = spec(state="absent")
    assert plan(desired, Snapshot()).steps == ()
    assert outputs(desired, Snapshot(), Known("us-east-1")) == {
        "zone": "dev.example.com",
        "zone_id": "",
        "name_servers": [],
        "owned": False,
        "query_log_group": "",
        "remaining_records": [],
    }


def test_absent_is_refused_while_there_are_records() -> None:
    with pytest.raises(ConflictError, match=r"still has records: A www\.dev\.example\.com"):
        plan(spec(state="absent"), seen(zone(record_count=3), leftovers=(WWW,)))


def test_in_check_mode_records_of_the_failover_do_not_end_the_dry_run() -> None:
    """route53_failover would have deleted them before."""
    snapshot = seen(zone(record_count=4), leftovers=(CHAINED, REGIONAL), dry_run=True)
    (change,) = plan(spec(state="absent"), snapshot).changes
    assert change.action is Action.DELETE
    assert outputs(spec(state="absent"), snapshot, Known("us-east-1"))["remaining_records"] == [
        "A dev.example.com",
        "A us-east-1.dev.example.com",
    ]


def test_in_check_mode_records_of_others_end_the_dry_run() -> None:
    """A role that deletes looks first, in check mode: nothing may be changed when the zone cannot go."""
    snapshot = seen(zone(record_count=5), leftovers=(CHAINED, REGIONAL, WWW), dry_run=True)
    with pytest.raises(ConflictError, match=r"still has records: A www\.dev\.example\.com\. Run"):
        plan(spec(state="absent"), snapshot)


@pytest.mark.parametrize(
    ("going", "kept"), [(None, ""), (["_ours.dev.example.com"], "CNAME _theirs.dev.example.com"), ([], "_ours")]
)
def test_in_check_mode_records_that_validate_others_certificates_end_the_dry_run(
    going: list[str] | None, kept: str
) -> None:
    names = ("_ours.dev.example.com.", "_theirs.dev.example.com.")[: 1 if going == [] else 2]
    records = tuple(
        RecordSet(name=name, type="CNAME", ttl=300, values=frozenset({"_x.jkddzztszm.acm-validations.aws."}))
        for name in names
    )
    snapshot = seen(zone(record_count=4), leftovers=records, dry_run=True)
    wanted = spec(state="absent", validation_records=going)
    if not kept:
        assert [change.action for change in plan(wanted, snapshot).changes] == [Action.DELETE]
        return
    with pytest.raises(ConflictError, match=f"still has records: (CNAME )?{kept}"):
        plan(wanted, snapshot)
