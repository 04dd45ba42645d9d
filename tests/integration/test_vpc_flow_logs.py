# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flow logs of the layer vpc against the local AWS, seen with boto3."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import FailoverError
from ansible_collections.everlook.failover.plugins.module_utils._vpc.layer import LAYER
from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.integration.kill import kill_after
from tests.integration.vpc_witness import Witness, ours
from tests.sampling import every_third, first_and_last

pytestmark = pytest.mark.once

GROUP = "/vpc/hello/dev/network"
ROLE = "hello-dev-network-us-east-1-flowlogs"
# Of turning them on: the VPC's tag, the group and its retention, the role and its policy, the flow log
WRITES = 6


class Deploy(t.Protocol):
    def __call__(self, **options: t.Any) -> dict[str, t.Any]: ...


@pytest.fixture
def deploy(run_job: RunJob) -> Deploy:
    def run(**options: t.Any) -> dict[str, t.Any]:
        return run_job(LAYER.job, **{"cidr": "10.10.0.0/16", "nat_gateways": "none", "flow_logs": "all", **options})

    return run


@dataclasses.dataclass(frozen=True)
class FlowLogs:
    """What AWS says of the flow logs, their log group and their role; None for what is not there."""

    logs: list[dict[str, t.Any]]
    retention: int | None
    trust: dict[str, t.Any] | None

    @classmethod
    def of(cls, aws: Sandbox) -> FlowLogs:
        groups = aws.client("logs", account="dev", region="us-east-1").describe_log_groups()["logGroups"]
        roles = aws.client("iam", account="dev", region="us-east-1").list_roles()["Roles"]
        return cls(
            logs=list(Witness.of(aws).ec2.describe_flow_logs()["FlowLogs"]),
            retention=next((item["retentionInDays"] for item in groups if item["logGroupName"] == GROUP), None),
            trust=next((item["AssumeRolePolicyDocument"] for item in roles if item["RoleName"] == ROLE), None),
        )


NOTHING = FlowLogs(logs=[], retention=None, trust=None)


def changed(result: dict[str, t.Any]) -> dict[str, str]:
    return {f"{change['kind']}/{change['name']}": change["action"] for change in result["changes"]}


def assert_logging(aws: Sandbox, traffic: str = "ALL", interval: int = 600, retention: int = 30) -> None:
    seen = FlowLogs.of(aws)
    (log,) = seen.logs
    assert (log["ResourceId"], log["TrafficType"]) == (Witness.of(aws).vpc_id, traffic)
    assert (log["LogGroupName"], log["MaxAggregationInterval"], seen.retention) == (GROUP, interval, retention)
    assert (log["DeliverLogsStatus"], log["DeliverLogsPermissionArn"].rpartition("/")[2]) == ("SUCCESS", ROLE)
    assert seen.trust
    (statement,) = seen.trust["Statement"]
    assert statement["Principal"]["Service"] in ("vpc-flow-logs.amazonaws.com", ["vpc-flow-logs.amazonaws.com"])


def test_they_are_made_and_then_left_alone(aws: Sandbox, deploy: Deploy) -> None:
    dry = deploy(check_mode=True)
    assert changed(dry).items() >= {"flow_log/main": "create", "log_group/vpc": "create"}.items()
    first = deploy()
    assert changed(first) == changed(dry)
    assert first["flow_log_group"] == dry["flow_log_group"] == GROUP
    assert_logging(aws)
    mark = aws.requests.mark()
    assert deploy()["changes"] == []
    assert aws.requests.writes(mark) == []
    assert len(aws.requests.since(mark)) <= 17


@pytest.mark.parametrize(
    "options",
    every_third(
        [{"flow_logs": "reject"}, {"flow_logs_interval": 60}, {"flow_logs": "accept", "flow_logs_interval": 60}]
    ),
    ids=str,
)
def test_another_takes_its_place(aws: Sandbox, deploy: Deploy, options: dict[str, t.Any]) -> None:
    """Before it where AWS allows both at once, or else after it."""
    deploy()
    (old,) = FlowLogs.of(aws).logs
    mark = aws.requests.mark()
    assert changed(deploy(**options)) == {"flow_log/main": "create", f"flow_log/{old['FlowLogId']}": "delete"}
    operations = [record.operation for record in aws.requests.writes(mark)]
    if "flow_logs" in options:
        assert operations == ["CreateFlowLogs", "DeleteFlowLogs"]
    assert_logging(aws, options.get("flow_logs", "all").upper(), options.get("flow_logs_interval", 600))
    assert deploy(**options)["changes"] == []


def test_how_long_they_are_kept_is_changed_in_place(aws: Sandbox, deploy: Deploy) -> None:
    deploy()
    assert changed(deploy(flow_logs_retention_days=7)) == {"log_group/vpc": "update"}
    assert_logging(aws, retention=7)


def delete_flow_log(aws: Sandbox) -> None:
    Witness.of(aws).ec2.delete_flow_logs(FlowLogIds=[FlowLogs.of(aws).logs[0]["FlowLogId"]])


def delete_group(aws: Sandbox) -> None:
    aws.client("logs", account="dev", region="us-east-1").delete_log_group(logGroupName=GROUP)


def delete_policy(aws: Sandbox) -> None:
    iam = aws.client("iam", account="dev", region="us-east-1")
    iam.delete_role_policy(RoleName=ROLE, PolicyName="flowlogs")


def retag(aws: Sandbox) -> None:
    flow_log = FlowLogs.of(aws).logs[0]["FlowLogId"]
    Witness.of(aws).ec2.delete_tags(Resources=[flow_log], Tags=[{"Key": "ManagedBy"}])


DRIFTS: dict[str, tuple[t.Callable[[Sandbox], None], dict[str, str]]] = {
    "deleted": (delete_flow_log, {"flow_log/main": "create"}),
    "log group": (delete_group, {"log_group/vpc": "create"}),
    "role": (delete_policy, {"iam_role/flowlogs": "update"}),
    "tags": (retag, {"flow_log/main": "update"}),
}


@pytest.mark.parametrize("drift", every_third(DRIFTS))
def test_drift_is_named_and_repaired_alone(aws: Sandbox, deploy: Deploy, drift: str) -> None:
    spoil, named = DRIFTS[drift]
    deploy()
    spoil(aws)
    assert changed(deploy(check_mode=True)) == named
    assert changed(deploy()) == named
    assert_logging(aws)
    assert deploy()["changes"] == []


def test_without_them_nothing_of_them_is_left(aws: Sandbox, deploy: Deploy) -> None:
    deploy()
    (log,) = FlowLogs.of(aws).logs
    assert changed(deploy(flow_logs="none")) == {
        f"flow_log/{log['FlowLogId']}": "delete",
        "iam_role/flowlogs": "delete",
        "log_group/vpc": "delete",
        "vpc/flow-logs": "update",
    }
    assert FlowLogs.of(aws) == NOTHING
    mark = aws.requests.mark()
    assert deploy(flow_logs="none")["changes"] == []
    assert {call.service for call in aws.requests.since(mark)} <= {"ec2", "sts"}


def test_destroying_leaves_nothing(aws: Sandbox, deploy: Deploy) -> None:
    deploy()
    deploy(state="absent")
    assert FlowLogs.of(aws) == NOTHING
    assert ours(aws) == []


def test_a_new_role_is_waited_for(aws: Sandbox, deploy: Deploy) -> None:
    with aws.fail("UnauthorizedOperation", operation="CreateFlowLogs", count=2) as fault:
        deploy()
        assert fault.fired == 2
    assert_logging(aws)


@pytest.mark.parametrize("nth", first_and_last(range(1, WRITES + 1)))
def test_a_lost_answer_makes_no_twin(aws: Sandbox, deploy: Deploy, nth: int) -> None:
    deploy(flow_logs="none")
    with aws.cut(after=True, write=True, nth=nth) as fault:
        deploy()
        assert fault.fired == 1
    assert_logging(aws)


@pytest.mark.parametrize("nth", first_and_last(range(1, 6)))
def test_a_removal_that_was_killed_is_finished_by_the_next(aws: Sandbox, deploy: Deploy, nth: int) -> None:
    deploy()
    kill_after(aws, nth, lambda: deploy(flow_logs="none"))
    deploy(flow_logs="none")
    assert FlowLogs.of(aws) == NOTHING


@pytest.mark.parametrize("nth", first_and_last(range(1, WRITES + 1)))
def test_what_a_killed_run_has_made_goes_when_it_is_not_wanted(aws: Sandbox, deploy: Deploy, nth: int) -> None:
    deploy(flow_logs="none")
    kill_after(aws, nth, deploy)
    deploy(flow_logs="none")
    assert FlowLogs.of(aws) == NOTHING
    assert deploy(flow_logs="none")["changes"] == []


def test_so_it_does_in_a_new_network(aws: Sandbox, deploy: Deploy) -> None:
    with aws.fail("InternalError", operation="CreateFlowLogs", count=1000), pytest.raises(FailoverError):
        deploy()
    assert FlowLogs.of(aws).trust
    deploy(flow_logs="none")
    assert FlowLogs.of(aws) == NOTHING
