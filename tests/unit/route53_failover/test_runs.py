# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of the module against an account in memory: what AWS's errors, other runs and dead regions leave."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.context import Context
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import (
    ApplyError,
    ConflictError,
    SpecError,
)
from ansible_collections.everlook.failover.plugins.module_utils._failover_info import job as info
from ansible_collections.everlook.failover.plugins.module_utils._route53_failover.layer import JOB

from .fake_aws import RECORD, FakeAws
from .fake_route53 import refuse

EAST, WEST, OREGON = "us-east-1", "us-west-1", "us-west-2"


@pytest.fixture
def aws() -> FakeAws:
    aws = FakeAws()
    for region in (EAST, WEST, OREGON):
        aws.deploy(region)
    return aws


def converge(aws: FakeAws, *regions: str, **params: t.Any) -> dict[str, t.Any]:
    listed = [{"name": name, "priority": place} for place, name in enumerate(regions)]
    return aws.run(JOB, **{"regions": listed, **params})


def roles(aws: FakeAws) -> list[str]:
    return sorted("/".join(check["CallerReference"].split("/")[2:4]) for check in aws.route53.checks.values())


def test_of_two_runs_at_once_one_set_of_checks_is_left(aws: FakeAws) -> None:
    """Each made its own; the next run keeps those that are referred to, and deletes the others."""
    converge(aws, EAST, WEST)
    mine = dict(aws.route53.checks)
    records = dict(aws.route53.records)
    aws.route53.checks.clear()
    aws.route53.records.clear()
    converge(aws, EAST, WEST)
    aws.route53.checks.update(mine)
    assert len(aws.route53.checks) == 12
    used = {record.get("HealthCheckId") for record in aws.route53.records.values()} - {None}
    result = converge(aws, EAST, WEST)
    assert len(roles(aws)) == len(set(roles(aws))) == 6
    assert used <= aws.route53.checks.keys()
    assert {change["action"] for change in result["changes"]} == {"delete"}
    assert records.keys() == aws.route53.records.keys()
    assert not converge(aws, EAST, WEST)["changed"]


def test_regions_that_are_judged_without_their_targets_stay_where_they_are(aws: FakeAws) -> None:
    """One batch on the way there, and one on the way back; links of the chain go on with the health of what follows."""

    def evaluated() -> dict[bool, set[str]]:
        found: dict[bool, set[str]] = {True: set(), False: set()}
        for record in aws.route53.records.values():
            if "Failover" in record:
                found[record["AliasTarget"]["EvaluateTargetHealth"]].add(record["SetIdentifier"])
        return found

    converge(aws, EAST, WEST, OREGON)
    of_regions = {f"hello/dev/{region}" for region in (EAST, WEST, OREGON)}
    for wanted in (False, True):
        changed = converge(aws, EAST, WEST, OREGON, evaluate_target_health=wanted)["changes"]
        assert [(change["kind"], change["name"]) for change in changed] == [("record_sets", "failover")]
        assert evaluated()[wanted] >= of_regions
        assert evaluated()[True] >= {"hello/dev/standby-1"}
        assert not converge(aws, EAST, WEST, OREGON, evaluate_target_health=wanted)["changed"]
    converge(aws, EAST, WEST, OREGON, evaluate_target_health=False)
    # A removal leaves those as they are that stay.
    converge(aws, OREGON, state="absent")
    assert evaluated() == {True: set(), False: {f"hello/dev/{region}" for region in (EAST, WEST)}}


@pytest.mark.parametrize("check_mode", [False, True])
def test_regions_with_a_second_target_group_are_not_judged_by_their_targets_again(
    aws: FakeAws, check_mode: bool
) -> None:
    """The service keeps both, whatever its releases are; a change of nothing else asks for them."""
    converge(aws, EAST, WEST, evaluate_target_health=False)
    aws.balancers[WEST]["groups"]["hello-dev-hello-alternate"] = []
    before = dict(aws.route53.records)
    said = r"evaluate_target_health: is true, and hello .* in us-west-1 one is empty.*false"
    with pytest.raises(SpecError, match=said):
        converge(aws, EAST, WEST, evaluate_target_health=True, check_mode=check_mode)
    assert aws.route53.records == before
    assert not converge(aws, EAST, WEST, evaluate_target_health=False)["changed"]
    # What decides now has one group.
    converge(aws, EAST, WEST, evaluate_target_health=True, services=["api"])
    assert aws.route53.records != before


def test_without_their_targets_one_service_decides(aws: FakeAws) -> None:
    with pytest.raises(SpecError, match=r"evaluate_target_health: is false.*api, web are to decide"):
        converge(aws, EAST, services=["api", "web"], evaluate_target_health=False)


def test_targets_that_route_53_does_not_ask_for_make_no_region_unhealthy(aws: FakeAws) -> None:
    converge(aws, EAST, WEST, evaluate_target_health=False)
    aws.deploy(EAST, "unhealthy")
    found = ask(aws)
    first = found["regions"][0]
    assert (found["serving"], first["healthy"], first["evaluates_target_health"]) == (EAST, True, False)
    assert first["targets"]["healthy"] == 0
    assert [problem.partition(":")[0] for problem in found["problems"]] == [EAST]


def test_while_a_region_is_unreachable_its_alarms_are_not_forgotten(aws: FakeAws) -> None:
    converge(aws, EAST, WEST)
    aws.unreachable.add(WEST)
    result = converge(aws, state="absent")
    assert result["failed"]
    assert [item["region"] for item in result["not_ready"]] == [WEST]
    assert not aws.route53.records
    assert list(aws.alarms) == [(WEST, f"hello-dev-switch-{EAST}")]
    aws.unreachable.clear()
    assert "failed" not in converge(aws, state="absent")
    assert not aws.alarms
    assert not aws.route53.checks


def test_an_unreachable_region_stays_in_dns_and_others_join(aws: FakeAws) -> None:
    converge(aws, EAST, WEST)
    aws.unreachable.add(WEST)
    result = converge(aws, EAST, WEST, OREGON)
    assert [item["region"] for item in result["not_ready"]] == [WEST]
    assert [item["name"] for item in result["regions"]] == [EAST, WEST, OREGON]
    assert f"{OREGON}/switch-{WEST}" not in roles(aws), "its alarm cannot be made"
    aws.unreachable.clear()
    converge(aws, EAST, WEST, OREGON)
    assert f"{OREGON}/switch-{WEST}" in roles(aws)
    assert not converge(aws, EAST, WEST, OREGON)["changed"]


def test_another_domain_says_what_becomes_of_the_former_one(aws: FakeAws) -> None:
    converge(aws, EAST, WEST)
    # The records of another zone are not read.
    aws.route53.records = {key: item for key, item in aws.route53.records.items() if item["Name"] != RECORD}
    warnings: list[str] = []
    converge(aws, EAST, WEST, record_name=f"app.{RECORD}", check_mode=True, warnings=warnings)
    (said,) = [warning for warning in warnings if "answered at" in warning]
    assert said.startswith("This stack answered at dev.example.com before. Its zone, its records and its delegation")
    assert said.endswith("set dev.example.com again, and deploy app.dev.example.com as another environment beside it.")
    converge(aws, EAST, WEST, record_name=f"app.{RECORD}")
    warnings.clear()
    converge(aws, EAST, WEST, record_name=f"app.{RECORD}", warnings=warnings)
    assert warnings == []


def test_records_left_under_another_name_are_named_and_removed_with_everything(aws: FakeAws) -> None:
    converge(aws, EAST, WEST)
    warnings: list[str] = []
    name = f"app.{RECORD}"
    result = converge(aws, EAST, WEST, record_name=name, warnings=warnings)
    assert result["other_records"] == [RECORD.removesuffix(".")]
    assert any(RECORD.removesuffix(".") in warning for warning in warnings)
    assert aws.route53.answer(name, ()) == aws.dns_name(EAST)
    converge(aws, record_name=name, state="absent")
    assert not aws.route53.records
    assert not aws.route53.checks


@pytest.mark.parametrize("regions", [(), (WEST,), (EAST,)])
def test_nothing_is_taken_from_under_a_record_that_a_name_server_still_has(
    aws: FakeAws, regions: tuple[str, ...]
) -> None:
    converge(aws, EAST, WEST)
    start = len(aws.writes)
    asked: list[str] = []
    real = aws.route53.get_change

    def get_change(**request: t.Any) -> dict[str, t.Any]:
        asked.append("GetChange")
        assert aws.writes[start:] == ["ChangeResourceRecordSets"]
        answer = real(**request)
        return answer if len(asked) > 1 else {"ChangeInfo": {**answer["ChangeInfo"], "Status": "PENDING"}}

    aws.route53.get_change = get_change  # type: ignore[method-assign,assignment]
    converge(aws, *regions, state="absent")
    assert len(asked) == 2
    assert aws.writes.count("DeleteHealthCheck") == (4 if regions else 6)


@pytest.mark.parametrize("state", ["unhealthy", "initial", "draining", "unused"])
def test_a_region_joins_with_its_first_healthy_target(aws: FakeAws, state: str) -> None:
    aws.deploy(WEST, state, state)
    result = converge(aws, EAST, WEST)
    assert result["failed"]
    assert result["not_ready"] == [
        {"region": WEST, "reason": f"no healthy target in target group hello-dev-hello: {state}"}
    ]
    assert [item["name"] for item in result["regions"]] == [EAST]
    dry = converge(aws, EAST, WEST, check_mode=True)
    assert not dry["changed"]
    assert dry["not_ready"]
    aws.deploy(WEST, state, "healthy")
    assert [item["name"] for item in converge(aws, EAST, WEST)["regions"]] == [EAST, WEST]
    aws.deploy(WEST, state, state)
    assert not converge(aws, EAST, WEST)["changed"]


def test_a_region_joins_when_every_service_that_decides_has_a_healthy_target(aws: FakeAws) -> None:
    groups = aws.balancers[WEST]["groups"]
    services = ["hello", "api"]
    aws.balancers[EAST]["groups"]["hello-dev-api"] = ["healthy"]

    def not_ready() -> list[str]:
        return [item["reason"] for item in converge(aws, EAST, WEST, services=services)["not_ready"]]

    assert not_ready() == [f"there is no target group hello-dev-api in {WEST}"]
    groups["hello-dev-api"] = []
    assert not_ready() == ["no target is registered in target group hello-dev-api"], (
        "the others' targets do not stand in for it"
    )
    groups["hello-dev-api"] = ["initial"]
    groups["hello-dev-hello"] = ["draining"]
    assert not_ready()[0].split("; ") == [
        "no healthy target in target group hello-dev-hello: draining",
        "no healthy target in target group hello-dev-api: initial",
    ]
    groups |= {
        "hello-dev-api": ["initial", "healthy"],
        "hello-dev-hello": ["healthy"],
        "hello-dev-batch": ["unhealthy"],
    }
    assert not_ready() == [], "what does not decide is not looked at"


def test_a_switch_that_goes_with_its_region_is_told(aws: FakeAws) -> None:
    converge(aws, EAST, WEST, OREGON)
    for evicted, seat in ((EAST, WEST), (EAST, OREGON), (WEST, OREGON)):
        mark = f"/{evicted}/switch-{seat}/"
        aws.route53.unhealthy |= {
            number for number, check in aws.route53.checks.items() if mark in check["CallerReference"]
        }
    dry = converge(aws, OREGON, state="absent", check_mode=True)
    assert dry["released_switches"] == [
        {"region": EAST, "switch_in": OREGON},
        {"region": WEST, "switch_in": OREGON},
    ]


@pytest.mark.parametrize("name", [RECORD, f"{EAST}.{RECORD}"])
def test_an_alias_to_another_load_balancer_of_the_region_is_others(aws: FakeAws, name: str) -> None:
    alias = {
        "DNSName": f"legacy-1.{EAST}.elb.amazonaws.com.",
        "HostedZoneId": f"ZELB{EAST}",
        "EvaluateTargetHealth": False,
    }
    aws.route53.records[name, "A", None] = {"Name": name, "Type": "A", "AliasTarget": alias}
    with pytest.raises(ConflictError, match=name.removesuffix(".")):
        converge(aws, EAST, WEST)
    assert not aws.writes
    converge(aws, state="absent")
    assert (name, "A", None) in aws.route53.records


def test_protected_records_stop_a_removal_before_its_first_change(aws: FakeAws) -> None:
    converge(aws, EAST, WEST)
    protected = [{"RecordName": RECORD, "RecordType": "A", "Comment": "ask us"}]
    asked: list[str] = []

    def listed(HostedZoneId: str) -> dict[str, t.Any]:  # noqa: N803
        asked.append(HostedZoneId)
        return {"ResourceRecordSetProtections": protected}

    aws.route53.list_resource_record_set_protections = listed  # type: ignore[attr-defined]
    del aws.writes[:]
    with pytest.raises(ConflictError, match=r"cannot be removed while record sets are protected: A .* \(ask us\)"):
        converge(aws, EAST, state="absent")
    assert not aws.writes
    assert len(asked) == 1
    converge(aws, EAST, WEST)
    assert len(asked) == 1
    protected[0]["RecordType"] = "TXT"
    assert converge(aws, EAST, state="absent")["changed"]


def test_a_new_primary_check_reaches_its_record_before_the_old_one_goes(aws: FakeAws) -> None:
    """Someone deleted and made things by hand: the record's check cannot be kept."""
    converge(aws, EAST, WEST)
    record = aws.route53.records[RECORD, "A", f"hello/dev/{EAST}"]
    aws.route53.checks[record["HealthCheckId"]]["HealthCheckConfig"]["Type"] = "RECOVERY_CONTROL"
    start = len(aws.writes)
    converge(aws, EAST, WEST)
    writes = aws.writes[start:]
    assert writes.index("ChangeResourceRecordSets") < writes.index("DeleteHealthCheck")
    assert len(roles(aws)) == 6


def test_an_alarm_that_is_not_seen_yet_is_waited_for(aws: FakeAws) -> None:
    real, asked = aws.route53.alarm_exists, list[str]()

    def seen(region: str, name: str) -> dict[str, t.Any] | None:
        asked.append(name)
        return real(region, name) if len(asked) > 3 else None

    aws.route53.alarm_exists = seen
    aws.route53.missing_alarm = "The specified alarm does not exist."
    converge(aws, EAST, WEST)
    assert len(roles(aws)) == 6


def late(real: t.Callable[..., t.Any], code: str) -> t.Callable[..., t.Any]:
    """Refused once for each set of arguments."""
    refused: list[str] = []

    def call(**request: t.Any) -> t.Any:
        if str(request) not in refused:
            refused.append(str(request))
            raise refuse(code, "not yet", real.__name__)
        return real(**request)

    return call


def test_a_check_that_was_just_made_may_not_be_known_everywhere(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Context, "sleep", lambda _self, _seconds: None)
    tag, records = aws.route53.change_tags_for_resource, aws.route53.change_resource_record_sets
    monkeypatch.setattr(aws.route53, "change_tags_for_resource", late(tag, "NoSuchHealthCheck"))
    monkeypatch.setattr(aws.route53, "change_resource_record_sets", late(records, "NoSuchHealthCheck"))
    converge(aws, EAST, WEST)
    assert not converge(aws, EAST, WEST)["changed"]


def test_children_that_were_just_made_may_not_be_known_everywhere(
    aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Context, "sleep", lambda _self, _seconds: None)
    valid, refused = aws.route53._valid, list[str]()

    def once(config: dict[str, t.Any]) -> None:
        if config["Type"] == "CALCULATED" and str(config) not in refused:
            refused.append(str(config))
            raise refuse("InvalidInput", "a child does not exist", "CreateHealthCheck")
        valid(config)

    monkeypatch.setattr(aws.route53, "_valid", once)
    converge(aws, EAST, WEST)
    converge(aws, EAST, WEST, OREGON)
    assert len(refused) == 5, "two made, those two changed, a third made"


def test_a_check_whose_parent_just_went_may_count_as_in_use(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Context, "sleep", lambda _self, _seconds: None)
    converge(aws, EAST, WEST)
    delete = aws.route53.delete_health_check
    monkeypatch.setattr(aws.route53, "delete_health_check", late(delete, "HealthCheckInUse"))
    converge(aws, state="absent")
    assert not aws.route53.checks


def test_a_failure_names_resource_call_and_region(aws: FakeAws) -> None:
    def no_quota(**_request: t.Any) -> t.NoReturn:
        raise AssertionError("no quota")

    aws.route53.create_health_check = no_quota  # type: ignore[method-assign,assignment]
    with pytest.raises(ApplyError, match=r"health_check/us-.*-endpoint") as error:
        converge(aws, EAST, WEST)
    assert {change.address for change in error.value.done} == {"record_sets/regional", "iam_role/switch"}


# -- failover_info


def ask(aws: FakeAws, **params: t.Any) -> dict[str, t.Any]:
    return aws.run(info.JOB, **params)


@pytest.mark.parametrize(
    ("down", "serving", "why"),
    [
        ((), EAST, "the first region is healthy"),
        ((EAST,), WEST, f"{EAST} is unhealthy (health checkers fail: down)"),
        ((WEST,), EAST, "the first region is healthy"),
        ((EAST, WEST), OREGON, f"{WEST} is unhealthy"),
        ((EAST, WEST, OREGON), EAST, "no region is healthy, so Route 53 answers with the first"),
    ],
)
def test_info_agrees_with_the_name_servers(aws: FakeAws, down: tuple[str, ...], serving: str, why: str) -> None:
    converge(aws, EAST, WEST, OREGON)
    for region in down:
        aws.route53.unhealthy |= {
            number for number, check in aws.route53.checks.items() if f"/{region}/endpoint/" in check["CallerReference"]
        }
    found = ask(aws)
    assert found["serving"] == serving
    assert why in found["serving_reason"]
    assert aws.route53.answer(RECORD, ()) == aws.dns_name(serving)
    assert [item["role"] for item in found["regions"]] == ["primary", "secondary", "standby"]


def test_info_reads_the_other_regions_when_one_is_unreachable(aws: FakeAws) -> None:
    converge(aws, EAST, WEST)
    aws.unreachable.add(EAST)
    found = ask(aws, alarms=True)
    assert "ServiceUnavailable" in found["regions"][0]["targets"]["problem"]
    assert "ServiceUnavailable" in found["regions"][0]["alarms"]["error"]
    assert found["regions"][1]["targets"]["healthy"] == 2
    assert found["serving"] == EAST, "its health check is well"
    assert len(found["problems"]) == 1


def test_info_on_a_record_that_lost_its_check(aws: FakeAws) -> None:
    converge(aws, EAST, WEST)
    record = aws.route53.records[RECORD, "A", f"hello/dev/{EAST}"]
    aws.route53.unhealthy |= set(aws.route53.checks)
    assert ask(aws)["serving"] == EAST, "nothing is healthy"
    del record["HealthCheckId"]
    found = ask(aws)
    assert found["serving"] == EAST
    assert found["regions"][0]["healthy"]
    assert aws.route53.answer(RECORD, ()) == aws.dns_name(EAST)


def test_info_counts_a_switch_by_its_memory(aws: FakeAws) -> None:
    converge(aws, EAST, WEST)
    switch = next(
        number for number, check in aws.route53.checks.items() if f"/{EAST}/switch-" in check["CallerReference"]
    )
    aws.route53.unhealthy.add(switch)
    found = ask(aws)
    assert found["serving"] == WEST
    assert found["regions"][0]["reasons"] == [f"evicted by the switch in {WEST}"]
    assert found["regions"][0]["summary"] == f"does not serve (evicted by the switch in {WEST}), 2 of 2 targets healthy"
    (held,) = found["held_switches"]
    assert (held["region"], held["switch_in"], held["schedule"]) == (EAST, WEST, "disabled")
    assert "its schedule is disabled, it has no data point of the last hours" in held["warning"]


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("sick", [(), (EAST,), (EAST, WEST)])
def test_the_status_is_what_failover_info_returns(aws: FakeAws, sick: tuple[str, ...], check_mode: bool) -> None:
    assert converge(aws, EAST, WEST, status=True)["status"]["serving"] == EAST, "it was read when there were records"
    aws.deploy(OREGON, "initial")  # not ready
    for region in sick:
        aws.deploy(region, "unhealthy")
    told = converge(aws, EAST, WEST, OREGON, status=True, fail_when_not_ready=False, check_mode=check_mode)
    asked = ask(aws, regions=[{"name": name} for name in (EAST, WEST, OREGON)])
    assert {"changed": False, "unread": [], **told["status"]} == asked


def test_a_status_that_cannot_be_read_is_said_when_all_is_done(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    converge(aws, EAST, WEST)

    def throttle(**_request: t.Any) -> t.NoReturn:
        raise refuse("ThrottlingException", "slow down", "TestDNSAnswer")

    monkeypatch.setattr(aws.route53, "test_dns_answer", throttle)
    aws.deploy(OREGON)
    result = converge(aws, EAST, WEST, OREGON, status=True)
    assert result["failed"]
    assert result["status"] is None
    assert "could not be read: " in result["msg"]
    assert "slow down" in result["msg"]
    assert not converge(aws, EAST, WEST, OREGON)["changed"]


def test_nothing_is_read_for_a_status_that_nobody_asked_for(aws: FakeAws) -> None:
    converge(aws, EAST, WEST)
    aws.reads.clear()
    assert converge(aws, EAST, WEST)["status"] is None
    assert "describe_target_health" not in aws.reads
    # Of the two switches: what holds one follows it.
    assert aws.reads.count("get_health_check_status") == 2
