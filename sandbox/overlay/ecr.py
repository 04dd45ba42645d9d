# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Amazon ECR: an image is its manifest, and keeps its digest when its tag moves to another one.

moto makes digests of something else, alike for images that differ, and deletes what a tag leaves behind. OCI
Distribution Specification, "Digests"; Amazon ECR API, PutImage and ImageDigestDoesNotMatchException.
"""

from __future__ import annotations

import hashlib
from typing import Any

from moto.ecr.responses import ECRResponse

from sandbox.overlay.base import AwsError, Call, corrects


@corrects(ECRResponse, "PutImage")
def put_image(call: Call) -> Any:
    """PutImage: by the digest of the manifest. What had the tag stays, without it."""
    manifest, tag, name = str(call.get("imageManifest")), call.get("imageTag"), str(call.get("repositoryName"))
    digest = f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"
    if call.get("imageDigest") not in (None, digest):
        raise AwsError("ImageDigestDoesNotMatchException", "The specified image digest does not match the manifest.")
    repository = call.backend.repositories.get(name)
    if repository is None:
        raise AwsError(
            "RepositoryNotFoundException",
            f"The repository with name '{name}' does not exist in the registry with id '{call.account}'",
        )
    former = [image for image in repository.images if tag in image.image_tags and image.image_manifest != manifest]
    image = call.backend.put_image(name, manifest, tag, call.get("imageManifestMediaType"), digest)
    for each in former:
        if each not in repository.images:
            each.image_tag, each.image_tags = None, []
            repository.images.append(each)
    return {"image": image}
