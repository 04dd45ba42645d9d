# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bucket of the logs in S3: the reads and the writes."""

from __future__ import annotations

import functools
import json
import typing as t

from ..._aws.changes import Creation, Repair
from ..._aws.owner import Tags, tag_list, tags_from
from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.errors import AwsError
from ..._engine.gather import gather
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from ..._engine.retry import create_once, retry
from ..._resources.role_policy import canonical
from .log_bucket import ADDRESS, BLOCKS, ENCRYPTION, KIND, LogBucket, canonical_rule

_WRITTEN: t.Final = "written"
# A bucket that is new, or that another call is changing (S3 API, "List of error codes").
_NOT_YET: t.Final = frozenset({"NoSuchBucket", "OperationAborted"})
# Deleted load balancers go on delivering logs for some minutes.
_EMPTY_SECONDS: t.Final = 300.0


def account_id(ctx: Context) -> str:
    """The account of the credentials."""
    return str(ctx.client("sts").get_caller_identity()["Account"])


def find_log_bucket(ctx: Context, name: str, account: str) -> LogBucket | None:
    """The account's bucket with this name, whatever its tags."""
    tags = _find_tags(ctx, name, account)
    if tags is None:
        return None
    s3, at = ctx.client("s3"), {"Bucket": name, "ExpectedBucketOwner": account}
    answers = gather(
        {
            "blocks": lambda: unless(
                {"NoSuchPublicAccessBlockConfiguration"}, lambda: s3.get_public_access_block(**at)
            ),
            "encryption": lambda: unless(
                {"ServerSideEncryptionConfigurationNotFoundError"}, lambda: s3.get_bucket_encryption(**at)
            ),
            "lifecycle": lambda: unless(
                {"NoSuchLifecycleConfiguration"}, lambda: s3.get_bucket_lifecycle_configuration(**at)
            ),
            "policy": lambda: unless({"NoSuchBucketPolicy"}, lambda: s3.get_bucket_policy(**at)),
        }
    )
    return LogBucket(name=name, values=_values(answers), tags=tags)


def _find_tags(ctx: Context, name: str, account: str) -> dict[str, str] | None:
    s3 = ctx.client("s3")
    answer = unless(
        {"NoSuchBucket"},
        lambda: (
            unless({"NoSuchTagSet"}, lambda: s3.get_bucket_tagging(Bucket=name, ExpectedBucketOwner=account))
            or {"TagSet": []}
        ),
    )
    return None if answer is None else tags_from(answer["TagSet"])


def _values(answers: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    blocks = (answers["blocks"] or {}).get("PublicAccessBlockConfiguration") or {}
    rules = ((answers["encryption"] or {}).get("ServerSideEncryptionConfiguration") or {}).get("Rules") or [{}]
    document = (answers["policy"] or {}).get("Policy")
    return {
        "public_access_block": {name: bool(blocks.get(name)) for name in BLOCKS},
        "encryption": (rules[0].get("ApplyServerSideEncryptionByDefault") or {}).get("SSEAlgorithm", ""),
        "lifecycle": [canonical_rule(rule) for rule in (answers["lifecycle"] or {}).get("Rules", ())],
        "policy": canonical(json.loads(document)) if document else {},
    }


def create_log_bucket(ctx: Context, change: Change, known: Known) -> None:
    """Create it with its tags, then set what is not S3's default: new buckets are private and encrypted."""
    data: Creation = change.data
    name, account = str(change.after["name"]), account_id(ctx)
    configuration: dict[str, t.Any] = {"Tags": tag_list(data.tags)}
    if ctx.region != "us-east-1":
        configuration["LocationConstraint"] = ctx.region
    s3 = ctx.client("s3", retry=False)

    def create() -> str:
        s3.create_bucket(Bucket=name, CreateBucketConfiguration=configuration)
        return name

    def find() -> str | None:
        tags = _find_tags(ctx, name, account)
        return name if tags is not None and data.owner.owns(tags) else None

    create_once(ctx, create, find)
    _set(ctx, name, {key: data.values[key] for key in ("lifecycle", "policy")})
    known.put(change.address, id=name, **{_WRITTEN: "now"})


def update_log_bucket(ctx: Context, change: Change, known: Known) -> None:
    """Repair what differs. PutBucketTagging replaces all tags."""
    data: Repair = change.data
    found: LogBucket = data.found
    if data.tags:
        tags: Tags = {**found.tags, **data.tags}
        ctx.client("s3").put_bucket_tagging(Bucket=found.name, Tagging={"TagSet": tag_list(tags)})
    _set(ctx, found.name, data.values)
    known.put(change.address, id=found.name, **{_WRITTEN: "now"})


def was_written(known: Known) -> bool:
    """True if this run has created or changed it, which Elastic Load Balancing may not see at once."""
    return known.describe(ADDRESS, _WRITTEN) == "now"


def _set(ctx: Context, name: str, wanted: t.Mapping[str, t.Any]) -> None:
    s3 = ctx.client("s3")
    calls: dict[str, t.Callable[[t.Any], t.Any]] = {
        "public_access_block": lambda blocks: s3.put_public_access_block(
            Bucket=name, PublicAccessBlockConfiguration=blocks
        ),
        "encryption": lambda _algorithm: s3.put_bucket_encryption(
            Bucket=name,
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": ENCRYPTION}}]
            },
        ),
        "lifecycle": lambda rules: s3.put_bucket_lifecycle_configuration(
            Bucket=name,
            LifecycleConfiguration={"Rules": [{"ID": "expire", "Filter": {}, **rule} for rule in rules]},
        ),
        "policy": lambda document: s3.put_bucket_policy(Bucket=name, Policy=json.dumps(document)),
    }
    for key, call in calls.items():
        if key in wanted:
            retry(ctx, functools.partial(call, wanted[key]), codes=_NOT_YET, timeout=30)


def delete_log_bucket(ctx: Context, change: Change, _known: Known) -> None:
    """Empty and delete it, again if logs are delivered meanwhile."""
    found: LogBucket = change.data
    s3 = ctx.client("s3")

    def attempt() -> None:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=found.name):
            objects = [
                {"Key": item["Key"], "VersionId": item["VersionId"]}
                for item in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
            ]
            if objects:
                answer = s3.delete_objects(Bucket=found.name, Delete={"Objects": objects, "Quiet": True})
                if answer.get("Errors"):
                    error = answer["Errors"][0]
                    text = f"{error.get('Key')}: {error.get('Code')}: {error.get('Message')}"
                    raise AwsError(f"DeleteObjects in {ctx.region}: {text}", operation="DeleteObjects")
        s3.delete_bucket(Bucket=found.name)

    unless({"NoSuchBucket"}, lambda: retry(ctx, attempt, codes={"BucketNotEmpty"}, timeout=_EMPTY_SECONDS))


CALLS: t.Final = Calls(kind=KIND, create=create_log_bucket, update=update_log_bucket, delete=delete_log_bucket)
