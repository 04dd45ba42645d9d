# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories, what is in them, and their replication: made, put right, taken away, and nobody else's touched."""

from __future__ import annotations

import hashlib
import json
import pathlib
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._ecr.layer import JOB
from ansible_collections.everlook.failover.plugins.module_utils._ecr.resources import (
    lifecycle_policy,
    repository_policy,
)
from ansible_collections.everlook.failover.plugins.module_utils._ecr.spec import Lifecycle
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError, SpecError
from sandbox import Sandbox
from sandbox.overlay.registry.lifecycle import Candidate, expired
from tests.integration import kill
from tests.integration.alb.world import make_network
from tests.integration.conftest import RunJob
from tests.integration.ecs_service.world import FOREIGN_TRUST
from tests.waiting import eventually

ROOT = pathlib.Path(__file__).resolve().parents[3]
ACCOUNT = "111111111111"
URI = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/hello"
NAME = "hello-dev-web"
FULL: dict[str, t.Any] = {
    "repositories": ["hello", "team/worker"],
    "keep_images": 2,
    "services": ["web"],
    "replicate_to": ["us-west-1"],
}
pytestmark = pytest.mark.once


def changes(result: t.Mapping[str, t.Any]) -> list[tuple[str, str, str]]:
    """(action, address, reason) of each."""
    return [(item["action"], f"{item['kind']}/{item['name']}", item["reason"]) for item in result["changes"]]


def push(aws: Sandbox, tag: str, name: str = "hello") -> str:
    """The image's digest."""
    media = "application/vnd.oci.image.manifest.v1+json"
    text = json.dumps({"mediaType": media, "layers": [], "annotations": {"tag": tag}})
    aws.client("ecr").put_image(repositoryName=name, imageManifest=text, imageTag=tag)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def images(aws: Sandbox, name: str = "hello", region: str = "us-east-1") -> dict[str, set[str]]:
    """Digest → tags."""
    details = aws.client("ecr", region=region).describe_images(repositoryName=name)["imageDetails"]
    return {item["imageDigest"]: set(item.get("imageTags", ())) for item in details}


def tagged(aws: Sandbox) -> set[str]:
    """Tags of images that have one that keeps them."""
    found = [tags for tags in images(aws).values() if any(tag.startswith("deployed-dev-") for tag in tags)]
    return {tag for tags in found for tag in tags if not tag.startswith("deployed-dev-")}


def register(aws: Sandbox, image: str) -> str:
    """A revision of the service's family; its ARN."""
    answer = aws.client("ecs").register_task_definition(
        family=NAME,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/pull",
        containerDefinitions=[{"name": "web", "image": image}],
    )
    return str(answer["taskDefinition"]["taskDefinitionArn"])


def rules(aws: Sandbox, region: str = "us-east-1") -> list[dict[str, t.Any]]:
    found = aws.client("ecr", region=region).describe_registry()["replicationConfiguration"]["rules"]
    return t.cast("list[dict[str, t.Any]]", found)


FOREIGN_RULE: dict[str, t.Any] = {
    "destinations": [{"region": "eu-west-1", "registryId": ACCOUNT}],
    "repositoryFilters": [{"filter": "legacy", "filterType": "PREFIX_MATCH"}],
}


def test_everything_is_made_as_planned_and_taken_away(aws: Sandbox, run_job: RunJob) -> None:
    """As the deployer of docs/iam; somebody else's repository and rule stay as they are."""
    ecr = aws.client("ecr")
    ecr.create_repository(repositoryName="legacy", tags=[{"Key": "Stack", "Value": "hello"}])
    ecr.put_replication_configuration(replicationConfiguration={"rules": [FOREIGN_RULE]})
    names = ("read", "registry")
    aws.restrict("dev", *(json.loads((ROOT / "docs" / "iam" / f"{name}.json").read_text()) for name in names))
    before = aws.snapshot()
    own: dict[str, t.Any] = {**FULL, "repositories": ["hello"], "pull_accounts": ["333333333333"], "keep_images": 0}
    planned = run_job(JOB, check_mode=True, **own)
    assert aws.snapshot() == before
    made = run_job(JOB, **own)
    assert (changes(made), set(made)) == (changes(planned), set(planned))
    assert made["repositories"][0]["uri"] == URI
    (found,) = ecr.describe_repositories(repositoryNames=["hello"])["repositories"]
    assert found["imageTagMutability"] == "IMMUTABLE"
    assert found["imageScanningConfiguration"] == {"scanOnPush": True}
    assert found["encryptionConfiguration"] == {"encryptionType": "AES256"}
    assert [item["repositoryFilters"][0]["filter"] for item in rules(aws)] == ["legacy", "hello"]
    mark = aws.requests.mark()
    assert run_job(JOB, **own)["changed"] is False
    assert aws.requests.writes(mark) == []
    assert sorted(record.operation for record in aws.requests.since(mark)) == [
        *("DescribeImages", "DescribeRegistry", "DescribeRepositories", "DescribeRepositories", "DescribeServices"),
        *("GetLifecyclePolicy", "GetRepositoryPolicy", "ListTagsForResource", "ListTaskDefinitions"),
    ]
    gone = run_job(JOB, state="absent", repositories=["hello", "legacy"])
    assert {item[:2] for item in changes(gone)} == {("delete", "repository/hello"), ("delete", "replication_rule/main")}
    assert [item["name"] for item in gone["untagged"]] == ["legacy"]
    assert aws.snapshot() == before


def test_what_is_pushed_reaches_the_standby(aws: Sandbox, run_job: RunJob) -> None:
    run_job(JOB, **FULL)
    run_job(JOB, region="us-west-1", **{**FULL, "replicate_to": []})
    digest = push(aws, "1")
    eventually(lambda: digest in images(aws, region="us-west-1"))
    for region, wanted in (("us-east-1", FULL), ("us-west-1", {**FULL, "replicate_to": []})):
        assert run_job(JOB, region=region, **wanted)["changed"] is False


def test_what_runs_and_what_came_before_it_never_expires(aws: Sandbox, run_job: RunJob) -> None:
    """Through releases and a way back, with a policy that would keep two images, by AWS's rules of evaluation."""
    ecr, ecs = aws.client("ecr"), aws.client("ecs")
    run_job(JOB, **FULL)
    ecs.create_cluster(clusterName=NAME)
    aws.client("iam").create_role(RoleName="pull", AssumeRolePolicyDocument=FOREIGN_TRUST)
    for tag in ("1", "2", "3"):
        push(aws, tag)
    # About to be deployed: before there is a service, and before the task definition.
    assert run_job(JOB, **FULL, images=[f"{URI}:1"])["changed"] is True
    assert tagged(aws) == {"1"}
    first = register(aws, f"{URI}:1")
    network = {"awsvpcConfiguration": {"subnets": list(make_network(aws).subnet_ids)}}
    service: dict[str, t.Any] = {"cluster": NAME, "serviceName": NAME, "taskDefinition": first, "desiredCount": 0}
    ecs.create_service(**service, launchType="FARGATE", networkConfiguration=network)
    digest = next(digest for digest, tags in images(aws).items() if "2" in tags)
    ecs.update_service(cluster=NAME, service=NAME, taskDefinition=register(aws, f"{URI}@{digest}"))
    assert run_job(JOB, **FULL)["changed"] is True
    assert tagged(aws) == {"1", "2"}
    for number in range(20):
        push(aws, f"branch-{number}")
    assert run_job(JOB, **FULL)["changed"] is False
    text = ecr.get_lifecycle_policy(repositoryName="hello")["lifecyclePolicyText"]
    details = ecr.get_paginator("describe_images").paginate(repositoryName="hello").search("imageDetails[]")
    there = [
        Candidate(item["imageDigest"], frozenset(item["imageTags"]), item["imagePushedAt"].timestamp())
        for item in details
    ]
    gone = expired(json.loads(text), there, max(image.pushed for image in there) + 1)
    left = {tag for image in there if image.digest not in gone for tag in image.tags}
    assert {"1", "2"} < left
    assert "3" not in left
    # Back to the first: a revision that is long ago by then is what runs.
    ecs.update_service(cluster=NAME, service=NAME, taskDefinition=first)
    for number in range(10):
        register(aws, f"{URI}:branch-{number}")
    run_job(JOB, **FULL)
    assert {"1", "branch-9", "branch-5"} < tagged(aws)


def test_ten_releases_are_kept(aws: Sandbox, run_job: RunJob) -> None:
    run_job(JOB, **FULL)
    for number in range(12):
        push(aws, str(number))
        run_job(JOB, **FULL, images=[f"{URI}:{number}"])
        assert run_job(JOB, **FULL, images=[f"{URI}:{number}"])["changed"] is False
    assert "11" in tagged(aws)
    assert len(tagged(aws)) == 10
    assert len(images(aws)) == 12


OTHERS = repository_policy.document(["444444444444"], "us-east-1")
DRIFT: dict[str, tuple[str, dict[str, t.Any], str, str]] = {
    "mutable tags": (
        "put_image_tag_mutability",
        {"repositoryName": "hello", "imageTagMutability": "MUTABLE"},
        "repository/hello",
        "differs in tag_mutability",
    ),
    "no scanning": (
        "put_image_scanning_configuration",
        {"repositoryName": "hello", "imageScanningConfiguration": {"scanOnPush": False}},
        "repository/hello",
        "differs in scan_on_push",
    ),
    "tags": (
        "tag_resource",
        {
            "resourceArn": f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/hello",
            "tags": [{"Key": "Name", "Value": "x"}],
        },
        "repository/hello",
        "differs in tags",
    ),
    "lifecycle": ("delete_lifecycle_policy", {"repositoryName": "hello"}, "lifecycle_policy/hello", "missing"),
    "other lifecycle": (
        "put_lifecycle_policy",
        {
            "repositoryName": "hello",
            "lifecyclePolicyText": json.dumps(lifecycle_policy.document(Lifecycle(untagged_days=1, keep_images=1))),
        },
        "lifecycle_policy/hello",
        "differs in rules",
    ),
    "policy": (
        "set_repository_policy",
        {"repositoryName": "hello", "policyText": json.dumps(OTHERS)},
        "repository_policy/hello",
        "differs in Statement",
    ),
    "replication": (
        "put_replication_configuration",
        {"replicationConfiguration": {"rules": [FOREIGN_RULE]}},
        "replication_rule/main",
        "missing",
    ),
}


def test_drift_is_named_and_put_right_alone(aws: Sandbox, run_job: RunJob) -> None:
    own: dict[str, t.Any] = {
        "repositories": ["hello"],
        "pull_accounts": ["333333333333"],
        "replicate_to": ["us-west-1"],
    }
    run_job(JOB, **own)
    for call, params, address, reason in DRIFT.values():
        getattr(aws.client("ecr"), call)(**params)
        assert [item[1:] for item in changes(run_job(JOB, **own))] == [(address, reason)]
        assert run_job(JOB, **own)["changed"] is False
    assert rules(aws)[0] == FOREIGN_RULE
    # What is not wanted any more goes, but for the repository.
    less: dict[str, t.Any] = {"repositories": ["hello"], "pull_accounts": [], "untagged_days": 0}
    assert {item[:2] for item in changes(run_job(JOB, **less))} == {
        ("delete", "lifecycle_policy/hello"),
        ("delete", "repository_policy/hello"),
        ("delete", "replication_rule/main"),
    }
    assert rules(aws) == [FOREIGN_RULE]


def test_images_are_deleted_only_if_that_is_said(aws: Sandbox, run_job: RunJob) -> None:
    run_job(JOB, **FULL)
    push(aws, "1")
    absent: dict[str, t.Any] = {"state": "absent", "repositories": FULL["repositories"]}
    warnings: list[str] = []
    run_job(JOB, warnings=warnings, check_mode=True, **absent)
    gone = run_job(JOB, warnings=warnings, **absent)
    assert ("delete", "repository/team/worker") in {item[:2] for item in changes(gone)}
    assert gone["kept"] == ["hello"]
    # The dry run says the same.
    assert warnings == [warnings[0]] * 2
    assert "hello in us-east-1 stays, because there are images in it" in warnings[0]
    again = run_job(JOB, **absent)
    assert (again["changed"], again["kept"]) == (False, ["hello"])
    with pytest.raises(SpecError, match="this deletes 1 repository"):
        run_job(JOB, **{**absent, "delete_images": True, "confirm": "prod"})
    run_job(JOB, delete_images=True, **absent)
    assert aws.client("ecr").describe_repositories()["repositories"] == []


def test_a_repository_of_others_is_an_error(aws: Sandbox, run_job: RunJob) -> None:
    aws.client("ecr").create_repository(repositoryName="hello")
    with pytest.raises(ConflictError, match="the repository hello exists in us-east-1"):
        run_job(JOB, **FULL)


def test_a_run_that_was_killed_is_finished_by_the_next(aws: Sandbox, run_job: RunJob) -> None:
    push_and_run: dict[str, t.Any] = {**FULL, "images": [f"{URI}:1"]}
    for nth in (1, 3, 5):
        kill.kill_after(aws, nth, lambda: run_job(JOB, **FULL))
        run_job(JOB, **FULL)
        assert run_job(JOB, **FULL)["changed"] is False
        kill.assert_once(aws)
        push(aws, "1")
        kill.kill_after(aws, 1, lambda: run_job(JOB, **push_and_run))
        run_job(JOB, **push_and_run)
        assert tagged(aws) == {"1"}
        kill.kill_after(aws, nth % 3 + 1, lambda: _remove(run_job))
        _remove(run_job)
        assert (rules(aws), aws.client("ecr").describe_repositories()["repositories"]) == ([], [])


def _remove(run_job: RunJob) -> None:
    run_job(JOB, state="absent", repositories=FULL["repositories"], delete_images=True)
