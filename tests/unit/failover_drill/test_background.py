# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probing in the background, detecting that health checks notice, and the environment of the guardian."""

from __future__ import annotations

import itertools
import signal
import threading
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._aws.owner import Owner
from ansible_collections.everlook.failover.plugins.module_utils._engine.clients import Clients
from ansible_collections.everlook.failover.plugins.module_utils._engine.context import Context
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.detector import Detector
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.prober import Prober
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.publisher import publisher
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.start_guardian import _environment
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.visitor import Visitor
from ansible_collections.everlook.failover.plugins.module_utils._probe.answers import Answer
from ansible_collections.everlook.failover.plugins.module_utils._probe.http import Reply
from tests.waiting import eventually

WELL = Reply(ok=True, status=200, error="", ms=5)


class Play:
    """The service as its users see it, which answers what it was told, and remembers what it was asked."""

    def __init__(self, answer: Answer, reply: Reply = WELL, wait: threading.Event | None = None) -> None:
        self.answer, self.reply, self.wait = answer, reply, wait
        self.got: list[str] = []
        self.at_once = self.most_at_once = 0
        self._lock = threading.Lock()

    def resolve(self) -> tuple[Answer, str | None]:
        return self.answer, "us-east-1" if self.answer.addresses else None

    def get(self, address: str) -> Reply:
        with self._lock:
            self.got.append(address)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        if self.wait:
            self.wait.wait(30)
        with self._lock:
            self.at_once -= 1
        return self.reply


def nobody() -> Visitor:
    """A visitor who finds no service."""
    return Visitor(lambda: (Answer(), None), lambda _address: pytest.fail("no address"), lambda: 0.0)


def probe(play: Play, enough: t.Callable[[Prober], bool]) -> Prober:
    """Probe until it is enough."""
    count = itertools.count()
    prober = Prober(play.resolve, play.get, lambda: float(next(count)), 200, nobody())
    prober.start()
    eventually(lambda: enough(prober))
    if play.wait:
        play.wait.set()
    prober.stop()
    return prober


def test_every_probe_asks_dns_and_then_each_address_in_turn() -> None:
    play = Play(Answer(rcode="NOERROR", addresses=("192.0.2.1", "192.0.2.2"), ttl=60))
    seen = probe(play, lambda prober: len(prober.seen().requests) >= 6).seen()
    assert len(seen.answers) == len(seen.requests) == len(play.got)
    assert {item.region for item in seen.answers} == {item.region for item in seen.requests} == {"us-east-1"}
    assert abs(play.got.count("192.0.2.1") - play.got.count("192.0.2.2")) <= 1
    assert [item.t for item in seen.requests] == sorted(item.t for item in seen.requests)


def test_without_an_address_there_is_a_failed_request_all_the_same() -> None:
    play = Play(Answer(rcode="NXDOMAIN", problem="dev.example.com does not exist"))
    seen = probe(play, lambda prober: bool(prober.seen().requests)).seen()
    first = seen.requests[0]
    assert (first.ok, first.region, first.error) == (False, None, "dev.example.com does not exist")
    assert (seen.answers[0].rcode, seen.answers[0].region, play.got) == ("NXDOMAIN", None, [])


def test_what_hangs_keeps_nothing_else_from_being_asked_and_has_a_limit() -> None:
    play = Play(Answer(rcode="NOERROR", addresses=("192.0.2.1",)), wait=threading.Event())
    prober = probe(play, lambda _prober: len(play.got) >= 24)
    assert play.most_at_once == 24
    assert len(prober.seen().requests) == len(play.got)


def test_one_that_never_began_can_be_stopped() -> None:
    play = Play(Answer())
    Prober(play.resolve, play.get, lambda: 0.0, 5, nobody()).stop()


def test_a_detector_goes_on_after_an_error_and_keeps_what_it_saw_first() -> None:
    says: t.Iterator[str | Exception] = iter(["", RuntimeError("cut off"), "it fails"])
    moments = itertools.count()

    def look() -> str:
        found = next(says)
        if isinstance(found, Exception):
            raise found
        return found

    detector = Detector(look, lambda: float(next(moments)), pause=0.01)
    detector.start()
    eventually(lambda: detector.found)
    detector.stop()
    assert detector.found == (2.0, "it fails")


class Refusing:
    """A context whose CloudWatch takes the first data point, and none after that."""

    def __init__(self) -> None:
        self.stop, self.points, self.warnings = threading.Event(), list[t.Any](), list[str]()
        self.warn = self.warnings.append

    def client(self, _service: str, **_more: t.Any) -> Refusing:
        return self

    def put_metric_data(self, **request: t.Any) -> None:
        if self.points:
            raise RuntimeError("no more")
        self.points.append(request)


def test_a_dashboard_that_cannot_be_told_of_a_drill_costs_one_warning() -> None:
    aws = Refusing()
    publish = publisher(t.cast("Context", aws), Owner(stack="hello", environment="dev", component="dns"), "us-east-1")
    assert publish() == ""
    for _ in range(3):
        with pytest.raises(RuntimeError):
            publish()
    assert [point["Namespace"] for point in aws.points] == ["everlook.failover/hello-dev"]
    assert aws.warnings == ["the dashboard does not show this drill: RuntimeError: no more"]


def clients(**params: t.Any) -> Clients:
    return Clients({"region": "us-east-1", **params}, stop=threading.Event(), check_mode=False)


KEYS = {"access_key": "AKIAEXAMPLE", "secret_key": "wordless", "session_token": None}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)


def test_what_the_environment_says_is_inherited() -> None:
    assert clients().environment() == {}


def test_a_modules_own_keys_are_handed_on_without_a_token_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of other keys")
    found = _environment(clients(**KEYS, endpoint_url="http://127.0.0.1:9").environment())
    assert found["AWS_ACCESS_KEY_ID"] == "AKIAEXAMPLE"
    assert found["AWS_SECRET_ACCESS_KEY"] == "wordless"
    assert found["AWS_ENDPOINT_URL"] == "http://127.0.0.1:9"
    assert "AWS_SESSION_TOKEN" not in found
    assert found["PYTHONPATH"].split(":")[0].endswith("/plugins")


def test_a_modules_own_profile_goes_before_keys_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of others")
    found = _environment(clients(profile="dev").environment())
    assert found["AWS_PROFILE"] == "dev"
    assert "AWS_ACCESS_KEY_ID" not in found


def test_those_who_probe_leave_signals_to_the_main_thread_and_the_detector_may_start_processes() -> None:
    """The program of credential_process would inherit blocked signals."""
    blocked: dict[str, set[int]] = {}

    def resolve() -> tuple[Answer, None]:
        blocked.setdefault(threading.current_thread().name.partition("_")[0], _blocked())
        return Answer(), None

    def look() -> str:
        blocked["detector"] = _blocked()
        return "seen"

    visitor = Visitor(resolve, lambda _address: pytest.fail("no address"), lambda: 0.0, pause=0.01)
    prober = Prober(resolve, lambda _address: WELL, lambda: 0.0, 200, visitor)
    detector = Detector(look, lambda: 0.0)
    prober.start()
    detector.start()
    eventually(lambda: blocked.keys() >= {"probe", "visitor", "detector"})
    prober.stop()
    ending = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    assert {name: found & ending for name, found in blocked.items()} == {
        "probe": ending,
        "visitor": ending,
        "detector": set(),
    }


def _blocked() -> set[int]:
    return set(signal.pthread_sigmask(signal.SIG_BLOCK, []))
