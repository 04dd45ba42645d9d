# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images in ECR."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from .conftest import Local
from .helpers import refused


def manifest(layer: str) -> str:
    kind = "application/vnd.oci.image.manifest.v1+json"
    return json.dumps({"schemaVersion": 2, "mediaType": kind, "config": {"digest": layer, "size": 1}, "layers": []})


def test_an_image_keeps_its_digest_when_its_tag_moves(local: Local) -> None:
    ecr = local.client("ecr")
    with refused("RepositoryNotFoundException"):
        ecr.put_image(repositoryName="shop", imageManifest=manifest("a"), imageTag="1")
    ecr.create_repository(repositoryName="shop")

    def push(layer: str, **more: Any) -> str:
        answer = ecr.put_image(repositoryName="shop", imageManifest=manifest(layer), imageTag="1", **more)
        digest: str = answer["image"]["imageId"]["imageDigest"]
        return digest

    def find(**image: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = ecr.describe_images(repositoryName="shop", imageIds=[image])["imageDetails"]
        return found

    first = push("a")
    assert first == f"sha256:{hashlib.sha256(manifest('a').encode()).hexdigest()}"
    second = push("b")
    assert [item["imageDigest"] for item in find(imageTag="1")] == [second] != [first]
    assert [item.get("imageTags") or [] for item in find(imageDigest=first)] == [[]]
    with refused("ImageDigestDoesNotMatchException"):
        push("c", imageDigest=first)
    with refused("ImageNotFoundException"):
        find(imageTag="2")
