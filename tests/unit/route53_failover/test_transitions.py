# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From any chain to any other, cut off anywhere: whoever asks gets a healthy region, and a second run does nothing."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import FailoverError
from ansible_collections.everlook.failover.plugins.module_utils._route53_failover.layer import JOB
from tests.sampling import examples

from .fake_aws import RECORD, FakeAws

REGIONS = ("us-east-1", "us-west-1", "eu-west-1", "ap-southeast-2", "sa-east-1")

chains = st.lists(st.sampled_from(REGIONS), unique=True, min_size=1, max_size=5)


@dataclasses.dataclass(frozen=True)
class Run:
    """One run of the module; `kill_after` cuts it off behind its nth write, and then it is run again."""

    state: str
    regions: tuple[str, ...]
    interval: int = 10
    port: int = 80
    kill_after: int | None = None

    def params(self) -> dict[str, t.Any]:
        regions = [{"name": name, "priority": place} for place, name in enumerate(self.regions)]
        check = {"interval": self.interval, "port": self.port}
        return {"state": self.state, "regions": regions, "health_check": check}


runs = st.builds(
    Run,
    state=st.sampled_from(["present", "present", "present", "absent"]),
    regions=chains.map(tuple),
    interval=st.sampled_from([10, 10, 30]),
    port=st.sampled_from([80, 80, 8080]),
    kill_after=st.none() | st.integers(0, 12),
)


class Chain:
    """What the name must answer while it goes from one chain to another."""

    def __init__(self, aws: FakeAws) -> None:
        self.aws = aws
        self.regions: tuple[str, ...] = ()

    def after(self, run: Run) -> tuple[str, ...]:
        if run.state == "absent":
            return tuple(region for region in self.regions if region not in run.regions)
        unlisted = [region for region in self.regions if region not in run.regions]
        return (*run.regions, *unlisted)

    def watch(self, run: Run) -> t.Callable[[], None]:
        stay = set(self.regions) & set(self.after(run))

        def answers() -> None:
            for region in stay:
                others = {self.aws.dns_name(other) for other in REGIONS if other != region}
                alone = self.aws.route53.answer(RECORD, others)
                assert alone == self.aws.dns_name(region), f"{region} is the only healthy one, and {alone} answers"

        return answers

    def execute(self, run: Run) -> None:
        self.aws.watch = self.watch(run)
        self.aws.kill_after = run.kill_after
        try:
            self.aws.run(JOB, **run.params())
        except FailoverError:
            assert run.kill_after is not None
            self.aws.kill_after = None
            self.aws.run(JOB, **run.params())
        self.aws.kill_after = None
        expected = set(self.after(run))
        self.regions = self.served()
        assert set(self.regions) == expected

    def served(self) -> tuple[str, ...]:
        """The chain as one finds it by taking down whoever answers, one after the other."""
        found: list[str] = []
        by_name = {self.aws.dns_name(region): region for region in REGIONS}
        for _ in REGIONS:
            answer = self.aws.route53.answer(RECORD, {self.aws.dns_name(region) for region in found})
            if answer is None or by_name[answer] in found:
                break
            found.append(by_name[answer])
        return tuple(found)


@pytest.fixture
def aws() -> FakeAws:
    return deployed()


def deployed() -> FakeAws:
    aws = FakeAws()
    for region in REGIONS:
        aws.deploy(region)
    return aws


def alarms_can_be_found(aws: FakeAws) -> t.Callable[[], None]:
    """Whoever removes everything knows from health checks alone where to look for alarms."""

    def check() -> None:
        references = [check["CallerReference"] for check in list(aws.route53.checks.values())]
        for seat, name in (*aws.alarms, *aws.schedules):
            witnesses = (f"/{seat}/endpoint/", f"/switch-{seat}/")
            assert any(witness in reference for reference in references for witness in witnesses), name

    return check


@examples(60)
@given(history=st.lists(runs, min_size=1, max_size=5))
def test_whoever_stays_keeps_answering_and_a_second_run_does_nothing(history: list[Run]) -> None:
    aws = deployed()
    chain = Chain(aws)
    for run in history:
        chain.execute(run)
        if run.state == "present":
            listed = [region for region in chain.regions if region in run.regions]
            assert listed == list(run.regions)
        before = len(aws.writes)
        again = aws.run(JOB, **run.params())
        assert not again["changed"]
        assert not any(check["HealthCheckConfig"].get("Disabled") for check in aws.route53.checks.values())
        assert len(aws.writes) == before
    aws.watch = alarms_can_be_found(aws)
    aws.run(JOB, state="absent")
    assert not aws.route53.records
    assert not aws.route53.checks
    assert not aws.alarms
    assert not aws.schedules
    assert not aws.roles


@examples(30)
@given(history=st.lists(runs, min_size=1, max_size=3), kill_after=st.integers(0, 25))
def test_a_removal_of_everything_that_is_cut_off_leaves_nothing_when_run_again(
    history: list[Run], kill_after: int
) -> None:
    aws = deployed()
    chain = Chain(aws)
    for run in history:
        chain.execute(run)
    aws.watch = alarms_can_be_found(aws)
    aws.kill_after = kill_after
    try:
        aws.run(JOB, state="absent")
    except FailoverError:
        aws.kill_after = None
        aws.run(JOB, state="absent")
    assert not aws.route53.records
    assert not aws.route53.checks
    assert not aws.alarms
    assert not aws.schedules
    assert not aws.roles


@examples(30)
@given(regions=chains, kill_after=st.integers(0, 60))
def test_a_first_run_that_is_cut_off_can_be_removed_without_a_word_on_its_regions(
    regions: list[str], kill_after: int
) -> None:
    aws = deployed()
    aws.watch = alarms_can_be_found(aws)
    aws.kill_after = kill_after
    run = Run("present", tuple(regions))
    try:
        aws.run(JOB, **run.params())
    except FailoverError:
        aws.kill_after = None
    aws.kill_after = None
    aws.run(JOB, state="absent")
    assert not aws.route53.records
    assert not aws.route53.checks
    assert not aws.alarms
    assert not aws.schedules
    assert not aws.roles


@examples(30)
@given(regions=chains)
def test_a_dry_run_names_what_the_run_then_does(regions: list[str]) -> None:
    aws = deployed()
    run = Run("present", tuple(regions))
    dry = aws.run(JOB, check_mode=True, **run.params())
    assert not aws.writes
    wet = aws.run(JOB, **run.params())
    planned = {(change["kind"], change["name"], change["action"]) for change in dry["changes"]}
    made = {(change["kind"], change["name"], change["action"]) for change in wet["changes"]}
    assert planned == made
    assert dry.keys() == wet.keys()


def test_three_regions_each_answer_when_those_before_are_down(aws: FakeAws) -> None:
    chain = Chain(aws)
    chain.execute(Run("present", REGIONS[:3]))
    assert chain.regions == REGIONS[:3]
    everything = {aws.dns_name(region) for region in REGIONS}
    assert aws.route53.answer(RECORD, everything) == aws.dns_name(REGIONS[0])


def test_a_cut_off_run_makes_no_check_twice(aws: FakeAws) -> None:
    for kill_after in range(40):
        fresh = deployed()
        Chain(fresh).execute(Run("present", REGIONS[:2], kill_after=kill_after))
        roles = sorted(check["CallerReference"].rsplit("/", 1)[0] for check in fresh.route53.checks.values())
        assert len(roles) == len(set(roles)) == 6
        assert len(fresh.alarms) == 2
    del aws
