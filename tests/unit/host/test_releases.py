# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release goes from the end of the failover chain to its beginning, and stops at the first failure."""

from __future__ import annotations

import dataclasses
import types
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.layer import HELD
from ansible_collections.everlook.failover.plugins.plugin_utils.worker import release_gate, releases

MODULE = releases.__name__
EAST, WEST, SOUTH = "us-east-1", "us-west-1", "eu-south-1"
HOSTVARS = {EAST: {"failover_priority": 1}, WEST: {"failover_priority": 2}, SOUTH: {"failover_priority": "3"}}


@dataclasses.dataclass
class Ledger:
    written: list[dict[str, t.Any]] = dataclasses.field(default_factory=list)

    def write(self, line: dict[str, t.Any]) -> None:
        self.written.append(line)

    def lines(self, run: str) -> list[dict[str, t.Any]]:
        return [line for line in self.written if line["run"] == run]


@dataclasses.dataclass
class World:
    """The regions of one run, each of which has something to release unless it says otherwise.

    :param calls: region, and whether it held back, released or found nothing to do, in order.
    :param told: what was shown.
    :param waits: called in each pause.
    :param here: whether the jobs run in Ansible's workers.
    :param seconds: the clock.
    """

    ledger: Ledger = dataclasses.field(default_factory=Ledger)
    calls: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    told: list[str] = dataclasses.field(default_factory=list)
    pending: set[str] = dataclasses.field(default_factory=lambda: {EAST, WEST, SOUTH})
    broken: set[str] = dataclasses.field(default_factory=set)
    waits: t.Callable[[], None] = lambda: None
    here: bool = True
    seconds: float = 0

    def run_action(
        self, action: t.Any, _job: object, _vars: object, *, holds: t.Callable[[bool], bool] = lambda _here: False
    ) -> dict[str, t.Any]:
        region = action._task.args["region"]
        if region not in self.pending:
            self.calls.append((region, "nothing"))
            return {"changed": False, "pending": []}
        if holds(self.here):
            self.calls.append((region, "held"))
            return {"changed": False, "pending": ["service/main"], HELD: True}
        self.calls.append((region, "released"))
        return {"failed": True} if region in self.broken else {"changed": True, "pending": []}

    def run(
        self, region: str, *, check_mode: bool = False, hosts: t.Sequence[str] = (EAST, WEST, SOUTH), **more: t.Any
    ) -> t.Any:
        args = {"stack": "hello", "environment": "dev", "name": "web", "region": region}
        action: t.Any = types.SimpleNamespace(
            _task=types.SimpleNamespace(args=args, check_mode=check_mode, action="everlook.failover.ecs_service"),
            _templar=types.SimpleNamespace(template=lambda value: value),
        )
        variables = {"inventory_hostname": region, "ansible_play_batch": list(hosts), "hostvars": HOSTVARS, **more}
        result = releases.run_action(action, t.cast("t.Any", None), variables)
        if result.get("failed"):
            releases.note_failure(variables)
        return result


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    monkeypatch.setattr(f"{MODULE}.LEDGER", made.ledger)
    monkeypatch.setattr(f"{MODULE}.host.run_action", made.run_action)
    monkeypatch.setattr(f"{MODULE}.host.has_no_parent", lambda: False)
    monkeypatch.setattr(f"{MODULE}.show", made.told.extend)
    monkeypatch.setattr(f"{MODULE}.time.sleep", lambda _seconds: made.waits())
    monkeypatch.setattr(f"{MODULE}.time.monotonic", lambda: made.seconds)
    monkeypatch.setattr(f"{MODULE}.context.CLIARGS", {"forks": 5})
    return made


def released(world: World) -> list[str]:
    return [region for region, outcome in world.calls if outcome == "released"]


def test_the_last_of_the_chain_comes_first(world: World) -> None:
    """The others wait for it, one after the other."""
    turns = iter([SOUTH, WEST])
    world.waits = lambda: world.run(next(turns))
    assert world.run(EAST)["changed"] is True
    assert released(world) == [SOUTH, WEST, EAST]
    assert f"[{EAST}] ecs_service: waiting for the release in {SOUTH}, {WEST}, which come first" in world.told


def test_the_region_that_serves_is_the_last_wherever_it_is_in_the_chain(world: World) -> None:
    """As after a switch, or an outage of the first region."""
    serving: t.Any = {"failover_info_result": {"serving": WEST}}
    turns = iter([SOUTH, EAST])
    world.waits = lambda: world.run(next(turns), **serving)
    assert world.run(WEST, **serving)["changed"] is True
    assert released(world) == [SOUTH, EAST, WEST]
    assert f"[{WEST}] ecs_service: waiting for the release in {SOUTH}, {EAST}, which come first" in world.told


def test_it_stops_at_the_first_failure(world: World) -> None:
    world.broken = {SOUTH}
    turns = iter([SOUTH, WEST])
    world.waits = lambda: world.run(next(turns))
    refused = world.run(EAST)
    assert refused["failed"] is True
    assert f"did not reach {EAST}, which keeps what it runs" in refused["msg"]
    assert world.run(WEST)["failed"] is True
    assert released(world) == [SOUTH]


def test_a_region_that_fails_before_its_services_stops_it_too(world: World) -> None:
    releases.note_failure({"inventory_hostname": WEST})
    world.run(SOUTH)
    assert "us-west-1 failed" in world.run(EAST)["msg"]


def test_nothing_to_release_waits_for_nobody(world: World) -> None:
    """Nor does it template the variables of all regions, which takes a while."""
    world.pending = set()
    for region in (EAST, WEST, SOUTH):
        assert world.run(region, hostvars={})["changed"] is False
    assert world.calls == [(EAST, "nothing"), (WEST, "nothing"), (SOUTH, "nothing")]
    assert world.told == []


def test_the_region_that_comes_first_is_read_once(world: World) -> None:
    assert world.run(SOUTH)["changed"] is True
    assert world.calls == [(SOUTH, "released")]


def test_a_region_that_waited_briefly_is_read_once(world: World) -> None:
    world.waits = lambda: world.run(SOUTH)
    assert world.run(WEST)["changed"] is True
    assert world.calls == [(SOUTH, "released"), (WEST, "released")]


def test_a_region_that_waited_long_is_read_again(world: World) -> None:
    """Somebody may have changed it meanwhile."""

    def wait() -> None:
        world.seconds += 31
        world.run(SOUTH)

    world.waits = wait
    assert world.run(WEST)["changed"] is True
    assert world.calls == [(SOUTH, "released"), (WEST, "held"), (WEST, "released")]


def test_a_module_in_its_own_process_is_deferred_before_anything_waits(world: World) -> None:
    """The plan is not known yet: it may replace nothing."""
    world.here, world.waits = False, lambda: world.run(SOUTH)
    assert world.run(WEST)["changed"] is True
    assert world.calls == [(WEST, "held"), (SOUTH, "released"), (WEST, "released")]


def test_a_region_that_has_it_already_is_not_waited_for(world: World) -> None:
    world.pending = {EAST}
    world.run(WEST)
    world.run(SOUTH)
    assert world.run(EAST)["changed"] is True
    assert released(world) == [EAST]


@pytest.mark.parametrize("arguments", [{"check_mode": True}, {"hosts": [EAST]}], ids=["dry run", "only region"])
def test_a_dry_run_and_one_region_alone_hold_nothing_back(world: World, arguments: dict[str, t.Any]) -> None:
    world.run(EAST, **arguments)
    assert world.calls == [(EAST, "released")]


@pytest.mark.parametrize(("hosts", "pending"), [([EAST], {EAST}), ([EAST, SOUTH], {EAST}), ([EAST], set())])
def test_a_release_past_a_standby_that_is_not_in_the_run_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch, hosts: list[str], pending: set[str]
) -> None:
    warned: list[str] = []
    monkeypatch.setattr(f"{MODULE}.Display.warning", lambda _self, text: warned.append(text))
    world.pending = pending
    limited: t.Any = {"hosts": hosts, "ansible_play_hosts_all": hosts, "groups": {"regions": [EAST, WEST, SOUTH]}}
    for region in reversed(hosts):
        assert world.run(region, **limited)["changed"] is (region in pending)
    missing = [region for region in (SOUTH, WEST) if region not in hosts]
    told = f"{EAST} releases before {' and '.join(missing)}"
    assert [text.startswith(told) for text in warned] == ([True] if pending else [])


def test_a_standby_alone_releases_without_a_word(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    warned: list[str] = []
    monkeypatch.setattr(f"{MODULE}.Display.warning", lambda _self, text: warned.append(text))
    limited: t.Any = {"hosts": [SOUTH], "ansible_play_hosts_all": [SOUTH], "groups": {"regions": [EAST, WEST, SOUTH]}}
    assert world.run(SOUTH, **limited)["changed"] is True
    assert warned == []


def test_with_too_few_forks_nobody_waits_for_what_cannot_begin(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    warned: list[str] = []
    monkeypatch.setattr(f"{MODULE}.context.CLIARGS", {"forks": 2})
    monkeypatch.setattr(f"{MODULE}.Display.warning", lambda _self, text: warned.append(text))
    assert world.run(EAST)["changed"] is True
    assert "--forks 3" in warned[0]


def test_a_run_that_is_stopped_releases_nothing_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{MODULE}.host.has_no_parent", lambda: True)
    assert "the run was stopped" in world.run(EAST)["msg"]
    assert released(world) == []


@pytest.fixture
def after_west(world: World) -> World:
    """The standby has the release, and the next one is about to get it."""
    world.pending = {EAST}
    world.run(WEST)
    return world


def test_a_smoke_test_that_passes_lets_it_go_on(after_west: World) -> None:
    assert after_west.run(EAST, hosts=[EAST, WEST], app_smoke_test="test {region} = us-west-1")["changed"] is True
    assert f"[{EAST}] ecs_service: smoke test of {WEST} (for 300 s at most)" in after_west.told


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("test {region} = us-east-1", "the smoke test of us-west-1 failed: exit code 1."),
        ("ls --{region}", "exit code 2: "),
        ("sh -c 'printf \"\\377\"; exit 3'", "exit code 3: \ufffd"),
        ("no-such-command {region}", "No such file or directory: 'no-such-command'"),
    ],
)
def test_a_smoke_test_that_fails_stops_it(after_west: World, command: str, why: str) -> None:
    refused = after_west.run(EAST, hosts=[EAST, WEST], app_smoke_test=command)
    assert why in refused["msg"]
    assert released(after_west) == []


def test_a_smoke_test_that_hangs_ends_and_its_command_is_not_told(
    after_west: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release_gate, "_SECONDS", 0.2)
    refused = after_west.run(EAST, hosts=[EAST, WEST], app_smoke_test="sh -c 'exec sleep 60' token-4711")
    assert "the smoke test of us-west-1 failed: it has not ended after 0.2 s" in refused["msg"]
    assert "token-4711" not in refused["msg"] + "".join(after_west.told)
    assert released(after_west) == []


def test_it_pauses_after_the_standby_until_it_may_go_on(after_west: World) -> None:
    paused = after_west.run(EAST, hosts=[EAST, WEST], app_release_pause="true")
    assert "it pauses, because app_release_pause is true and us-west-1 has it now" in paused["msg"]
    assert "-e release_continue=true" in paused["msg"]
    assert released(after_west) == []
    again = after_west.run(EAST, hosts=[EAST, WEST], app_release_pause=True, release_continue="true")
    assert again["changed"] is True


def test_the_standby_itself_passes_no_gate(world: World) -> None:
    assert world.run(WEST, hosts=[EAST, WEST], app_release_pause=True, app_smoke_test="false")["changed"] is True
