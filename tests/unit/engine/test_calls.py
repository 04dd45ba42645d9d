# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)

from ansible_collections.everlook.failover.plugins.module_utils._engine.aws_errors import error_code, translate
from ansible_collections.everlook.failover.plugins.module_utils._engine.context import Context
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import AwsError, SpecError, Stopped
from ansible_collections.everlook.failover.plugins.module_utils._engine.retry import (
    NOT_FOUND,
    create_once,
    retry,
    until_found,
)


def answer(code: str, message: str = "", status: int = 400) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "CreateVpc",
    )


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the pause is left out; a stop is still seen."""

    def sleep(self: Context, _seconds: float) -> None:
        if self.stop.is_set():
            raise Stopped("stopped")

    monkeypatch.setattr(Context, "sleep", sleep)


class Script:
    """A call that gives one outcome after another."""

    def __init__(self, *outcomes: t.Any) -> None:
        self.outcomes = list(outcomes)
        self.calls = 0

    def __call__(self) -> t.Any:
        self.calls += 1
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome


def test_an_error_names_call_region_code_and_remedy() -> None:
    with pytest.raises(AwsError) as caught, translate("us-west-1"):
        raise answer("VpcLimitExceeded", "The maximum number of VPCs has been reached.")
    assert str(caught.value).startswith("CreateVpc in us-west-1: VpcLimitExceeded: The maximum number of VPCs")
    assert "Service Quotas" in str(caught.value)
    assert (caught.value.code, caught.value.operation) == ("VpcLimitExceeded", "CreateVpc")


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("RulesPerSecurityGroupLimitExceeded", "Service Quotas"),
        ("TooManyTargetGroups", "Service Quotas"),
        ("LimitExceededException", "Service Quotas"),
        ("RequestLimitExceeded", "run this again later"),
        ("ThrottlingException", "run this again later"),
        ("NotAvailableInZone", "vpc_zones"),
        ("InvalidConfigurationRequest", "bucket"),
    ],
)
def test_what_to_do_is_said_where_it_is_known(code: str, remedy: str) -> None:
    with pytest.raises(AwsError, match=remedy), translate("us-west-1"):
        raise answer(code)


@pytest.mark.parametrize(
    ("operation", "remedy"),
    [("DeleteLoadBalancer", "alb_deletion_protection"), ("CreateLoadBalancer", "AWS Support"), ("DeleteRule", None)],
)
def test_the_same_code_means_something_else_for_another_call(operation: str, remedy: str | None) -> None:
    error = ClientError({"Error": {"Code": "OperationNotPermitted", "Message": "No."}}, operation)
    with pytest.raises(AwsError) as caught, translate("us-west-1"):
        raise error
    said = str(caught.value).partition("OperationNotPermitted: No.")[2].strip()
    assert remedy in said if remedy else said == ""


@pytest.mark.parametrize(
    ("message", "remedy"),
    [
        ("[NS_FORMAT_CHECK: ns-1.example.com is no name server]", "Correct the name servers"),
        ("[Rejected by NS_DELEGATION_AUTHORITY_CHECK]", "Correct the name servers"),
        ("[Rejected by NS_OCCLUSION_CHECK]", "Remove the records at and below"),
        ("[Rejected by ALIAS_TARGET_CHECK]", "update-hosted-zone-features"),
        ("[Rejected by ACTIVE_RECORD_CHECK]", "still queried"),
        ("[Rejected by ACTIVE_DELEGATION_CHECK]", "still in use"),
        ("[The resource record set [name='a.example.com.', type='A'] is protected]", "delete-resource-record-set"),
    ],
)
def test_a_refusal_of_route_53_s_guardrails_and_protections_has_a_remedy(message: str, remedy: str) -> None:
    error = ClientError({"Error": {"Code": "InvalidChangeBatch", "Message": message}}, "ChangeResourceRecordSets")
    with pytest.raises(AwsError, match=remedy), translate("us-east-1"):
        raise error


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("RequestTimeTooSkewed", "The difference between the request time and the current time is too large."),
        ("SignatureDoesNotMatch", "Signature expired: 20261130T113000Z is now earlier than 20261130T114000Z"),
        (
            "InvalidSignatureException",
            "Signature not yet current: 20261130T120000Z is still later",
        ),
    ],
)
def test_a_clock_that_is_wrong_is_no_problem_of_credentials(code: str, message: str) -> None:
    with pytest.raises(AwsError) as caught, translate("us-west-1"):
        raise answer(code, message)
    assert "This machine's clock is wrong: synchronise it." in str(caught.value)
    assert "credentials" not in str(caught.value)


def test_missing_credentials_say_which_variables() -> None:
    with pytest.raises(AwsError, match="AWS_PROFILE"), translate("r"):
        raise NoCredentialsError


def test_a_broken_connection_names_the_region() -> None:
    with pytest.raises(AwsError) as caught, translate("us-west-1"):
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9")
    where = "AWS could not be called in us-west-1: Could not connect to the endpoint"
    assert str(caught.value).startswith(where)
    assert '"' not in str(caught.value)


def test_a_refused_parameter_is_named_without_its_value() -> None:
    report = "Invalid type for parameter environment[0].value, value: hunter2, type: <class 'int'>, valid types: str"
    with pytest.raises(AwsError) as caught, translate("r"):
        raise ParamValidationError(report=report)
    assert "environment[0].value" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_other_errors_pass_through() -> None:
    with pytest.raises(SpecError), translate("r"):
        raise SpecError("cidr", "is too small")
    assert error_code(ValueError("x")) == ""


def test_retry_goes_on_while_the_code_is_one_of_those(ctx: Context) -> None:
    call = Script(answer("DependencyViolation"), answer("DependencyViolation"), "gone")
    assert retry(ctx, call, codes={"DependencyViolation"}) == "gone"
    assert call.calls == 3


@pytest.mark.parametrize(
    ("error", "containing"), [(answer("AccessDenied"), ""), (answer("InvalidParameter", "other"), "role")]
)
def test_retry_raises_anything_else_at_once(ctx: Context, error: ClientError, containing: str) -> None:
    call = Script(error, "never")
    with pytest.raises(ClientError):
        retry(ctx, call, codes={"DependencyViolation", "InvalidParameter"}, containing=containing)
    assert call.calls == 1


def test_retry_gives_up_in_time(ctx: Context) -> None:
    with pytest.raises(ClientError):
        retry(ctx, Script(*[answer("Busy")] * 3), codes={"Busy"}, timeout=-1)


def test_retry_stops_with_the_run(ctx: Context) -> None:
    ctx.stop.set()
    with pytest.raises(Stopped):
        retry(ctx, Script(answer("Busy"), "never"), codes={"Busy"})


@pytest.mark.parametrize("code", ["InvalidVpcID.NotFound", "InvalidElasticIpID.NotFound", "NatGatewayNotFound"])
def test_every_spelling_of_not_found_is_one(ctx: Context, code: str) -> None:
    assert retry(ctx, Script(answer(code), "known now"), codes=NOT_FOUND) == "known now"


def test_other_codes_are_no_not_found(ctx: Context) -> None:
    with pytest.raises(ClientError):
        retry(ctx, Script(answer("InvalidSubnet.Conflict"), "never"), codes=NOT_FOUND)


def test_what_is_not_listed_yet_is_looked_for_again(ctx: Context) -> None:
    assert until_found(ctx, Script(None, None, "sg-1")) == "sg-1"


def test_what_never_appears_is_not_looked_for_for_ever(ctx: Context) -> None:
    find = Script(None, "never")
    assert until_found(ctx, find, timeout=-1) is None
    assert find.calls == 1


def test_a_lost_answer_is_looked_up_before_it_is_created_again(ctx: Context) -> None:
    create, find = Script(ReadTimeoutError(endpoint_url="x")), Script("vpc-1")
    assert create_once(ctx, create, find) == "vpc-1"
    assert (create.calls, find.calls) == (1, 1)


@pytest.mark.parametrize(
    "error", [answer("InternalError", status=500), answer("RequestLimitExceeded", status=503), answer("Throttling")]
)
def test_what_was_not_created_is_created_again(ctx: Context, error: ClientError) -> None:
    create, find = Script(error, "vpc-2"), Script(None)
    assert create_once(ctx, create, find) == "vpc-2"


def test_a_refusal_is_not_repeated(ctx: Context) -> None:
    create = Script(answer("VpcLimitExceeded"), "never")
    with pytest.raises(ClientError):
        create_once(ctx, create, Script())
    assert create.calls == 1


def test_creating_gives_up_after_some_attempts(ctx: Context) -> None:
    create = Script(*[answer("InternalError", status=500)] * 9)
    with pytest.raises(ClientError):
        create_once(ctx, create, lambda: None)
    assert 1 < create.calls < 9
