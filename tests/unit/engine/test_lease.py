# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Of runs that change an environment at the same time, one has its lease."""

from __future__ import annotations

import dataclasses
import datetime
import email.utils
import json
import os
import threading
import typing as t

import botocore.exceptions
import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine import lease, lease_calls
from ansible_collections.everlook.failover.plugins.module_utils._engine.context import Context
from ansible_collections.everlook.failover.plugins.module_utils._engine.guards import check_writes
from ansible_collections.everlook.failover.plugins.module_utils._engine.lease import LeaseHeld, Terms
from ansible_collections.everlook.failover.plugins.module_utils._engine.lease_calls import (
    TAKEN,
    UNAVAILABLE,
    Lease,
    give_back,
)
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Action, Change

NAME = "/everlook.failover/hello/dev/lease"
CREATIONS = [Change(kind="vpc", name="main", action=Action.CREATE, reason="missing")]


def error(code: str, operation: str) -> botocore.exceptions.ClientError:
    return botocore.exceptions.ClientError({"Error": {"Code": code, "Message": "no"}}, operation)


@dataclasses.dataclass
class Store:
    """Parameter Store with one parameter: values by version, and when each was written.

    :param before_put: called once, before the next write.
    :param fails: raised by every call.
    """

    values: list[tuple[str, float]] = dataclasses.field(default_factory=list)
    now: float = 1_000_000
    before_put: t.Callable[[], object] | None = None
    fails: Exception | None = None
    calls: list[str] = dataclasses.field(default_factory=list)
    lock: threading.Lock = dataclasses.field(default_factory=threading.Lock)

    def get_parameter(self, *, Name: str) -> dict[str, t.Any]:  # noqa: N803  # AWS's name
        self._called("GetParameter")
        name, _colon, wanted = Name.partition(":")
        assert name == NAME
        if not self.values:
            raise error("ParameterNotFound", "GetParameter")
        version = int(wanted or len(self.values))
        value, written = self.values[version - 1]
        at = datetime.datetime.fromtimestamp(written, tz=datetime.UTC)
        headers = {"date": email.utils.formatdate(self.now, usegmt=True)}
        return {
            "Parameter": {"Version": version, "Value": value, "LastModifiedDate": at},
            "ResponseMetadata": {"HTTPHeaders": headers},
        }

    def put_parameter(self, **request: t.Any) -> dict[str, int]:
        self._called("PutParameter")
        assert (request["Name"], request["Overwrite"]) == (NAME, True)
        assert "}}" not in request["Value"]
        before, self.before_put = self.before_put, None
        if before:
            before()
        with self.lock:
            self.values.append((request["Value"], self.now))
            return {"Version": len(self.values)}

    def _called(self, operation: str) -> None:
        self.calls.append(operation)
        if self.fails:
            raise self.fails

    def get(self, service: str, *, region: str, **_options: t.Any) -> Store:
        assert (service, region) == ("ssm", "us-west-1")
        return self

    def with_short_timeouts(self) -> Store:
        return self


def terms(run: str, **changed: t.Any) -> Terms:
    made = Terms(
        region="us-west-1", name=NAME, what="hello in dev", run=run, holder=f"site.yml of {run}", place="", pid=7
    )
    return dataclasses.replace(made, **changed)


@pytest.fixture
def store() -> Store:
    return Store()


class Take(t.Protocol):
    """Takes the lease as a task of a run does, and returns what became of it."""

    def __call__(self, run: str, **changed: t.Any) -> list[str]: ...


@pytest.fixture
def take(ctx: Context, store: Store) -> Take:
    def call(run: str, **changed: t.Any) -> list[str]:
        noted: list[str] = []
        taken = Lease(lambda: terms(run, **changed), noted.append)
        check_writes(dataclasses.replace(ctx, clients=t.cast("t.Any", store), lease=taken), CREATIONS)
        taken.end()
        return noted

    return call


def test_a_run_keeps_others_out(take: Take) -> None:
    assert take("anna") == [TAKEN]
    with pytest.raises(LeaseHeld) as refused:
        take("bert")
    text = str(refused.value)
    assert text.startswith("hello in dev is being changed by site.yml of anna, since 20")
    assert "ends in 15 min" in text
    assert text.endswith("-e break_lease=anna.")


def test_its_other_tasks_only_look(take: Take, store: Store) -> None:
    take("anna")
    store.calls.clear()
    assert take("anna") == [TAKEN]
    assert store.calls == ["GetParameter"]


def test_it_is_renewed_in_time_and_since_when_stays(take: Take, store: Store) -> None:
    take("anna")
    since = json.loads(store.values[0][0])["since"]
    store.now += lease.RENEW_SECONDS
    take("anna")
    assert [json.loads(value)["since"] for value, _at in store.values] == [since, since]
    store.now += lease.SECONDS - 1
    with pytest.raises(LeaseHeld):
        take("bert")


def test_a_lease_that_nobody_renews_ends(take: Take, store: Store) -> None:
    take("anna")
    store.now += lease.SECONDS
    assert take("bert") == [TAKEN]
    with pytest.raises(LeaseHeld, match=r"site\.yml of bert"):
        take("anna")


def test_it_can_be_broken_by_its_id(take: Take) -> None:
    take("anna")
    with pytest.raises(LeaseHeld):
        take("bert", breaks="carl")
    assert take("bert", breaks="anna") == [TAKEN]


def test_what_is_given_back_is_free(take: Take, store: Store) -> None:
    take("anna")
    give_back(store, terms("bert"))  # not its own
    with pytest.raises(LeaseHeld):
        take("bert")
    give_back(store, terms("anna"))
    assert take("bert") == [TAKEN]


def test_a_run_of_a_process_here_that_has_ended_holds_nothing(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    here = lease_calls.place_of_processes() or "here"
    monkeypatch.setattr(lease_calls, "place_of_processes", lambda: here)
    take("anna", place=here, pid=os.getpid())
    with pytest.raises(LeaseHeld):
        take("bert")
    take("carl", place=here, pid=os.getpid(), breaks="anna")

    def gone(_pid: int, _signal: int) -> None:
        raise ProcessLookupError

    monkeypatch.setattr(os, "kill", gone)
    assert take("bert") == [TAKEN]


@pytest.mark.parametrize("place", ["", "elsewhere"])
def test_processes_of_other_machines_cannot_be_seen(take: Take, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    def asked(_pid: int, _signal: int) -> None:
        raise AssertionError

    monkeypatch.setattr(os, "kill", asked)
    take("anna", place=place, pid=1)
    with pytest.raises(LeaseHeld):
        take("bert")


def test_of_two_at_the_same_moment_the_first_one_gets_it(take: Take, store: Store) -> None:
    """Both have seen that it is free; AWS counts the versions."""
    refused: list[BaseException] = []

    def quicker() -> None:
        assert take("anna") == [TAKEN]

    store.before_put = quicker
    try:
        take("bert")
    except LeaseHeld as held:
        refused.append(held)
    assert len(refused) == 1
    # The lost one stands last, and counts for nothing.
    assert json.loads(store.values[-1][0])["run"] == "bert"
    assert take("anna") == [TAKEN]
    give_back(store, terms("anna"))
    assert take("bert") == [TAKEN]


def test_of_many_threads_one_gets_it(take: Take) -> None:
    barrier, outcomes = threading.Barrier(8), []

    def one(number: int) -> None:
        barrier.wait()
        try:
            outcomes.append(take(f"run{number}"))
        except LeaseHeld:
            outcomes.append([])

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count([TAKEN]) == 1
    assert len(outcomes) == 8


def test_a_write_whose_answer_was_lost_counts(take: Take, store: Store) -> None:
    """botocore repeats it, and the second one is the later version."""
    store.before_put = lambda: store.put_parameter(
        Name=NAME, Value=lease.entry_of(terms("anna"), lease.StoredLease(), store.now).text(), Overwrite=True
    )
    assert take("anna") == [TAKEN]
    with pytest.raises(LeaseHeld):
        take("bert")


@pytest.mark.parametrize(
    "value",
    [
        *("", "{", "[]", "{}", '{"version": 1}'),
        '{"version": 1, "run": "x", "holder": "a\\nb", "place": "", "pid": 1, "since": 0}',
        '{"version": 1, "run": "x", "holder": "\\u001b[2J", "place": "", "pid": 1, "since": 0}',
        '{"version": 1, "run": "x", "holder": "x", "place": "", "pid": "1; reboot", "since": 0}',
        '{"version": 1, "run": "x", "holder": "x", "place": "", "pid": 1, "since": 1e300}',
        '{"version": 2, "run": "x", "holder": "x", "place": "", "pid": 1, "since": 0}',
    ],
)
def test_what_no_run_writes_holds_nothing(take: Take, store: Store, value: str) -> None:
    store.values.append((value, store.now))
    assert take("anna") == [TAKEN]


@pytest.mark.parametrize(
    "failure",
    [
        error("AccessDeniedException", "GetParameter"),
        error("InternalServerError", "GetParameter"),
        botocore.exceptions.ConnectTimeoutError(endpoint_url="https://ssm.us-west-1.amazonaws.com"),
    ],
    ids=["refused", "broken", "down"],
)
def test_without_a_lease_the_run_goes_on_after_a_warning(
    take: Take, store: Store, told: list[str], failure: Exception
) -> None:
    store.fails = failure
    assert take("anna") == [UNAVAILABLE]
    assert len(told) == 1
    assert told[0].startswith("hello in dev has no lease in us-west-1: ")


def test_a_missing_right_is_named_with_its_statement(take: Take, store: Store, told: list[str]) -> None:
    store.fails = error("AccessDeniedException", "GetParameter")
    take("anna")
    assert "ssm:GetParameter" in told[0]
    assert "Lease of docs/iam/site.json" in told[0]


def test_nothing_to_do_and_check_mode_ask_nothing(ctx: Context, store: Store) -> None:
    taken = Lease(lambda: terms("anna"), lambda _outcome: None)
    here = dataclasses.replace(ctx, clients=t.cast("t.Any", store), lease=taken)
    check_writes(here, ())
    check_writes(dataclasses.replace(here, check_mode=True), CREATIONS)
    assert store.calls == []


def test_a_long_task_renews_it_and_stops_when_it_was_broken(
    ctx: Context, store: Store, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease_calls, "RENEW_SECONDS", 0.01)
    taken = Lease(lambda: terms("anna"), lambda _outcome: None)
    taken.take(dataclasses.replace(ctx, clients=t.cast("t.Any", store)))
    broken = lease.entry_of(terms("bert"), lease.StoredLease(latest=len(store.values)), store.now)
    store.put_parameter(Name=NAME, Value=broken.text(), Overwrite=True)
    assert ctx.stop.wait(30)
    taken.end()
    assert "site.yml of bert" in told[0]
