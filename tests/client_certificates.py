# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authorities of clients, their certificates in files, and trust stores of a local AWS."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from sandbox.certificate_authority import CertificateAuthority

DAY = timedelta(days=1)
# Shorter than the time by which an authority dates its certificates back
EXPIRED = timedelta(minutes=-1)


def client_certificate(authority: CertificateAuthority, file: Path, valid: timedelta = DAY) -> Path:
    """A file with a certificate for a client and its key."""
    file.write_bytes(b"".join(authority.issue(["client"], "EC_prime256v1", valid)))
    return file


def create_trust_store(clients: Mapping[str, Any], authority: CertificateAuthority, name: str = "clients") -> str:
    """A trust store, by clients of S3 and Elastic Load Balancing in its region; its ARN."""
    bucket = f"{name}-{uuid.uuid4()}"
    place = {"LocationConstraint": clients["s3"].meta.region_name}
    more = {} if "us-east-1" in place.values() else {"CreateBucketConfiguration": place}
    clients["s3"].create_bucket(Bucket=bucket, **more)
    clients["s3"].put_object(Bucket=bucket, Key="authorities.pem", Body=authority.root())
    bundle = {"CaCertificatesBundleS3Bucket": bucket, "CaCertificatesBundleS3Key": "authorities.pem"}
    (made,) = clients["elbv2"].create_trust_store(Name=name, **bundle)["TrustStores"]
    return str(made["TrustStoreArn"])
