# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One sentence that says what is wrong and what to do: for every state, and the most important one first."""

from __future__ import annotations

import datetime
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.unread import GLOBAL
from ansible_collections.everlook.failover.plugins.plugin_utils.status_advice import advise
from ansible_collections.everlook.failover.plugins.plugin_utils.status_look import Drift, Look

from .looks import AT, EAST, IMAGE, WEST, delegation, dns, down, endpoint, look, region, unread

NO_TARGETS = {"healthy": 0, "total": 0, "states": {}, "missing": "", "problem": ""}
TASKS = {"desired": 2, "running": 2, "pending": 0, "rollout": "", "problem": ""}
NO_TASKS = {"desired": 0, "running": 0, "pending": 0, "rollout": "", "problem": ""}


def healthy(count: int) -> dict[str, t.Any]:
    return {"healthy": count, "total": count, "states": {"healthy": count}, "missing": "", "problem": ""}


# Five minutes before AT, and ten seconds more
DRILLED = datetime.datetime.fromisoformat(AT).timestamp() - 310
UNREAD = {
    "healthy": 0,
    "total": 0,
    "states": {},
    "missing": "",
    "problem": "AWS could not be called in us-east-1: timeout",
}
NXDOMAIN = dns(None, problem="dev.example.com does not exist", rcode="NXDOMAIN")
EVICTED = {"position": WEST, "evicted": {EAST: [WEST]}}
BOTH_EVICTED = {"position": "none", "evicted": {EAST: [WEST], WEST: [EAST]}}
BY_SWITCH = "evicted by the switch in us-west-1"
RINGING = {
    "name": "hello-dev-alarm-hello-latency",
    "state": "ALARM",
    "since": "2026-01-31T12:00:00+00:00",
    "description": "hello is slow.",
}
QUIET = {**RINGING, "name": "hello-dev-alarm-hello-target-errors", "state": "OK"}


def test_nothing_is_wrong() -> None:
    assert list(advise(look())) == []


HELD = {
    "region": EAST,
    "switch_in": WEST,
    "schedule": "enabled",
    "newest_data_point": "2026-11-25T12:00:00+00:00",
    "warning": "",
    "problem": "",
}
UNHELD = "the switch in us-west-1 that evicts us-east-1 is not held (its schedule is disabled)"
STATES: dict[str, tuple[Look, list[str]]] = {
    "an alarm rings": (
        look(alarms={EAST: {"alarms": [RINGING, QUIET], "unconfirmed": []}, WEST: {}}),
        [
            (
                "The alarm hello-dev-alarm-hello-latency rings in us-east-1 since 2026-01-31T12:00:00+00:00: "
                "hello is slow."
            ),
        ],
    ),
    "somebody is not told": (
        look(alarms={name: {"alarms": [], "unconfirmed": ["ops@example.com"]} for name in (EAST, WEST)}),
        [
            (
                "ops@example.com gets no alarms from us-east-1, us-west-1, because the subscription is not "
                "confirmed: follow the link in SNS's message. SNS deletes it after two days; the next site.yml "
                "creates it again."
            ),
        ],
    ),
    "both regions dead": (
        look(down(EAST, 1, "no target"), down(WEST, 2, "health checkers fail: HTTP Status Code 503")),
        [
            (
                "No region is healthy (us-east-1: no target; us-west-1: health checkers fail: HTTP "
                "Status Code 503), so Route 53 answers with the first, us-east-1: repair the one "
                "that is quickest to repair; traffic follows automatically."
            ),
        ],
    ),
    "words of a switch that nobody knows": (
        look(
            region(EAST, 1, healthy=None, unknown=["the check of the switch in us-west-1 says 'rings'"]),
            region(WEST, 2),
            serving=None,
            switch={"position": "unknown", "evicted": {}},
        ),
        [
            (
                "It is not known whether us-east-1 is healthy (the check of the switch in us-west-1 says 'rings'): "
                "see its health checks in Route 53's console."
            ),
        ],
    ),
    "both regions evicted": (
        look(down(EAST, 1, BY_SWITCH), down(WEST, 2, BY_SWITCH), switch=BOTH_EVICTED),
        ["The switches evict every region, so Route 53 answers with us-east-1: run switch.yml -e to=auto."],
    ),
    "delegation removed": (
        look(dns=NXDOMAIN, delegation=delegation(problem="the servers of example.com know no name servers")),
        [
            (
                "example.com does not delegate dev.example.com, so dev.example.com does not "
                "resolve: run site.yml, which writes the delegation."
            ),
        ],
    ),
    "delegation to others": (
        look(dns=dns(None, problem="ns-9 answers REFUSED", rcode=""), delegation=delegation("ns-9", problem="others")),
        [
            (
                "example.com delegates dev.example.com to name servers that are not the zone's own "
                "(ns-9), so resolvers query the wrong ones: run site.yml, which corrects the "
                "delegation."
            ),
        ],
    ),
    "no network": (
        look(dns=dns(None, problem="timeout", rcode=""), delegation=delegation(problem="timeout")),
        ["DNS cannot be queried (timeout): try again from another network."],
    ),
    "no address": (
        look(dns=dns(None, problem="dev.example.com has no A record")),
        [
            (
                "DNS has no address for dev.example.com (dev.example.com has no A record): run site.yml --check "
                "--diff to see what is missing."
            ),
        ],
    ),
    "no region in DNS": (
        look(region(EAST, None), serving=None, dns=dns(None, problem="nothing")),
        ["No region of hello in dev is in DNS: run site.yml, and see its report if none is added."],
    ),
    "standby that could not carry the load": (
        look(
            region(EAST, 1, tasks={**TASKS, "desired": 4, "running": 4, "most": 7}, targets=healthy(4)), region(WEST, 2)
        ),
        [
            (
                "us-west-1 could take over, but not carry the load: it has 2 healthy targets and needs 7 (us-east-1 "
                "runs 4, and ran 7 at most in the last 24 hours): raise its app_desired_count, or the minimum of its "
                "app_scaling, or say in standby_capacity what is enough."
            ),
        ],
    ),
    "standby that is to carry half of the load": (
        look(
            region(EAST, 1, tasks={**TASKS, "desired": 4, "running": 4, "most": 4}, targets=healthy(4)),
            region(WEST, 2),
            share=50,
        ),
        [],
    ),
    "standby that is to carry something": (
        look(
            region(EAST, 1, tasks={**TASKS, "desired": 9, "running": 9, "most": 9}, targets=healthy(9)),
            region(WEST, 2),
            share=None,
        ),
        [],
    ),
    "standby whose quota is that of a new account": (
        look(
            region(EAST, 1, tasks={**TASKS, "fargate": [{"maximum": 10, "cpu": 1024, "strategy": []}]}),
            region(WEST, 2, fargate_quotas={"L-3032A538": 6.0}),
        ),
        [
            (
                "us-west-1 could not run what us-east-1 may run: its quota 'Fargate On-Demand vCPU resource count' "
                "(L-3032A538) allows 6 vCPUs, and 10 are needed. Request an increase in Service Quotas (aws "
                "service-quotas "
                "request-service-quota-increase --service-code fargate --quota-code L-3032A538 --desired-value 10 "
                "--region us-west-1), or say in standby_capacity what is enough."
            ),
        ],
    ),
    "standby whose quota carries the share that it has to": (
        look(
            region(EAST, 1, tasks={**TASKS, "fargate": [{"maximum": 10, "cpu": 1024, "strategy": []}]}),
            region(WEST, 2, fargate_quotas={"L-3032A538": 6.0}),
            share=50,
        ),
        [],
    ),
    "standby at zero tasks": (
        look(region(EAST, 1), down(WEST, 2, "no target", targets=NO_TARGETS, tasks=NO_TASKS, image=None)),
        [
            (
                "us-west-1 could not take over, because it has no healthy target (0 of 0 tasks run): "
                "run site.yml, which restores the task counts of the inventory."
            ),
        ],
    ),
    "standby that checkers do not reach": (
        look(region(EAST, 1), down(WEST, 2, endpoint=endpoint("eu-west-1", "us-west-2"))),
        [
            (
                "us-west-1 could not take over, because it is unhealthy (health checkers fail: down): repair it before "
                "it has to serve."
            ),
        ],
    ),
    "no switch": (
        look(region(EAST, 1), region(WEST, 2, alarms=[])),
        [
            (
                "us-west-1 has no switch that evicts us-east-1, so switch.yml -e to=us-west-1 would not work: "
                "run site.yml, which adds it."
            ),
        ],
    ),
    "no health check": (
        look(region(EAST, 1, health_check=None)),
        ["us-east-1 has no health check in DNS, so users stay there when it fails: run site.yml, which adds it."],
    ),
    "standby with less": (
        look(region(EAST, 1), region(WEST, 2, targets={**NO_TARGETS, "healthy": 1, "total": 2})),
        ["us-west-1 could take over with only 1 of 2 targets (2 of 2 tasks run): run site.yml to see why."],
    ),
    "failed over": (
        look(down(EAST, 1), region(WEST, 2), serving=WEST, dns=dns(WEST)),
        [
            (
                "us-west-1 serves because us-east-1 is unhealthy (health checkers fail: down): "
                "repair it; traffic returns automatically, unless switch.yml -e to=us-west-1 holds "
                "it."
            ),
        ],
    ),
    "evicted": (
        look(down(EAST, 1, BY_SWITCH), region(WEST, 2), serving=WEST, dns=dns(WEST), switch=EVICTED),
        [
            (
                "us-east-1 gets no traffic because the switch in us-west-1 evicts it: to let it "
                "serve again, run switch.yml -e to=auto."
            ),
        ],
    ),
    "evicted and held": (
        look(
            down(EAST, 1, BY_SWITCH), region(WEST, 2), serving=WEST, dns=dns(WEST), switch=EVICTED, held_switches=[HELD]
        ),
        [
            (
                "us-east-1 gets no traffic because the switch in us-west-1 evicts it (newest data point 12:00:00 UTC): "
                "to let it serve again, run switch.yml -e to=auto."
            ),
        ],
    ),
    "evicted and not held": (
        look(
            down(EAST, 1, BY_SWITCH),
            region(WEST, 2),
            serving=WEST,
            dns=dns(WEST),
            switch=EVICTED,
            held_switches=[
                {**HELD, "newest_data_point": None, "warning": f"{UNHELD}, so AWS promises it for hours only"}
            ],
        ),
        [
            (
                "us-east-1 gets no traffic because the switch in us-west-1 evicts it: to let it "
                "serve again, run switch.yml -e to=auto."
            ),
            (
                "The switch in us-west-1 that evicts us-east-1 is not held (its schedule is disabled), so AWS promises "
                "it for hours only: run site.yml, or switch.yml -e to=us-west-1 again."
            ),
        ],
    ),
    "evicted and who knows if held": (
        look(
            down(EAST, 1, BY_SWITCH),
            region(WEST, 2),
            serving=WEST,
            dns=dns(WEST),
            switch=EVICTED,
            held_switches=[{**HELD, "newest_data_point": None, "problem": "denied"}],
        ),
        [
            (
                "us-east-1 gets no traffic because the switch in us-west-1 evicts it: to let it "
                "serve again, run switch.yml -e to=auto."
            ),
            (
                "It is not known whether the switch in us-west-1 that evicts us-east-1 is held (denied): check again "
                "when us-west-1 answers."
            ),
        ],
    ),
    "on its way": (
        look(dns=dns(WEST)),
        [
            (
                "By health us-east-1 should serve, but DNS still answers us-west-1: it follows when "
                "health checkers agree; check again in a minute."
            ),
        ],
    ),
    "an address of nobody's": (
        look(dns=dns(None, "203.0.113.9")),
        [
            (
                "By health us-east-1 should serve, but DNS still answers 203.0.113.9: it follows "
                "when health checkers agree; check again in a minute."
            ),
        ],
    ),
    "a checker region lost": (
        look(
            region(EAST, 1, endpoint=endpoint("eu-west-1")),
            region(WEST, 2, endpoint=endpoint("eu-west-1", failed_at=AT)),
        ),
        [
            (
                "Route 53's health checkers in eu-west-1 do not reach us-east-1 and us-west-1, but "
                "those elsewhere do: more than 18 % are enough, so do nothing unless it lasts."
            ),
        ],
    ),
    "some checkers fail": (
        look(region(EAST, 1, endpoint=endpoint(some=["eu-west-1"]))),
        [
            (
                "1 of 4 health checkers do not reach us-east-1 (Connection timed out): it may become "
                "unhealthy; check again in a minute."
            ),
        ],
    ),
    "a flapping primary": (
        look(region(EAST, 1, endpoint=endpoint(failed_at="2026-11-25T11:55:00+00:00")), region(WEST, 2)),
        [
            (
                "us-east-1 is healthy, but failed at 11:55:00 UTC (Connection timed out): if it "
                "flaps, hold traffic in us-west-1 with switch.yml -e to=us-west-1 until it is "
                "repaired."
            ),
        ],
    ),
    "a flapping standby": (
        look(region(EAST, 1), region(WEST, 2, endpoint=endpoint(failed_at="2026-11-25T11:55:00+00:00"))),
        [
            (
                "us-west-1 is healthy, but failed at 11:55:00 UTC (Connection timed out): if it "
                "flaps, find out why before it has to serve."
            ),
        ],
    ),
    "a drill": (
        look(
            region(EAST, 1, endpoint=endpoint(failed_at="2026-11-25T11:55:00+00:00")),
            drill={"region": EAST, "armed_at": DRILLED, "healed": {"at": DRILLED + 120}},
        ),
        [],
    ),
    "a drill in another region": (
        look(
            region(EAST, 1, endpoint=endpoint(failed_at="2026-11-25T11:55:00+00:00")),
            region(WEST, 2),
            drill={"region": WEST, "armed_at": DRILLED, "healed": {"at": DRILLED + 120}},
        ),
        [
            (
                "us-east-1 is healthy, but failed at 11:55:00 UTC (Connection timed out): if it "
                "flaps, hold traffic in us-west-1 with switch.yml -e to=us-west-1 until it is "
                "repaired."
            ),
        ],
    ),
    "a failure long ago": (
        look(region(EAST, 1, endpoint=endpoint(failed_at="2026-11-25T11:49:59+00:00"))),
        [],
    ),
    "Route 53's API gone": (
        look(region(EAST, None), region(WEST, None), route53_problem="timeout", serving=None, switch=None),
        [
            (
                "Route 53's API does not answer, and us-east-1 serves: failover works without it, so "
                "change nothing, and use switch.yml if traffic has to move."
            ),
        ],
    ),
    "a region's API gone": (
        look(region(EAST, 1, targets=UNREAD), region(WEST, 2)),
        [
            (
                "The API of us-east-1 does not answer properly (AWS could not be called in "
                "us-east-1: timeout). If it is down, keep traffic away from it with switch.yml -e "
                "to=us-west-1."
            ),
        ],
    ),
    "no API left": (
        look(region(EAST, 1, targets=UNREAD), region(WEST, 2, targets=UNREAD)),
        [
            f"The API of {name} does not answer properly (AWS could not be called in us-east-1: timeout)."
            for name in (EAST, WEST)
        ],
    ),
    "a message of several sentences": (
        look(region(EAST, 1, targets={**UNREAD, "problem": "AccessDenied: no. Give the deployer this permission."})),
        ["The API of us-east-1 does not answer properly (AccessDenied: no. Give the deployer this permission)."],
    ),
    "a right that is missing in a region": (
        look(
            region(EAST, 1, targets=UNREAD), region(WEST, 2), unread=[unread(EAST, "AccessDenied: no.", refused=True)]
        ),
        ["Not everything in us-east-1 could be read, because a permission is missing (AccessDenied: no)."],
    ),
    "a right that is missing for Route 53": (
        look(
            region(EAST, None),
            region(WEST, None),
            route53_problem="AccessDenied: no.",
            serving=None,
            switch=None,
            unread=[unread(GLOBAL, "AccessDenied: no.", refused=True)],
        ),
        ["Not everything in Route 53 could be read, because a permission is missing (AccessDenied: no)."],
    ),
    "a certificate that could not be read": (
        look(region(EAST, 1), region(WEST, 2), unread=[unread(WEST, "DescribeListeners: timeout.")]),
        [
            (
                "The API of us-west-1 does not answer properly (DescribeListeners: timeout). If it is down, keep "
                "traffic away from it with switch.yml -e to=us-east-1."
            ),
        ],
    ),
    "a health check that could not be read": (
        look(unread=[unread(GLOBAL, "GetHealthCheckStatus: timeout.")]),
        ["Route 53's API does not answer everything (GetHealthCheckStatus: timeout): check again in a minute."],
    ),
    "drift of which not everything is known": (
        look(drift=Drift(summary="unknown", changes=({"kind": "vpc"},), problem="vpc: not looked at: timeout.")),
        [
            "Something differs from the inventory (vpc): run site.yml, or preview it with --check --diff.",
            "More drift from the inventory could not be determined (vpc: not looked at: timeout).",
        ],
    ),
    "no cluster in the standby": (
        look(
            region(EAST, 1),
            region(WEST, 2, targets={**UNREAD, "problem": ""}, tasks={**NO_TASKS, "missing": "there is no cluster"}),
        ),
        [
            (
                "us-west-1 could not take over, because it has no healthy target (0 of 0 tasks run): run site.yml, "
                "which restores the task counts of the inventory."
            ),
        ],
    ),
    "a rollout": (
        look(region(EAST, 1, tasks={**TASKS, "rollout": "a deployment is in progress"})),
        ["The service in us-east-1 is not stable (a deployment is in progress): check again when it has ended."],
    ),
    "a failed rollout": (
        look(region(EAST, 1, tasks={**TASKS, "rollout": "its last deployment failed"})),
        ["The service in us-east-1 is not stable (its last deployment failed): run site.yml to see why."],
    ),
    "different images": (
        look(region(EAST, 1), region(WEST, 2, image="hello:2")),
        [
            (
                f"The regions run different images (us-east-1: {IMAGE}, us-west-1: hello:2): repeat a release that "
                "has stopped, or take it back with rollback.yml --limit us-west-1 (not what us-east-1, which serves, "
                "runs); site.yml releases the inventory's image; one pinned by its digest cannot differ."
            ),
        ],
    ),
    "different images during a release": (
        look(
            region(EAST, 1), region(WEST, 2, image="hello:2", tasks={**TASKS, "rollout": "a deployment is in progress"})
        ),
        ["The service in us-west-1 is not stable (a deployment is in progress): check again when it has ended."],
    ),
    "a certificate near its end": (
        look(region(EAST, 1, certificate={"expires_at": "2026-12-01", "days": 5})),
        [
            (
                "The certificate in us-east-1 expires in 5 days (2026-12-01): ACM renews it "
                "automatically while its validation record is in the zone; check it in ACM."
            ),
        ],
    ),
    "a certificate that cannot be renewed": (
        look(
            region(EAST, 1),
            certificates={EAST: {"renewal_problem": "CNAME _x is gone"}, WEST: {"renewal_problem": ""}},
        ),
        ["The certificate in us-east-1 cannot be renewed: CNAME _x is gone."],
    ),
    "a certificate with time": (look(region(EAST, 1, certificate={"expires_at": "2027-12-01", "days": 30})), []),
    "a region not in DNS": (
        look(region(EAST, 1), region(WEST, None)),
        ["us-west-1 is not in DNS: run site.yml, which adds it when its targets are healthy."],
    ),
    "a region that the inventory has lost": (
        look(priorities={WEST: 2}),
        [
            (
                "us-east-1 is in DNS, but not in the inventory: put it back, and run "
                "destroy.yml --limit us-east-1 -e confirm=dev if it is to go."
            )
        ],
    ),
    "drift": (
        look(drift=Drift(summary="2 changes", changes=({"kind": "service"}, {"kind": "alarm"}))),
        ["Something differs from the inventory (alarm, service): run site.yml, or preview it with --check --diff."],
    ),
    "many kinds differ": (
        look(drift=Drift(summary="9 changes", changes=tuple({"kind": f"kind_{number}"} for number in range(1, 10)))),
        [
            (
                "Something differs from the inventory (kind_1, kind_2, kind_3, kind_4, kind_5, kind_6 and 3 more "
                "kinds): run site.yml, or preview it with --check --diff."
            ),
        ],
    ),
    "an image that was released": (
        look(
            drift=Drift(
                summary="1 change",
                changes=({"kind": "task_definition", "reason": "differs in containers.hello.image"},),
            )
        ),
        [
            (
                "Something differs from the inventory (task_definition): it names another image than the one that "
                "runs, and site.yml would release that. Put the one that is to run into the inventory, then run "
                "site.yml, or preview it with --check --diff."
            ),
        ],
    ),
    "a subscription that is missing": (
        look(
            alarms={
                EAST: {
                    "alarms": [],
                    "unconfirmed": ["ops@example.com"],
                    "changes": [{"kind": "subscription", "name": "email ops@example.com"}],
                }
            }
        ),
        [],
    ),
    "drift unknown": (
        look(drift=Drift(summary="unknown", problem="us-east-1 vpc: denied")),
        ["Drift from the inventory could not be determined (us-east-1 vpc: denied)."],
    ),
    "a service that the inventory has lost": (
        look(lost={"mailer": [EAST, WEST]}),
        [
            (
                "The service mailer is in us-east-1 and us-west-1, but not in the inventory: put it back, or remove it "
                "as the README says under Several services."
            ),
        ],
    ),
    "drift not checked": (look(drift=Drift(summary="not checked", problem="drift is false")), []),
    "a journal of a drill that broke nothing": (
        look(journal={"phase": "planned", "text": "port 80 of us-east-1 is closed", "by_hand": "aws ec2 authorize"}),
        ["A drill is about to begin, or was stopped before it broke anything: drill.yml and site.yml close it."],
    ),
    "an open journal": (
        look(journal={"text": "port 80 of us-east-1 is closed", "by_hand": "aws ec2 authorize"}),
        [
            (
                "A drill is in progress or was interrupted: port 80 of us-east-1 is closed; "
                "drill.yml and site.yml heal it first. By hand: aws ec2 authorize."
            ),
        ],
    ),
}


@pytest.mark.parametrize("state", STATES)
def test_a_state_has_its_sentence(state: str) -> None:
    seen, expected = STATES[state]
    assert list(advise(seen)) == expected


def test_the_most_important_comes_first() -> None:
    everything: dict[str, t.Any] = {
        "journal": {"text": "x", "by_hand": "y"},
        "dns": NXDOMAIN,
        "delegation": delegation(problem="gone"),
        "drift": Drift(summary="1 change", changes=({"kind": "delegation"},)),
    }
    first = [sentence.split()[0] for sentence in advise(look(down(EAST, 1), down(WEST, 2), **everything))]
    assert first == ["A", "example.com", "No", "Something"]


def test_a_region_that_is_evicted_and_sick_is_told_as_evicted_once() -> None:
    both = down(EAST, 1, "no target", BY_SWITCH, endpoint=endpoint("eu-west-1", "us-west-2"))
    sentences = list(advise(look(both, region(WEST, 2), serving=WEST, dns=dns(WEST), switch=EVICTED)))
    assert len(sentences) == 1
    assert "the switch in us-west-1 evicts it" in sentences[0]


def test_what_takes_back_a_release_is_told_where_it_is_not_known() -> None:
    unknown = look(region(EAST, 1, image=None), region(WEST, 2, image="hello:2"), region("us-west-2", 3))
    (said,) = [sentence for sentence in advise(unknown) if "different images" in sentence]
    assert (
        "rollback.yml --limit <region> where it runs (rollback.yml --check says what each region had before);" in said
    )


@pytest.mark.parametrize(
    ("first", "third", "refuge"),
    [
        (region(EAST, 1, targets=UNREAD), region("us-west-2", 3), "us-west-2"),
        (down(EAST, 1, "no target"), region("us-west-2", 3), "us-west-2"),
        (down(EAST, 1, BY_SWITCH), region("us-west-2", 3), "us-west-2"),
        (down(EAST, 1, BY_SWITCH), down("us-west-2", 3, "no target"), EAST),
        (region(EAST, 1), region("us-west-2", None), EAST),
    ],
)
def test_traffic_is_kept_in_a_region_that_can_serve(
    first: dict[str, t.Any], third: dict[str, t.Any], refuge: str
) -> None:
    switch = EVICTED if BY_SWITCH in first["reasons"] else {"position": "auto", "evicted": {}}
    seen = look(first, region(WEST, 2, targets=UNREAD), third, switch=switch)
    (said,) = [sentence for sentence in advise(seen) if sentence.startswith("The API of us-west-1")]
    assert said.endswith(f"keep traffic away from it with switch.yml -e to={refuge}.")
