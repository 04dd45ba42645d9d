# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing that would stop a failover is called "well": every combination of what may be wrong with one of two regions,
with the delegation and with what could be read, through failover_info's report into the sentence."""

from __future__ import annotations

import datetime
import itertools
import typing as t

from ansible_collections.everlook.failover.plugins.module_utils._failover_chain import health_checks
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.chain import Member
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.health_checks import Check
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.status import Status
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.status_report import report
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.targets import Targets
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.tasks import Tasks
from ansible_collections.everlook.failover.plugins.module_utils._route53.records import AliasTarget
from ansible_collections.everlook.failover.plugins.plugin_utils.status_advice import advise
from ansible_collections.everlook.failover.plugins.plugin_utils.status_look import Drift, Look

from .looks import AT, EAST, OK, TIMEOUT, WEST, delegation, dns

GROUP, REFUSED = "hello-dev-hello", "AWS could not be called: timeout"
BALANCER = AliasTarget(dns_name="hello.elb.amazonaws.com", zone_id="Z2", evaluate_target_health=True)
ENTRANCE: dict[str, t.Any] = {"zone": "dev.example.com", "record": "dev.example.com", "zone_id": "Z1"}


def targets(*states: str) -> Targets:
    return Targets(groups={GROUP: tuple({"TargetHealth": {"State": state}} for state in states)})


# What is fine comes first, up to the mark.
ROLES = (EAST, WEST, "|", "not in DNS")
TARGETS: dict[str, Targets | None] = {
    "all": targets("healthy", "healthy"),
    "|": None,
    "one": targets("healthy", "unhealthy"),
    "none": targets("unhealthy", "unhealthy"),
    "no target group": Targets(groups={GROUP: ()}, missing=f"there is no target group {GROUP}"),
    "unread": Targets(problem=REFUSED),
}
TASKS: dict[str, Tasks | None] = {
    "all": Tasks(desired=2, running=2),
    "|": None,
    "none wanted": Tasks(),
    "failed": Tasks(desired=2, running=2, rollout="its last deployment failed"),
    "unread": Tasks(problem=REFUSED),
}
ENDPOINTS: dict[str, tuple[str, ...] | None] = {
    "reached": (OK, OK),
    "new": (),
    "|": None,
    "reached by some": (OK, TIMEOUT),
    "down": (TIMEOUT, TIMEOUT),
    "missing": None,
    "not carried": (TIMEOUT, TIMEOUT),
    "not counted": (TIMEOUT, TIMEOUT),
}
SWITCHES = ("released", "|", "evicts", "missing")
ALARMS: dict[str, t.Any] = {
    "INSUFFICIENT_DATA": True,
    "OK": True,
    "|": None,
    "ALARM": True,
    "missing": [],
    "unread": {"error": REFUSED},
}
DELEGATIONS: dict[str, tuple[t.Any, t.Any]] = {
    "own": (dns(), delegation("ns-1")),
    "none": (dns(), None),
    "|": (None, None),
    "gone": (dns(None, problem="NXDOMAIN", rcode="NXDOMAIN"), delegation(problem="gone")),
    "of others": (dns(None, problem="REFUSED", rcode=""), delegation("ns-9", problem="others")),
    "no answer": (dns(None, problem="timeout", rcode=""), delegation(problem="timeout")),
}
DRIFTS: dict[str, Drift | None] = {
    "none": Drift(summary="none"),
    "not checked": Drift(summary="not checked", problem="drift is false"),
    "|": None,
    "changes": Drift(summary="1 change", changes=({"kind": "record_sets"},)),
    "unknown": Drift(summary="unknown", problem="denied"),
}
UNREAD = ("", "|", REFUSED)


def test_nothing_that_would_stop_a_failover_is_called_well() -> None:
    wrong = [case for case in _cases() if (_sentence(*case) is None) != _is_fine(*case)]
    assert wrong == []


def _cases() -> t.Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    inside: tuple[t.Iterable[str], ...] = (ROLES, TARGETS, TASKS, ENDPOINTS, SWITCHES, ALARMS, UNREAD)
    around = list(itertools.product(_values(DELEGATIONS), _values(DRIFTS)))
    for state in itertools.product(*(_values(of) for of in inside)):
        # A second thing around a region that is not well changes nothing.
        yield from ((state, rest) for rest in (around if _fine(state, inside) else around[:1]))


def _values(of: t.Iterable[str]) -> list[str]:
    return [value for value in of if value != "|"]


def _fine(state: t.Sequence[str], of: t.Sequence[t.Iterable[str]]) -> bool:
    return all(value in list(values)[: list(values).index("|")] for value, values in zip(state, of, strict=True))


def _is_fine(state: tuple[str, ...], around: tuple[str, ...]) -> bool:
    return _fine((*state, *around), (ROLES, TARGETS, TASKS, ENDPOINTS, SWITCHES, ALARMS, UNREAD, DELEGATIONS, DRIFTS))


def _sentence(state: tuple[str, ...], around: tuple[str, ...]) -> str | None:
    """The first sentence about what is wrong; None if all is well."""
    answered, delegated = DELEGATIONS[around[0]]
    found = report(_snapshot(*state))
    answered = {**answered, "region": answered["addresses"] and found["serving"]}
    drift = DRIFTS[around[1]]
    assert drift is not None
    look = Look(
        stack="hello",
        environment="dev",
        account_id="111111111111",
        info={**ENTRANCE, **found, "dns": answered, "delegation": delegated},
        priorities={EAST: 1, WEST: 2},
        zones={},
        drift=drift,
        journal=None,
        at=AT,
    )
    return next(advise(look), None)


def _snapshot(role: str, tg: str, tasks: str, endpoint: str, switch: str, alarm: str, unread: str) -> Status:
    """Two regions, one of which is in the state that the words say."""
    ill = WEST if role == "not in DNS" else role
    well = EAST if ill == WEST else WEST
    names = [] if unread else [name for name in (EAST, WEST) if (name, role) != (WEST, "not in DNS")]
    members = tuple(
        Member(
            region=name, balancer=BALANCER, health_check_id=None if (name, endpoint) == (ill, "not carried") else name
        )
        for name in names
    )
    checks = [] if unread else [*_checks(well, ill, "", ""), *_checks(ill, well, endpoint, switch)]
    seen = {
        f"endpoint-{well}": _observations(OK, OK),
        f"endpoint-{ill}": _observations(*(ENDPOINTS[endpoint] or ())),
        f"switch-{ill}": _observations("Failure: Threshold Crossed") if switch == "evicts" else [],
    }
    return Status(
        record="dev.example.com",
        members=members,
        regions=(EAST, WEST),
        checks=tuple(checks),
        observations=seen,
        targets={well: targets("healthy", "healthy"), ill: TARGETS[tg] or targets()},
        # The alarm that evicts the region is in the other one.
        alarms={well: ALARMS[alarm] if ALARMS[alarm] is not True else [_alarm(ill, alarm)], ill: [_alarm(well, "OK")]},
        answer=None,
        now=datetime.datetime.fromisoformat(AT),
        tasks={well: Tasks(desired=2, running=2), ill: TASKS[tasks] or Tasks()},
        failures={},
        problem=unread,
    )


def _checks(region: str, other: str, endpoint: str, switch: str) -> t.Iterator[Check]:
    roles = [] if endpoint == "missing" else [(health_checks.ENDPOINT, f"endpoint-{region}")]
    roles += [] if switch == "missing" else [(health_checks.switch(other), f"switch-{region}")]
    for role, name in roles:
        yield Check(id=name, region=region, role=role, reference="", config={"Type": "HTTP"})
    children = [name for _role, name in roles if not (endpoint == "not counted" and name.startswith("endpoint"))]
    config = {"ChildHealthChecks": children, "HealthThreshold": len(children)}
    yield Check(id=region, region=region, role=health_checks.CALCULATED, reference="", config=config)


def _observations(*statuses: str) -> list[dict[str, t.Any]]:
    moment = datetime.datetime.fromisoformat(AT)
    return [
        {"Region": "eu-west-1", "IPAddress": ip, "StatusReport": {"Status": status, "CheckedTime": moment}}
        for ip, status in enumerate(statuses)
    ]


def _alarm(evicts: str, state: str) -> dict[str, t.Any]:
    return {"name": f"hello-dev-{evicts}", "evicts": evicts, "state": state, "reason": "", "since": AT}
