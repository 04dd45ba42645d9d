# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The document and the table."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.everlook.failover.plugins.plugin_utils.jobs.status_report import read_document
from ansible_collections.everlook.failover.plugins.plugin_utils.status import compose, drift_of, results_of, well
from ansible_collections.everlook.failover.plugins.plugin_utils.status_advice import advise
from ansible_collections.everlook.failover.plugins.plugin_utils.status_look import Drift
from ansible_collections.everlook.failover.plugins.plugin_utils.status_table import table

from .looks import EAST, IMAGE, WEST, delegation, dns, down, endpoint, look, region

PATH = "reports/dev/status.json"


def test_the_document_has_everything_that_the_page_reads() -> None:
    document = compose(look(), PATH).document
    assert list(document) == [
        *("schema", "stack", "environment", "account_id", "record", "zone", "zone_id", "url", "written_at"),
        *("endpoint_url", "serving", "expected", "serving_reason", "sentence", "problems", "delegation", "answer"),
        *("switch", "held_switches", "unread", "drift", "alarms", "unconfirmed", "journal", "images", "regions"),
    ]
    assert (document["schema"], document["serving"], document["problems"]) == (1, EAST, [])
    assert document["sentence"] == "All is well: us-east-1 serves, us-west-1 stands by."
    assert document["drift"] == {"summary": "none", "changes": []}
    assert document["images"] == {"same": True, "by_region": {EAST: IMAGE, WEST: IMAGE}}
    east, west = document["regions"]
    assert list(east) == [
        *("name", "place", "role", "healthy", "reasons", "unknown", "summary", "targets", "tasks", "health_check"),
        *(
            "endpoint",
            "switches",
            "image",
            "depends_on",
            "certificate",
            "fargate_quotas",
            "evaluates_target_health",
            "priority",
            "capacity",
            "zones",
        ),
    ]
    assert (east["priority"], east["zones"], west["zones"]) == (1, ["us-east-1a", "us-east-1b"], [])


def test_the_lines_end_with_the_sentence_and_whatever_else_is_wrong() -> None:
    status = compose(look(down(EAST, 1), down(WEST, 2), drift=Drift(summary="unknown", problem="denied")), PATH)
    assert status.lines[-3:] == [
        status.problems[0],
        "Also: Drift from the inventory could not be determined (denied).",
        f"Report: {PATH}",
    ]
    assert status.document["sentence"] == status.problems[0]


def test_dns_says_who_serves_and_health_who_should() -> None:
    document = compose(look(dns=dns(WEST)), PATH).document
    assert (document["serving"], document["expected"]) == (WEST, EAST)
    assert compose(look(dns=None), PATH).document["serving"] == EAST
    assert compose(look(dns=dns(None, problem="gone")), PATH).document["serving"] is None


@pytest.mark.parametrize(
    ("images", "same"),
    [((IMAGE, IMAGE), True), ((IMAGE, "hello:2"), False), ((IMAGE, None), None), ((None, None), None)],
)
def test_images_are_the_same_when_all_regions_say_so(images: tuple[str | None, str | None], same: bool | None) -> None:
    east, west = images
    document = compose(look(region(EAST, 1, image=east), region(WEST, 2, image=west)), PATH).document
    assert document["images"]["same"] is same


def test_all_is_well_names_every_standby() -> None:
    assert well(look(region(EAST, 1))) == "All is well: us-east-1 serves."
    three = look(region(EAST, 1), region(WEST, 2), region("us-west-2", 3))
    assert well(three) == "All is well: us-east-1 serves, us-west-1 and us-west-2 stand by."


def test_the_table() -> None:
    certificate = {"expires_at": "2027-02-01", "days": 68}
    sick = down(EAST, 1, "evicted by the switch in us-west-1", certificate=certificate)
    switch = {"position": WEST, "evicted": {EAST: [WEST]}}
    shown = look(sick, region(WEST, 2, endpoint=endpoint("eu-west-1")), serving=WEST, dns=dns(WEST), switch=switch)
    assert table(shown) == [
        "hello in dev: http://dev.example.com/",
        "  served by   us-west-1 (192.0.2.1; TTL 60 s)",
        "  delegation  example.com delegates to the zone's own 2 name servers",
        "  switch      us-west-1 (us-east-1 is evicted by us-west-1)",
        "  drift       none",
        "",
        "REGION     PRIORITY  STATE    HEALTH   TARGETS  TASKS   CHECKERS  CERTIFICATE  IMAGE",
        "us-east-1  1         primary  EVICTED  2 of 2   2 of 2  4 of 4    68 days      sha256:0123456789ab…",
        "us-west-1  2         serves   healthy  2 of 2   2 of 2  2 of 4    -            sha256:0123456789ab…",
        "  us-east-1: evicted by the switch in us-west-1",
        "  us-west-1, seen from eu-west-1: Connection timed out",
    ]


def test_a_region_that_may_be_healthy_without_targets_is_told() -> None:
    said = "  judged by   endpoint checks and switches alone: Route 53 does not evaluate target health"
    east = region(EAST, 1, evaluates_target_health=False)
    assert said in table(look(east, region(WEST, 2, evaluates_target_health=False)))
    assert f"{said} of us-east-1" in table(look(east, region(WEST, 2, evaluates_target_health=True)))
    assert compose(look(east), PATH).document["regions"][0]["evaluates_target_health"] is False
    assert not any("judged by" in line for line in table(look()))


def test_what_is_not_known_is_said_so() -> None:
    unread = {"healthy": 0, "total": 0, "problem": "timeout"}
    nothing = region(EAST, None, role="unknown", targets=unread, tasks=unread, endpoint=None, image=None)
    shown = table(
        look(
            nothing,
            serving=None,
            url=None,
            route53_problem="timeout",
            switch=None,
            dns=dns(None, problem="no answer"),
            delegation=delegation(problem="no answer either"),
            drift=Drift(summary="not checked", problem="not everything answers"),
            priorities={},
        )
    )
    assert shown == [
        "hello in dev: dev.example.com",
        "  served by   no region (no answer)",
        "  delegation  no answer either",
        "  drift       not checked (not everything answers)",
        "",
        "REGION     PRIORITY  STATE    HEALTH   TARGETS  TASKS    CHECKERS  CERTIFICATE  IMAGE",
        "us-east-1  -         unknown  unknown  unknown  unknown  -         -            -",
    ]


def test_a_region_that_does_not_exist_is_not_healthy() -> None:
    missing = {"healthy": 0, "total": 0, "missing": "there is no target group hello in us-west-1", "problem": ""}
    nothing = region(
        WEST, None, healthy=False, reasons=[missing["missing"]], targets=missing, tasks=None, endpoint=None
    )
    rows = [line.split() for line in table(look(region(EAST, 1), nothing))]
    assert ["us-west-1", "2", "not", "in", "DNS", "-", "0", "of", "0"] in [row[:9] for row in rows]


def test_lines_of_a_look_without_dns_and_of_all_checkers_failing() -> None:
    sick = down(EAST, 1, endpoint=endpoint("eu-west-1", "us-west-2"), tasks=None)
    shown = table(look(sick, dns=None, delegation=None))
    assert "  served by   us-east-1 (DNS was not queried)" in shown
    assert "  us-east-1, seen from everywhere: Connection timed out" in shown
    assert any("UNHEALTHY" in line for line in shown)
    assert table(look(dns=dns(None)))[1] == "  served by   none of the regions (192.0.2.1; TTL 60 s)"


CHANGE = {"kind": "service", "name": "main", "action": "update", "reason": "desired count"}


def results(*found: tuple[str, str, dict[str, t.Any]]) -> Drift:
    return drift_of(found, "")


def test_drift_is_what_layers_would_change() -> None:
    assert results((EAST, "vpc", {"changes": []})) == Drift(summary="none")
    one = results((EAST, "vpc", {"changes": []}), (WEST, "ecs_service", {"changes": [CHANGE]}))
    assert one == Drift(summary="1 change", changes=({"region": WEST, "layer": "ecs_service", **CHANGE},))
    assert results((EAST, "vpc", {"changes": [CHANGE, CHANGE]})).summary == "2 changes"


def test_drift_that_could_not_be_found_out_says_why() -> None:
    failed = results((EAST, "vpc", {"changes": [CHANGE]}), ("", "route53_zone", {"failed": True, "msg": "denied"}))
    assert (failed.summary, failed.problem, len(failed.changes)) == ("unknown", "route53_zone: denied", 1)
    assert drift_of([], "drift is false") == Drift(summary="not checked", problem="drift is false")
    assert drift_of([], "").problem == "no layer was checked"


def test_results_are_taken_of_every_layer_that_has_some() -> None:
    regions: list[dict[str, t.Any]] = [
        {"name": EAST, "vpc": {"changes": []}, "alb": None},
        {"name": WEST, "ecs_service": {"changes": []}},
    ]
    assert results_of(regions, {"route53_zone": {}, "route53_failover": {"changes": []}}) == [
        ("", "route53_failover", {"changes": []}),
        (EAST, "vpc", {"changes": []}),
        (WEST, "ecs_service", {"changes": []}),
    ]


@pytest.mark.parametrize("content", ["{", "[]", b"\xff"])
def test_a_journal_that_cannot_be_read_is_one_all_the_same(tmp_path: Path, content: str | bytes) -> None:
    path = tmp_path / "drill-journal.json"
    assert read_document(path) is None
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = read_document(path)
    assert found is not None
    assert "cannot be read" in found["text"]
    path.write_text('{"text": "x"}')
    assert read_document(path) == {"text": "x"}


def test_name_servers_that_differ_are_named() -> None:
    differing = ["ns-1 says us-east-1", "ns-2 says us-west-1"]
    found = look(dns={**dns(None), "differing": differing, "note": ""})
    assert any(
        "served by   not all the same (ns-1 says us-east-1; ns-2 says us-west-1)" in line for line in table(found)
    )
    [sentence] = advise(found)
    assert sentence.startswith("The name servers of dev.example.com do not answer with the same region (ns-1 says")
    one_is_silent = look(dns={**dns(), "differing": ["ns-1 says us-east-1", "ns-2 does not answer"], "note": ""})
    assert list(advise(one_is_silent)) == []
    assert any("dns         ns-1 says us-east-1; ns-2 does not answer" in line for line in table(one_is_silent))


def test_how_dns_was_asked_is_said() -> None:
    note = "queried over HTTPS (https://dns.google/dns-query), since port 53 is closed here"
    assert f"  dns         {note}" in table(look(dns={**dns(), "differing": [], "note": note}))


def test_where_dns_cannot_be_asked_health_says_who_serves() -> None:
    note = "DNS cannot be queried here; TestDNSAnswer says 192.0.2.1, but need not follow health checks"
    found = look(dns={**dns(None, problem="nobody answers", rcode=""), "differing": [], "note": note}, serving=WEST)
    assert found.serving == WEST
    assert "  served by   us-west-1 by health checks; DNS cannot be queried (nobody answers)" in table(found)
    assert f"  dns         {note}" in table(found)


def test_a_region_that_needs_another_one_says_so() -> None:
    """Where nothing is needed nothing is said."""
    needed = {EAST: ["the image of hello", "the secret TOKEN of hello"]}
    lines = table(look(region(EAST, 1, depends_on={}), region(WEST, 2, depends_on=needed)))
    assert "  us-west-1: depends on us-east-1 (the image of hello, the secret TOKEN of hello)" in lines
    assert not any("depends on" in line for line in table(look(region(EAST, 1), region(WEST, 2, depends_on=None))))


@pytest.mark.parametrize(
    ("results", "renewal", "cell"),
    [
        ({}, None, "68 days  "),
        ({EAST: {"renewal": ""}}, None, "68 days  "),
        ({EAST: {"renewal": "automatic"}}, "automatic", "68 days  "),
        ({EAST: {"renewal": "blocked"}}, "blocked", "68 days, renewal blocked"),
    ],
)
def test_what_becomes_of_a_certificate(results: dict[str, t.Any], renewal: str | None, cell: str) -> None:
    seen = look(region(EAST, 1, certificate={"expires_at": "2027-02-01", "days": 68}), certificates=results)
    (shown,) = compose(seen, "status.json").document["regions"]
    assert shown["certificate"] == {"expires_at": "2027-02-01", "days": 68, "renewal": renewal}
    assert any(cell in line for line in table(seen))


def test_what_fails_in_each_region_for_one_reason_is_said_once() -> None:
    failed = {
        "failed": True,
        "msg": (
            "Task failed: Finalization of task args for 'everlook.failover.ecs_service' failed: Error while resolving "
            "value for 'containers': Error rendering template: Attempt to use undecryptable variable: no secrets."
        ),
    }
    drift = drift_of([(EAST, "ecs_service", failed), ("", "route53_zone", {}), (WEST, "ecs_service", failed)], "")
    reason = "us-east-1 ecs_service, us-west-1 ecs_service: Attempt to use undecryptable variable: no secrets"
    assert drift == Drift(summary="unknown", problem=reason)
    lines = compose(look(drift=drift), PATH).lines
    assert "  drift       unknown" in lines
    assert "\n".join(lines).count("undecryptable") == 1
