# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Releases go region by region, the standby first: the region that serves comes last, or not at all.

Ansible runs a task on all hosts at the same time. Only a call that would replace running tasks waits until the regions
behind it in the failover chain have released, which they record in the run's ledger.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import time
import typing as t

from ansible import context
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ...module_utils._engine.job import Job
from ...module_utils._engine.layer import HELD
from ..terminal import show
from . import host
from .release_gate import gate_of
from .run_lease import LEDGER, place_in_chain, run_id

# The modules that replace running tasks
MODULES: t.Final = frozenset({"ecs_service", "ecs_release"})
# A variable of the role's first pass over several services: the second pass waits for rollouts.
LATER: t.Final = "ecs_service_waits_later"
_RELEASED: t.Final = "released"
_FAILED: t.Final = "failed"
_PAUSE: t.Final = 0.02
# Seconds of a region for everything but the rollout
_SLACK: t.Final = 300.0
# After a longer wait, what was read before it may no longer be true.
_FRESH_SECONDS: t.Final = 30.0

Result: t.TypeAlias = "dict[str, t.Any]"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Turn:
    """A service's turn in one region.

    :param run: the run's ID.
    :param service: stack, environment and service.
    :param module: the module whose task it is.
    """

    run: str
    region: str
    service: str
    module: str

    def note(self, outcome: str) -> None:
        """Record the outcome for the regions that come later."""
        LEDGER.write({"run": self.run, "outcome": outcome, "region": self.region, "service": self.service})

    def say(self, text: str) -> None:
        """Show the user a text."""
        show([f"[{self.region}] {self.module}: {text}"])

    def outcomes(self) -> dict[str, str]:
        """Region → its outcome so far. A failure of any task of a region counts for all of its services."""
        found: dict[str, str] = {}
        for line in LEDGER.lines(self.run):
            if line.get("service") in (self.service, "") and found.get(line["region"]) != _FAILED:
                found[line["region"]] = line["outcome"]
        return found


def run_action(action: ActionBase, job: Job, variables: dict[str, t.Any]) -> Result:
    """Run the job of a service, in its turn if it releases anything."""
    hosts = variables.get("ansible_play_batch") or ()
    left_out = _left_out(action, variables)
    alone = len(hosts) < 2 and not left_out
    if alone or action._task.check_mode or action._task.args.get("state") == "absent":
        return host.run_action(action, job, variables)
    turn = _turn_of(action, variables)

    # Both take templating, the second of all regions' variables: only for a run that has something to release.
    @functools.cache
    def waits_later() -> bool:
        return bool(action._templar.template(variables.get(LATER)))

    @functools.cache
    def behind() -> list[str]:
        return _behind(action, turn, hosts, variables)

    @functools.cache
    def refusal() -> Result | None:
        if left_out:
            Display().warning(
                f"{turn.region} releases before {' and '.join(left_out)}, which --limit leaves out: this run does not "
                "know whether the release works there."
            )
        return _wait(action, turn, behind()) or _pass_gate(action, turn, behind(), variables)

    @functools.cache
    def holds(here: bool) -> bool:
        if waits_later() or not here:
            return bool(waits_later() or left_out or behind())
        begin = time.monotonic()
        return refusal() is not None or time.monotonic() - begin > _FRESH_SECONDS

    result = host.run_action(action, job, variables, holds=holds)
    held = result.pop(HELD, False)
    later = bool(held or result.get("pending")) and waits_later()
    if held and not later:
        result = refusal() or host.run_action(action, job, variables)
    if not result.get("failed") and not (later and result.get("pending")):
        turn.note(_RELEASED)
    return result


def note_failure(variables: t.Mapping[str, t.Any]) -> None:
    """Record for the other regions of the run that this one has failed."""
    region = variables.get("inventory_hostname", "")
    LEDGER.write({"run": run_id(os.getppid()), "outcome": _FAILED, "region": region, "service": ""})


def _turn_of(action: ActionBase, variables: t.Mapping[str, t.Any]) -> Turn:
    args = action._task.args
    return Turn(
        run=run_id(os.getppid()),
        region=variables.get("inventory_hostname", ""),
        service=" ".join(str(args.get(key)) for key in ("stack", "environment", "name")),
        module=action._task.action.rpartition(".")[2],
    )


def _left_out(action: ActionBase, variables: t.Mapping[str, t.Any]) -> list[str]:
    """The regions that would come before this one, but are not in this run."""
    every, mine = (variables.get("groups") or {}).get("regions") or (), variables.get("inventory_hostname", "")
    run = variables.get("ansible_play_hosts_all") or every
    left_out = [name for name in every if name not in run]
    return _earlier(action, mine, left_out, variables) if left_out and mine in every else []


def _behind(action: ActionBase, turn: Turn, hosts: t.Sequence[str], variables: t.Mapping[str, t.Any]) -> list[str]:
    """The regions of this run that come before this one."""
    behind = _earlier(action, turn.region, hosts, variables)
    forks = int(context.CLIARGS.get("forks") or 1)
    if behind and forks < len(hosts):
        Display().warning(
            f"this release goes to all regions at once, because the standby first needs a fork for each of them: run "
            f"the next one with --forks {len(hosts)}."
        )
        return []
    return behind


def _earlier(action: ActionBase, region: str, among: t.Iterable[str], variables: t.Mapping[str, t.Any]) -> list[str]:
    """The regions that come before this one, in turn: from the end of the chain, and the region that serves last.

    The one that serves is known if a playbook has run failover_info, else it is assumed to be the first of the chain.
    """
    serving = (variables.get("failover_info_result") or {}).get("serving")
    places = {name: place_in_chain(action, variables["hostvars"][name]) for name in {region, *among}}
    ranks = {name: (name != serving, place) for name, place in places.items() if place is not None}
    if region not in ranks:
        return []
    return sorted((name for name, rank in ranks.items() if rank > ranks[region]), key=ranks.__getitem__, reverse=True)


def _wait(action: ActionBase, turn: Turn, behind: t.Sequence[str]) -> Result | None:
    """Wait until the regions behind have released. Returns a failed result if this one must not release."""
    if not behind:
        return None
    patience = len(behind) * (float(action._task.args.get("wait_timeout") or 900) + _SLACK)
    begin = time.monotonic()
    comes = "come" if len(behind) > 1 else "comes"
    turn.say(f"waiting for the release in {', '.join(behind)}, which {comes} first")
    while True:
        outcomes = turn.outcomes()
        failed = [name for name in behind if outcomes.get(name) == _FAILED]
        if failed:
            return _refusal(turn, f"{', '.join(failed)} failed")
        if all(name in outcomes for name in behind):
            return None
        if host.has_no_parent():
            return _refusal(turn, "the run was stopped")
        if time.monotonic() - begin > patience:
            missing = [name for name in behind if name not in outcomes]
            return _refusal(turn, f"{', '.join(missing)} did not end within {patience:.0f} s")
        time.sleep(_PAUSE)


def _pass_gate(
    action: ActionBase, turn: Turn, behind: t.Sequence[str], variables: t.Mapping[str, t.Any]
) -> Result | None:
    """Pass the gate between two regions. Returns a failed result if this one must not release."""
    if not behind:
        return None
    obstacle = gate_of(action, variables).obstacle(behind, turn.say)
    return _refusal(turn, obstacle) if obstacle else None


def _refusal(turn: Turn, why: str) -> Result:
    return {
        "failed": True,
        "changed": False,
        "msg": f"{turn.module}: the release did not reach {turn.region}, which keeps what it runs: {why}. "
        "The next run continues from there.",
    }
