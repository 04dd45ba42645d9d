# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.everlook.failover.plugins.filter.regions import regions
from ansible_collections.everlook.failover.plugins.plugin_utils.files import write_report
from ansible_collections.everlook.failover.plugins.plugin_utils.report import Region, Run, compose
from ansible_collections.everlook.failover.plugins.plugin_utils.report_regions import results_in

AT = "2026-01-02T03:04:05+00:00"
CHANGE = {"kind": "vpc", "name": "main", "action": "create", "reason": "missing"}
EAST = Region(
    name="us-east-1",
    priority=1,
    results={
        "vpc": {"changed": True, "changes": [CHANGE], "diff": {"after": {"vpc/main": 1}}, "vpc_id": "vpc-1"},
        "alb": {"changed": False, "changes": [], "dns_name": "east.elb.amazonaws.com"},
        "ecs_service": {"changed": False, "changes": [], "service": "hello-dev"},
    },
)
WEST = Region(name="us-west-1", priority=2, results={"vpc": {"changed": False, "changes": [], "vpc_id": "vpc-2"}})
STATUS: dict[str, t.Any] = {
    "record": "dev.example.com",
    "url": "http://dev.example.com/",
    "serving": "us-east-1",
    "regions": [
        {"name": "us-east-1", "summary": "serves, 2 of 2 targets healthy"},
        {"name": "us-west-1", "summary": "stands by, 2 of 2 targets healthy"},
    ],
    "problems": [],
}
RUN = Run(
    stack="hello",
    environment="dev",
    account_id="111111111111",
    check_mode=False,
    absent=False,
    regions=(EAST, WEST),
    only=("us-east-1", "us-west-1"),
    shared={"route53_failover": {"changed": False, "changes": [], "record": "dev.example.com", "not_ready": []}},
    status=STATUS,
    previous={},
    at=AT,
)
PATH = "reports/dev/deployment.json"


def run(**changed: t.Any) -> Run:
    return dataclasses.replace(RUN, **changed)


def failing(name: str, message: str) -> Region:
    return Region(name=name, priority=2, results={"vpc": {"failed": True, "msg": message, "changes": [CHANGE]}})


def test_the_document_holds_outputs_and_nothing_else_of_a_result() -> None:
    document = compose(RUN, PATH).document
    assert document["regions"]["us-east-1"]["vpc"] == {"vpc_id": "vpc-1"}
    assert document["regions"]["us-east-1"]["deployed_at"] == AT
    assert document["route53_failover"] == {"record": "dev.example.com", "not_ready": []}
    assert document["service"] == {
        "record": "dev.example.com",
        "url": "http://dev.example.com/",
        "serving_region": "us-east-1",
    }
    assert document["changes"] == [{"region": "us-east-1", "layer": "vpc", **CHANGE}]
    assert document["problems"] == []


def test_the_document_says_which_rollout_was_not_waited_for() -> None:
    region = Region(
        name="us-east-1", priority=1, results={"alb": {"pending": ["a/b"]}, "ecs_service": {"pending": ["c/d"]}}
    )
    found = compose(run(regions=(region,)), PATH).document["regions"][region.name]
    assert (found["alb"], found["ecs_service"]) == ({}, {"pending": ["c/d"]})


def test_the_summary_says_where_it_answers_and_who_serves() -> None:
    report = compose(RUN, PATH)
    assert report.problems == []
    assert report.summary == [
        "hello in dev answers at http://dev.example.com/ from us-east-1.",
        "  us-east-1 (priority 1): serves, 2 of 2 targets healthy",
        "  us-west-1 (priority 2): stands by, 2 of 2 targets healthy",
        "us-east-1 vpc: 1 added",
        "  + vpc/main (missing)",
        "Changes made: 1 added.",
        f"Report: {PATH}",
    ]


def test_a_region_outside_the_run_keeps_what_was_known_of_it() -> None:
    before = compose(RUN, PATH).document
    later = run(only=("us-west-1",), regions=(Region(name="us-east-1", priority=3, results={}), WEST), previous=before)
    document = compose(dataclasses.replace(later, at="later"), PATH).document
    east = document["regions"]["us-east-1"]
    assert (east["vpc"], east["deployed_at"], east["priority"]) == ({"vpc_id": "vpc-1"}, AT, 3)
    assert document["regions"]["us-west-1"]["deployed_at"] == "later"


def test_a_region_that_is_not_in_the_inventory_is_said_plainly() -> None:
    shared = {"route53_failover": {"unlisted_regions": ["eu-west-1"]}}
    (line,) = [line for line in compose(run(shared=shared), PATH).summary if "eu-west-1" in line]
    assert "no longer in the inventory, but still exists" in line
    assert "destroy.yml --limit eu-west-1" in line


def test_a_release_says_which_region_in_dns_it_did_not_reach() -> None:
    status = {**STATUS, "regions": [{**region, "place": 1} for region in STATUS["regions"]]}
    (line,) = [
        line
        for line in compose(run(regions=(WEST,), partial=True, shared={}, status=status), PATH).summary
        if "not in the inventory" in line
    ]
    assert line == (
        "  us-east-1 is in DNS, but not in the inventory: it keeps what it runs. Put it back and repeat the command."
    )
    known = compose(run(partial=True, shared={}, status=status), PATH).summary
    assert not [line for line in known if "not in the inventory" in line]


def test_a_region_that_failed_is_a_problem_once() -> None:
    shared = {"route53_failover": {"not_ready": [{"region": "us-west-1", "reason": "no target"}]}}
    report = compose(run(regions=(EAST, failing("us-west-1", "vpc: no"))), PATH)
    assert report.problems == ["us-west-1: vpc: no"]
    assert report.summary[-1] == "PROBLEM: us-west-1: vpc: no"
    again = compose(run(regions=(EAST, failing("us-west-1", "vpc: no")), shared=shared), PATH)
    assert again.problems == report.problems


def test_of_a_region_that_failed_the_document_keeps_what_was_known() -> None:
    before = {"regions": {"us-west-1": {"vpc": {"vpc_id": "vpc-2"}, "alb": {"dns_name": "west"}}}}
    west = Region(
        name="us-west-1", priority=2, results={"vpc": {"vpc_id": "vpc-3"}, "alb": {"failed": True, "msg": "alb: no"}}
    )
    known = compose(run(regions=(EAST, west), previous=before), PATH).document["regions"]["us-west-1"]
    assert (known["vpc"], known["alb"], known["ecs_service"]) == ({"vpc_id": "vpc-3"}, {"dns_name": "west"}, {})
    assert known["failures"] == ["alb: no"]
    # Of one that did not fail, a layer that was not in the run is not known.
    assert compose(run(previous=before), PATH).document["regions"]["us-west-1"]["alb"] == {}


def test_a_region_that_is_not_ready_is_a_problem_of_its_own_run_only() -> None:
    shared = {"route53_failover": {"not_ready": [{"region": "us-west-1", "reason": "no target"}]}}
    assert compose(run(shared=shared), PATH).problems == ["us-west-1: no target"]
    assert compose(run(shared=shared, only=("us-east-1",)), PATH).problems == []
    assert compose(run(shared=shared, check_mode=True), PATH).problems == []


def test_what_the_verification_found_is_a_problem() -> None:
    assert compose(run(status={**STATUS, "problems": ["the zone does not answer"]}), PATH).problems == [
        "the zone does not answer"
    ]


def test_what_was_found_in_a_region_outside_the_run_is_no_problem_of_it() -> None:
    status = {**STATUS, "problems": ["us-east-1: no target", "us-west-1: no target", "no answer"]}
    limited = compose(run(status=status, only=("us-west-1",)), PATH)
    assert limited.problems == ["us-west-1: no target", "no answer"]


def test_a_run_after_which_no_region_is_healthy_failed_and_says_why() -> None:
    def status(healthy: bool) -> dict[str, t.Any]:
        regions = [
            {"name": "us-east-1", "place": 1, "healthy": healthy, "reasons": ["health checkers fail: refused"]},
            {"name": "us-west-1", "place": 2, "healthy": False, "reasons": ["no healthy target"]},
            {"name": "us-west-2", "place": None, "healthy": False, "reasons": ["not in DNS"]},
        ]
        return {**STATUS, "regions": regions}

    assert compose(run(status=status(healthy=True)), PATH).problems == []
    report = compose(run(status=status(healthy=False)), PATH)
    reasons = "us-east-1: health checkers fail: refused; us-west-1: no healthy target"
    assert report.problems == [f"no region is healthy, so that http://dev.example.com/ does not answer ({reasons})"]
    assert report.summary[0] == "hello in dev does not answer."
    assert compose(run(status=status(healthy=False), check_mode=True), PATH).problems == []
    # What is in that sentence is not said again.
    twice = {**status(healthy=False), "problems": ["us-west-1: no healthy target", "us-west-2: no target"]}
    again = compose(run(status=twice, only=("us-west-1", "us-west-2")), PATH)
    assert again.problems == ["us-west-2: no target", *report.problems]
    assert again.failure.splitlines()[1] == "us-west-2: no target."


HEALTH_URL: t.Final = "http://dev.example.com/health"
NEITHER: t.Final = "neither this machine (HTTP 503 from 192.0.2.1) nor Route 53's health checkers"


def requested(problem: str, healthy_checkers: int, *, healthy: bool = True) -> dict[str, t.Any]:
    """A status with the outcome of a request, and of so many health checkers that succeed."""
    endpoint = {"healthy": healthy, "healthy_checkers": healthy_checkers, "checkers": 16}
    east = {"name": "us-east-1", "place": 1, "healthy": healthy, "reasons": ["refused"], "endpoint": endpoint}
    request = {"url": HEALTH_URL, "address": "192.0.2.1", "ok": not problem, "problem": problem}
    return {**STATUS, "regions": [east], "request": request}


def test_a_run_whose_url_answers_nobody_failed_and_says_why() -> None:
    report = compose(run(status=requested("HTTP 503", healthy_checkers=0)), PATH)
    assert report.summary[0] == "hello in dev does not answer."
    assert report.failure.splitlines() == [
        "Users of hello in dev get no answer.",
        f"Nobody gets an answer from {HEALTH_URL}: {NEITHER}.",
        f"Report: {PATH}",
    ]


def test_health_checkers_count_more_than_a_machine_that_may_not_reach_the_service() -> None:
    report = compose(run(status=requested("timed out", healthy_checkers=16)), PATH)
    why = "timed out from 192.0.2.1"
    assert report.problems == []
    assert report.summary[:2] == [
        "hello in dev answers at http://dev.example.com/ from us-east-1.",
        f"  This machine gets no answer from {HEALTH_URL} ({why}), but Route 53's health checkers do.",
    ]
    unasked = requested("EVERLOOK_FAILOVER_RESOLVER is none", healthy_checkers=16)
    unasked["request"]["address"] = ""
    assert "(EVERLOOK_FAILOVER_RESOLVER is none)" in compose(run(status=unasked), PATH).summary[1]
    answered = compose(run(status=requested("", healthy_checkers=0)), PATH)
    assert (answered.problems, answered.summary[0]) == ([], report.summary[0])
    assert "machine" not in "".join(answered.summary)


def test_an_answer_of_a_region_that_is_not_healthy_is_no_silence() -> None:
    report = compose(run(status=requested("", healthy_checkers=0, healthy=False)), PATH)
    assert report.problems == [
        "no region is healthy, although http://dev.example.com/ answers this machine (us-east-1: refused)"
    ]
    assert report.failure.startswith("Users of hello in dev are served from us-east-1")


@pytest.mark.parametrize("where", ["request", "dns"])
def test_how_dns_was_asked_is_said(where: str) -> None:
    note = "queried over HTTPS (https://dns.google/dns-query), since port 53 is closed here"
    status = requested("", healthy_checkers=16)
    dns = {"response_code": "NOERROR", "addresses": ["192.0.2.1"], "region": "us-east-1", "note": "", "problem": ""}
    status = {**status, "dns": dns}
    status[where] = {**status[where], "note": note}
    assert f"  DNS: {note}." in compose(run(status=status), PATH).summary


def test_a_url_that_was_not_requested_is_said_plainly() -> None:
    status = {**STATUS, "request": None}
    line = "  Its URL was not requested from here, because alb_ingress_cidrs does not let every network in."
    assert line in compose(run(status=status), PATH).summary
    assert line not in compose(run(status=status, check_mode=True), PATH).summary


ROLLED_BACK = "it was rolled back. The cause: the container answers its health check with 500. Last events: none."
TWO_DOWN = (
    Region(name="us-east-1", priority=1, results={"ecs_service": {"failed": True, "msg": ROLLED_BACK}}),
    Region(name="us-west-1", priority=2, results={"alb": {"failed": True, "msg": "no quota"}}),
)
RUNS = {
    "regions": {"us-east-1": {"ecs_service": {"task_definition_arn": "arn:aws:ecs:x:1:task-definition/hello-dev:7"}}}
}


def test_the_message_of_a_failure_says_first_what_users_have_and_repeats_no_message() -> None:
    assert compose(run(regions=TWO_DOWN, previous=RUNS), PATH).failure.splitlines() == [
        "Users of hello in dev are still served from us-east-1 by hello-dev:7.",
        "us-east-1 could not be deployed: ecs_service failed, because the container answers its health check with 500.",
        "us-west-1 could not be deployed: alb failed, as said above.",
        "Once the cause is gone, the same command continues from here.",
        f"Report: {PATH}",
    ]
    assert compose(run(regions=(EAST, failing("us-west-1", "vpc: no"))), PATH).plan == [
        *("us-east-1 vpc: 1 added", "  + vpc/main (missing)", "us-west-1 vpc: 1 added", "  + vpc/main (missing)"),
        "Changes made: 2 added.",
    ]
    assert compose(RUN, PATH).failure == ""


def test_of_a_dry_run_that_failed_nothing_is_said_about_users() -> None:
    failure = compose(run(regions=TWO_DOWN, check_mode=True), PATH).failure
    assert failure.startswith("Nothing was changed, and not all of the plan is known.")
    assert "Users" not in failure


def unresolved(delegation: dict[str, t.Any] | None, **dns: t.Any) -> dict[str, t.Any]:
    answer = {"addresses": [], "response_code": "NXDOMAIN", "problem": "it does not exist", "region": None, **dns}
    return {**STATUS, "zone": "dev.example.com", "dns": answer, "delegation": delegation}


@pytest.mark.parametrize(
    ("delegation", "remedy"),
    [
        (
            None,
            "Enter the name servers of dev.example.com (ns-1) where the domain is registered, or in its parent zone.",
        ),
        (
            {"parent_zone": "example.com", "delegated": False, "parent_answers": []},
            (
                "Enter the name servers of dev.example.com (ns-1) in example.com, or set dns_delegation_role_arn to "
                "the role that bootstrap.yml makes."
            ),
        ),
    ],
)
def test_a_run_after_which_nobody_can_resolve_the_name_failed_and_says_what_to_do(
    delegation: dict[str, t.Any] | None, remedy: str
) -> None:
    shared = {**RUN.shared, "route53_zone": {"name_servers": ["ns-1"]}}
    report = compose(run(status=unresolved(delegation), shared=shared), PATH)
    assert report.summary[0] == "hello in dev does not answer."
    assert report.failure.splitlines() == [
        "Users of hello in dev get no answer.",
        f"Users cannot resolve dev.example.com (it does not exist). {remedy}",
        f"Report: {PATH}",
    ]


def test_where_dns_cannot_be_queried_nothing_follows_from_it() -> None:
    status = unresolved(None, response_code="", problem="timeout")
    report = compose(run(status=status), PATH)
    assert report.problems == []
    assert report.summary[0].endswith("from us-east-1, but DNS cannot be queried from here (timeout).")
    answered = unresolved(None, response_code="NOERROR", addresses=["192.0.2.1"], problem="", region="us-west-1")
    assert "answers at http://dev.example.com/ from us-west-1." in compose(run(status=answered), PATH).summary[0]


def test_every_service_of_a_region_counts() -> None:
    def service(name: str, **result: t.Any) -> dict[str, t.Any]:
        return {"changed": False, "changes": [], "ecs_service_item": {"name": name}, **result}

    registered = {"results": [service("api", service="hello-dev-api"), service("worker", failed=True, msg="no")]}
    found = results_in({"name": "us-east-1", "vpc": {"vpc_id": "vpc-1"}, "alb": None, "ecs_service": registered})
    assert list(found) == ["vpc", "ecs_service", "ecs_service worker"]
    changed = {layer: {**result, "changes": [CHANGE]} for layer, result in found.items()}
    planned = compose(run(check_mode=True, regions=(dataclasses.replace(EAST, results=changed),)), PATH)
    assert "us-east-1 ecs_service api: 1 to add" in planned.summary
    assert "us-east-1 ecs_service worker: 1 to add" in planned.summary
    report = compose(run(regions=(dataclasses.replace(EAST, results=found), WEST)), PATH)
    assert report.problems == ["us-east-1: no"]
    assert report.document["regions"]["us-east-1"]["ecs_service"] == {"service": "hello-dev-api"}


def test_a_loop_that_failed_as_a_whole_is_a_failure() -> None:
    assert results_in({"ecs_service": {"failed": True, "msg": "undefined"}}) == {
        "ecs_service": {"failed": True, "msg": "undefined"}
    }


def test_a_dry_run_lists_every_change() -> None:
    summary = compose(run(check_mode=True, status={}), PATH).summary
    assert summary == [
        "hello in dev does not answer yet.",
        "  us-east-1 (priority 1): not in DNS",
        "  us-west-1 (priority 2): not in DNS",
        "us-east-1 vpc: 1 to add",
        "  + vpc/main (missing)",
        "This run would make changes: 1 to add.",
    ]
    assert compose(run(check_mode=True, regions=(WEST,)), PATH).summary[-1] == "Nothing would change."


def test_a_removal_that_left_nothing_says_so_and_forgets_the_region() -> None:
    clean = Region(name="us-west-1", priority=2, results={"vpc": {"changed": False, "changes": []}})
    before = compose(RUN, PATH).document
    report = compose(run(absent=True, regions=(EAST, clean), only=("us-west-1",), previous=before), PATH)
    assert report.problems == []
    assert report.summary == [
        "Changes made: none.",
        "Nothing is left of hello in dev in us-west-1 (alb, ecs_service, route53_failover, vpc).",
    ]
    assert list(report.document["regions"]) == ["us-east-1"]


def test_a_removal_names_what_is_left() -> None:
    left = Region(name="us-west-1", priority=2, results={"vpc": {"changes": [{**CHANGE, "action": "delete"}]}})
    report = compose(run(absent=True, regions=(left,), only=("us-west-1",)), PATH)
    assert report.problems == ["us-west-1 vpc: vpc/main is still there"]
    assert report.summary[-3:-1] == ["Changes made: none.", "hello in dev is only partly taken down."]


def test_of_a_removal_that_failed_what_was_done_is_not_what_is_left() -> None:
    results = {"ecs_service": {"changed": True, "changes": [CHANGE]}, "alb": {"failed": True, "msg": "alb: no"}}
    failed = Region(name="us-west-1", priority=2, results=results)
    assert compose(run(absent=True, regions=(failed,), only=("us-west-1",)), PATH).problems == ["us-west-1: alb: no"]


def test_a_removal_tells_where_its_time_went() -> None:
    """By the results of the removal; those of the look after it took no time."""
    step = {"step": "NAT gateway nat-a to be deleted", "started": 100.0, "ended": 160.0, "after": ""}
    gone = Region(
        name="us-west-1",
        priority=2,
        results={"vpc": {"changed": False, "changes": []}},
        removal={"vpc": {"changed": True, "changes": [{**CHANGE, "action": "delete"}], "timeline": [step]}},
    )
    record = {"changes": [{**CHANGE, "kind": "record_sets", "action": "delete"}]}
    removed = {"route53_failover": record}
    report = compose(run(absent=True, regions=(gone,), only=("us-west-1",), shared={}, removed=removed), PATH)
    assert report.problems == []
    assert report.summary[0].startswith("Where the time went")
    assert report.summary[-6:-1] == [
        *("route53_failover: 1 destroyed", "  - record_sets/main (missing)"),
        *("us-west-1 vpc: 1 destroyed", "  - vpc/main (missing)"),
        "Changes made: 2 destroyed.",
    ]
    assert [change["kind"] for change in report.document["changes"]] == ["record_sets", "vpc"]
    assert report.summary[-1].startswith("Nothing is left of hello in dev in us-west-1")
    assert [entry["step"] for entry in report.document["timeline"]] == [step["step"]]


def test_a_dry_removal_lists_what_would_go_and_has_no_problems() -> None:
    left = Region(name="us-west-1", priority=2, results={"vpc": {"changes": [{**CHANGE, "action": "delete"}]}})
    report = compose(run(absent=True, check_mode=True, regions=(left,)), PATH)
    assert report.problems == []
    assert report.summary == [
        "us-west-1 vpc: 1 to destroy",
        "  - vpc/main (missing)",
        "This run would make changes: 1 to destroy.",
    ]


def test_a_report_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "dev" / "deployment.json"
    write_report(path, {"a": 1})
    reader = path.open()
    write_report(path, {"b": 2})
    assert json.load(reader) == {"a": 1}
    assert json.loads(path.read_text()) == {"b": 2}
    assert [item.name for item in path.parent.iterdir()] == ["deployment.json"]


def test_a_report_that_cannot_be_written_leaves_the_old_one_alone(tmp_path: Path) -> None:
    path = tmp_path / "deployment.json"
    write_report(path, {"a": 1})
    circle: dict[str, t.Any] = {}
    circle["self"] = circle
    with pytest.raises(ValueError, match="Circular"):
        write_report(path, circle)
    assert json.loads(path.read_text()) == {"a": 1}
    assert [item.name for item in tmp_path.iterdir()] == ["deployment.json"]


def test_the_filter_collects_variables_of_hosts() -> None:
    hostvars = {"us-east-1": {"failover_priority": 1, "vpc_cidr": "10.0.0.0/16"}, "us-west-1": {}}
    assert regions(hostvars, hostvars, priority="failover_priority") == [
        {"name": "us-east-1", "priority": 1},
        {"name": "us-west-1", "priority": None},
    ]
    assert regions(["us-west-1"], hostvars) == [{"name": "us-west-1"}]


def test_the_filter_reaches_into_variables() -> None:
    hostvars: dict[str, dict[str, t.Any]] = {
        "us-east-1": {"alb_result": {"dns_name": "east"}},
        "us-west-1": {"alb_result": "skipped"},
        "eu-west-1": {},
    }
    found = regions(hostvars, hostvars, dns="alb_result.dns_name")
    assert [region["dns"] for region in found] == ["east", None, None]


def unread(region: str) -> dict[str, t.Any]:
    item = {"region": region, "reason": f"DescribeAlarms in {region}: AccessDenied: no.", "refused": True}
    return {"route53_failover": {"changed": False, "changes": [], "unread": [item]}}


@pytest.mark.parametrize("absent", [True, False])
def test_what_a_dry_run_could_not_look_at_fails_it(absent: bool) -> None:
    """The plan without it says nothing about what is there."""
    report = compose(run(shared=unread("us-west-1"), regions=(), check_mode=True, absent=absent), PATH)
    assert report.problems == [
        "route53_failover: not read in us-west-1: DescribeAlarms in us-west-1: AccessDenied: no."
    ]
    assert report.failure.startswith("Nothing was changed, and not all of the plan is known.")
    assert "Nothing would change in what could be read." in report.summary
    assert "Nothing would change." not in report.summary


def test_nothing_is_left_only_where_all_was_looked_at() -> None:
    report = compose(run(shared=unread("us-west-1"), absent=True, status={}), PATH)
    assert report.failure.startswith("hello in dev is only partly taken down.")
    assert "not read in us-west-1" in report.failure


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_removal_tells_what_it_leaves_because_its_tags_are_lost(check_mode: bool) -> None:
    item = {
        "kind": "cluster",
        "name": "main",
        "id": "arn:cluster/hello-dev-hello",
        "tags": "ManagedBy=everlook.failover",
    }
    result = {"changed": False, "changes": [], "untagged": [item]}
    gone = Region(name="us-west-1", priority=2, results={"ecs_service": result})
    found = run(shared={}, absent=True, regions=(gone,), only=("us-west-1",), status={}, check_mode=check_mode)
    report = compose(found, PATH)
    told = (
        "us-west-1 ecs_service: cluster arn:cluster/hello-dev-hello stays, because its tags do not say that it belongs "
        "to hello in dev. If it does, tag it again (ManagedBy=everlook.failover) and repeat the command."
    )
    assert told in report.summary
    assert report.problems == []
    assert report.summary[-1].startswith("Nothing would change." if check_mode else "Nothing else is left of")
