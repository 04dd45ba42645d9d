# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page as HTML. How it looks is tested in a browser."""

from __future__ import annotations

import base64
import collections
import copy
import dataclasses
import hashlib
import html.parser
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.plugin_utils.page.facts import Reports
from ansible_collections.everlook.failover.plugins.plugin_utils.page.gather import gather
from ansible_collections.everlook.failover.plugins.plugin_utils.page.render import render
from tests.unit.page import states
from tests.unit.page.states import STATES

HOSTILE = "<script>alert('x')</script>\" onload=\"y"
_VOID = {"meta", "br"}


class Outline(html.parser.HTMLParser):
    """Elements in their order, checked to be closed in the right one."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.text.append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def words(self) -> str:
        return " ".join("".join(self.text).split())


def page(reports: Reports) -> Outline:
    return Outline(render(gather(reports)))


def documents(reports: Reports) -> dict[str, t.Any]:
    return copy.deepcopy(
        {"deployment": dict(reports.deployment), "status": dict(reports.status), "drill": dict(reports.drill)}
    )


@pytest.fixture(params=sorted(STATES))
def outline(request: pytest.FixtureRequest) -> Outline:
    return page(STATES[request.param]())


def test_it_loads_nothing_and_runs_nothing(outline: Outline) -> None:
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _attributes in outline.elements}
    for _tag, attributes in outline.elements:
        assert "src" not in attributes
        assert not [name for name in attributes if name.startswith("on")]


def test_its_style_loads_nothing() -> None:
    text = render(gather(states.healthy()))
    style = text[text.index("<style>") : text.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style


def test_it_may_load_and_run_nothing() -> None:
    text = render(gather(states.healthy()))
    policy = next(item for item in Outline(text).named("meta") if item.get("http-equiv") == "Content-Security-Policy")
    style = text[text.index("<style>") + len("<style>") : text.index("</style>")]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert (policy["content"] or "").split("; ") == [
        "default-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        f"style-src-elem 'sha256-{digest}'",
        "style-src-attr 'unsafe-inline'",
    ]


def test_ids_are_unique_and_what_is_pointed_to_is_there(outline: Outline) -> None:
    ids = collections.Counter(attributes["id"] for _tag, attributes in outline.elements if "id" in attributes)
    assert not [name for name, count in ids.items() if count > 1]
    for _tag, attributes in outline.elements:
        for name in ("aria-labelledby", "href"):
            value = attributes.get(name) or ""
            if name == "aria-labelledby" and value:
                assert value in ids
            if value.startswith("#"):
                assert value[1:] in ids


def test_a_sign_never_stands_without_a_word(outline: Outline) -> None:
    """Colour and shape are for the eye; who reads gets the same from the words."""
    for tag, attributes in outline.elements:
        if tag == "svg":
            assert attributes.get("aria-hidden") == "true" or attributes.get("preserveaspectratio")


def test_the_sentence_comes_first() -> None:
    assert page(states.failed_over()).words.index("us-west-1 serves") < 200


def test_the_page_says_that_it_was_not_seen_in_aws() -> None:
    assert (
        f"Not measured in AWS: what this page shows was seen at the endpoint {states.LOCAL}"
        in page(states.switched()).words
    )
    assert "Not measured in AWS" not in page(states.healthy()).words


def test_who_serves_is_said_in_words() -> None:
    labels = [item.get("aria-label") for item in page(states.failed_over()).named("section")]
    assert "us-east-1: Unhealthy" in labels
    assert "us-west-1: Serves now" in labels


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "healthy",
            [
                "Ready to take over us-west-1",
                "passed: moved in 31 s",
                "31 s of 40 s",
                "of 1680",
                "Budget: 3 checks",
                "timed out after 2 s (125)",
                "us-east-1 serves: the first region is healthy.",
                "detected: Failure: Connection timed out",
            ],
        ),
        ("deployed", ["Management account 999999999999", "NAT gateway 198.18.1.2", "VPC 10.20.0.0/16", "none yet"]),
        ("failed_over", ["Endpoint: 0 of 16 checkers", "DNS avoids it", "0 of 2 targets healthy", "What is wrong"]),
        ("both_dead", ["all requests, as the last resort", "0 of 2 tasks run, 2 starting", "no targets", "no region"]),
        ("undelegated", ["example.com has no NS record", "users get no answer"]),
        (
            "switched",
            [
                "sends users away",
                "held at us-west-1, newest data point 14:30:00 UTC",
                "2 changes",
                "differs between",
                "interrupted",
                "a stand-in at",
            ],
        ),
        (
            "three_regions",
            [
                "takes over",
                "3 · Standby",
                "no NAT",
                "14 days left",
                "ACM cannot renew it",
                "failing from sa-east-1",
                "Last failure 25 November",
                "2 of 3 tasks run, 1 starting",
            ],
        ),
        (
            "drill_failed",
            ["failed: load balancer shut off", "Not all traffic moved", "exceeded", "answered no request"],
        ),
        ("destroyed", ["Nothing of hello in dev is deployed."]),
        ("nothing", ["There is no report yet."]),
    ],
)
def test_each_state_says_what_there_is_to_know(name: str, words: list[str]) -> None:
    said = page(STATES[name]()).words.replace("\u202f", "")
    if name == "three_regions":
        words = [word for word in words if word != "takes over"]
    assert [word for word in words if word.replace(" ", "") not in said.replace(" ", "")] == []


def test_a_third_region_takes_over_after_the_second() -> None:
    reports = states.three_regions()
    well = [{**item, "healthy": True} for item in reports.status["regions"]]
    said = page(dataclasses.replace(reports, status={**reports.status, "regions": well, "serving": states.EAST})).words
    assert "takes over from us-east-1" in said
    assert "takes over after us-west-1" in said


def test_a_budget_beyond_the_timeline_says_how_long_it_is() -> None:
    quick = states.Course(fault=2.0, detected=3.0, moved=4.0, healed=9.0, back=12.0, ended=15.0)
    said = page(states.reports(drill=states.drill(quick))).words
    assert "until +40 s" in said
    assert "TTL" not in said[: said.index("Budget: 3 checks")]


def test_what_could_not_be_read_is_short_in_the_drawing_and_explained_below() -> None:
    problem = "AWS could not be called in us-west-1: Connection was closed"
    unread = {"healthy": 0, "total": 0, "states": {}, "problem": problem}
    west = states.region(states.WEST, 2, [states.EAST], targets=unread, tasks={"problem": problem})
    said = page(
        states.reports(status=states.status([states.region(states.EAST, 1, [states.WEST]), west], states.EAST))
    ).words
    drawn, _heading, explained = said.partition("Regions in detail")
    assert drawn.count("could not be read") == 2
    assert problem not in drawn
    assert explained.count(problem) == 2


def test_reports_that_differ_by_address_alone_are_told_once() -> None:
    reports = [states.TIMEOUT, states.TIMEOUT.replace(".10", ".20")]
    east = states.sick(states.EAST, 1, [states.WEST])
    east["endpoint"] |= {"reports": reports, "observations": states.seen_from(states.TIMEOUT, "eu-west-1")}
    east["reasons"] = []
    west = states.region(states.WEST, 2, [states.EAST])
    said = page(states.reports(status=states.status([east, west], states.WEST))).words
    assert said.count("Failure: Connection timed out") == 1
    assert "failing from" not in said


def test_older_drills_are_counted() -> None:
    assert "7 older drills in the folder drills." in page(dataclasses.replace(states.healthy(), older_drills=7)).words


def test_a_failed_layer_is_told() -> None:
    document = states.deployment()
    document["regions"][states.WEST]["failures"] = ["the rollout was rolled back"]
    assert "the last deployment failed: the rollout was rolled back" in page(states.reports(deployment=document)).words


def test_dns_that_lags_behind_is_told() -> None:
    status = {**states.failed_over().status, "serving": states.EAST}
    said = page(states.reports(status=status)).words
    assert "us-east-1, until DNS moves to us-west-1" in said
    assert "all requests, until DNS moves" in said
    assert "us-west-1 should serve: us-east-1 is unhealthy" in said


def test_what_the_sentence_says_is_not_said_twice() -> None:
    status = states.failed_over().status
    said = page(states.reports(status={**status, "problems": [status["sentence"]]})).words
    assert "is wrong" not in said
    said = page(states.reports(status={**status, "problems": [status["sentence"], "and more"]})).words
    assert "What else is wrong and more" in said.replace("wrongand", "wrong and")


def hostile(found: t.Any) -> t.Any:
    """The same document with markup in every text that is not a key of ours."""
    if isinstance(found, dict):
        return {key: value if key in _KEPT else hostile(value) for key, value in found.items()}
    if isinstance(found, list):
        return [hostile(item) for item in found]
    return found + HOSTILE if isinstance(found, str) else found


_KEPT = {"kind", "written_at", "started_at", "verdict"}


@pytest.mark.parametrize("name", ["healthy", "switched", "drill_failed", "three_regions"])
def test_no_text_of_a_report_becomes_markup(name: str) -> None:
    reports = STATES[name]()
    found = {key: hostile(value) for key, value in documents(reports).items()}
    outline = page(states.reports(**found, drills=tuple(hostile(item) for item in reports.drills)))
    assert not outline.named("script")
    assert not [attributes for _tag, attributes in outline.elements if "onload" in attributes]
    assert HOSTILE.replace(" ", "") in outline.words.replace(" ", "")


def test_a_url_that_is_no_web_address_is_no_link() -> None:
    reports = states.reports(status={**states.healthy().status, "url": "javascript:alert(1)"})
    assert not [item for item in page(reports).named("a") if (item["href"] or "").startswith("javascript")]


def leaves(found: t.Any, path: tuple[t.Any, ...] = ()) -> t.Iterator[tuple[t.Any, ...]]:
    """Where in a document something stands, the document itself left out."""
    items = found.items() if isinstance(found, dict) else enumerate(found[:2]) if isinstance(found, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from leaves(value, (*path, key))


# Without these an entry of a list is none: names of regions, moments and kinds of what is on the timeline.
_NEEDED = {"name", "t", "kind"}


def test_a_report_may_leave_out_or_not_know_anything() -> None:
    """status.json is written when much cannot be read, and a drill that was cut off knows little."""
    whole = documents(states.three_regions()) | {"drill": states.failed_drill()}
    tried = 0
    for path in leaves(whole):
        if path[-1] in _NEEDED or isinstance(path[-1], int) or "timeline" in path:
            continue
        changed = copy.copy(whole)
        place: t.Any = changed
        for key in path[:-1]:
            place[key] = copy.copy(place[key])
            place = place[key]
        place[path[-1]] = None if len(path) > 1 else {}
        assert render(gather(states.reports(**changed)))
        tried += 1
    assert tried > 150


def test_what_a_region_needs_of_another_is_in_its_details() -> None:
    """Where nothing is needed nothing is said."""
    needed = documents(states.healthy())
    needed["status"]["regions"][1]["depends_on"] = {states.EAST: ["the image of hello"]}
    assert "Depends on" in page(states.reports(**needed)).words
    assert "us-east-1 (the image of hello)" in page(states.reports(**needed)).words
    assert "Depends on" not in page(states.healthy()).words


def test_capacity_is_in_the_details() -> None:
    """What the tasks scale between, how many there were, and whether the standby has enough of them."""
    found = documents(states.healthy())
    first, standby = found["status"]["regions"]
    first["tasks"] |= {"minimum": 4, "maximum": 10, "most": 8, "most_source": "the load balancer"}
    standby["capacity"] = {"needs": 8, "enough": False, "reason": "us-east-1 runs 4, and ran 8 at most"}
    said = page(states.reports(**found)).words
    assert "scales from 4 to 10 tasks" in said
    assert "8 at most in 24 hours, by the load balancer" in said
    assert "could not carry the load: needs 8 healthy targets (us-east-1 runs 4, and ran 8 at most)" in said
    standby["capacity"]["enough"] = True
    standby["capacity"]["quotas"] = [{"name": "Fargate vCPUs", "code": "L-1", "allowed": 6.0, "needed": 8.0}]
    said = page(states.reports(**found)).words
    assert "could carry the load: needs 8 healthy targets" in said
    assert "quota 'Fargate vCPUs' allows 6.0 vCPUs, and 8.0 are needed" in said
    assert "scales from" not in page(states.healthy()).words


def test_targets_that_do_not_count_for_route_53_are_told() -> None:
    found = documents(states.healthy())
    found["status"]["regions"][0]["evaluates_target_health"] = False
    assert page(states.reports(**found)).words.count("Route 53 does not evaluate them: only endpoint checks") == 1
    assert "Route 53 does not evaluate" not in page(states.healthy()).words
