# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images by their digests: in ECR, in a registry of others, and where nobody knows."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._ecs_release.job import JOB as RELEASE
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import FailoverError, NotReady
from ansible_collections.everlook.failover.plugins.module_utils._images.reference import LABEL
from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.registry import serving

from .world import Deploy, container, definition_of, reasons

pytestmark = pytest.mark.once

IMAGE = "111111111111.dkr.ecr.us-east-1.amazonaws.com/shop"
ONE, TWO = (f"sha256:{digit * 64}" for digit in "12")


def push(aws: Sandbox, tag: str, layer: str) -> str:
    """Put an image into ECR, or move a tag to it. Returns its digest."""
    ecr = aws.client("ecr")
    if not ecr.describe_repositories()["repositories"]:
        ecr.create_repository(repositoryName="shop")
    kind = "application/vnd.oci.image.manifest.v1+json"
    manifest = {"schemaVersion": 2, "mediaType": kind, "config": {"digest": layer, "size": 1}, "layers": []}
    image = ecr.put_image(repositoryName="shop", imageManifest=json.dumps(manifest), imageTag=tag)["image"]
    digest: str = image["imageId"]["imageDigest"]
    return digest


def test_a_tag_in_ecr_is_run_by_its_digest_until_it_moves(aws: Sandbox, deploy: Deploy, run_job: RunJob) -> None:
    def run(**params: t.Any) -> dict[str, t.Any]:
        return deploy(pin_images=True, containers=[container(image=f"{IMAGE}:1")], **params)

    mark = aws.requests.mark()
    with pytest.raises(FailoverError, match=r"there is no image .*shop:1") as refused:
        run()
    assert aws.requests.writes(mark) == []
    assert "containers[app].image" in str(refused.value)

    first = push(aws, "1", "a")
    assert run(check_mode=True)["images"] == {"app": f"{IMAGE}@{first}"}
    assert run()["images"] == {"app": f"{IMAGE}@{first}"}
    (runs,) = definition_of(aws)["containerDefinitions"]
    assert (runs["image"], runs["dockerLabels"]) == (f"{IMAGE}@{first}", {LABEL: f"{IMAGE}:1"})
    mark = aws.requests.mark()
    assert run()["changes"] == []
    assert [call.operation for call in aws.requests.since(mark)].count("DescribeImages") == 1

    second = push(aws, "1", "b")
    assert second != first
    moved = run(check_mode=True)
    assert reasons(moved)["task_definition"] == f"differs in containers.app.image: {IMAGE}:1 now points to {second}"
    # Preflight has asked for all regions, before the tag moved.
    mark = aws.requests.mark()
    assert run(image_digests={f"{IMAGE}:1": first})["changes"] == []
    assert "DescribeImages" not in [call.operation for call in aws.requests.since(mark)]
    with aws.fail("AccessDeniedException", "no", operation="DescribeImages"):
        assert run()["changes"] == []
    released = run_job(RELEASE, name="web", image=f"{IMAGE}:1", pin_images=True, wait_timeout=60)
    assert released["named_images"] == {"app": f"{IMAGE}:1@{second}"}
    assert run()["changes"] == []

    # Back, over revisions that nobody has rolled out; and no further, once the image is gone.
    size = ("family", "networkMode", "requiresCompatibilities", "cpu", "memory", "executionRoleArn")
    before = {key: definition_of(aws)[key] for key in (*size, "containerDefinitions")}
    for _number in range(6):
        aws.client("ecs").register_task_definition(**before)
    run(memory=1024)
    back = run_job(RELEASE, name="web", previous=True, check_mode=True)
    assert (back["revision"], back["images"]) == ("hello-dev-web:2", {"app": f"{IMAGE}@{second}"})
    aws.client("ecr").batch_delete_image(repositoryName="shop", imageIds=[{"imageDigest": second}])
    mark = aws.requests.mark()
    with pytest.raises(
        NotReady, match=rf"cannot go back to hello-dev-web:2: {IMAGE}@{second} is no longer in its regis"
    ):
        run_job(RELEASE, name="web", previous=True)
    assert aws.requests.writes(mark) == []


def test_a_registry_of_others_is_asked_too(deploy: Deploy) -> None:
    with serving() as registry:
        registry.token = "free"
        registry.tags |= {"team/shop:1": ONE, "team/shop:2": TWO}

        def run(tag: str) -> dict[str, t.Any]:
            image = registry.image(f"team/shop:{tag}")
            return deploy(check_mode=True, pin_images=True, containers=[container(image=image)])

        assert run("1")["images"] == {"app": registry.image(f"team/shop@{ONE}")}
        registry.status = 503
        assert run("2")["images"] == {"app": registry.image("team/shop:2")}
