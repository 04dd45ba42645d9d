# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What failover_info makes of DNS, switches, checkers and certificates."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._failover_chain import status_details as details
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.status import Dns, Status
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.status_report import report
from ansible_collections.everlook.failover.plugins.module_utils._probe.answers import Answer, Delegation
from ansible_collections.everlook.failover.plugins.module_utils._route53.records import RecordSet

OWN = ("ns-1.example.net", "ns-2.example.org")
NOON = datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.UTC)


def dns(delegation: Delegation, *, parent: str | None = "example.com") -> Dns:
    return Dns(parent_zone=parent, delegation=delegation, answer=Answer(), region=None)


@pytest.mark.parametrize(
    ("said", "own", "delegated", "problem"),
    [
        (Delegation("NOERROR", OWN), OWN, True, ""),
        (Delegation("NOERROR", OWN), tuple(reversed(OWN)), True, ""),
        (Delegation("NOERROR", OWN), (), True, ""),  # the zone's own could not be read
        (Delegation("NOERROR", OWN[:1]), OWN, False, "other name servers"),
        (Delegation("NXDOMAIN", (), "know no name servers"), OWN, False, "know no name servers"),
    ],
)
def test_a_delegation_is_right_when_both_sides_name_the_same(
    said: Delegation, own: tuple[str, ...], delegated: bool, problem: str
) -> None:
    described = details.describe_delegation(dns(said), own)
    assert described is not None
    assert described["delegated"] is delegated
    assert problem in described["problem"]
    assert bool(described["problem"]) is not delegated
    assert described["parent_answers"] == list(said.name_servers)


def test_nothing_is_said_of_a_delegation_nobody_asked_for() -> None:
    assert details.describe_delegation(None, OWN) is None
    assert details.describe_delegation(dns(Delegation("NOERROR", OWN), parent=None), OWN) is None
    assert details.describe_dns(None, None) is None


def test_servers_of_the_parent_zone_that_disagree_are_named() -> None:
    said = Delegation("NOERROR", OWN, differing=("ns-a says ns-1.example.net", "ns-b says no name servers"))
    described = details.describe_delegation(dns(said), OWN)
    assert described is not None
    assert described["delegated"] is False
    assert described["problem"].endswith("do not say the same: ns-a says ns-1.example.net; ns-b says no name servers")


def test_who_was_asked_is_said() -> None:
    own, https = Answer(rcode="NOERROR", addresses=("192.0.2.1",)), "https://dns.google/dns-query"
    values = {"values": ["192.0.2.1"]}

    def note(answer: Answer, test: dict[str, t.Any] | None) -> str:
        described = details.describe_dns(
            Dns(parent_zone=None, delegation=Delegation(), answer=answer, region=None), test
        )
        assert described is not None
        return str(described["note"])

    assert note(own, values) == ""
    over_https = dataclasses.replace(own, over_https=https)
    assert note(over_https, values) == f"queried over HTTPS ({https}), since port 53 is closed here"
    assert note(Answer(problem="nobody"), None) == ""
    assert "TestDNSAnswer says 192.0.2.1, but need not follow health checks" in note(Answer(problem="nobody"), values)


def test_the_zones_own_name_servers_are_those_at_its_apex() -> None:
    records = [
        RecordSet(name="dev.example.com", type="SOA", ttl=900, values=frozenset({"ns-1.example.net. a. 1 2 3 4 5"})),
        RecordSet(name="sub.dev.example.com", type="NS", ttl=300, values=frozenset({"ns-9.example.net."})),
        RecordSet(
            name="dev.example.com.", type="NS", ttl=300, values=frozenset({"NS-2.example.org.", "ns-1.example.net"})
        ),
    ]
    assert details.name_servers_of("dev.example.com", records) == OWN
    assert details.name_servers_of("dev.example.com", []) == ()


@pytest.mark.parametrize(
    ("evicted", "position", "held"),
    [
        ({}, "auto", {}),
        ({"a": []}, "auto", {}),
        ({"a": ["b"]}, "b", {"a": ["b"]}),
        ({"b": ["a"]}, "a", {"b": ["a"]}),
        ({"a": ["b", "c"], "b": ["c"]}, "c", {"a": ["b", "c"], "b": ["c"]}),
        ({"a": ["b"], "b": ["a"], "c": ["a"]}, "none", {"a": ["b"], "b": ["a"], "c": ["a"]}),
    ],
)
def test_the_position_is_the_first_region_that_is_left(
    evicted: dict[str, list[str]], position: str, held: dict[str, list[str]]
) -> None:
    assert details.describe_switch(["a", "b", "c"], evicted) == {"position": position, "evicted": held}


def observation(region: str, ip: str, status: str, minute: int | None = 0) -> dict[str, t.Any]:
    report: dict[str, t.Any] = {"Status": status}
    if minute is not None:
        report["CheckedTime"] = NOON + datetime.timedelta(minutes=minute)
    return {"Region": region, "IPAddress": ip, "StatusReport": report}


def test_what_each_checker_saw() -> None:
    seen = [observation("us-west-1", "192.0.2.2", "Success: HTTP Status Code 200, OK"), {}]
    assert details.describe_observations(seen) == [
        {"region": "", "ip": "", "status": "", "checked_at": None},
        {
            "region": "us-west-1",
            "ip": "192.0.2.2",
            "status": "Success: HTTP Status Code 200, OK",
            "checked_at": "2026-11-25T12:00:00+00:00",
        },
    ]


def test_the_last_failure_is_the_latest_of_all_checkers() -> None:
    seen = [
        observation("a", "192.0.2.1", "Failure: old", 1),
        observation("b", "192.0.2.2", "Failure: new", 2),
        observation("c", "192.0.2.3", "Success: never failed", 3),
        observation("d", "192.0.2.4", "Failure: no time", None),
    ]
    latest = details.last_failure(seen)
    assert latest is not None
    assert (latest["status"], latest["checked_at"]) == ("Failure: new", "2026-11-25T12:02:00+00:00")
    assert details.last_failure(seen[2:3]) is None
    assert details.last_failure([]) is None


@pytest.mark.parametrize(("hours", "days"), [(72, 3), (71, 2), (-1, -1)])
def test_the_days_of_a_certificate(hours: int, days: int) -> None:
    zone = datetime.timezone(datetime.timedelta(hours=1))
    expires = (NOON + datetime.timedelta(hours=hours)).astimezone(zone)
    described = details.describe_certificate(expires, NOON)
    assert described is not None
    assert described["days"] == days
    assert described["expires_at"].endswith("+00:00")
    assert details.describe_certificate(None, NOON) is None


def test_without_route_53_what_is_known_is_told() -> None:
    found = Status(
        record="dev.example.com",
        members=(),
        regions=(),
        checks=(),
        observations={},
        targets={},
        alarms={},
        answer=None,
        now=NOON,
        dns=dns(Delegation("NOERROR", OWN)),
        problem="AWS could not be called",
    )
    told = report(found)
    assert told["serving"] is None
    assert told["serving_reason"] == "Route 53's API cannot be read"
    assert told["problems"] == ["Route 53's API cannot be read: AWS could not be called"]
    assert told["switch"] is None
    assert told["delegation"]["delegated"] is True
