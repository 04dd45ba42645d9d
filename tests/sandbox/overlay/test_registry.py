# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Amazon ECR: digests, tags that move, replication, pages, limits, and what expires."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from sandbox.overlay.registry.lifecycle import Candidate, expired

from .conftest import Local
from .helpers import refused

ACCOUNT = "222222222222"
MEDIA = "application/vnd.oci.image.manifest.v1+json"
DAY = 86400


def manifest(number: int) -> str:
    """Different images may have the same layers."""
    layer = {"digest": f"sha256:{'0' * 64}", "size": 1}
    return json.dumps({"mediaType": MEDIA, "layers": [layer], "annotations": {"number": str(number)}})


def push(ecr: Any, number: int, tag: str | None = None, name: str = "hello") -> str:
    """The image's digest."""
    given = {"imageTag": tag} if tag else {}
    ecr.put_image(repositoryName=name, imageManifest=manifest(number), **given)
    return f"sha256:{hashlib.sha256(manifest(number).encode()).hexdigest()}"


def tags(ecr: Any, name: str = "hello") -> dict[str, list[str]]:
    details = ecr.describe_images(repositoryName=name)["imageDetails"]
    return {item["imageDigest"]: sorted(item.get("imageTags", [])) for item in details}


@pytest.fixture
def ecr(local: Local) -> Any:
    client = local.client("ecr")
    client.create_repository(repositoryName="hello")
    return client


def test_a_tag_moves_and_leaves_the_image(ecr: Any) -> None:
    first, second = push(ecr, 1, "1"), push(ecr, 2, "1")
    assert tags(ecr) == {first: [], second: ["1"]}
    with refused("ImageAlreadyExistsException"):
        push(ecr, 2, "1")
    push(ecr, 2, "2")
    assert tags(ecr)[second] == ["1", "2"]
    untagged = ecr.describe_images(repositoryName="hello", filter={"tagStatus": "UNTAGGED"})["imageDetails"]
    assert [item["imageDigest"] for item in untagged] == [first]
    ecr.batch_delete_image(repositoryName="hello", imageIds=[{"imageTag": "1"}])
    assert tags(ecr)[second] == ["2"]
    # The last tag takes the image with it.
    ecr.batch_delete_image(repositoryName="hello", imageIds=[{"imageTag": "2"}])
    assert tags(ecr) == {first: []}


def test_an_immutable_tag_stays_where_it_is(ecr: Any) -> None:
    ecr.put_image_tag_mutability(repositoryName="hello", imageTagMutability="IMMUTABLE")
    first = push(ecr, 1, "1")
    with refused("ImageTagAlreadyExistsException"):
        push(ecr, 2, "1")
    with refused("ImageAlreadyExistsException"):
        push(ecr, 1, "1")
    push(ecr, 1, "also")
    assert tags(ecr) == {first: ["1", "also"]}


def test_a_digest_is_that_of_the_manifest(ecr: Any) -> None:
    with refused("ImageDigestDoesNotMatchException"):
        ecr.put_image(repositoryName="hello", imageManifest=manifest(1), imageDigest=f"sha256:{'0' * 64}")
    with refused("RepositoryNotFoundException"):
        push(ecr, 1, "1", "other")


def test_what_is_pushed_from_then_on_is_copied(local: Local, ecr: Any) -> None:
    there = local.client("ecr", "us-east-1")
    push(ecr, 1, "1")
    rules = [
        {
            "destinations": [{"region": "us-east-1", "registryId": ACCOUNT}],
            "repositoryFilters": [{"filter": "hel", "filterType": "PREFIX_MATCH"}],
        }
    ]
    ecr.put_replication_configuration(replicationConfiguration={"rules": rules})
    ecr.create_repository(repositoryName="other")
    push(ecr, 2, "2")
    push(ecr, 3, "3", "other")
    assert there.describe_repositories()["repositories"] == []
    local.passes("image_replication")
    (made,) = there.describe_repositories()["repositories"]
    assert (made["repositoryName"], made["imageTagMutability"]) == ("hello", "MUTABLE")
    assert [*tags(there).values()] == [["2"]]
    # A tag that an image gets later is copied, and nothing that is deleted.
    push(ecr, 2, "again")
    ecr.batch_delete_image(repositoryName="hello", imageIds=[{"imageTag": "2"}])
    local.passes("image_replication")
    assert [*tags(there).values()] == [["2", "again"]]


def test_replication_replaces_everything_within_limits(ecr: Any) -> None:
    def rule(region: str) -> dict[str, Any]:
        return {"destinations": [{"region": region, "registryId": ACCOUNT}]}

    def put(*regions: str) -> None:
        ecr.put_replication_configuration(replicationConfiguration={"rules": list(map(rule, regions))})

    put("us-east-1", "us-west-2")
    put("eu-west-1")
    found = ecr.describe_registry()
    assert found["registryId"] == ACCOUNT
    assert found["replicationConfiguration"]["rules"] == [rule("eu-west-1")]
    with refused("InvalidParameterException", "same as the source registry"):
        put("us-west-1")
    with refused("ValidationException"):
        put(*["eu-west-1"] * 11)


def test_lists_come_in_pages(ecr: Any) -> None:
    for number in range(3):
        push(ecr, number, str(number))
        ecr.create_repository(repositoryName=f"more-{number}")
    page = ecr.describe_images(repositoryName="hello", maxResults=2)
    assert len(page["imageDetails"]) == 2
    rest = ecr.describe_images(repositoryName="hello", maxResults=2, nextToken=page["nextToken"])
    assert (len(rest["imageDetails"]), "nextToken" in rest) == (1, False)
    pages = ecr.get_paginator("describe_repositories").paginate(PaginationConfig={"PageSize": 3})
    assert [len(page["repositories"]) for page in pages] == [3, 1]


def test_tags_have_limits(ecr: Any) -> None:
    many = [{"Key": str(number), "Value": ""} for number in range(51)]
    with refused("TooManyTagsException"):
        ecr.create_repository(repositoryName="other", tags=many)
    with refused("InvalidTagParameterException"):
        ecr.create_repository(repositoryName="other", tags=[{"Key": "aws:x", "Value": ""}])
    arn = ecr.create_repository(repositoryName="other", tags=many[:50])["repository"]["repositoryArn"]
    with refused("TooManyTagsException"):
        ecr.tag_resource(resourceArn=arn, tags=many[50:])


def selection(priority: int, number: int, *patterns: str, days: bool = False, status: str = "tagged") -> dict[str, Any]:
    age = {"countType": "sinceImagePushed", "countUnit": "days"} if days else {"countType": "imageCountMoreThan"}
    tagged = {"tagPatternList": list(patterns)} if patterns else {}
    return {
        "rulePriority": priority,
        "selection": {"tagStatus": status, "countNumber": number, **age, **tagged},
        "action": {"type": "expire"},
    }


# By age in days: a list of an old pair, an image in use, and some others.
IMAGES = [
    Candidate("list", frozenset({"v1"}), -9 * DAY, frozenset({"amd64", "arm64"})),
    *(Candidate(name, frozenset(), -9 * DAY) for name in ("amd64", "arm64", "untagged")),
    Candidate("in use", frozenset({"v2", "deployed-x"}), -8 * DAY),
    Candidate("v3", frozenset({"v3"}), -7 * DAY),
    Candidate("new", frozenset(), -1 * DAY),
]


@pytest.mark.parametrize(
    ("rules", "gone"),
    [
        ([selection(1, 2, days=True, status="untagged")], {"untagged"}),
        ([selection(1, 1, "*")], {"list", "in use"}),
        ([selection(1, 9999, "deployed-*"), selection(2, 1, "*")], {"list"}),
        # Whatever has the lower priority, and whichever tag it is about.
        ([selection(2, 1, "*"), selection(1, 9999, "deployed-*")], {"list"}),
        (
            [selection(1, 9999, "deployed-*"), selection(2, 1, status="any")],
            {"list", "amd64", "arm64", "untagged", "v3"},
        ),
        # Several patterns are all meant.
        ([selection(1, 1, "v*", "deployed-*")], set()),
        ([selection(1, 3, days=True, status="any")], {"list", "amd64", "arm64", "untagged", "in use", "v3"}),
    ],
)
def test_a_rule_expires_nothing_that_an_earlier_one_is_about(rules: list[dict[str, Any]], gone: set[str]) -> None:
    assert expired({"rules": rules}, IMAGES, 0.0) == gone


def test_images_expire_within_a_day(local: Local, ecr: Any) -> None:
    rules = [selection(1, 9999, "deployed-*"), selection(2, 1, "*")]
    ecr.put_lifecycle_policy(repositoryName="hello", lifecyclePolicyText=json.dumps({"rules": rules}))
    kept = push(ecr, 1, "1")
    push(ecr, 1, "deployed-1")
    local.time += 1
    push(ecr, 2, "2")
    local.time += 1
    newest = push(ecr, 3, "3")
    assert len(tags(ecr)) == 3
    local.passes("lifecycle_evaluation")
    assert set(tags(ecr)) == {kept, newest}
    for wrong in ([selection(1, 1, "*"), selection(1, 2, "x")], [selection(1, 1)]):
        with refused("InvalidParameterException"):
            ecr.put_lifecycle_policy(repositoryName="hello", lifecyclePolicyText=json.dumps({"rules": wrong}))
    kept_policy = ecr.get_lifecycle_policy(repositoryName="hello")["lifecyclePolicyText"]
    assert json.loads(kept_policy) == {"rules": rules}
