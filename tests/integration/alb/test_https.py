# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTPS listener against the local AWS: certificates, drift, and the way there and back."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ApplyError
from sandbox import Sandbox
from sandbox.plane.certificates import self_signed
from tests.sampling import first_and_last

from .world import Deploy, Stack, changes, ours
from .world import pairs as pairs_of

pytestmark = pytest.mark.once

POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
HSTS = "max-age=31536000; includeSubDomains"


@pytest.fixture(scope="module")
def pairs() -> list[tuple[bytes, bytes]]:
    return [self_signed(f"{name}.example.com") for name in ("one", "two", "three")]


@pytest.fixture
def arns(aws: Sandbox, pairs: list[tuple[bytes, bytes]]) -> list[str]:
    acm = aws.client("acm")
    return [
        str(acm.import_certificate(Certificate=certificate, PrivateKey=key)["CertificateArn"])
        for certificate, key in pairs
    ]


def listeners(stack: Stack) -> dict[str, dict[str, t.Any]]:
    found = stack.elb.describe_listeners(LoadBalancerArn=stack.arn)["Listeners"]
    return {each["Protocol"]: each for each in found}


def seen(stack: Stack) -> dict[str, t.Any]:
    """Everything of the HTTPS listener that can drift, and the default action of the other."""
    found = listeners(stack)
    https, arn = found["HTTPS"], found["HTTPS"]["ListenerArn"]
    attributes = stack.elb.describe_listener_attributes(ListenerArn=arn)["Attributes"]
    certificates = stack.elb.describe_listener_certificates(ListenerArn=arn)["Certificates"]
    return {
        **{key: https[key] for key in ("Port", "SslPolicy", "Certificates", "DefaultActions")},
        "attributes": {each["Key"]: each["Value"] for each in attributes},
        "more": sorted(each["CertificateArn"] for each in certificates if not each["IsDefault"]),
        "http": found["HTTP"]["DefaultActions"],
        "tags": stack.tags(arn),
    }


def test_it_is_made_and_then_nothing_is_to_be_done(deploy: Deploy, stack: Stack, aws: Sandbox, arns: list[str]) -> None:
    options: dict[str, t.Any] = {
        "certificate_arn": arns[0],
        "more_certificate_arns": arns[1:],
        "strict_transport_security": HSTS,
    }
    dry = deploy(check_mode=True, **options)
    result = deploy(**options)
    assert changes(dry) == changes(result)
    found = seen(stack)
    assert (found["Port"], found["SslPolicy"]) == (443, POLICY)
    assert found["Certificates"] == [{"CertificateArn": arns[0]}]
    assert found["more"] == sorted(arns[1:])
    assert found["attributes"]["routing.http.response.strict_transport_security.header_value"] == HSTS
    assert found["http"][0]["RedirectConfig"]["Port"] == "443"
    assert result["listener_arn"] == result["listener_arns"]["https"] == listeners(stack)["HTTPS"]["ListenerArn"]
    mark = aws.requests.mark()
    assert deploy(**options)["changed"] is False
    assert len(aws.requests.since(mark)) == 8


def _policy(stack: Stack, arn: str, _others: list[str]) -> None:
    stack.elb.modify_listener(ListenerArn=arn, SslPolicy="ELBSecurityPolicy-2016-08")


def _certificate(stack: Stack, arn: str, others: list[str]) -> None:
    stack.elb.modify_listener(ListenerArn=arn, Certificates=[{"CertificateArn": others[2]}])


def _one_more(stack: Stack, arn: str, others: list[str]) -> None:
    stack.elb.add_listener_certificates(ListenerArn=arn, Certificates=[{"CertificateArn": others[2]}])


def _one_less(stack: Stack, arn: str, others: list[str]) -> None:
    stack.elb.remove_listener_certificates(ListenerArn=arn, Certificates=[{"CertificateArn": others[1]}])


def _header(stack: Stack, arn: str, _others: list[str]) -> None:
    pair = {"Key": "routing.http.response.strict_transport_security.header_value", "Value": "max-age=0"}
    stack.elb.modify_listener_attributes(ListenerArn=arn, Attributes=[pair])


DRIFT: dict[str, tuple[t.Callable[[Stack, str, list[str]], None], str]] = {
    "policy": (_policy, "ssl_policy"),
    "certificate": (_certificate, "certificate_arn"),
    "one more": (_one_more, "more_certificate_arns"),
    "one less": (_one_less, "more_certificate_arns"),
    "header": (_header, "strict_transport_security"),
}


@pytest.mark.parametrize("name", DRIFT)
def test_drift_is_named_and_repaired_alone(deploy: Deploy, stack: Stack, arns: list[str], name: str) -> None:
    options: dict[str, t.Any] = {"certificate_arn": arns[0], "more_certificate_arns": [arns[1]]}
    deploy(**options)
    right = seen(stack)
    drift, field = DRIFT[name]
    drift(stack, listeners(stack)["HTTPS"]["ListenerArn"], arns)
    assert seen(stack) != right
    (change,) = deploy(**options)["changes"]
    assert (f"{change['kind']}/{change['name']}", change["reason"]) == ("listener/https", f"differs in {field}")
    assert seen(stack) == right


def test_back_to_http_it_goes_when_services_have_left_it(
    deploy: Deploy, destroy: Deploy, stack: Stack, aws: Sandbox, arns: list[str]
) -> None:
    deploy(certificate_arn=arns[0])
    https = listeners(stack)["HTTPS"]["ListenerArn"]
    action = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}]
    path = [{"Field": "path-pattern", "Values": ["/*"]}]
    rule = stack.elb.create_rule(ListenerArn=https, Priority=1, Conditions=path, Actions=action)["Rules"][0]["RuleArn"]
    result = deploy()
    assert changes(result) == {"listener/https": "update"}
    assert result["retiring_listener_arn"] == https
    assert deploy()["changed"] is False
    assert result["listener_arn"] == listeners(stack)["HTTP"]["ListenerArn"]
    gone = {"listener/https": "delete", "listener/http": "update", "security_group/alb": "update"}
    stack.elb.delete_rule(RuleArn=rule)
    assert changes(deploy()) == gone
    assert deploy()["changed"] is False
    deploy(certificate_arn=arns[0])
    destroy()
    assert ours(aws) == {}


def test_a_dry_run_shows_that_it_goes_with_the_services_of_the_stack(
    deploy: Deploy, stack: Stack, arns: list[str]
) -> None:
    deploy(certificate_arn=arns[0])
    https = listeners(stack)["HTTPS"]["ListenerArn"]
    action = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}]
    path = [{"Field": "path-pattern", "Values": ["/*"]}]
    service = {**{key: value for key, value in stack.tags(https).items() if key != "Resource"}, "Component": "hello"}
    stack.elb.create_rule(ListenerArn=https, Priority=1, Conditions=path, Actions=action, Tags=pairs_of(service))
    first = deploy(check_mode=True)
    assert changes(first) == {"listener/https": "update"}
    left_out = deploy(check_mode=True, continue_from=first, moved_services=["api"])
    assert left_out["retiring_listener_arn"] == https, "a service that is in the inventory no more stays on it"
    assert changes(left_out) == changes(first)
    after = deploy(check_mode=True, continue_from=first, moved_services=["api", "hello"])
    assert after["retiring_listener_arn"] == ""
    assert [(each["kind"], each["name"], each["action"]) for each in after["changes"][1:]] == [
        ("listener", "http", "update"),
        ("listener", "https", "delete"),
        ("security_group", "alb", "update"),
    ]
    stack.elb.create_rule(ListenerArn=https, Priority=2, Conditions=path, Actions=action)
    others = deploy(check_mode=True, continue_from=first, moved_services=["hello"])
    assert others["changes"][1:] == first["changes"]


@pytest.mark.parametrize("nth", first_and_last(range(1, 7)))
def test_an_answer_that_is_lost_on_the_way_there(
    deploy: Deploy, stack: Stack, aws: Sandbox, arns: list[str], nth: int
) -> None:
    options: dict[str, t.Any] = {
        "certificate_arn": arns[0],
        "more_certificate_arns": arns[1:],
        "strict_transport_security": HSTS,
    }
    deploy()
    with aws.cut(after=True, write=True, nth=nth) as fault:
        deploy(**options)
        assert fault.fired == 1
    assert deploy(**options)["changed"] is False
    assert len(listeners(stack)) == 2


def test_a_certificate_that_is_not_issued_is_waited_for(deploy: Deploy, stack: Stack, aws: Sandbox) -> None:
    acm = aws.client("acm")
    pending = acm.request_certificate(DomainName="nobody.example.com", ValidationMethod="DNS")["CertificateArn"]
    result = deploy(certificate_arn=pending, wait=False)
    assert {"certificates_issued/https", "listener/https", "listener/http"} <= set(result["pending"])
    with pytest.raises(ApplyError, match=f"{pending} is PENDING_VALIDATION"):
        deploy(certificate_arn=pending, wait=True, wait_timeout=1)
    assert list(listeners(stack)) == []
