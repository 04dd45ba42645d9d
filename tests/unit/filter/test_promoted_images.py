# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report says of the images that an environment runs."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.filter.promoted_images import promoted_images

EAST, WEST = "us-east-1", "us-west-1"
DIGEST = "@sha256:" + "0" * 64


def report(*images: str, stack: str = "shop") -> str:
    regions = {
        region: {"priority": 1, "vpc": {}, "ecs_service": {"component": "web", "images": {"web": image}}}
        for region, image in zip((EAST, WEST), images, strict=True)
    }
    return json.dumps({"stack": stack, "regions": regions})


def promoted(text: str, *services: str) -> dict[str, t.Any]:
    return promoted_images(text, "shop", services or ("web",))


def test_what_all_regions_run_is_promoted() -> None:
    image = f"shop{DIGEST}"
    assert promoted(report(image, image)) == {"images": {"web": {"web": image}}, "mistakes": []}


def test_images_of_each_regions_own_registry_are_one() -> None:
    images = [f"1.dkr.ecr.{region}.amazonaws.com/shop{DIGEST}" for region in (EAST, WEST)]
    assert promoted(report(*images))["images"] == {"web": {"web": f"1.dkr.ecr.{{region}}.amazonaws.com/shop{DIGEST}"}}


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("[]", "it is no report of a deployment."),
        ("{", "it is no report of a deployment."),
        (report("shop:1", "shop:1", stack="other"), "it is about other, and this is shop."),
        (report(f"shop{DIGEST}", "shop:2"), "web runs different images in its regions"),
        (report("shop:1", "shop:1"), "web runs shop:1 by its tag"),
        (json.dumps({"stack": "shop", "regions": {EAST: {"ecs_service": {}}}}), "it has no images of web"),
    ],
)
def test_what_is_not_certain_is_not_promoted(text: str, mistake: str) -> None:
    (found,) = promoted(text)["mistakes"]
    assert found.startswith(mistake)
