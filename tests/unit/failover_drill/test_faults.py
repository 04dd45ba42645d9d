# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults, and undoing them: exactly, any number of times, and never over later changes."""

from __future__ import annotations

import json
import re
import typing as t

import botocore.exceptions
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import fault as kinds
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.fault import Fault, Undo, tag_call
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.plan import BROKEN_PATH, plan_fault
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.spec import Commands
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.undo import (
    CommandError,
    UndoError,
    undo_fault,
    untag,
)

from .worlds import RULES, FakeAws, NoWait, error, observed, planned, security_group, service, target_group

IN_AWS = [kinds.STOP_TASKS, kinds.BLOCK_ALB, kinds.UNHEALTHY_APP, kinds.SWITCH]


def inject(fault: Fault, aws: FakeAws) -> None:
    for tagged in fault.tagged:
        call = tag_call(tagged, fault.tag("20261125T154012Z-1", "0" * 32))
        aws(call.service, call.region, call.method, call.parameters)
    for call in fault.calls:
        aws(call.service, call.region, call.method, call.parameters)


def undo(fault: Fault, aws: FakeAws, command: t.Sequence[str] = ()) -> str:
    # Through JSON, as the journal does it.
    written = json.loads(json.dumps({"kind": fault.undo.kind, "region": fault.undo.region, "data": fault.undo.data}))
    text = undo_fault(Undo(**written), aws, NoWait(), command)
    for tagged in fault.tagged:
        untag(tagged, aws)
    return text


@pytest.mark.parametrize("kind", IN_AWS)
def test_a_fault_breaks_something_and_its_undo_brings_all_of_it_back(kind: str) -> None:
    aws = FakeAws()
    before, fault = aws.state(), planned(kind)
    inject(fault, aws)
    assert aws.state() != before
    assert all("before=" in value for value in aws.tags.values())
    assert len(aws.tags) == 1
    undo(fault, aws)
    assert aws.state() == before


@pytest.mark.parametrize("kind", IN_AWS)
@given(times=st.integers(min_value=1, max_value=4), broken=st.booleans())
def test_undoing_is_as_good_once_as_often_and_without_a_fault(kind: str, times: int, broken: bool) -> None:
    aws = FakeAws()
    before, fault = aws.state(), planned(kind)
    if broken:
        inject(fault, aws)
    for _time in range(times):
        undo(fault, aws)
        assert aws.state() == before


@pytest.mark.parametrize(
    ("kind", "change", "said"),
    [
        (kinds.STOP_TASKS, {"desired": 5}, "already has a desired count of 5"),
        (kinds.BLOCK_ALB, {"rules": [RULES[1]]}, "already has ingress rules"),
        (kinds.UNHEALTHY_APP, {"path": "/new", "matcher": "204"}, "already requests /new"),
    ],
)
def test_what_somebody_has_changed_since_is_theirs(kind: str, change: dict[str, t.Any], said: str) -> None:
    """An operator who has closed the firewall to all but one network does not find it open again."""
    aws, fault = FakeAws(), planned(kind)
    inject(fault, aws)
    for name, value in change.items():
        setattr(aws, name, value)
    assert said in undo(fault, aws)
    assert {name: getattr(aws, name) for name in change} == change


@pytest.mark.parametrize(
    ("kind", "service"), [(kinds.STOP_TASKS, "ecs"), (kinds.BLOCK_ALB, "ec2"), (kinds.UNHEALTHY_APP, "elbv2")]
)
def test_what_was_destroyed_since_needs_no_undo(kind: str, service: str) -> None:
    aws, fault = FakeAws(), planned(kind)
    inject(fault, aws)
    aws.gone.add(service)
    assert "no longer exists" in undo(fault, aws)


@pytest.mark.parametrize("kind", IN_AWS)
def test_any_other_error_goes_up(kind: str) -> None:
    def expired(*_arguments: object) -> dict[str, t.Any]:
        raise error("ExpiredTokenException")

    with pytest.raises(botocore.exceptions.ClientError, match="ExpiredToken"):
        undo_fault(planned(kind).undo, expired, NoWait())


def test_a_rule_that_arrived_in_between_is_no_error() -> None:
    """Two heal at the same time: both saw no rules, the other one was faster."""
    aws, fault = FakeAws(), planned(kinds.BLOCK_ALB)

    def call(service: str, region: str, method: str, parameters: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        if method == "describe_security_groups":
            return {"SecurityGroups": [{"IpPermissions": []}]}
        return aws(service, region, method, parameters)

    assert "already" in undo_fault(fault.undo, call, NoWait())


def test_the_undo_of_rules_keeps_their_descriptions() -> None:
    aws, fault = FakeAws(), planned(kinds.BLOCK_ALB)
    inject(fault, aws)
    assert aws.rules == []
    undo(fault, aws)
    assert sorted(map(repr, aws.rules)) == sorted(map(repr, RULES))
    assert fault.before == "tcp 80 0.0.0.0/0 + tcp 80 ::/0"


def test_a_switch_is_told_to_let_go_for_longer_than_any_earlier_point_can_count() -> None:
    aws, fault, pace = FakeAws(), planned(kinds.SWITCH), NoWait()
    inject(fault, aws)
    undo_fault(fault.undo, aws, pace)
    assert sum(pace.waited) >= 120
    assert set(pace.waited) == {10.0}
    assert aws.points == [1.0, *[0.0] * (len(pace.waited) + 1)]


def test_a_switch_that_is_seen_to_let_go_is_told_no_longer() -> None:
    aws, fault, pace = FakeAws(), planned(kinds.SWITCH), NoWait(back_after=2)
    inject(fault, aws)
    undo_fault(fault.undo, aws, pace)
    assert aws.points == [1.0, 0.0, 0.0, 0.0]


def test_a_switch_that_does_not_let_go_is_an_error_in_the_end() -> None:
    aws, fault, pace = FakeAws(), planned(kinds.SWITCH), NoWait()

    def call(service: str, region: str, method: str, parameters: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        if method == "get_health_check_status":
            return {"HealthCheckObservations": [{"StatusReport": {"Status": "Failure: breached"}}]}
        return aws(service, region, method, parameters)

    with pytest.raises(UndoError, match="still evicts after 0 was published for 600 s"):
        undo_fault(fault.undo, call, pace)
    assert aws.points
    assert set(aws.points) == {0.0}


def test_a_command_is_run_without_a_shell_and_has_to_end_well(tmp_path: t.Any) -> None:
    mark = tmp_path / "healed; it"
    commands = Commands(breaks=("false",), heals=("touch", str(mark)))
    undo(planned(kinds.EXTERNAL, commands), FakeAws(), commands.heals)
    assert mark.exists()
    # It need not print text.
    undo(planned(kinds.EXTERNAL, commands), FakeAws(), ["sh", "-c", r"printf '\377'"])
    failing = Commands(breaks=("false",), heals=("sh", "-c", "echo it burns >&2; exit 3"))
    with pytest.raises(CommandError, match="failed with 3: it burns"):
        undo(planned(kinds.EXTERNAL, failing), FakeAws(), failing.heals)
    with pytest.raises(CommandError, match="No such file"):
        undo(planned(kinds.EXTERNAL, failing), FakeAws(), [str(tmp_path / "none")])


@pytest.mark.parametrize(
    ("kind", "changes", "said"),
    [
        (kinds.STOP_TASKS, {"services": {"hello": None}}, "no service to stop in us-east-1: hello"),
        (kinds.BLOCK_ALB, {"security_groups": ()}, "no security group"),
        (kinds.BLOCK_ALB, {"security_groups": (security_group([]),)}, "already accepts no requests"),
        (kinds.UNHEALTHY_APP, {"target_groups": {"hello": None}}, "no target group in us-east-1: hello"),
        (kinds.SWITCH, {"alarm": None}, "run site.yml"),
    ],
)
def test_what_cannot_be_broken_is_said(kind: str, changes: dict[str, t.Any], said: str) -> None:
    found = plan_fault(kind, "us-east-1", observed(**changes), Commands())
    assert isinstance(found, str)
    assert said in found


@pytest.mark.parametrize("kind", [kinds.STOP_TASKS, kinds.UNHEALTHY_APP])
def test_every_service_that_decides_is_broken_and_undone(kind: str) -> None:
    """With one of them left healthy, nothing would be known of the other."""
    api = service("hello-dev-api", desired_count=3)
    both: dict[str, t.Any] = {
        "services": {"hello": service(), "api": api},
        "target_groups": {
            "hello": target_group(),
            "api": target_group(arn="arn:aws:elb:us-east-1:1:targetgroup/hello-dev-api/2", path="/api"),
        },
    }
    fault = planned(kind, **both)
    changed: list[t.Mapping[str, t.Any]] = []

    def broken(_service: str, _region: str, method: str, parameters: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        if method in {"update_service", "modify_target_group"}:
            changed.append(parameters)
        group = {"HealthCheckPath": BROKEN_PATH}
        return {"services": [{"status": "ACTIVE", "desiredCount": 0}], "TargetGroups": [group]}

    undo_fault(fault.undo, broken, NoWait())
    assert len(fault.calls) == len(fault.tagged) == len(changed) == 2
    found = [item.get("desiredCount", item.get("HealthCheckPath")) for item in changed]
    assert found == ([2, 3] if kind == kinds.STOP_TASKS else ["/health", "/api"])
    one_less = {name: {**found, "api": None} for name, found in both.items()}
    assert "us-east-1: api" in str(plan_fault(kind, "us-east-1", observed(**one_less), Commands()))


SCALED = {"everlook.failover:scaling": "on"}


def test_the_scaler_does_not_start_what_a_drill_has_stopped() -> None:
    """Suspended before the tasks are stopped, resumed once they are back, and only what was made by a run."""
    fault = planned(kinds.STOP_TASKS, services={"hello": service(tags=SCALED)})
    aws = FakeAws()
    inject(fault, aws)
    assert [call.method for call in fault.calls] == ["register_scalable_target", "update_service"]
    assert (aws.desired, aws.suspended) == (0, True)
    assert undo(fault, aws) == (
        "service hello-dev-hello in us-east-1 has a desired count of 2 again; "
        "scaling of hello-dev-hello in us-east-1 is resumed"
    )
    assert (aws.desired, aws.suspended) == (2, False)
    assert "resumes its scaling" in fault.by_hand
    assert {call.method for call in planned(kinds.STOP_TASKS).calls} == {"update_service"}


def test_scaling_that_was_turned_off_meanwhile_is_not_resumed() -> None:
    fault = planned(kinds.STOP_TASKS, services={"hello": service(tags=SCALED)})
    aws = FakeAws()
    inject(fault, aws)
    aws.suspended = None
    assert "scaling of hello-dev-hello in us-east-1 no longer exists" in undo(fault, aws)
    assert (aws.desired, aws.suspended) == (2, None)


def test_a_journal_of_an_earlier_release_says_nothing_of_scaling() -> None:
    fault = planned(kinds.STOP_TASKS)
    [stopped] = fault.undo.data["services"]
    stopped.pop("scales")
    aws = FakeAws(desired=0)
    assert undo(fault, aws) == "service hello-dev-hello in us-east-1 has a desired count of 2 again"


def test_what_is_broken_already_is_not_broken_again() -> None:
    """Its undo would be the broken state."""
    for kind in (kinds.STOP_TASKS, kinds.UNHEALTHY_APP):
        aws = FakeAws()
        inject(planned(kind), aws)
        changed: dict[str, t.Any] = {
            "services": {"hello": service(desired_count=aws.desired)},
            "target_groups": {"hello": target_group(path=aws.path)},
        }
        assert isinstance(plan_fault(kind, "us-east-1", observed(**changed), Commands()), str)


def test_a_command_that_breaks_needs_one_that_heals() -> None:
    assert "needs a heal_command" in str(plan_fault(kinds.EXTERNAL, "us-east-1", observed(), Commands(breaks=("x",))))
    by_hand = planned(kinds.EXTERNAL, Commands(heals=()))
    assert by_hand.command == ()
    assert "has to be healed by hand" in undo(by_hand, FakeAws())


@given(count=st.integers(min_value=1, max_value=400))
def test_a_tag_fits(count: int) -> None:
    rules = [
        {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": f"10.{number % 256}.0.0/16"}]}
        for number in range(count)
    ]
    assert (
        len(planned(kinds.BLOCK_ALB, security_groups=(security_group(rules),)).tag("20261125T154012Z-1", "0" * 32))
        <= 256
    )


@given(path=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=300))
def test_a_tag_has_no_character_that_aws_refuses(path: str) -> None:
    group = target_group(path=f"/{path}", matcher="200,201")
    value = planned(kinds.UNHEALTHY_APP, target_groups={"hello": group}).tag("20261125T154012Z-1", "0" * 32)
    assert re.fullmatch(r"[A-Za-z0-9 +\-=._:/@]{1,256}", value)
