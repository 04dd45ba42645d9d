# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drills against the local AWS, killed at every moment: whatever happens, what was broken is healed.

What users see is played here, so that a drill lasts for as long as a test wants it to. Real traffic is in the tests of
the playbook.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import json
import multiprocessing
import os
import pathlib
import signal
import time
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._alb.layer import LAYER as ALB
from ansible_collections.everlook.failover.plugins.module_utils._engine.context import Context
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import (
    ConflictError,
    FailoverError,
    SpecError,
)
from ansible_collections.everlook.failover.plugins.module_utils._engine.job import Job
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import fault as kinds
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import job, journal, spec
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.clock import Clock
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.drill import Drill
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.options import OPTIONS
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.plan import DrillPlan
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.start_guardian import start_guardian
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.timeline import DnsAnswer, Request, Seen
from ansible_collections.everlook.failover.plugins.module_utils._failover_info.job import JOB as INFO
from sandbox import Sandbox
from tests.waiting import eventually

from .conftest import RunJob
from .whole_stack import Stack

pytestmark = pytest.mark.once

EAST, WEST = "us-east-1", "us-west-1"
ACCOUNT = "111111111111"
IN_AWS = (kinds.STOP_TASKS, kinds.BLOCK_ALB, kinds.UNHEALTHY_APP)
FORK = multiprocessing.get_context("fork")
_SECONDS = 60.0


class Everywhere:
    """Users who see one region for as long as the drill lasts."""

    def __init__(self, region: str) -> None:
        moments = [float(at) for at in range(0, 4000, 2)]
        self._seen = Seen(
            answers=tuple(DnsAnswer(t=at, region=region, rcode="NOERROR") for at in moments),
            requests=tuple(Request(t=at, region=region, ok=True, status=200) for at in moments),
        )

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def seen(self) -> Seen:
        return self._seen


def until(what: str, condition: t.Callable[[], t.Any], seconds: float = _SECONDS) -> t.Any:
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

    def drill(self, ctx: Context, plan: DrillPlan) -> Drill:
        clock = Clock()
        return Drill(ctx, plan, self.path, Everywhere(EAST), [], clock)  # type: ignore[arg-type]

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


@pytest.fixture(scope="module")
def _running() -> t.Iterator[tuple[Sandbox, Deployed]]:
    with Sandbox(speed=20) as aws:
        yield aws, Deployed()


@pytest.fixture
def aws(_running: tuple[Sandbox, Deployed]) -> Sandbox:
    """A local AWS that keeps the stack from test to test: deploying takes longer than drilling."""
    return _running[0]


@pytest.fixture
def field(
    aws: Sandbox, run_job: RunJob, _running: tuple[Sandbox, Deployed], tmp_path: pathlib.Path
) -> t.Iterator[Field]:
    found, deployed = Field(aws, run_job, tmp_path / "reports"), _running[1]
    if not deployed.state:
        aws.reset()
        Stack(run_job).deploy()
        deployed.state = found.state()
    yield found
    aws.clear_faults()
    with contextlib.suppress(ProcessLookupError):
        pid = found.guardian()
        if pid:
            os.kill(pid, signal.SIGKILL)
    if found.spoilt or found.state() != deployed.state:
        deployed.state = {}
    else:
        until("every target to be healthy", found.is_settled)


def healed_by(field: Field, before: t.Any, who: str) -> None:
    """Assert that it comes to be healed, by whom, and that nothing stays behind."""
    until("the journal to be closed", lambda: not field.path.exists())
    assert field.state() == before
    assert field.closed()["healed"]["by"] == who
    until("the guardian to end", lambda: field.guardian() is None)


@pytest.mark.parametrize("kind", IN_AWS)
def test_a_drill_breaks_and_heals(field: Field, kind: str) -> None:
    before = field.state()
    ctx, plan = field.decide(kind, give_up=1)
    drill = field.drill(ctx, plan)
    with field.aws.hold(operation="PutMetricData"):
        drill.run()
    document = drill.document()
    assert document["verdict"] == "failed"  # nobody has moved
    assert [event["kind"] for event in document["events"]][:3] == ["ready", "fault", "given_up"]
    healed_by(field, before, "drill")


@pytest.mark.parametrize("kind", IN_AWS)
def test_while_it_is_broken_a_mark_and_the_journal_say_so(field: Field, kind: str) -> None:
    before = field.state()
    with field.process(kind):
        broken = field.state()
        assert broken[WEST] == before[WEST]
        assert broken[EAST] != before[EAST]
        assert kinds.TAG in json.dumps(broken[EAST])
        found = field.journal()
        assert found is not None
        assert (found.region, found.fault, found.account_id, found.endpoint_url) == (EAST, kind, ACCOUNT, field.aws.url)
        assert found.by_hand
        text = field.path.read_text()
        assert field.aws.credentials()["AWS_SECRET_ACCESS_KEY"] not in text


@pytest.mark.parametrize("kind", IN_AWS)
def test_when_the_drill_is_killed_the_guardian_heals(field: Field, kind: str) -> None:
    before = field.state()
    with field.process(kind) as process:
        assert field.state() != before
        process.kill()
        healed_by(field, before, "guardian")


def test_a_switch_is_released_by_the_guardian(field: Field) -> None:
    """It takes some minutes until no earlier point can count any more, which nobody waits for here."""
    field.spoilt = True
    with field.process(kinds.SWITCH) as process:
        assert published(field) == {1.0}
        assert kinds.TAG in str(alarm_tags(field))
        process.kill()
        until("a point of 0", lambda: published(field) == {0.0, 1.0})
        assert field.phase() == journal.BROKEN


def published(field: Field) -> set[float]:
    """The lowest and the highest data point of the switch."""
    alarm = switch_alarm(field)
    now = datetime.datetime.now(datetime.UTC)
    found = field.aws.client("cloudwatch", region=WEST).get_metric_statistics(
        **{key: alarm[key] for key in ("Namespace", "MetricName", "Dimensions")},
        StartTime=now - datetime.timedelta(hours=1),
        EndTime=now + datetime.timedelta(hours=1),
        Period=86400,
        Statistics=["Minimum", "Maximum"],
    )["Datapoints"]
    return {float(point[key]) for point in found for key in ("Minimum", "Maximum")}


def switch_alarm(field: Field) -> dict[str, t.Any]:
    cloudwatch = field.aws.client("cloudwatch", region=WEST)
    found: dict[str, t.Any] = cloudwatch.describe_alarms(AlarmNames=[f"hello-dev-switch-{EAST}"])["MetricAlarms"][0]
    return found


def alarm_tags(field: Field) -> list[dict[str, str]]:
    cloudwatch = field.aws.client("cloudwatch", region=WEST)
    found: list[dict[str, str]] = cloudwatch.list_tags_for_resource(ResourceARN=switch_alarm(field)["AlarmArn"])["Tags"]
    return found


def test_when_the_process_that_started_it_has_ended_the_drill_heals_and_ends(field: Field) -> None:
    """Ansible's workers are in sessions of their own, so one lives on when ansible-playbook is killed."""
    before = field.state()
    ctx, plan = field.decide(kinds.BLOCK_ALB, give_up=600)

    def start() -> None:
        FORK.Process(target=field.drill(ctx, plan).run).start()
        until("the fault", lambda: field.phase() == journal.BROKEN)
        os._exit(0)

    starter = FORK.Process(target=start)
    starter.start()
    starter.join(_SECONDS)
    assert starter.exitcode == 0
    healed_by(field, before, "drill")


def test_when_the_guardian_is_killed_the_drill_heals_and_ends(field: Field) -> None:
    before = field.state()
    with field.process(kinds.BLOCK_ALB) as process:
        os.kill(until("the guardian", field.guardian), signal.SIGKILL)
        process.join(_SECONDS)
        assert process.exitcode == 1
        healed_by(field, before, "drill")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_when_the_guardian_has_to_go_it_heals_first(field: Field, number: signal.Signals) -> None:
    before = field.state()
    with field.process(kinds.STOP_TASKS) as process:
        os.kill(until("the guardian", field.guardian), number)
        healed_by(field, before, "guardian")
        process.join(_SECONDS)
        assert process.exitcode == 1


def test_when_both_are_killed_the_next_run_heals(field: Field) -> None:
    before = field.state()
    with field.process(kinds.BLOCK_ALB) as process:
        # The drill first would wake the guardian, the guardian first the drill.
        os.kill(process.pid, signal.SIGSTOP)
        os.kill(until("the guardian", field.guardian), signal.SIGKILL)
        process.kill()
    assert field.path.exists()
    assert field.state() != before
    seen = field.heal(check_mode=True)
    assert (seen["journal"], seen["fault"], seen["changed"]) == (str(field.path), kinds.BLOCK_ALB, False)
    assert field.state() != before
    result = field.heal()
    assert result["changed"]
    assert "has its ingress rules again" in result["healed"][0]
    healed_by(field, before, "a run with state healed")
    again = field.heal()
    assert (again["changed"], again["healed"], again["journal"]) == (False, [], None)


def test_killed_before_anything_was_broken(field: Field) -> None:
    """The mark is the first call. Its answer is held back, so nothing has been broken yet."""
    before = field.state()
    with (
        field.aws.hold(operation="CreateTags") as fault,
        field.process(kinds.BLOCK_ALB, phase=journal.PLANNED) as process,
    ):
        assert fault.wait(60)
        process.kill()
        healed_by(field, before, "guardian")


def test_killed_while_the_call_that_breaks_is_on_its_way(field: Field) -> None:
    """It has taken effect, and the drill has not heard of it. The guardian looks twice, for it might be slow."""
    before = field.state()
    with (
        field.aws.hold(operation="RevokeSecurityGroupIngress") as fault,
        field.process(kinds.BLOCK_ALB, phase=journal.ARMED) as process,
    ):
        assert fault.wait(60)
        process.kill()
        healed_by(field, before, "guardian")
        assert field.closed()["phase"] == journal.ARMED
        assert len(field.closed()["healed"]["outcomes"]) == 2


def test_killed_while_it_heals(field: Field) -> None:
    before = field.state()
    with field.process(kinds.BLOCK_ALB) as process, field.aws.hold(operation="AuthorizeSecurityGroupIngress") as fault:
        # Without its guardian the drill begins to heal; the call is done and not answered when it dies.
        os.kill(until("the guardian", field.guardian), signal.SIGKILL)
        assert fault.wait(60)
        process.kill()
        process.join()
    assert field.path.exists()
    assert field.heal()["healed"] == [
        f"security group {next(iter(field_groups(field)))} in {EAST} already has ingress rules"
    ]
    healed_by(field, before, "a run with state healed")


def field_groups(field: Field) -> list[str]:
    """The ids of the groups in the closed or open journal."""
    found = field.journal()
    data = found.undo.data if found else field.closed()["undo"]["data"]
    return list(data["groups"])


def test_at_the_deadline_the_guardian_heals_although_the_drill_lives(field: Field) -> None:
    before = field.state()
    with field.process(kinds.BLOCK_ALB) as process:
        found = field.journal()
        assert found is not None
        guardian = until("the guardian", field.guardian)
        os.kill(process.pid, signal.SIGSTOP)
        os.kill(guardian, signal.SIGKILL)
        # A guardian whose time is up, over the same journal.
        late = dataclasses.replace(found, deadline=time.time() - 1)
        journal.update(field.path, late)
        context = field.context()
        start_guardian(field.path, late, context.clients.environment())
        healed_by(field, before, "guardian")
        os.kill(process.pid, signal.SIGCONT)
        process.join(_SECONDS)
        assert process.exitcode == 1
    assert field.state() == before


def test_what_was_healed_by_hand_stays_as_it_is(field: Field) -> None:
    with field.process(kinds.STOP_TASKS) as process:
        field.aws.client("ecs").update_service(cluster="hello-dev-hello", service="hello-dev-hello", desiredCount=3)
        process.kill()
        until("the journal to be closed", lambda: not field.path.exists())
    assert field.state()[EAST]["desired"] == [3]
    assert kinds.TAG not in json.dumps(field.state())


def test_a_deployment_in_between_and_the_healing_do_not_get_into_each_others_way(field: Field) -> None:
    before = field.state()
    with field.process(kinds.BLOCK_ALB) as process:
        ec2 = field.aws.client("ec2")
        vpc = ec2.describe_vpcs(Filters=[{"Name": "tag:Stack", "Values": ["hello"]}])["Vpcs"][0]["VpcId"]
        subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
        public = [item["SubnetId"] for item in subnets if "public" in json.dumps(item["Tags"])]
        result = field.run_job(ALB.job, region=EAST, vpc_id=vpc, subnet_ids=public)
        assert result["changed"]
        process.kill()
        healed_by(field, before, "guardian")
    assert "already has ingress rules" in field.closed()["healed"]["outcomes"][0]


def test_a_guardian_whose_credentials_have_expired_goes_on_trying(field: Field) -> None:
    before = field.state()
    with field.process(kinds.BLOCK_ALB) as process:
        with field.aws.fail("ExpiredToken", operation="DescribeSecurityGroups", count=1000):
            process.kill()
            until("an error in the journal", lambda: "ExpiredToken" in getattr(field.journal(), "last_error", ""))
        healed_by(field, before, "guardian")


def test_without_a_guardian_that_can_call_aws_nothing_is_broken(field: Field) -> None:
    before = field.state()
    ctx, plan = field.decide(kinds.BLOCK_ALB)
    with (
        field.aws.fail("ExpiredToken", operation="GetCallerIdentity", count=100),
        pytest.raises(FailoverError, match=r"nothing was broken, because the guardian .*ExpiredToken"),
    ):
        field.drill(ctx, plan).run()
    assert field.state() == before
    assert field.phase() == ""


def test_a_fault_that_fails_is_healed_and_reported(field: Field) -> None:
    before = field.state()
    ctx, plan = field.decide(kinds.UNHEALTHY_APP)
    with field.aws.fail("AccessDenied", operation="ModifyTargetGroup"), pytest.raises(Exception, match="AccessDenied"):
        field.drill(ctx, plan).run()
    healed_by(field, before, "drill")


def test_two_drills_at_once(field: Field) -> None:
    with field.process(kinds.BLOCK_ALB):
        ctx = field.context(fault=kinds.STOP_TASKS, status=field.status())
        with pytest.raises(FailoverError, match="tag of another drill"):
            job.make_plan(ctx, spec.parse(ctx.params))


def test_while_a_drill_is_under_way_nobody_else_heals_it(field: Field) -> None:
    with journal.locked(field.path, "drill", wait=True), pytest.raises(FailoverError, match="is in progress"):
        field.heal()


def test_a_journal_of_another_account_is_left_alone(field: Field) -> None:
    with field.process(kinds.BLOCK_ALB) as process:
        os.kill(process.pid, signal.SIGSTOP)
        os.kill(until("the guardian", field.guardian), signal.SIGKILL)
        process.kill()
    warnings: list[str] = []
    result = field.heal(account_id="222222222222", warnings=warnings)
    assert (result["changed"], result["journal"]) == (False, str(field.path))
    assert "and this is another one" in warnings[0]
    assert field.heal()["changed"]


def test_where_it_is_not_allowed_nothing_is_asked(field: Field) -> None:
    mark = field.aws.requests.mark()
    with pytest.raises(SpecError, match="allowed: drills are not allowed in dev"):
        field.run_job(job.JOB, **field.options(allowed=False, status={"serving": EAST}))
    assert field.aws.requests.since(mark) == []


def test_in_check_mode_it_says_what_it_would_do(field: Field) -> None:
    mark = field.aws.requests.mark()
    result = field.run_job(job.JOB, check_mode=True, **field.options(fault=kinds.STOP_TASKS, status=field.status()))
    assert (result["fault"], result["fault_region"], result["standby"]) == (kinds.STOP_TASKS, EAST, WEST)
    assert (result["changed"], result["verdict"], result["report"]) == (False, None, None)
    assert result["budget"]["total_seconds"] == 117
    assert field.aws.requests.writes(mark) == []


def test_a_standby_without_tasks_is_no_standby(field: Field) -> None:
    field.aws.client("ecs", region=WEST).update_service(
        cluster="hello-dev-hello", service="hello-dev-hello", desiredCount=0
    )
    until("no target", lambda: field.status()["regions"][1]["targets"]["healthy"] == 0)
    with pytest.raises(FailoverError, match="no drill, nothing was broken: us-west-1 could not take over"):
        field.decide(kinds.BLOCK_ALB)


def test_what_is_not_ours_is_not_broken(field: Field) -> None:
    ec2, elb = field.aws.client("ec2"), field.aws.client("elbv2")
    balancer = elb.describe_load_balancers(Names=["hello-dev"])["LoadBalancers"][0]
    foreign = ec2.create_security_group(GroupName="theirs", Description="theirs", VpcId=balancer["VpcId"])["GroupId"]
    elb.set_security_groups(
        LoadBalancerArn=balancer["LoadBalancerArn"], SecurityGroups=[*balancer["SecurityGroups"], foreign]
    )
    with pytest.raises(
        ConflictError,
        match=f"{foreign}, which block_alb breaks in us-east-1, does not belong",
    ):
        field.decide(kinds.BLOCK_ALB)
