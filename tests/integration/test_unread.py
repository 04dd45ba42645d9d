# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every read of status and of check mode is taken away, one at a time: what could not be read is never "no drift".

The reads are those in the request log of a run with nothing to do. Reports are composed as the playbooks' last tasks
do, of what the jobs return.
"""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import FailoverError
from ansible_collections.everlook.failover.plugins.module_utils._failover_info.job import JOB as INFO
from ansible_collections.everlook.failover.plugins.plugin_utils import report, status
from ansible_collections.everlook.failover.plugins.plugin_utils.status_look import Look
from sandbox import Sandbox
from sandbox.handles import Fault
from sandbox.requestlog import is_write

from .conftest import RunJob, job_runner
from .contexts import Contexts
from .whole_stack import REGIONS, SERVICE, ZONE_NAME, Result, Stack

INFO_NAME = "info"
AT = "2026-11-28T12:00:00+00:00"
MORE: Result = dict.fromkeys(("alarms", "tasks", "certificates", "observations", "best_effort"), True)
# Attempts and patience of the clients: what fails here fails always.
IMPATIENT = {"retries": {"mode": "standard", "total_max_attempts": 1}, "connect_timeout": 2, "read_timeout": 1}
# They only save calls: what they would have said is then asked for otherwise.
SPARED = {"resourcegroupstaggingapi:GetResources"}
pytestmark = [pytest.mark.timeout(900), pytest.mark.once]


@dataclasses.dataclass(frozen=True)
class Deployed:
    """A stack with nothing to do.

    :param reads: ``service:Operation`` → the jobs that call it.
    :param results: of the jobs, when nothing is in their way.
    """

    stack: Stack
    reads: t.Mapping[str, t.Sequence[str]]
    results: t.Mapping[str, Result]


def ask(stack: Stack, job: str, below: t.Mapping[str, Result]) -> Result:
    """As status.yml and site.yml --check do; a failure is a result, too."""
    try:
        if job == INFO_NAME:
            regions = [{"name": region} for region in REGIONS]
            asked: Result = {
                "zone": ZONE_NAME,
                "services": [SERVICE],
                "regions": regions,
                "account_id": "111111111111",
                **MORE,
            }
            return stack.run(INFO, check_mode=True, **asked)
        return stack.deploy_layer(job, below, check_mode=True)
    except FailoverError as error:
        return {"failed": True, "msg": str(error)}


def impatient(run: RunJob) -> RunJob:
    def call(job: t.Any, **params: t.Any) -> Result:
        return run(job, aws_config=IMPATIENT, **params)

    return t.cast(RunJob, call)


@pytest.fixture(scope="module")
def deployed() -> t.Iterator[tuple[Sandbox, Deployed]]:
    with Sandbox(speed=10) as aws:
        Stack(job_runner(aws), full=True).deploy()
        stack = Stack(impatient(job_runner(aws, Contexts())), full=True)
        reads: dict[str, list[str]] = {}
        results: dict[str, Result] = {}
        for job in (*stack.layers, INFO_NAME):
            mark = aws.requests.mark()
            results[job] = ask(stack, job, results)
            for call in {record.call for record in aws.requests.since(mark) if not is_write(record.operation)}:
                reads.setdefault(call, []).append(job)
        yield aws, Deployed(stack, reads, results)


def problems(results: t.Mapping[str, Result]) -> dict[str, t.Sequence[str]]:
    """What status.yml and site.yml --check say is wrong."""
    shared = {
        "route53_zone": results["zone"],
        "route53_zone_delegation": results["delegation"],
        "route53_failover": results["failover"],
        "failover_alarms": results["failover_alarms"],
    }
    layers = ("acm_certificate", "vpc", "alb", "ecr", "ecs_service", "cloudwatch_alarms")
    regional = {region: {layer: results[f"{layer} {region}"] for layer in layers} for region in REGIONS}
    run = report.Run(
        stack="hello",
        environment="dev",
        account_id="111111111111",
        check_mode=True,
        absent=False,
        regions=tuple(report.Region(name=name, priority=1, results=found) for name, found in regional.items()),
        only=REGIONS,
        shared=shared,
        status={},
        previous={},
        at=AT,
    )
    rows = [{"name": name, **found} for name, found in regional.items()]
    drift = status.drift_of(status.results_of(rows, shared), "")
    info = results[INFO_NAME]
    look = Look(
        stack="hello",
        environment="dev",
        account_id="111111111111",
        info=info,
        priorities=dict.fromkeys(REGIONS, 1),
        zones={},
        drift=drift,
        journal=None,
        at=AT,
    )
    # A task that fails ends the playbook, but those of regions, which the report tells.
    failed = [result["msg"] for result in shared.values() if result.get("failed")]
    return {
        "status": [info["msg"]] if info.get("failed") else status.compose(look, "status.json").problems,
        "check": failed or report.compose(run, "deployment.json").problems,
    }


def test_nothing_is_wrong_as_long_as_everything_is_read(deployed: tuple[Sandbox, Deployed]) -> None:
    _aws, found = deployed
    assert problems(found.results) == {"status": [], "check": []}
    assert len(found.reads) > 60


# How a read fails, and of the reads all of them, or every eighth or sixteenth one
@pytest.mark.parametrize(
    ("kind", "nth"),
    [
        ("refused", 8),
        ("broken", 16),
        ("late", 16),
        *(pytest.param(kind, 1, marks=pytest.mark.exhaustive) for kind in ("refused", "broken", "late")),
    ],
)
def test_what_could_not_be_read_is_said(deployed: tuple[Sandbox, Deployed], kind: str, nth: int) -> None:
    aws, found = deployed
    silent = []
    for call, jobs in sorted(found.reads.items())[::nth]:
        told = {name for name, texts in _without(aws, found, call, jobs, kind).items() if _names(call, texts, kind)}
        wanted = {"status"} | ({"check"} if set(jobs) - {INFO_NAME} else set())
        if call not in SPARED and wanted - told:
            silent.append((call, sorted(wanted - told)))
    assert silent == []


def _without(aws: Sandbox, found: Deployed, call: str, jobs: t.Sequence[str], kind: str) -> dict[str, t.Sequence[str]]:
    # The other regions are asked by the same code.
    some = [job for job in jobs if not job.endswith(REGIONS[1:])]
    with _fault(aws, call, kind) as fault:
        results = {job: ask(found.stack, job, found.results) for job in some}
        assert fault.seen, call
    return problems({**found.results, **results})


def _fault(aws: Sandbox, call: str, kind: str) -> Fault:
    service, _colon, operation = call.partition(":")
    match: dict[str, t.Any] = {"service": service, "operation": operation, "write": False, "count": 10_000}
    if kind == "late":
        return aws.hold(**match)
    if kind == "broken":
        return aws.fail("InternalFailure", status=500, **match)
    action = f"{'elasticloadbalancing' if service == 'elbv2' else service}:{operation}"
    return aws.fail("AccessDenied", f"User: me is not authorized to perform: {action} on resource: *", **match)


def _names(call: str, texts: t.Sequence[str], kind: str) -> bool:
    """Whether there is anything, and for a missing right: whether it names the action and tells no outage."""
    operation = call.partition(":")[2]
    if kind != "refused" or operation == "AssumeRole":
        return bool(texts)
    return any(f":{operation} on *" in text and "does not answer" not in text for text in texts)
