# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""failover_switch against a stack that answers: planned failover and failback, and the day when half of it is gone."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import (
    AwsError,
    NotReady,
    SpecError,
    WaitError,
)
from ansible_collections.everlook.failover.plugins.module_utils._engine.lease import LeaseHeld
from ansible_collections.everlook.failover.plugins.module_utils._engine.lease_calls import Lease
from ansible_collections.everlook.failover.plugins.module_utils._failover_info.job import JOB as INFO
from ansible_collections.everlook.failover.plugins.module_utils._failover_switch.job import JOB as SWITCH
from ansible_collections.everlook.failover.plugins.module_utils._probe.network import Network
from ansible_collections.everlook.failover.plugins.module_utils._probe.regions import Regions
from ansible_collections.everlook.failover.plugins.module_utils._probe.resolver import IterativeResolver
from sandbox import Sandbox
from tests.integration.conftest import RunJob, job_runner
from tests.integration.whole_stack import Stack
from tests.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
SERVICE, SCHEDULE = "hello-dev-hello", "hello-dev-switch"
EAST, WEST, THIRD = "us-east-1", "us-west-1", "us-west-2"
REGIONS = [{"name": EAST, "priority": 1}, {"name": WEST, "priority": 2}]
ALWAYS = 1_000_000
EVERYTHING = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
pytestmark = [pytest.mark.once, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def _sandbox() -> t.Iterator[Sandbox]:
    with Sandbox(plane=True, checkers_per_region=1, speed=10) as running:
        yield running


@pytest.fixture(scope="module")
def _deployed(_sandbox: Sandbox) -> None:
    """One stack of two regions for all tests that need no more."""
    Stack(job_runner(_sandbox)).deploy()


@pytest.fixture
def aws(_sandbox: Sandbox) -> Sandbox:
    return _sandbox


def kept_out() -> t.NoReturn:
    """As the lease does while another machine has it."""
    raise LeaseHeld("hello in dev is being changed by site.yml")


class Switch(t.Protocol):
    """Runs failover_switch on a stack that is deployed."""

    def __call__(self, to: str, **more: t.Any) -> dict[str, t.Any]: ...


@pytest.fixture
def _network(aws: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in aws.network().items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def switch(aws: Sandbox, run_job: RunJob, _network: None, _deployed: None) -> t.Iterator[Switch]:
    def run(to: str, **more: t.Any) -> dict[str, t.Any]:
        wish = {
            "zone": "dev.example.com",
            "parent_zone": "example.com",
            "regions": REGIONS,
            "services": ["hello"],
            "to": to,
        }
        quick = {"interval": 1, "hold": 5, "timeout": 120, "account_id": "111111111111"}
        return run_job(SWITCH, **{**wish, **quick, "region": WEST if to == WEST else EAST, **more})

    yield run
    aws.heal_region()
    aws.restrict("dev", EVERYTHING)
    run("auto", force=True)


@pytest.fixture
def serving(aws: Sandbox) -> t.Callable[[], str | None]:
    """The region that DNS answers with now."""

    def ask() -> str | None:
        resolver = IterativeResolver(Network.from_environment(aws.network()), "example.com")
        answer = resolver.ask("dev.example.com")
        return Regions(resolver, "dev.example.com", (EAST, WEST)).region_of(answer.addresses)

    return ask


def policy(name: str) -> dict[str, t.Any]:
    found: dict[str, t.Any] = json.loads((ROOT / "docs" / "iam" / f"{name}.json").read_text())
    return found


def test_there_and_back_again_with_its_policy_alone(aws: Sandbox, switch: Switch) -> None:
    aws.restrict("dev", policy("switch"))
    mark = aws.requests.mark()
    assert [switch(to)["changed"] for to in ("auto", EAST)] == [False, False]
    dry = switch(WEST, check_mode=True)
    assert (dry["changed"], dry["serving"]) == (True, EAST)
    assert aws.requests.writes(mark) == []
    there = switch(WEST)
    assert set(there) == set(dry)
    assert there["published"] == dry["published"] == [{"seat": WEST, "evicted": EAST, "value": 1}]
    assert (there["served_before"], there["serving"], there["changed"]) == (EAST, WEST, True)
    assert {record.operation for record in aws.requests.writes(mark)} == {"PutMetricData", "UpdateSchedule"}
    held = {"region": WEST, "enabled": True, "evicts": [EAST]}
    assert there["schedules"] == dry["schedules"] == [held]
    assert {record.region for record in aws.requests.writes(mark)} == {WEST}
    mark = aws.requests.mark()
    again = switch(WEST)
    assert (again["serving"], again["changed"], again["published"]) == (WEST, False, [])
    assert aws.requests.writes(mark) == []
    back = switch("auto")
    assert (back["serving"], back["changed"]) == (EAST, True)
    assert back["schedules"] == [{"region": WEST, "enabled": False, "evicts": []}]


@pytest.mark.exhaustive
def test_a_switch_that_cannot_be_held_is_made_with_a_warning_and_held_by_the_next(
    aws: Sandbox, run_job: RunJob, switch: Switch
) -> None:
    warned: list[str] = []
    with aws.fail("InternalServerException", operation="UpdateSchedule", count=ALWAYS, status=500):
        done = switch(WEST, warnings=warned)
    assert (done["serving"], done["changed"]) == (WEST, True)
    assert any("stays for a few hours only" in text for text in warned)
    assert schedule(aws) == "DISABLED"
    (held,) = run_job(INFO, zone="dev.example.com", services=["hello"])["held_switches"]
    assert "its schedule is disabled" in held["warning"]
    again = switch(WEST)
    assert (again["changed"], again["published"]) == (True, [])
    assert schedule(aws) == "ENABLED"
    (held,) = run_job(INFO, zone="dev.example.com", services=["hello"])["held_switches"]
    assert (held["schedule"], held["warning"]) == ("enabled", "")
    assert held["newest_data_point"]


@pytest.mark.exhaustive
def test_a_switch_without_a_schedule_is_made_all_the_same(aws: Sandbox, run_job: RunJob, switch: Switch) -> None:
    aws.client("scheduler", region=WEST).delete_schedule(Name=SCHEDULE)
    warned: list[str] = []
    assert switch(WEST, warnings=warned)["serving"] == WEST
    assert any("is missing; run site.yml" in text for text in warned)
    # site.yml makes it as the switch stands.
    Stack(run_job).deploy()
    assert schedule(aws) == "ENABLED"


def schedule(aws: Sandbox) -> str:
    """The state of the one in the second region."""
    return str(aws.client("scheduler", region=WEST).get_schedule(Name=SCHEDULE)["State"])


def test_neither_the_evicted_region_nor_route_53s_api_is_needed(
    aws: Sandbox, run_job: RunJob, switch: Switch, serving: t.Callable[[], str | None]
) -> None:
    """The endpoint stays well, so that nothing but the switch can move the traffic."""
    warned: list[str] = []
    with (
        aws.cut(after=False, service="route53", count=ALWAYS),
        aws.cut(after=False, region=EAST, count=ALWAYS),
    ):
        assert serving() == EAST
        done = switch(WEST, warnings=warned)
        assert (done["served_before"], done["serving"], done["changed"]) == (EAST, WEST, True)
        assert done["published"] == [{"seat": WEST, "evicted": EAST, "value": 1}]
        assert any(text.startswith("Route 53's API cannot be read") for text in warned)
        assert any(text.startswith(f"{EAST}: its switches may stay") for text in warned)
        assert switch(WEST)["changed"] is False
    found = run_job(INFO, zone="dev.example.com", services=["hello"])
    assert found["switch"] == {"position": WEST, "evicted": {EAST: [WEST]}}
    assert found["regions"][0]["reasons"] == [f"evicted by the switch in {WEST}"]


@pytest.mark.exhaustive
def test_where_port_53_is_closed_it_asks_over_https_and_says_so(aws: Sandbox, switch: Switch) -> None:
    aws.break_region("dns")
    warned: list[str] = []
    there = switch(WEST, warnings=warned)
    assert (there["served_before"], there["serving"]) == (EAST, WEST)
    assert there["answer"]["note"].startswith("queried over HTTPS (http://127.")
    assert any("queried over HTTPS" in text and "port 53 is closed here" in text for text in warned)


@pytest.mark.exhaustive
def test_a_request_goes_where_dns_says_and_not_testdnsanswer(aws: Sandbox, run_job: RunJob, switch: Switch) -> None:
    switch(WEST)
    aws.test_dns_answer_ignores_health()
    names = [{"name": EAST}, {"name": WEST}]
    wanted: dict[str, t.Any] = {"zone": "dev.example.com", "services": ["hello"], "regions": names}
    found = run_job(INFO, **wanted, request=True, dns=True, parent_zone="example.com")
    alone = run_job(INFO, **wanted, request=True)
    without = run_job(INFO, **wanted)
    aws.test_dns_answer_ignores_health(ignores=False)
    assert found["dns"]["region"] == found["serving"] == WEST
    addresses = sorted(found["dns"]["addresses"])
    assert set(without["answer"]["values"]).isdisjoint(addresses)
    for told in (found, alone):
        assert (told["answer"]["values"], told["answer"]["note"]) == (addresses, "")
        assert told["request"]["ok"]
        assert told["request"]["address"] in addresses


@pytest.mark.exhaustive
def test_a_region_that_was_gone_does_not_serve_when_it_comes_back(
    aws: Sandbox, run_job: RunJob, switch: Switch, serving: t.Callable[[], str | None]
) -> None:
    """Everything of the region is cut off, load balancer and API, and Route 53's API with it."""
    aws.break_region(EAST)
    aws.break_region("global")
    eventually(lambda: serving() == WEST)
    done = switch(WEST)
    assert (done["served_before"], done["serving"], done["changed"]) == (WEST, WEST, True)
    aws.heal_region()

    def endpoint_is_well() -> bool:
        return bool(run_job(INFO, zone="dev.example.com", services=["hello"])["regions"][0]["endpoint"]["healthy"])

    eventually(endpoint_is_well)
    assert serving() == WEST
    assert switch(EAST)["serving"] == EAST


def test_a_target_that_cannot_carry_the_load_is_refused_by_name(aws: Sandbox, switch: Switch) -> None:
    ecs = aws.client("ecs", region=WEST)
    ecs.update_service(cluster=SERVICE, service=SERVICE, desiredCount=0)
    eventually(lambda: ecs.describe_services(cluster=SERVICE, services=[SERVICE])["services"][0]["runningCount"] == 0)
    mark = aws.requests.mark()
    with pytest.raises(NotReady, match=r"us-west-1 is not ready .*\[targets\] 0 targets are healthy"):
        switch(WEST)
    with pytest.raises(NotReady):
        switch(WEST, check_mode=True)
    assert aws.requests.writes(mark) == []
    # A load balancer without targets is unhealthy to Route 53 whatever the switches say: DNS never answers it.
    with pytest.raises(WaitError, match="still answers us-east-1 after 3 s, not us-west-1"):
        switch(WEST, force=True, timeout=3)
    ecs.update_service(cluster=SERVICE, service=SERVICE, desiredCount=2)
    forced: list[str] = []
    assert switch(WEST, force=True, warnings=forced)["serving"] == WEST


@pytest.mark.exhaustive
def test_a_switch_that_was_stopped_is_finished_by_the_next(aws: Sandbox, switch: Switch) -> None:
    with (
        aws.fail("InternalFailure", operation="PutMetricData", count=ALWAYS, status=500),
        pytest.raises(WaitError, match=r"Not every data point could be published \(us-west-1: .*InternalFailure"),
    ):
        switch(WEST, timeout=2)
    assert switch(WEST)["serving"] == WEST


def test_nothing_is_done_in_another_account(aws: Sandbox, switch: Switch) -> None:
    mark = aws.requests.mark()
    with pytest.raises(SpecError, match="account_id: is 222222222222, and the credentials are those of"):
        switch(WEST, account_id="222222222222")
    assert aws.requests.writes(mark) == []


def test_a_right_that_is_missing_is_named_with_its_remedy(aws: Sandbox, switch: Switch) -> None:
    lacking = policy("switch")
    lacking["Statement"] = [item for item in lacking["Statement"] if item["Sid"] != "Switch"]
    aws.restrict("dev", lacking)
    with pytest.raises(AwsError, match=r"PutMetricData in us-west-1: .*docs/iam\.md"):
        switch(WEST)


def without(action: str) -> dict[str, t.Any]:
    """The policy of a switch, without one action."""
    found = policy("switch")
    for statement in found["Statement"]:
        listed = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        statement["Action"] = [item for item in listed if item != action]
    return found


# DescribeScalableTargets is asked for services that scale, and UpdateService is called for regions that lack tasks.
READS = sorted(set(policy("switch")["Statement"][0]["Action"]) - {"application-autoscaling:DescribeScalableTargets"})


@pytest.mark.parametrize("nth", [4, pytest.param(1, marks=pytest.mark.exhaustive)])
def test_what_may_not_be_read_is_told_as_that(aws: Sandbox, switch: Switch, nth: int) -> None:
    untold = []
    for action in READS[::nth]:
        aws.restrict("dev", without(action))
        warned: list[str] = []
        switch(WEST, check_mode=True, force=True, warnings=warned)
        said = " ".join(warned)
        if f"Grant the deployer {action}" not in said or "Read of docs/iam/switch.json" not in said:
            untold.append((action, said))
    assert untold == []


@pytest.mark.exhaustive
def test_what_may_not_be_held_is_told_as_that(aws: Sandbox, switch: Switch) -> None:
    aws.restrict("dev", without("iam:PassRole"))
    warned: list[str] = []
    assert switch(WEST, warnings=warned)["serving"] == WEST
    said = " ".join(warned)
    assert "Grant the deployer iam:PassRole" in said
    assert "PassSwitchRole of docs/iam/switch.json" in said


# From here on tests leave other words, and another stack.
@pytest.mark.exhaustive
def test_words_that_nobody_knows_are_no_eviction(
    aws: Sandbox, run_job: RunJob, switch: Switch, serving: t.Callable[[], str | None]
) -> None:
    """AWS documents no words for checks that follow a metric: the metric HealthCheckStatus decides, or nothing does."""
    aws.word_metric_checks("The alarm is quiet", "The alarm rings")
    there = switch(WEST)
    assert (there["serving"], serving()) == (WEST, WEST)

    def look() -> dict[str, t.Any]:
        return run_job(INFO, zone="dev.example.com", services=["hello"], regions=[{"name": EAST}, {"name": WEST}])

    found = look()
    assert found["switch"] == {"position": WEST, "evicted": {EAST: [WEST]}}
    assert (found["serving"], found["regions"][0]["healthy"]) == (WEST, False)
    with aws.fail("InternalFailure", operation="GetMetricData", region="us-east-1", count=ALWAYS):
        found = look()
    assert found["switch"] == {"position": "unknown", "evicted": {}}
    east = found["regions"][0]
    assert (east["healthy"], east["reasons"]) == (None, [])
    [unknown] = east["unknown"]
    assert unknown.startswith(f"the check of the switch in {WEST} says 'The alarm rings', which is not known")
    assert found["serving"] is None
    assert found["serving_reason"].startswith(f"it is not known whether {EAST} is healthy")
    back = switch("auto")
    assert (back["serving"], serving()) == (EAST, EAST)


@pytest.mark.usefixtures("_network")
@pytest.mark.exhaustive
def test_of_many_regions_the_switches_that_were_set_are_asked_for(
    aws: Sandbox, run_job: RunJob, serving: t.Callable[[], str | None]
) -> None:
    """There are as many as regions squared; while none of them was ever set, a call for each region does."""
    regions = [EAST, WEST, THIRD]
    aws.reset()
    Stack(run_job, tuple(regions)).deploy()

    def ask() -> tuple[dict[str, t.Any], int]:
        mark = aws.requests.mark()
        found = run_job(
            INFO, zone="dev.example.com", services=["hello"], regions=[{"name": region} for region in regions]
        )
        return found, sum(call.operation == "GetHealthCheckStatus" for call in aws.requests.since(mark))

    found, calls = ask()
    assert (found["switch"], calls) == ({"position": "auto", "evicted": {}}, 3)
    assert [set(region["switches"]) for region in found["regions"]] == [{WEST, THIRD}, {EAST, THIRD}, {EAST, WEST}]
    names = {"Stack": "hello", "Environment": "dev", "Region": EAST}
    dimensions = [{"Name": name, "Value": value} for name, value in names.items()]
    point = {"MetricName": "Evict", "Dimensions": dimensions, "Value": 1.0}
    aws.client("cloudwatch", region=THIRD).put_metric_data(Namespace="everlook.failover/hello-dev", MetricData=[point])
    eventually(lambda: serving() == WEST)
    found, calls = ask()
    assert (found["switch"], calls) == ({"position": WEST, "evicted": {EAST: [THIRD]}}, 4)


@pytest.mark.usefixtures("_network")
@pytest.mark.exhaustive
def test_the_last_of_three_regions_evicts_both_others_and_gives_back_in_steps(aws: Sandbox, run_job: RunJob) -> None:
    aws.reset()
    Stack(run_job, regions=(EAST, WEST, THIRD)).deploy()
    regions = [*REGIONS, {"name": THIRD, "priority": 3}]

    def switch(to: str) -> dict[str, t.Any]:
        quick: dict[str, t.Any] = {"interval": 1, "hold": 5, "timeout": 120}
        zones: dict[str, t.Any] = {"zone": "dev.example.com", "parent_zone": "example.com"}
        return run_job(SWITCH, **zones, regions=regions, services=["hello"], to=to, **quick)

    last = switch(THIRD)
    assert last["serving"] == THIRD
    assert {(point["seat"], point["evicted"]) for point in last["published"]} == {(THIRD, EAST), (THIRD, WEST)}
    middle = switch(WEST)
    assert (middle["served_before"], middle["serving"]) == (THIRD, WEST)
    found = run_job(INFO, zone="dev.example.com", services=["hello"])
    assert found["switch"] == {"position": WEST, "evicted": {EAST: [WEST, THIRD]}}
    assert switch("auto")["serving"] == EAST


@pytest.mark.usefixtures("_network")
def test_the_standby_gets_the_tasks_that_it_needs_before_traffic_moves(aws: Sandbox, run_job: RunJob) -> None:
    aws.reset()
    Stack(run_job).deploy()
    ecs = {region: aws.client("ecs", region=region) for region in (EAST, WEST)}
    ecs[EAST].update_service(cluster=SERVICE, service=SERVICE, desiredCount=4)
    wish: dict[str, t.Any] = {"zone": "dev.example.com", "parent_zone": "example.com", "regions": REGIONS}
    quick: dict[str, t.Any] = {"services": ["hello"], "interval": 1, "hold": 5, "timeout": 120, "region": WEST}
    aws.restrict("dev", policy("switch"))
    assert run_job(SWITCH, **wish, **quick, to=WEST, standby_capacity="minimum", check_mode=True)["raised"] == []
    mark = aws.requests.mark()
    raised = [{"service": SERVICE, "before": 2, "to": 4}]
    assert run_job(SWITCH, **wish, **quick, to=WEST, check_mode=True)["raised"] == raised
    with pytest.raises(LeaseHeld):
        run_job(SWITCH, **wish, **quick, to=WEST, lease=Lease(kept_out, print))
    assert aws.requests.writes(mark) == []
    done = run_job(SWITCH, **wish, **quick, to=WEST)
    aws.restrict("dev", EVERYTHING)
    assert (done["raised"], done["serving"], done["changed"]) == (raised, WEST, True)
    operations = [record.operation for record in aws.requests.writes(mark)]
    assert (operations[0], operations.count("UpdateService")) == ("UpdateService", 1)
    [service] = ecs[WEST].describe_services(cluster=SERVICE, services=[SERVICE])["services"]
    assert (service["desiredCount"], service["runningCount"]) == (4, 4)
    again = run_job(SWITCH, **wish, **quick, to=WEST)
    assert (again["raised"], again["changed"]) == ([], False)
