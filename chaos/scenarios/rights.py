# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removes an action from the policies in docs/iam: a run that needs it fails and names it."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from chaos import beside
from chaos.lab import Lab
from chaos.oracle import CONFIRM, deploy, golden, gone, stands, whole
from chaos.plan import Trial, choose
from chaos.stacks import BASIC, FULL, SCALING
from chaos.verdict import Ended, Judged, judge

IAM = Path(__file__).resolve().parents[2] / "docs" / "iam"
# Policies of the full stack for both playbooks
_BOTH = ("query-logging", "access-logs", "registry")
# Stack → the policies of its site.yml and of its destroy.yml
SITE: Mapping[str, Sequence[str]] = {
    BASIC: ("read", "site", "network"),
    FULL: ("read", "site", "network", "certificate", "alarms", "endpoints", "web-acl", *_BOTH),
}
DESTROY: Mapping[str, Sequence[str]] = {BASIC: ("read", "destroy"), FULL: ("read", "destroy", "certificate", *_BOTH)}
# Changes of all resources that are updated in place
CHANGE: dict[str, Any] = {
    "app_cpu": 512,
    "app_memory": 1024,
    "app_tags": {"Team": "blue"},
    "alb_idle_timeout": 90,
    "route53_failover_health_check": {"failure_threshold": 2},
}
# The full stack verifies clients of its HTTPS listener, and health checkers have no certificate.
_CHECK = {"route53_failover_health_check": {"failure_threshold": 2, "protocol": "HTTP", "port": 80}}
# The full stack's further changes that one run completes. It replaces a certificate only in the run after.
MORE: dict[str, Any] = {
    "app_scaling": {**SCALING, "cpu": 70},
    "app_alarms": {"latency": 3},
    **_CHECK,
    "alb_log_bucket": {"expiration_days": 30, "delete_logs": True},
    "ecr_tag_mutability": "MUTABLE",
    "ecr_scan_on_push": False,
    "ecr_untagged_days": 0,
    "ecr_pull_accounts": ["222222222222"],
    "route53_zone_query_log_retention_days": 90,
    "vpc_interface_endpoints": ["ecr.api"],
}
# Read actions that a trial removes, one after the other, from runs with nothing to do
_READS = 5
# Stack → a change that one run completes, without another resource
IN_PLACE: Mapping[str, Mapping[str, Any]] = {BASIC: CHANGE, FULL: {**CHANGE, **_CHECK}}


def run(lab: Lab, trial: Trial) -> Iterator[Judged]:
    """Deploy, change and take down a stack without the action, if the playbook's policies have it."""
    inventory = lab.inventory("changed", **{**CHANGE, **(_more(lab) if trial.stack == FULL else {})})
    golden(lab)
    golden(lab, "changed", inventory)
    site, destroy = SITE[trial.stack], DESTROY[trial.stack]
    action = choose(trial.turn, actions(*site, *destroy))
    before = lab.fresh()
    if action in actions(*site):
        yield from _site(lab, trial, action, inventory)
    else:
        deploy(lab, inventory)
    if action in actions(*destroy):
        ended = _without(lab, action, destroy, "destroy", *CONFIRM)
        yield judge(trial, f"destroy without {action}", ended, gone(lab, before) if ended.ok else [])


def _more(lab: Lab) -> dict[str, Any]:
    mutual = beside.variables(lab.beside)["alb_mutual_authentication"]
    return {**MORE, "alb_mutual_authentication": {**mutual, "advertise_ca_names": True}}


def _site(lab: Lab, trial: Trial, action: str, inventory: Path) -> Iterator[Judged]:
    ended = _without(lab, action, SITE[trial.stack], "site")
    yield judge(trial, f"site without {action}", ended, whole(lab) if ended.ok else [])
    # So far reads.json is missing, or of a stack that is gone.
    deploy(lab)
    for each in (action, *_reads(trial)):
        ended = _without(lab, each, SITE[trial.stack], "site")
        yield judge(trial, f"site with nothing to do without {each}", ended, stands(lab) if ended.ok else [])
    ended = _without(lab, action, SITE[trial.stack], "site", inventory=inventory)
    wrong = whole(lab, "changed", inventory) if ended.ok else []
    yield judge(trial, f"a changed site without {action}", ended, wrong)
    if not ended.ok:
        deploy(lab, inventory)


def _reads(trial: Trial) -> list[str]:
    """Some of the actions that read: 18 trials of a stack cover all."""
    return [choose(_READS * trial.turn + number, actions("read")) for number in range(_READS)]


def _without(
    lab: Lab, action: str, policies: Sequence[str], playbook: str, *arguments: str, inventory: Path | None = None
) -> Ended:
    lab.aws.restrict("dev", *(without(action, name) for name in policies))
    ended = lab.run(playbook, *arguments, inventory=inventory)
    lab.aws.restrict("dev", _EVERYTHING)
    return replace(ended, names=(action,))


_EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@functools.cache
def actions(*names: str) -> list[str]:
    """All actions of these policies."""
    statements = (statement for name in names for statement in _policy(name)["Statement"])
    return sorted({action for statement in statements for action in _listed(statement)})


def without(action: str, name: str) -> dict[str, Any]:
    """A policy without an action."""
    policy = _policy(name)
    kept = [{**each, "Action": [one for one in _listed(each) if one != action]} for each in policy["Statement"]]
    return {**policy, "Statement": [each for each in kept if each["Action"]]}


def _policy(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((IAM / f"{name}.json").read_text())
    return found


def _listed(statement: dict[str, Any]) -> list[str]:
    action = statement["Action"]
    return action if isinstance(action, list) else [action]
