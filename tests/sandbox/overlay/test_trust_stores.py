# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trust stores, and which of them a listener takes."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from sandbox.plane.certificates import self_signed
from tests.sandbox.overlay.conftest import Local
from tests.sandbox.overlay.helpers import create_balancer, create_public_network, refused


@pytest.fixture
def bundle(local: Local) -> dict[str, str]:
    """What a trust store is made of."""
    s3, bucket = local.client("s3"), f"authorities-{uuid.uuid4()}"  # moto never forgets whose a bucket was
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "us-west-1"})
    s3.put_object(Bucket=bucket, Key="clients.pem", Body=self_signed("authority")[0])
    s3.put_object(Bucket=bucket, Key="odd.pem", Body=b"no certificate")
    return {"CaCertificatesBundleS3Bucket": bucket, "CaCertificatesBundleS3Key": "clients.pem"}


@pytest.fixture
def store(elb: Any, bundle: dict[str, str]) -> str:
    """A trust store; its ARN."""
    (made,) = elb.create_trust_store(Name="clients", **bundle)["TrustStores"]
    assert (made["Status"], made["NumberOfCaCertificates"]) == ("ACTIVE", 1)
    return str(made["TrustStoreArn"])


def test_they_are_made_of_a_bundle_in_s3(elb: Any, store: str, bundle: dict[str, str]) -> None:
    with refused("DuplicateTrustStoreName"):
        elb.create_trust_store(Name="clients", **bundle)
    with refused("ValidationError"):
        elb.create_trust_store(Name="-clients", **bundle)
    with refused("CaCertificatesBundleNotFound"):
        elb.create_trust_store(Name="other", **bundle | {"CaCertificatesBundleS3Key": "none.pem"})
    with refused("CaCertificatesBundleNotFound"):
        elb.create_trust_store(Name="other", **bundle | {"CaCertificatesBundleS3Bucket": "none"})
    with refused("InvalidCaCertificatesBundle"):
        elb.create_trust_store(Name="other", **bundle | {"CaCertificatesBundleS3Key": "odd.pem"})
    for wanted in ({}, {"TrustStoreArns": [store]}, {"Names": ["clients"]}):
        assert [each["TrustStoreArn"] for each in elb.describe_trust_stores(**wanted)["TrustStores"]] == [store]
    with refused("TrustStoreNotFound"):
        elb.describe_trust_stores(TrustStoreArns=[f"{store}0"])
    elb.delete_trust_store(TrustStoreArn=store)
    assert elb.describe_trust_stores()["TrustStores"] == []
    with refused("TrustStoreNotFound"):
        elb.delete_trust_store(TrustStoreArn=store)


def test_a_listener_takes_one_to_verify_clients_and_for_nothing_else(local: Local, elb: Any, store: str) -> None:
    _vpc, subnets = create_public_network(local.client("ec2"))
    balancer = create_balancer(elb, subnets)["LoadBalancerArn"]
    certificate, key = self_signed("x.example.com")
    arn = local.client("acm").import_certificate(Certificate=certificate, PrivateKey=key)["CertificateArn"]
    answer = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}]
    common = {"LoadBalancerArn": balancer, "DefaultActions": answer}
    secure = {**common, "Protocol": "HTTPS", "Port": 443, "Certificates": [{"CertificateArn": arn}]}
    verify = {"Mode": "verify", "TrustStoreArn": store}
    with refused("ValidationError", "HTTPS"):
        elb.create_listener(**common, Protocol="HTTP", Port=80, MutualAuthentication=verify)
    for wrong, code in (
        ({"Mode": "verify"}, "ValidationError"),
        ({"Mode": "on"}, "ValidationError"),
        ({"Mode": "passthrough", "TrustStoreArn": store}, "ValidationError"),
        ({"Mode": "verify", "TrustStoreArn": f"{store}0"}, "TrustStoreNotFound"),
    ):
        with refused(code):
            elb.create_listener(**secure, MutualAuthentication=wrong)
    (http,) = elb.create_listener(**common, Protocol="HTTP", Port=80)["Listeners"]
    (https,) = elb.create_listener(**secure)["Listeners"]
    assert "MutualAuthentication" not in http
    assert https["MutualAuthentication"] == {"Mode": "off"}

    def modify(**request: Any) -> Any:
        elb.modify_listener(ListenerArn=https["ListenerArn"], **request)
        (found,) = elb.describe_listeners(ListenerArns=[https["ListenerArn"]])["Listeners"]
        return found["MutualAuthentication"]

    full = {**verify, "IgnoreClientCertificateExpiry": False, "AdvertiseTrustStoreCaNames": "off"}
    assert modify(MutualAuthentication=verify) == full
    assert modify(DefaultActions=answer) == full, "what is not given stays"
    with refused("TrustStoreInUse"):
        elb.delete_trust_store(TrustStoreArn=store)
    assert modify(MutualAuthentication={"Mode": "passthrough"}) == {"Mode": "passthrough"}
    elb.delete_trust_store(TrustStoreArn=store)
