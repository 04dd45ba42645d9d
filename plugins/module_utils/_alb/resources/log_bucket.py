# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer's own bucket for the load balancer's logs. Pure; the calls are in the sister file.

Sources: Application Load Balancers User Guide, "Enable access logs": the bucket is in the load balancer's region, is
encrypted with keys of S3, and its policy lets log delivery write to it. Amazon S3 User Guide, "Bucket naming rules".
A bucket that is no longer wanted stays, with its logs.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws import stack_names, untagged
from ..._aws.changes import create_tagged, repair
from ..._aws.owner import Tags
from ..._aws.validation import check_range
from ..._engine.changes import delete
from ..._engine.plan import Step
from ..._engine.resource import Resource
from ..._resources.role_policy import canonical, partition_of, policy

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec

KIND: t.Final = "log_bucket"
ADDRESS: t.Final = f"{KIND}/main"
ENCRYPTION: t.Final = "AES256"
BLOCKS: t.Final = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_DELIVERY: t.Final = "logdelivery.elasticloadbalancing.amazonaws.com"
# S3 allows more than a century, which makes no difference.
_DAYS: t.Final = (1, 36500)
_ABORT_DAYS: t.Final = 7


@dataclasses.dataclass(frozen=True)
class LogBucketSpec:
    """The option ``log_bucket``.

    :param delete_logs: whether a removal deletes the bucket with its logs.
    """

    expiration_days: int
    delete_logs: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class LogBucket:
    """A bucket as observed; its values in the form of ``values``."""

    name: str
    values: t.Mapping[str, t.Any]
    tags: Tags


def parse_log_bucket(options: t.Mapping[str, t.Any] | None) -> LogBucketSpec | None:
    """The option ``log_bucket``. Raises SpecError."""
    if options is None:
        return None
    days = check_range("log_bucket.expiration_days", options["expiration_days"], *_DAYS)
    return LogBucketSpec(days, options["delete_logs"])


def name_of(spec: Spec, account: str) -> str:
    """Its name, which is unique among all accounts."""
    return stack_names.log_bucket(spec.owner, account, spec.region)


def values(spec: Spec, account: str) -> dict[str, t.Any]:
    """The wanted values, in the form in which they are compared."""
    wanted = spec.log_bucket
    return {
        "public_access_block": dict.fromkeys(BLOCKS, True),
        "encryption": ENCRYPTION,
        "lifecycle": [] if wanted is None else [canonical_rule(rule(wanted.expiration_days))],
        "policy": canonical(bucket_policy(spec, account)),
    }


def rule(days: int) -> dict[str, t.Any]:
    """S3's LifecycleRule that expires logs."""
    return {
        "ID": "expire",
        "Status": "Enabled",
        "Filter": {},
        "Expiration": {"Days": days},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": _ABORT_DAYS},
    }


def canonical_rule(found: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The rule without its name, and without a filter that matches everything."""
    nothing: tuple[t.Any, ...] = ({}, None, "", {"Prefix": ""})
    return {key: item for key, item in found.items() if key != "ID" and item not in nothing}


def bucket_policy(spec: Spec, account: str) -> dict[str, t.Any]:
    """A policy that lets log delivery write this account's logs, and denies requests without TLS."""
    bucket = f"arn:{partition_of(spec.region)}:s3:::{name_of(spec, account)}"
    prefixes = {spec.attributes[f"{log}.prefix"] for log in spec.made_logs}
    paths = sorted("/".join([bucket, *([prefix] if prefix else []), "AWSLogs", account, "*"]) for prefix in prefixes)
    deliver = {"Effect": "Allow", "Principal": {"Service": _DELIVERY}, "Action": "s3:PutObject", "Resource": paths}
    encrypted = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket, f"{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return policy(*([deliver] if paths else []), encrypted)


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Step | None]:
    """Its change. Raises ConflictError if it is not the stack's."""
    if spec.log_bucket is None:
        return
    found = snapshot.log_bucket
    if spec.absent:
        if found and spec.owner.owns(found.tags) and spec.log_bucket.delete_logs:
            # The load balancer writes to it until it is gone.
            yield delete(ADDRESS, {"name": found.name}, data=found, needs={"load_balancer/main"})
        return
    wanted = values(spec, snapshot.account)
    if found is None:
        yield create_tagged(spec.owner, ADDRESS, wanted, shown={"name": name_of(spec, snapshot.account)})
        return
    if not spec.owner.owns(found.tags):
        raise untagged.conflict(spec.owner, ADDRESS, f"the bucket {found.name} is there")
    yield repair(spec.owner, ADDRESS, found, found.values, wanted)


def kept(spec: Spec, found: LogBucket | None) -> str:
    """A warning that a removal keeps the bucket; empty if it does not."""
    if spec.log_bucket is None or spec.log_bucket.delete_logs or not found or not spec.owner.owns(found.tags):
        return ""
    return (
        f"the bucket {found.name} stays, with the logs in it, each of which expires. "
        "Set log_bucket.delete_logs (alb_log_bucket) to true to delete the bucket with all of them."
    )


def identify(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    found = snapshot.log_bucket
    return {ADDRESS: {"id": found.name}} if found and snapshot.spec.owner.owns(found.tags) else {}


RESOURCE: t.Final = Resource(kind=KIND, plan=plan, identify=identify)
