# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the HTTPS listener asks of its clients, against the local AWS: made, changed, drifted, taken away."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import SpecError
from sandbox import Sandbox
from sandbox.certificate_authority import CertificateAuthority
from sandbox.plane.certificates import self_signed
from tests.client_certificates import create_trust_store

from .world import Deploy, Stack, changes

pytestmark = pytest.mark.once

OFF: dict[str, t.Any] = {"Mode": "off"}


@pytest.fixture
def store(aws: Sandbox) -> str:
    return create_trust_store({name: aws.client(name) for name in ("s3", "elbv2")}, CertificateAuthority())


@pytest.fixture
def arn(aws: Sandbox) -> str:
    certificate, key = self_signed("one.example.com")
    return str(aws.client("acm").import_certificate(Certificate=certificate, PrivateKey=key)["CertificateArn"])


def https(stack: Stack) -> dict[str, t.Any]:
    found = stack.elb.describe_listeners(LoadBalancerArn=stack.arn)["Listeners"]
    return next(each for each in found if each["Protocol"] == "HTTPS")


def mutual(stack: Stack) -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", https(stack)["MutualAuthentication"])


def test_it_is_set_repaired_and_taken_away(deploy: Deploy, stack: Stack, aws: Sandbox, arn: str, store: str) -> None:
    verify: dict[str, t.Any] = {"mode": "verify", "trust_store_arn": store, "advertise_ca_names": True}
    wanted: dict[str, t.Any] = {"Mode": "verify", "TrustStoreArn": store}
    wanted |= {"IgnoreClientCertificateExpiry": False, "AdvertiseTrustStoreCaNames": "on"}
    made = deploy(certificate_arn=arn, mutual_authentication=verify, verify_clients_later=True)
    assert (mutual(stack), made["verifies_clients_later"]) == (wanted, False)
    mark = aws.requests.mark()
    assert deploy(certificate_arn=arn, mutual_authentication=verify)["changed"] is False
    assert len(aws.requests.since(mark)) == 8, "as without it"

    elb = stack.elb
    drifts: list[dict[str, t.Any]] = [OFF, {"Mode": "passthrough"}, {**wanted, "IgnoreClientCertificateExpiry": True}]
    for drift in drifts:
        elb.modify_listener(ListenerArn=https(stack)["ListenerArn"], MutualAuthentication=drift)
        (change,) = deploy(certificate_arn=arn, mutual_authentication=verify)["changes"]
        assert (change["name"], change["reason"]) == ("https", "differs in mutual_authentication")
        assert mutual(stack) == wanted

    assert changes(deploy(certificate_arn=arn)) == {"listener/https": "update"}
    assert mutual(stack) == OFF
    elb.modify_listener(ListenerArn=https(stack)["ListenerArn"], MutualAuthentication=wanted)
    assert changes(deploy(certificate_arn=arn)) == {"listener/https": "update"}, "what nobody has asked for goes"
    assert mutual(stack) == OFF


def test_a_listener_that_is_there_begins_in_a_later_call(deploy: Deploy, stack: Stack, arn: str, store: str) -> None:
    verify: dict[str, t.Any] = {"mode": "verify", "trust_store_arn": store}
    deploy(certificate_arn=arn)
    first = deploy(certificate_arn=arn, mutual_authentication=verify, verify_clients_later=True)
    assert (first["changed"], first["verifies_clients_later"], mutual(stack)) == (False, True, OFF)
    then: dict[str, t.Any] = {"certificate_arn": arn, "mutual_authentication": verify, "continue_from": first}
    dry = deploy(check_mode=True, **then)
    assert changes(dry) == {"listener/https": "update"}
    assert changes(deploy(**then)) == changes(dry)
    assert mutual(stack)["Mode"] == "verify"


def test_a_trust_store_that_does_not_exist_is_told_by_a_dry_run(deploy: Deploy, arn: str, store: str) -> None:
    wrong = {"mode": "verify", "trust_store_arn": f"{store[:-1]}{'0' if store[-1] != '0' else '1'}"}
    with pytest.raises(SpecError, match=r"mutual_authentication\.trust_store_arn: .* does not exist"):
        deploy(check_mode=True, certificate_arn=arn, mutual_authentication=wrong)
