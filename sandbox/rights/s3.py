# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""S3: buckets and objects by name. Service Authorization Reference, "Actions, resources, and condition keys for S3"."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.rights.call import ApiCall, Right

# Operations whose action has another name.
ACTIONS = {
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteObjects": "DeleteObject",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}
_OF_OBJECTS = ("DeleteObject", "GetObject", "PutObject")


def rights(call: ApiCall) -> Iterator[Right]:
    """The permissions that a call needs. S3 has no tags in these conditions."""
    action = ACTIONS.get(call.operation, call.operation)
    bucket = f"arn:aws:s3:::{call.params.get('Bucket') or ''}"
    resource = f"{bucket}/{call.params.get('Key') or '*'}" if action in _OF_OBJECTS else bucket
    yield Right(f"s3:{action}", resource, requested=call.tags)
    if call.operation == "CreateBucket" and call.tags:
        yield Right("s3:TagResource", bucket, requested=call.tags)
    if call.operation == "DeleteObjects":
        # For objects with a version
        yield Right("s3:DeleteObjectVersion", resource)
