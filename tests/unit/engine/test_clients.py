# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading
import typing as t
from concurrent.futures import ThreadPoolExecutor

import botocore.awsrequest
import botocore.exceptions
import botocore.session
import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.assumed_role import AssumedRole
from ansible_collections.everlook.failover.plugins.module_utils._engine.aws_errors import translate
from ansible_collections.everlook.failover.plugins.module_utils._engine.clients import Clients, is_read
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import (
    AwsError,
    DryRunError,
    SpecError,
    Stopped,
)

# Nothing listens there: a call that gets past the guard fails with another error.
PARAMS: dict[str, t.Any] = {
    "endpoint_url": "http://127.0.0.1:9",
    "access_key": "AKIA",
    "secret_key": "secret",
    "region": "us-east-1",
}
IN_USE = (
    "acm", "application-autoscaling", "cloudwatch", "ec2", "ecs", "elbv2", "iam", "logs", "route53", "service-quotas",
    "sts",
)  # fmt: skip


def clients(*, check_mode: bool = False, stop: threading.Event | None = None, **params: t.Any) -> Clients:
    return Clients({**PARAMS, **params}, stop=stop or threading.Event(), check_mode=check_mode)


def test_without_a_loader_of_the_worker_botocore_is_as_it_is() -> None:
    assert hasattr(clients().get("ec2"), "run_instances")


def test_check_mode_lets_no_write_out() -> None:
    with pytest.raises(DryRunError, match="CreateVpc"):
        clients(check_mode=True).get("ec2").create_vpc(CidrBlock="10.0.0.0/16")


def test_after_stop_no_write_starts_and_reads_go_on() -> None:
    stop = threading.Event()
    ec2 = clients(stop=stop).get("ec2", retry=False)
    stop.set()
    with pytest.raises(Stopped, match="CreateVpc"):
        ec2.create_vpc(CidrBlock="10.0.0.0/16")
    with pytest.raises(botocore.exceptions.EndpointConnectionError):
        ec2.describe_vpcs()


def test_what_is_not_answered_is_known_by_its_name() -> None:
    found, seen = clients(), []
    ec2 = found.get("ec2", retry=False)
    ec2.meta.events.register("before-send", lambda **_request: seen.append(found.unanswered(0.0)))
    with pytest.raises(botocore.exceptions.EndpointConnectionError):
        ec2.describe_vpcs()
    assert seen == [["DescribeVpcs in us-east-1 (0 s)"]]
    assert found.unanswered(0.0) == []


def test_with_short_timeouts_a_region_that_is_gone_costs_seconds_and_not_minutes() -> None:
    patient = clients(check_mode=True)
    impatient = patient.with_short_timeouts()
    slow, quick = (made.get("ec2").meta.config for made in (patient, impatient))
    assert (slow.connect_timeout, slow.read_timeout, slow.retries["total_max_attempts"]) == (5, 30, 10)
    assert (quick.connect_timeout, quick.read_timeout, quick.retries["total_max_attempts"]) == (2, 4, 2)
    with pytest.raises(DryRunError):
        impatient.get("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    assert patient.get("ec2").meta.config is slow


def test_of_route53_a_client_learns_how_fast_it_may_go() -> None:
    """An account has five calls a second there, and a stack of ten regions has 220 to make."""
    made = clients()
    modes = {service: made.get(service).meta.config.retries["mode"] for service in ("route53", "ec2")}
    assert modes == {"route53": "adaptive", "ec2": "standard"}


def test_without_retry_a_call_is_sent_once() -> None:
    sent = []
    ec2 = clients().get("ec2", retry=False)
    ec2.meta.events.register_first("before-send", lambda **_: sent.append(1))
    with pytest.raises(botocore.exceptions.EndpointConnectionError):
        ec2.describe_vpcs()
    assert len(sent) == 1


def test_an_error_names_the_region_that_was_called() -> None:
    class Body:
        def stream(self, **_options: object) -> t.Iterator[bytes]:
            yield b"<Response><Errors><Error><Code>VpcLimitExceeded</Code></Error></Errors></Response>"

    ec2 = clients().get("ec2", region="us-west-1")
    answer = botocore.awsrequest.AWSResponse("http://ec2", 400, t.cast("t.Any", {}), Body())
    ec2.meta.events.register_first("before-send", lambda **_: answer)
    with pytest.raises(AwsError, match="DescribeVpcs in us-west-1: VpcLimitExceeded"), translate("us-east-1"):
        ec2.describe_vpcs()


@pytest.mark.parametrize(
    ("service", "call", "body"),
    [
        ("ec2", lambda client: client.describe_vpcs()["Vpcs"], b"<DescribeVpcsResponse/>"),
        ("ecs", lambda client: client.list_tasks(cluster="main")["taskArns"], b"{}"),
        ("logs", lambda client: client.describe_log_groups()["logGroups"], b"{}"),
    ],
)
def test_a_list_that_aws_leaves_out_is_empty(service: str, call: t.Callable[[t.Any], object], body: bytes) -> None:
    """No service promises the lists of its answers, and those that speak JSON are free to leave out an empty one."""

    class Body:
        def stream(self, **_options: object) -> t.Iterator[bytes]:
            yield body

    client = clients().get(service)
    answer = botocore.awsrequest.AWSResponse("http://aws", 200, t.cast("t.Any", {}), Body())
    client.meta.events.register_first("before-send", lambda **_: answer)
    assert call(client) == []


def test_a_member_that_lacks_is_said_with_the_place_that_expects_it() -> None:
    answer: dict[str, str] = {}
    message = r"^unexpected answer in us-east-1: no 'createdAt' \(KeyError in test_clients\.py, line \d+\)\. .*defect"
    with pytest.raises(AwsError, match=message), translate("us-east-1"):
        str(answer["createdAt"])


def test_clients_are_built_once_per_service_region_and_role() -> None:
    made = clients()
    assert made.get("ec2") is made.get("ec2", region="us-east-1")
    assert made.get("ec2") is not made.get("ec2", region="us-west-1")
    assert made.get("ec2") is not made.get("ec2", retry=False)


def test_a_role_is_assumed_through_the_regional_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    made = clients()
    asked: list[dict[str, str]] = []

    class Sts:
        def assume_role(self, **request: str) -> dict[str, t.Any]:
            asked.append(request)
            # Meanwhile others have their clients.
            with ThreadPoolExecutor(1) as pool:
                assert pool.submit(made.get, "ec2").result(30)
            return {"Credentials": {"AccessKeyId": "ASIA", "SecretAccessKey": "s", "SessionToken": "t"}}

    monkeypatch.setitem(made._cache, ("sts", "us-east-1", True, None), Sts())
    role = AssumedRole("arn:aws:iam::999999999999:role/dns", "everlook", "external")
    client = made.get("route53", role=role)
    assert client is made.get("route53", role=role)
    assert client is not made.get("route53", role=role, retry=False)
    assert asked == [{"RoleArn": role.arn, "RoleSessionName": "everlook", "ExternalId": "external"}]
    assert client._request_signer._credentials.access_key == "ASIA"


def test_no_region_is_said_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "EC2_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(SpecError, match="AWS_REGION"):
        clients(region=None).get("ec2")


@pytest.mark.parametrize("service", IN_USE)
def test_no_operation_that_changes_something_counts_as_a_read(service: str) -> None:
    """AWS's models have no such flag, but in these services every operation with a verb of reading only reads."""
    model = botocore.session.get_session().get_service_model(service)
    reads = {name for name in model.operation_names if is_read(name)}
    verbs = ("Describe", "List", "Get", "Test", "Assume", "Lookup", "Search")
    assert reads
    assert all(name.startswith(verbs) for name in reads)
    assert not {name for name in reads if any(word in name for word in ("Create", "Delete", "Update", "Put"))}
