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


def report(*images: t.Any, stack: str = "shop") -> str:
    regions = {
        region: {"priority": 1, "vpc": {}, "ecs_service": {"component": "web", "images": {"web": image}}}
        for region, image in zip((EAST, WEST), images, strict=True)
    }
    return json.dumps({"stack": stack, "regions": regions})


def promoted(text: str, image: str = "shop:1") -> dict[str, t.Any]:
    return promoted_images(text, "shop", {"web": {"web": image}})


def with_images(images: t.Any) -> str:
    return json.dumps({"stack": "shop", "regions": {EAST: {"ecs_service": {"component": "web", "images": images}}}})


def test_what_all_regions_run_is_promoted() -> None:
    image = f"shop{DIGEST}"
    assert promoted(report(image, image)) == {"images": {"web": {"web": image}}, "mistakes": []}


def test_images_of_each_regions_own_registry_are_one() -> None:
    images = [f"1.dkr.ecr.{region}.amazonaws.com/shop{DIGEST}" for region in (EAST, WEST)]
    found = promoted(report(*images), "1.dkr.ecr.eu-west-1.amazonaws.com/shop:2")
    image = f"1.dkr.ecr.{{region}}.amazonaws.com/shop{DIGEST}"
    assert found == {"images": {"web": {"web": image}}, "mistakes": []}


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("[]", "it is not a report of a deployment."),
        ("{", "it is not a report of a deployment."),
        pytest.param("[" * 100_000, "it is not a report of a deployment.", id="deep"),
        (with_images(["shop:1"]), "it is not a report of a deployment."),
        (with_images({"web": ["shop:1"]}), "it is not a report of a deployment."),
        (with_images({"web": None}), "it is not a report of a deployment."),
        (report("shop:1", "shop:1", stack="other"), "it is about other, and this is shop."),
        (report(f"shop{DIGEST}", "shop:2"), "web runs different images in its regions"),
        (report("shop:1", "shop:1"), "web runs shop:1 by its tag"),
        (json.dumps({"stack": "shop", "regions": {EAST: {"ecs_service": {}}}}), "it has no images of web"),
        (report(5, 5), "it is not a report of a deployment."),
        (report(None, None), "it is not a report of a deployment."),
        (report(f"theirs{DIGEST}", f"theirs{DIGEST}"), "web runs theirs@sha256:0"),
        (report(f"evil.example/shop{DIGEST}", f"evil.example/shop{DIGEST}"), "web runs evil.example/shop@sha256:0"),
    ],
)
def test_what_is_not_certain_is_not_promoted(text: str, mistake: str) -> None:
    (found,) = promoted(text)["mistakes"]
    assert found.startswith(mistake)


@pytest.mark.parametrize("named", ["shop", "shop:1", f"shop{DIGEST}", f"shop:1{DIGEST}"])
def test_the_repository_is_the_inventory_s_to_say(named: str) -> None:
    image = f"shop{DIGEST}"
    assert promoted(report(image, image), named)["mistakes"] == []
    (mistake,) = promoted(report(image, image), f"registry:5000/{named}")["mistakes"]
    assert "registry:5000/shop" in mistake


def test_a_container_that_the_inventory_has_not_is_not_released() -> None:
    (mistake,) = promoted_images(report(f"shop{DIGEST}", f"shop{DIGEST}"), "shop", {"web": {"app": "shop:1"}})[
        "mistakes"
    ]
    assert "no container web" in mistake


@pytest.mark.parametrize(("pending", "refused"), [(["rollout/main"], True), ([], False)])
def test_a_release_that_was_not_waited_for_is_not_promoted(pending: list[str], refused: bool) -> None:
    document = json.loads(report(f"shop{DIGEST}", f"shop{DIGEST}"))
    document["regions"][WEST]["ecs_service"]["pending"] = pending
    assert [text[:28] for text in promoted(json.dumps(document))["mistakes"]] == [
        "the release of web there had"
    ] * refused
    other = promoted_images(json.dumps(document), "shop", {})
    assert other["mistakes"] == []
