# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Query logging of the layer route53_zone against the local AWS, seen with boto3."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError, SpecError
from ansible_collections.everlook.failover.plugins.module_utils._route53_zone.layer import LAYER
from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.integration.kill import kill_after
from tests.integration.vpc_witness import others

pytestmark = pytest.mark.once

NAME = "dev.example.com"
GROUP = f"/aws/route53/{NAME}"
POLICY = "hello-dev-query-logging"
ALL = {"log_group/query-logging", "log_resource_policy/query-logging", "query_logging/main"}
# Of turning it on: the group and its retention, the policy, the configuration
WRITES = 4


class Run(t.Protocol):
    def __call__(self, **params: t.Any) -> dict[str, t.Any]: ...


@pytest.fixture
def run(run_job: RunJob) -> Run:
    """In another region than the one that Route 53 logs in."""
    return lambda **params: run_job(LAYER.job, **{"name": NAME, "wait": False, "region": "us-west-1", **params})


class Seen:
    """What AWS says."""

    def __init__(self, aws: Sandbox) -> None:
        self.route53 = aws.client("route53", account="dev")
        self.logs = aws.client("logs", account="dev", region="us-east-1")

    @property
    def zone_id(self) -> str:
        (zone,) = (
            zone
            for zone in self.route53.list_hosted_zones()["HostedZones"]
            if zone["Name"] == f"{NAME}." and not zone["Config"]["PrivateZone"]
        )
        return str(zone["Id"].rpartition("/")[2])

    @property
    def configs(self) -> list[str]:
        """The log groups that the queries of the account's zones go to."""
        listed = self.route53.list_query_logging_configs()["QueryLoggingConfigs"]
        return [item["CloudWatchLogsLogGroupArn"].split(":log-group:")[1] for item in listed]

    @property
    def policies(self) -> dict[str, t.Any]:
        listed = self.logs.describe_resource_policies()["resourcePolicies"]
        return {item["policyName"]: json.loads(item["policyDocument"]) for item in listed}

    @property
    def groups(self) -> dict[str, int]:
        listed = self.logs.describe_log_groups(logGroupNamePrefix="/aws/route53/")["logGroups"]
        return {item["logGroupName"]: item.get("retentionInDays", 0) for item in listed}

    @property
    def all(self) -> tuple[list[str], set[str], dict[str, int]]:
        return self.configs, set(self.policies), self.groups


def changed(result: dict[str, t.Any]) -> set[str]:
    return {f"{change['kind']}/{change['name']}" for change in result["changes"]}


def test_queries_are_logged_and_then_left_alone(aws: Sandbox, run: Run) -> None:
    run()
    mark = aws.requests.mark()
    run()
    without = len(aws.requests.since(mark))
    dry = run(query_logging=True, check_mode=True)
    first = run(query_logging=True)
    assert changed(dry) == changed(first) == ALL
    assert first["query_log_group"] == GROUP
    seen = Seen(aws)
    assert seen.all == ([GROUP], {POLICY}, {GROUP: 30})
    (statement,) = seen.policies[POLICY]["Statement"]
    assert statement["Condition"]["ArnLike"] == {"aws:SourceArn": f"arn:aws:route53:::hostedzone/{seen.zone_id}"}
    mark = aws.requests.mark()
    assert run(query_logging=True)["changes"] == []
    # Configuration, policies, log group and its tags
    assert (aws.requests.writes(mark), len(aws.requests.since(mark))) == ([], without + 4)
    mark = aws.requests.mark()
    assert run()["changes"] == []
    assert len(aws.requests.since(mark)) == without


def test_a_zone_and_its_logging_come_and_go_together(aws: Sandbox, run: Run) -> None:
    before = others(aws)
    run(query_logging=True)
    run(state="absent", query_logging=True)
    assert Seen(aws).all == ([], set(), {})
    assert others(aws) == before


def test_it_is_turned_off(aws: Sandbox, run: Run) -> None:
    run(query_logging=True)
    assert changed(run(query_logging=False)) == ALL
    assert Seen(aws).all == ([], set(), {})
    assert run(query_logging=False)["changes"] == []


def other_policy(seen: Seen) -> None:
    seen.logs.put_resource_policy(policyName=POLICY, policyDocument='{"Version": "2012-10-17", "Statement": []}')


def other_group(seen: Seen) -> None:
    (config,) = seen.route53.list_query_logging_configs()["QueryLoggingConfigs"]
    seen.route53.delete_query_logging_config(Id=config["Id"])
    seen.logs.create_log_group(logGroupName="/aws/route53/other")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "route53.amazonaws.com"},
        "Action": "logs:*",
        "Resource": "arn:aws:logs:us-east-1:111111111111:log-group:/aws/route53/other:*",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    seen.logs.put_resource_policy(policyName="other", policyDocument=document)
    arn = "arn:aws:logs:us-east-1:111111111111:log-group:/aws/route53/other"
    seen.route53.create_query_logging_config(HostedZoneId=seen.zone_id, CloudWatchLogsLogGroupArn=arn)


DRIFTS: dict[str, tuple[t.Callable[[Seen], object], str]] = {
    "retention": (
        lambda seen: seen.logs.put_retention_policy(logGroupName=GROUP, retentionInDays=1),
        "log_group/query-logging",
    ),
    "policy": (other_policy, "log_resource_policy/query-logging"),
    "no policy": (
        lambda seen: seen.logs.delete_resource_policy(policyName=POLICY),
        "log_resource_policy/query-logging",
    ),
    "another group": (other_group, "query_logging/main"),
}


def test_drift_is_named_and_repaired_alone(aws: Sandbox, run: Run) -> None:
    run(query_logging=True)
    seen = Seen(aws)
    for name, (spoil, named) in DRIFTS.items():
        spoil(seen)
        assert changed(run(query_logging=True, check_mode=True)) == {named}, name
        assert changed(run(query_logging=True)) == {named}, name
    assert (seen.configs, seen.groups[GROUP]) == ([GROUP], 30)
    assert run(query_logging=True)["changes"] == []


def test_a_policy_of_others_that_fits_is_used(aws: Sandbox, run: Run) -> None:
    """As the only one that there is room for."""
    seen = Seen(aws)
    statement = {"Effect": "Allow", "Principal": {"Service": "route53.amazonaws.com"}, "Resource": "*", "Action": "*"}
    for number in range(10):
        seen.logs.put_resource_policy(
            policyName=f"other-{number}", policyDocument=json.dumps({"Version": "2012-10-17", "Statement": []})
        )
    mark = aws.requests.mark()
    with pytest.raises(ConflictError, match=r"us-east-1 has 10 resource policies .* Widen one"):
        run(query_logging=True)
    assert aws.requests.writes(mark) == []
    wide = {**statement, "Resource": "arn:aws:logs:us-east-1:111111111111:log-group:/aws/route53/*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": wide})
    seen.logs.put_resource_policy(policyName="other-0", policyDocument=document)
    assert changed(run(query_logging=True)) == {"zone/main", *ALL} - {"log_resource_policy/query-logging"}
    assert (seen.configs, len(seen.policies)) == ([GROUP], 10)
    run(state="absent", query_logging=True)
    assert len(seen.policies) == 10


def test_a_log_group_of_others_is_used_and_left(aws: Sandbox, run: Run) -> None:
    seen = Seen(aws)
    seen.logs.create_log_group(logGroupName="/dns/all")
    arn = "arn:aws:logs:us-east-1:111111111111:log-group:/dns/all"
    run(query_logging=True, query_log_group_arn=arn)
    assert seen.configs == ["/dns/all"]
    assert run(query_logging=True, query_log_group_arn=arn)["changes"] == []
    run(state="absent", query_logging=True, query_log_group_arn=arn)
    assert [item["logGroupName"] for item in seen.logs.describe_log_groups(logGroupNamePrefix="/dns")["logGroups"]]
    with pytest.raises(SpecError, match=r"query_log_group_arn: .* in us-east-1, where Route 53 logs"):
        run(query_logging=True, query_log_group_arn=arn.replace("us-east-1", "us-west-1"))


def test_the_own_log_group_goes_when_another_one_takes_its_place(aws: Sandbox, run: Run) -> None:
    seen = Seen(aws)
    seen.logs.create_log_group(logGroupName="/dns/all")
    named = {"query_logging": True, "query_log_group_arn": "arn:aws:logs:us-east-1:111111111111:log-group:/dns/all"}
    run(query_logging=True)
    assert changed(run(**named, check_mode=True)) == ALL
    assert changed(run(**named)) == ALL
    assert seen.all == (["/dns/all"], {POLICY}, {})
    assert run(**named)["changes"] == []
    # And it goes with the zone, whatever is named by then.
    run(query_logging=True)
    run(state="absent", **named)
    assert seen.all == ([], set(), {})


def test_the_own_log_group_stays_if_it_is_the_one_that_is_named(aws: Sandbox, run: Run) -> None:
    named = {"query_logging": True, "query_log_group_arn": f"arn:aws:logs:us-east-1:111111111111:log-group:{GROUP}"}
    run(query_logging=True)
    assert run(**named)["changes"] == []
    run(state="absent", **named)
    assert Seen(aws).all == ([], set(), {GROUP: 30})


def test_a_log_group_that_has_lost_its_tags_is_named(aws: Sandbox, run: Run) -> None:
    seen, arn = Seen(aws), f"arn:aws:logs:us-east-1:111111111111:log-group:{GROUP}"
    run(query_logging=True)
    tags = seen.logs.list_tags_for_resource(resourceArn=arn)["tags"]
    seen.logs.untag_resource(resourceArn=arn, tagKeys=list(tags))
    with pytest.raises(ConflictError, match=r"If it does, tag it again: .*Resource=log_group/query-logging"):
        run(query_logging=True)
    result = run(state="absent", query_logging=True)
    assert [(item["kind"], item["name"], item["id"]) for item in result["untagged"]] == [
        ("log_group", "query-logging", arn)
    ]
    assert seen.all == ([], set(), {GROUP: 30})


def test_a_zone_of_others_is_not_logged(aws: Sandbox, run: Run) -> None:
    made = Seen(aws).route53.create_hosted_zone(Name=NAME, CallerReference="theirs")["HostedZone"]["Id"]
    with pytest.raises(ConflictError, match="was not made by this stack, and is never changed"):
        run(zone_id=made, query_logging=True)


@pytest.mark.parametrize("nth", range(1, WRITES + 1))
def test_a_killed_run_is_finished_by_the_next(aws: Sandbox, run: Run, nth: int) -> None:
    run()
    kill_after(aws, nth, lambda: run(query_logging=True))
    run(query_logging=True)
    assert Seen(aws).all == ([GROUP], {POLICY}, {GROUP: 30})
    kill_after(aws, min(nth, 3), lambda: run(query_logging=False))
    run(query_logging=False)
    assert Seen(aws).all == ([], set(), {})


def test_a_lost_answer_makes_no_twin(aws: Sandbox, run: Run) -> None:
    run()
    with aws.cut(after=True, operation="CreateQueryLoggingConfig") as fault:
        run(query_logging=True)
        assert fault.fired == 1
    assert Seen(aws).configs == [GROUP]
