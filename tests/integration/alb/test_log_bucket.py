# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bucket that the layer makes for logs: made, repaired, written to, left behind and taken away."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError
from sandbox import Sandbox

from .world import Deploy, Stack, changes

pytestmark = pytest.mark.once

POLICIES = Path(__file__).resolve().parents[3] / "docs" / "iam"
BUCKET = "log_bucket/main"
NAME = "hello-dev-111111111111-us-east-1-logs"
OPTION: dict[str, t.Any] = {"log_bucket": {"expiration_days": 30}}
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
TAKEN: dict[str, t.Any] = {"log_bucket": {"expiration_days": 30, "delete_logs": True}}


def restrict(aws: Sandbox, *names: str) -> None:
    aws.restrict("dev", *(json.loads((POLICIES / f"{name}.json").read_text()) for name in names))


def keys(aws: Sandbox) -> list[str]:
    return [item["Key"] for item in aws.client("s3").list_objects_v2(Bucket=NAME).get("Contents", [])]


def test_it_is_made_repaired_and_left_with_its_logs(
    deploy: Deploy, destroy: Deploy, stack: Stack, aws: Sandbox
) -> None:
    deploy()
    restrict(aws, "read", "site", "network", "access-logs")
    first = deploy(**OPTION, check_mode=True)
    assert changes(first)[BUCKET] == "create"
    made = deploy(**OPTION)
    assert (changes(made), made["log_bucket"]) == (changes(first), NAME)
    assert stack.attributes()["access_logs.s3.bucket"] == NAME
    assert deploy(**OPTION)["changed"] is False

    # And so is a setting of it that somebody changed, alone.
    aws.restrict("dev", EVERYTHING)
    s3 = aws.client("s3")
    assert keys(aws) == ["AWSLogs/111111111111/ELBAccessLogTestFile"]
    for what, breakage in DRIFTS.items():
        breakage(aws)
        restrict(aws, "read", "site", "network", "access-logs")
        (change,) = deploy(**OPTION)["changes"]
        assert (change["kind"], change["reason"]) == ("log_bucket", f"differs in {what}")
        assert deploy(**OPTION)["changed"] is False
        aws.restrict("dev", EVERYTHING)
    assert {"Key": "Theirs", "Value": "1"} in tags(aws)

    for check_mode in (True, False):
        warnings: list[str] = []
        destroy(**OPTION, check_mode=check_mode, warnings=warnings)
        (warning,) = warnings
        assert f"the bucket {NAME} stays, with the logs in it" in warning
        assert "delete_logs (alb_log_bucket)" in warning
    assert len(keys(aws)) == 1
    restrict(aws, "read", "destroy", "access-logs")
    assert changes(destroy(**TAKEN, check_mode=True)) == {BUCKET: "delete"}
    assert changes(destroy(**TAKEN)) == {BUCKET: "delete"}
    assert destroy(**TAKEN)["changed"] is False
    aws.restrict("dev", EVERYTHING)
    assert s3.list_buckets()["Buckets"] == []


# What a change of each of these says that it differs in
DRIFTS: dict[str, t.Callable[[Sandbox], object]] = {
    "lifecycle": lambda aws: aws.client("s3").delete_bucket_lifecycle(Bucket=NAME),
    "policy": lambda aws: aws.client("s3").delete_bucket_policy(Bucket=NAME),
    "public_access_block": lambda aws: aws.client("s3").delete_public_access_block(Bucket=NAME),
    "encryption": lambda aws: aws.client("s3").delete_bucket_encryption(Bucket=NAME),
    "tags": lambda aws: aws.client("s3").put_bucket_tagging(Bucket=NAME, Tagging={"TagSet": tags(aws, without="Name")}),
}


def tags(aws: Sandbox, without: str = "") -> list[dict[str, str]]:
    found = aws.client("s3").get_bucket_tagging(Bucket=NAME)["TagSet"]
    kept = [tag for tag in found if tag["Key"] != without]
    return [*kept, {"Key": "Theirs", "Value": "1"}] if without else kept


@pytest.mark.parametrize("operation", ["CreateBucket", "PutBucketPolicy", "PutBucketLifecycleConfiguration"])
def test_cut_off_after_any_write_it_converges(deploy: Deploy, stack: Stack, aws: Sandbox, operation: str) -> None:
    aws.cut(after=True, operation=operation)
    try:
        deploy(**OPTION)
    except Exception:  # noqa: BLE001  # whether the run finds a way or ends
        deploy(**OPTION)
    assert deploy(**OPTION)["changed"] is False
    assert stack.attributes()["access_logs.s3.bucket"] == NAME


def test_a_bucket_of_others_is_never_touched(deploy: Deploy, destroy: Deploy, aws: Sandbox) -> None:
    aws.client("s3").create_bucket(Bucket=NAME)
    mark = aws.requests.mark()
    with pytest.raises(ConflictError, match=f"the bucket {NAME} is there"):
        deploy(**OPTION)
    assert aws.requests.writes(mark) == []
    assert destroy(**TAKEN)["untagged"][0]["id"] == NAME
    assert aws.client("s3").list_buckets()["Buckets"][0]["Name"] == NAME
