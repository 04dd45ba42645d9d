# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images of ECR: pushed by their manifests, copied to other regions, listed in pages.

moto computes the same digest for different images, deletes an image that loses its tag, and replicates nothing. OCI
Distribution Specification, "Digests"; Amazon ECR API, PutImage; User Guide, "Private image replication".
"""

from __future__ import annotations

import functools
import hashlib
import json
from typing import Any

from moto.ecr.models import Image, ecr_backends
from moto.ecr.responses import ECRResponse

from sandbox.overlay.base import AwsError, Call, World, corrects
from sandbox.overlay.registry.lifecycle import expect_expiry
from sandbox.overlay.registry.pages import page_of


@corrects(ECRResponse, "PutImage")
def put_image(call: Call) -> Any:
    """PutImage: by the digest of the manifest. Unless tags are immutable, the tag's former image stays, untagged."""
    manifest, name = str(call.get("imageManifest")), str(call.get("repositoryName"))
    digest = f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"
    if call.get("imageDigest") not in (None, digest):
        raise AwsError("ImageDigestDoesNotMatchException", "The specified image digest does not match the manifest.")
    repository = call.backend._get_repository(name)
    media = call.get("imageManifestMediaType") or json.loads(manifest).get("mediaType")
    if not media:
        raise AwsError("InvalidParameterException", "image manifest mediatype not provided in manifest or parameter")
    image = _store(call.world, repository, Image(call.account, call.get("imageTag"), manifest, name, media, digest))
    _copy(call.world, call.account, call.region, image, call.get("imageTag"))
    # The tag of the request, whichever others there are.
    identifier = {"imageDigest": digest, **({"imageTag": call.get("imageTag")} if call.get("imageTag") else {})}
    return {
        "image": {
            "registryId": call.account,
            "repositoryName": name,
            "imageId": identifier,
            "imageManifest": manifest,
            "imageManifestMediaType": media,
        }
    }


@corrects(ECRResponse, "DescribeImages")
def describe_images(call: Call) -> Any:
    """DescribeImages: by default a hundred at once; on request only tagged or untagged ones."""
    details = call.proceed()["imageDetails"]
    status = (call.get("filter") or {}).get("tagStatus", "ANY")
    if status != "ANY":
        details = [each for each in details if bool(getattr(each, "image_tags", None)) == (status == "TAGGED")]
    return page_of(call, "imageDetails", details, all_of="imageIds")


def _store(world: World, repository: Any, new: Image) -> Any:
    """Put the image, or its tag, into the repository. Raises AwsError."""
    tag, digest = new.image_tag, new.get_image_digest()
    found = next((image for image in repository.images if image.get_image_digest() == digest), None)
    holder = next((image for image in repository.images if tag and tag in image.image_tags), None)
    if found is not None and (not tag or tag in found.image_tags):
        raise AwsError(
            "ImageAlreadyExistsException",
            f"Image with digest '{digest}' and tag '{tag}' already exists in the repository with name "
            f"'{repository.name}' in registry with id '{repository.registry_id}'",
        )
    if holder is not None and repository.is_tag_immutable():
        raise AwsError(
            "ImageTagAlreadyExistsException",
            f"The image tag '{tag}' already exists in the '{repository.name}' repository and cannot be overwritten "
            "because the tag is immutable.",
        )
    if holder is not None:
        holder.remove_tag(tag)
        holder.image_tag = holder.image_tags[-1] if holder.image_tags else None
    if found is None:
        found = new
        found.image_pushed_at = int(world.wall())
        repository.images.append(found)
    else:
        found.update_tag(tag)
    expect_expiry(world, repository)
    return found


def _copy(world: World, account: str, region: str, image: Any, tag: str | None) -> None:
    """Copy the image by the registry's rules. Other accounts would have to permit it."""
    for rule in ecr_backends[account][region].replication_config["rules"]:
        filters = [item["filter"] for item in rule.get("repositoryFilters") or ()]
        if not filters or image.repository_name.startswith(tuple(filters)):
            for place in rule["destinations"]:
                if place["registryId"] == account:
                    world.schedule(
                        "image_replication", functools.partial(_replicate, world, account, place["region"], image, tag)
                    )


def _replicate(world: World, account: str, region: str, image: Any, tag: str | None) -> None:
    """Copy the image, and create a missing repository with AWS's defaults. The target's settings may refuse it."""
    backend, name = ecr_backends[account][region], image.repository_name
    if name not in backend.repositories:
        backend.create_repository(name, None, None, None, None, [])
    new = Image(account, tag, image.image_manifest, name, image.image_manifest_media_type, image.get_image_digest())
    try:
        _store(world, backend.repositories[name], new)
    except AwsError:
        return
