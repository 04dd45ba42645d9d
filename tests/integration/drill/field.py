# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A deployed stack, and drills of it.

What users see is played here, so that a drill lasts for as long as a test wants it to. Real traffic is in the tests of
the playbook.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import multiprocessing
import pathlib
import typing as t

from ansible_collections.everlook.failover.plugins.module_utils._engine.context import Context
from ansible_collections.everlook.failover.plugins.module_utils._engine.job import Job
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import fault as kinds
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import job, journal, spec
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.clock import Clock
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.drill import Drill
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.observe import pulled_switches
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.options import OPTIONS
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.plan import DrillPlan
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.timeline import (
    DnsAnswer,
    ProbeResults,
    Request,
)
from ansible_collections.everlook.failover.plugins.module_utils._failover_info.job import JOB as INFO
from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.waiting import eventually

EAST, WEST = "us-east-1", "us-west-1"
ACCOUNT = "111111111111"
IN_AWS = (kinds.STOP_TASKS, kinds.BLOCK_ALB, kinds.UNHEALTHY_APP)
FORK = multiprocessing.get_context("fork")
SECONDS = 60.0


class Users(t.Protocol):
    """What is needed of a Prober."""

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def seen(self) -> ProbeResults: ...


class Everywhere:
    """Users who see one region for as long as the drill lasts."""

    def __init__(self, region: str) -> None:
        moments = [float(at) for at in range(0, 4000, 2)]
        self._seen = ProbeResults(
            answers=tuple(DnsAnswer(t=at, region=region, rcode="NOERROR") for at in moments),
            requests=tuple(Request(t=at, region=region, ok=True, status=200) for at in moments),
        )

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def seen(self) -> ProbeResults:
        return self._seen


def until(what: str, condition: t.Callable[[], t.Any], seconds: float = SECONDS) -> t.Any:
    """What the condition is, once it is true."""
    return eventually(condition, seconds=seconds, what=what)


@dataclasses.dataclass
class Field:
    """A deployed stack, and drills of it."""

    aws: Sandbox
    run_job: RunJob
    reports: pathlib.Path
    # The next test wants a new stack.
    spoilt: bool = False

    @property
    def path(self) -> pathlib.Path:
        return self.reports / "dev" / journal.NAME

    def status(self) -> dict[str, t.Any]:
        return self.run_job(INFO, zone="dev.example.com", services=["hello"])

    def is_settled(self) -> bool:
        return all(region["targets"]["healthy"] == 2 for region in self.status()["regions"])

    def options(self, **options: t.Any) -> dict[str, t.Any]:
        return {
            "services": ["hello"],
            "account_id": ACCOUNT,
            "allowed": True,
            "directory": str(self.reports),
            "hold": 0,
            **options,
        }

    def context(self, **options: t.Any) -> Context:
        catch = Job(name="failover_drill", argument_spec=OPTIONS, run=lambda ctx: {"context": ctx})
        found: Context = self.run_job(catch, **self.options(**options))["context"]
        return found

    def decide(self, fault: str, **options: t.Any) -> tuple[Context, DrillPlan]:
        ctx = self.context(fault=fault, status=self.status(), **options)
        return ctx, job.make_plan(ctx, spec.parse(ctx.params))

    def drill(
        self,
        ctx: Context,
        plan: DrillPlan,
        users: Users | None = None,
        pulled: t.Callable[[], list[str]] | None = None,
    ) -> Drill:
        prober: t.Any = users or Everywhere(EAST)
        look = pulled or functools.partial(pulled_switches, ctx, plan.switches)
        return Drill(ctx, plan, self.path, prober, [], Clock(), look)

    def heal(self, **options: t.Any) -> dict[str, t.Any]:
        return self.run_job(job.JOB, **self.options(state="healed", **options))

    @contextlib.contextmanager
    def process(self, fault: str, *, phase: str = journal.BROKEN, **options: t.Any) -> t.Iterator[t.Any]:
        """A drill in a process of its own, that has come to a phase. It would go on for long."""
        ctx, plan = self.decide(fault, **{"give_up": 600, **options})
        process = FORK.Process(target=self.drill(ctx, plan).run, daemon=True)
        process.start()
        try:
            until(f"phase {phase}", lambda: self.phase() == phase)
            yield process
        finally:
            process.kill()
            process.join()

    def journal(self) -> journal.Journal | None:
        return journal.read(self.path)

    def phase(self) -> str:
        found = self.journal()
        return found.phase if found else ""

    def guardian(self) -> int | None:
        """Its process id. What is only a zombie has no command line."""
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                words = (folder / "cmdline").read_bytes().split(b"\0")
                if b"module_utils._failover_drill.guardian" in words and str(self.path).encode() in words:
                    return int(folder.name)
        return None

    def closed(self) -> dict[str, t.Any]:
        """The journal that was closed last."""
        files = sorted((self.path.parent / "drill-journals").glob("*.json"))
        found: dict[str, t.Any] = json.loads(files[-1].read_text())
        return found

    def state(self) -> dict[str, t.Any]:
        """What drills break, in both regions, with its tags."""
        found: dict[str, t.Any] = {}
        for region in (EAST, WEST):
            elb, ec2 = (self.aws.client(service, region=region) for service in ("elbv2", "ec2"))
            services = self.aws.client("ecs", region=region).describe_services(
                cluster="hello-dev-hello", services=["hello-dev-hello"], include=["TAGS"]
            )["services"]
            group = elb.describe_target_groups(Names=["hello-dev-hello"])["TargetGroups"][0]
            tags = elb.describe_tags(ResourceArns=[group["TargetGroupArn"]])["TagDescriptions"]
            names = [{"Name": "tag:Resource", "Values": ["security_group/alb"]}]
            groups = ec2.describe_security_groups(Filters=names)
            found[region] = {
                "desired": [item["desiredCount"] for item in services],
                "service tags": _plain(services[0]["tags"]),
                "target group": {key: group[key] for key in group if key.startswith("HealthCheck")},
                "matcher": group["Matcher"],
                "target group tags": _plain(tags[0]["Tags"]),
                "rules": _plain(groups["SecurityGroups"][0]["IpPermissions"]),
                "security group tags": _plain(groups["SecurityGroups"][0]["Tags"]),
            }
        return found


def _plain(items: t.Iterable[t.Any]) -> list[str]:
    return sorted(json.dumps(item, sort_keys=True) for item in items)


class Deployed:
    """What the stack looks like when nobody has touched it; empty while there is none."""

    def __init__(self) -> None:
        self.state: dict[str, t.Any] = {}


def healed_by(field: Field, before: t.Any, who: str) -> None:
    """Assert that it comes to be healed, by whom, and that nothing stays behind."""
    until("the journal to be closed", lambda: not field.path.exists())
    assert field.state() == before
    assert field.closed()["healed"]["by"] == who
    until("the guardian to end", lambda: field.guardian() is None)


def field_groups(field: Field) -> list[str]:
    """The ids of the groups in the closed or open journal."""
    found = field.journal()
    data = found.undo.data if found else field.closed()["undo"]["data"]
    return list(data["groups"])
