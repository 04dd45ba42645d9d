# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""S3 behind the gateway, like every service, with the defaults that buckets have today.

moto dispatches its calls itself. New buckets block public access and encrypt with keys of S3 (Amazon S3 User Guide,
"Blocking public access" and "Setting default server-side encryption"), and accept tags when they are created
(CreateBucketConfiguration, Tags).

Nothing imports this until the first call to S3: its models are slow to read.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import xmltodict
from moto.core.responses import ActionResult
from moto.iam.access_control import PermissionResult
from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeBucket, PublicAccessBlock
from moto.s3.responses import S3Response

from sandbox.policies import Request, allowed

Reply = tuple[int, dict[str, Any], Any]
Handle = Callable[[Any, Callable[[Any], Reply]], Reply]
_ENCRYPTION = {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}}


def install(handle: Handle) -> None:
    """Lead every call through `handle`. Once a process."""
    for name in ("_bucket_response", "_key_response"):
        setattr(S3Response, name, _through(handle, getattr(S3Response, name)))
    FakeBucket.get_permission = _permission


def _permission(bucket: Any, action: str, resource: str) -> PermissionResult:
    """Whether the bucket's policy denies it. moto ignores conditions; all calls count as sent over TLS."""
    if not bucket.policy:
        return PermissionResult.NEUTRAL
    statements = json.loads(bucket.policy)["Statement"]
    anything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = {"Statement": [anything, *(statements if isinstance(statements, list) else [statements])]}
    request = Request(action, resource, account=bucket.account_id, context={"aws:securetransport": ("true",)})
    return PermissionResult.NEUTRAL if allowed([document], request) else PermissionResult.DENIED


def _through(handle: Handle, original: Callable[..., Any]) -> Callable[..., Reply]:
    def method(response: Any, request: Any, full_url: str) -> Reply:
        response.params = _params(response)

        def execute(of: Any) -> Reply:
            try:
                reply = original(of, request, full_url)
            except S3ClientError as error:
                return of.serialized(ActionResult(error))  # type: ignore[no-any-return]
            if response._get_action() == "CreateBucket":
                _set_defaults(response)
            return reply if isinstance(reply, tuple) else (200, {}, reply)

        return handle(response, execute)

    return method


def _params(response: Any) -> dict[str, Any]:
    """Bucket, key, and the tags in the body."""
    response._get_action()
    params = dict(getattr(response, "uri_match", None) or {})
    try:
        body = xmltodict.parse(response.body, force_list=("Tag",)) if response.body else {}
    except Exception:  # noqa: BLE001  # an object, or a policy: whatever it is, it is no XML
        return params
    for element, inner in (("CreateBucketConfiguration", "Tags"), ("Tagging", "TagSet")):
        tags = ((body.get(element) or {}).get(inner) or {}).get("Tag")
        if tags:
            params["Tags"] = [{"Key": tag["Key"], "Value": tag["Value"] or ""} for tag in tags]
    return params


def _set_defaults(response: Any) -> None:
    bucket = response.backend.get_bucket(response.bucket_name)
    if bucket.public_access_block is None:
        bucket.public_access_block = PublicAccessBlock("true", "true", "true", "true")
        bucket.encryption = _ENCRYPTION
        tags = {tag["Key"]: tag["Value"] for tag in response.params.get("Tags", [])}
        if tags:
            response.backend.put_bucket_tagging(response.bucket_name, tags)
