# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Buckets: private and encrypted from the start, tagged when they are made, and gone with a reset."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.overlay.conftest import Local
from tests.sandbox.overlay.helpers import refused

TAGS = [{"Key": "Stack", "Value": "hello"}]


@pytest.fixture
def s3(local: Local) -> Any:
    return local.client("s3", region="us-east-1")


def test_a_new_bucket_is_private_encrypted_and_tagged(s3: Any) -> None:
    s3.create_bucket(Bucket="logs", CreateBucketConfiguration={"Tags": TAGS})
    assert s3.get_bucket_tagging(Bucket="logs")["TagSet"] == TAGS
    assert set(s3.get_public_access_block(Bucket="logs")["PublicAccessBlockConfiguration"].values()) == {True}
    (rule,) = s3.get_bucket_encryption(Bucket="logs")["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def test_a_policy_denies_what_its_conditions_say(s3: Any) -> None:
    s3.create_bucket(Bucket="logs")
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::logs/*"}
    objects = {"Objects": [{"Key": "a"}]}
    for condition, left in (({}, 1), ({"Condition": {"Bool": {"aws:SecureTransport": "false"}}}, 0)):
        s3.put_object(Bucket="logs", Key="a", Body=b"")
        policy = {"Version": "2012-10-17", "Statement": [{**deny, **condition}]}
        s3.put_bucket_policy(Bucket="logs", Policy=json.dumps(policy))
        s3.delete_objects(Bucket="logs", Delete=objects)
        s3.delete_bucket_policy(Bucket="logs")
        assert s3.list_objects_v2(Bucket="logs")["KeyCount"] == left


def test_a_bucket_with_something_in_it_stays(s3: Any) -> None:
    s3.create_bucket(Bucket="logs")
    s3.put_object(Bucket="logs", Key="a", Body=b"")
    with refused("BucketNotEmpty"):
        s3.delete_bucket(Bucket="logs")
