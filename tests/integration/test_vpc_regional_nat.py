# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Regional NAT gateways of the layer vpc against the local AWS, seen with boto3."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import (
    ConflictError,
    FailoverError,
    SpecError,
)
from ansible_collections.everlook.failover.plugins.module_utils._vpc.layer import LAYER
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources import nat_gateway_calls
from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.integration.kill import kill_after
from tests.integration.vpc_witness import Witness, assert_network, others, ours
from tests.sampling import first_and_last

pytestmark = pytest.mark.once

ONE = dict.fromkeys("ab", "regional")


class Deploy(t.Protocol):
    def __call__(self, **options: t.Any) -> dict[str, t.Any]: ...


@pytest.fixture
def deploy(run_job: RunJob) -> Deploy:
    def run(**options: t.Any) -> dict[str, t.Any]:
        return run_job(LAYER.job, **{"cidr": "10.10.0.0/16", "nat_gateways": "regional", **options})

    return run


def changed(result: dict[str, t.Any]) -> dict[str, str]:
    return {f"{change['kind']}/{change['name']}": change["action"] for change in result["changes"]}


def test_it_is_made_left_alone_and_goes_without_a_trace(aws: Sandbox, deploy: Deploy) -> None:
    """With the route table that AWS makes for it, which is not one of this stack's."""
    before = others(aws)
    dry = deploy(check_mode=True)
    first = deploy()
    assert changed(dry) == changed(first)
    assert (len(first["nat_gateway_ids"]), first["nat_public_ips"]) == (1, [])
    assert_network(aws, nats=ONE)
    mark = aws.requests.mark()
    assert deploy()["changes"] == []
    assert len(aws.requests.since(mark)) <= 11
    deploy(state="absent")
    assert (ours(aws), others(aws)) == ([], before)


def test_there_is_a_way_out_all_the_time(aws: Sandbox, deploy: Deploy) -> None:
    """Routes are replaced in one call each, when the new one is available, and the old ones go behind that."""
    deploy(nat_gateways="per_zone")
    mark = aws.requests.mark()
    deploy()
    made = [record.operation for record in aws.requests.writes(mark)]
    assert made[:3] == ["CreateNatGateway", "ReplaceRoute", "ReplaceRoute"]
    assert sorted(made[3:]) == ["DeleteNatGateway", "DeleteNatGateway", "ReleaseAddress", "ReleaseAddress"]
    mark = aws.requests.mark()
    deploy(nat_gateways="per_zone")
    made = [record.operation for record in aws.requests.writes(mark)]
    assert made[-3:] == ["ReplaceRoute", "ReplaceRoute", "DeleteNatGateway"]
    assert sorted(made[:-3]) == ["AllocateAddress", "AllocateAddress", "CreateNatGateway", "CreateNatGateway"]


def test_one_that_others_have_deleted_is_replaced(aws: Sandbox, deploy: Deploy) -> None:
    (before,) = deploy()["nat_gateway_ids"]
    Witness.of(aws).ec2.delete_nat_gateway(NatGatewayId=before)
    assert changed(deploy()) == {
        "nat_gateway/nat-regional": "create",
        "route/private-a-default": "update",
        "route/private-b-default": "update",
    }
    assert_network(aws, nats=ONE)


@pytest.mark.parametrize("nth", first_and_last([1, 2, 5]))
def test_a_killed_change_is_finished_by_the_next(aws: Sandbox, deploy: Deploy, nth: int) -> None:
    deploy(nat_gateways="single")
    kill_after(aws, nth, deploy)
    deploy()
    assert_network(aws, nats=ONE)


def test_a_lost_answer_makes_no_twin(aws: Sandbox, deploy: Deploy) -> None:
    with aws.cut(after=True, operation="CreateNatGateway") as fault:
        deploy()
        assert fault.fired == 1
    assert_network(aws, nats=ONE)


def test_one_that_has_lost_its_tags_gets_no_twin(aws: Sandbox, deploy: Deploy) -> None:
    (nat,) = deploy()["nat_gateway_ids"]
    ec2 = Witness.of(aws).ec2
    tags = ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"][0]["Tags"]
    ec2.delete_tags(Resources=[nat], Tags=[{"Key": tag["Key"]} for tag in tags])
    mark = aws.requests.mark()
    for state, words in (
        ("present", r"Resource=nat_gateway/nat-regional"),
        ("absent", r"ManagedBy=everlook\.failover"),
    ):
        with pytest.raises(ConflictError, match=rf"{nat}.*{words}"):
            deploy(state=state)
    assert aws.requests.writes(mark) == []


def test_a_botocore_that_does_not_know_them_is_told_before_the_first_change(
    aws: Sandbox, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nat_gateway_calls, "MODE", "NotYet")
    with pytest.raises(SpecError, match=r"nat_gateways: cannot be regional: botocore .* Install a newer"):
        deploy()
    assert ours(aws) == []


def test_a_region_that_does_not_have_them_is_an_error_with_a_remedy(aws: Sandbox, deploy: Deploy) -> None:
    with (
        aws.fail("UnsupportedOperation", operation="CreateNatGateway"),
        pytest.raises(FailoverError, match="set vpc_nat_gateways to per_zone"),
    ):
        deploy()
