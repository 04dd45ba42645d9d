# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trust stores, which moto lacks, and mutual TLS of listeners.

API reference of Elastic Load Balancing, CreateTrustStore and MutualAuthenticationAttributes; User Guide of Application
Load Balancers, "Mutual authentication with TLS". Without revocation lists and shared trust stores.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.elbv2.responses import ELBV2Response

from sandbox.overlay.base import AwsError, Call, World, corrects
from sandbox.overlay.elbv2.common import given_tags, invalid

_NAME = re.compile(r"(?=.{1,32}$)([a-zA-Z0-9]+-)*[a-zA-Z0-9]+")
_MODES = ("off", "passthrough", "verify")


@dataclass(frozen=True, slots=True)
class TrustStore:
    """A trust store; `bundle` has its certificates in PEM."""

    arn: str
    name: str
    bundle: str

    @property
    def size(self) -> int:
        """How many certificates it has."""
        return self.bundle.count("-----BEGIN CERTIFICATE-----")

    def described(self) -> dict[str, Any]:
        """The trust store in DescribeTrustStores."""
        shown = {"Name": self.name, "TrustStoreArn": self.arn, "Status": "ACTIVE"}
        return {**shown, "NumberOfCaCertificates": self.size, "TotalRevokedEntries": 0}


def trust_stores(world: World, account: str, region: str) -> dict[str, TrustStore]:
    """The trust stores of a region, by ARN."""
    return world.store(dict, "trust stores", account, region)


def mutual_authentication(listener: Any) -> dict[str, Any]:
    """MutualAuthenticationAttributes of a listener; empty if it speaks no TLS."""
    return getattr(listener, "mutual_authentication", None) or {}


def set_mutual_authentication(listener: Any, given: Mapping[str, Any] | None) -> None:
    """Store mutual TLS of a created or changed listener; what the call omits stays."""
    if listener.protocol not in ("HTTPS", "TLS"):
        listener.mutual_authentication = None
    elif given or not mutual_authentication(listener):
        listener.mutual_authentication = _in_full(given or {})


def _in_full(given: Mapping[str, Any]) -> dict[str, Any]:
    mode = given.get("Mode", "off")
    if mode != "verify":
        return {"Mode": mode}
    return {
        "Mode": mode,
        "TrustStoreArn": given["TrustStoreArn"],
        "IgnoreClientCertificateExpiry": _flag(given.get("IgnoreClientCertificateExpiry")),
        "AdvertiseTrustStoreCaNames": given.get("AdvertiseTrustStoreCaNames") or "off",
    }


def _flag(value: Any) -> bool:
    return str(value).lower() == "true"


def check_mutual_authentication(call: Call, protocol: str) -> Mapping[str, Any] | None:
    """Check MutualAuthentication of a CreateListener or ModifyListener."""
    given: Mapping[str, Any] | None = call.get("MutualAuthentication")
    if not given:
        return None
    if protocol not in ("HTTPS", "TLS"):
        raise invalid("Mutual authentication can only be specified for HTTPS and TLS listeners")
    mode, arn = given.get("Mode", "off"), given.get("TrustStoreArn")
    if mode not in _MODES:
        raise invalid(f"Mutual authentication mode '{mode}' is not valid")
    if mode == "verify" and not arn:
        raise invalid("A trust store ARN must be specified when mutual authentication mode is 'verify'")
    if mode != "verify" and arn:
        raise invalid(f"A trust store ARN cannot be specified when mutual authentication mode is '{mode}'")
    if arn and arn not in trust_stores(call.world, call.account, call.region):
        raise _not_found(arn)
    return given


@corrects(ELBV2Response, "CreateTrustStore")
def create_trust_store(call: Call) -> Any:
    """CreateTrustStore: from a bundle in S3 that the caller can read."""
    name = str(call.get("Name"))
    if not _NAME.fullmatch(name):
        raise invalid(f"The trust store name '{name}' is not valid")
    known = trust_stores(call.world, call.account, call.region)
    if any(store.name == name for store in known.values()):
        raise AwsError("DuplicateTrustStoreName", f"A trust store with the name '{name}' already exists")
    bundle = _bundle(call)
    arn = f"arn:aws:elasticloadbalancing:{call.region}:{call.account}:truststore/{name}/{uuid.uuid4().hex[:16]}"
    known[arn] = TrustStore(arn, name, bundle)
    tags = [{"Key": key, "Value": value} for key, value in given_tags(call).items()]
    call.backend.tagging_service.tag_resource(arn, tags)
    return {"TrustStores": [known[arn].described()]}


def _bundle(call: Call) -> str:
    from cryptography import x509  # noqa: PLC0415  # slow, and needed for trust stores alone
    from moto.s3.models import s3_backends  # noqa: PLC0415  # likewise

    bucket, key = str(call.get("CaCertificatesBundleS3Bucket")), str(call.get("CaCertificatesBundleS3Key"))
    s3 = s3_backends[call.account]["aws"]
    found = s3.get_object(bucket, key) if bucket in s3.buckets else None
    if found is None:
        raise AwsError("CaCertificatesBundleNotFound", f"The CA certificates bundle s3://{bucket}/{key} does not exist")
    try:
        x509.load_pem_x509_certificates(found.value)
    except ValueError:
        raise AwsError("InvalidCaCertificatesBundle", "The CA certificates bundle is not valid") from None
    return str(found.value.decode())


@corrects(ELBV2Response, "DescribeTrustStores")
def describe_trust_stores(call: Call) -> Any:
    """DescribeTrustStores: all, or the named ones."""
    known = trust_stores(call.world, call.account, call.region)
    arns, names = call.get("TrustStoreArns") or [], call.get("Names") or []
    there = {*known, *(store.name for store in known.values())}
    for wanted in (*arns, *names):
        if wanted not in there:
            raise _not_found(wanted)
    found = [store for store in known.values() if not (arns or names) or store.arn in arns or store.name in names]
    return {"TrustStores": [store.described() for store in found]}


@corrects(ELBV2Response, "DeleteTrustStore")
def delete_trust_store(call: Call) -> Any:
    """DeleteTrustStore: unless a listener has it."""
    arn = str(call.get("TrustStoreArn"))
    if arn not in trust_stores(call.world, call.account, call.region):
        raise _not_found(arn)
    listeners = [each for balancer in call.backend.load_balancers.values() for each in balancer.listeners.values()]
    if any(mutual_authentication(each).get("TrustStoreArn") == arn for each in listeners):
        raise AwsError("TrustStoreInUse", f"Trust store '{arn}' is currently in use by a listener")
    del trust_stores(call.world, call.account, call.region)[arn]
    call.backend.tagging_service.delete_all_tags_for_resource(arn)
    return {}


def _not_found(arn: str) -> AwsError:
    return AwsError("TrustStoreNotFound", f"Trust store '{arn}' not found")
