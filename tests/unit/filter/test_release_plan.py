# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release says before it begins, and what it refuses."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.filter.release_plan import release_plan

EAST, WEST = "us-east-1", "us-west-1"
INVENTORY = {"web": {"web": "shop:1"}}


def look(region: str, before: tuple[int, str], after: tuple[int, str], service: str = "web") -> dict[str, t.Any]:
    def revision(number: int, image: str) -> dict[str, t.Any]:
        return {"revision": f"{service}:{number}", "images": {service: image}}

    result = {
        "component": service,
        "changes": [{"kind": "service"}] if before != after else [],
        "before": revision(*before),
        **revision(*after),
    }
    return {"name": region, "look": {"results": [result]}}


def test_regions_that_run_different_images_do_not_go_back_together() -> None:
    looks = [look(EAST, (6, "shop:1"), (5, "shop:0")), look(WEST, (7, "shop:2"), (6, "shop:1"))]
    (mistake,) = release_plan(looks, INVENTORY, back=True)["mistakes"]
    assert "its regions run different images (us-east-1 shop:1; us-west-1 shop:2)" in mistake
    assert "--limit" in mistake
    assert release_plan(looks, INVENTORY)["mistakes"] == []
    assert release_plan(looks[1:], INVENTORY, back=True)["mistakes"] == []


def test_nor_do_those_that_would_run_different_ones() -> None:
    looks = [look(EAST, (6, "shop:2"), (4, "shop:0")), look(WEST, (7, "shop:2"), (6, "shop:1"))]
    (mistake,) = release_plan(looks, INVENTORY, back=True)["mistakes"]
    assert "would go back to different images" in mistake


def test_an_image_of_each_regions_own_registry_is_the_same_image() -> None:
    looks = [
        look(region, (7, f"1.dkr.ecr.{region}.amazonaws.com/shop:2"), (6, f"1.dkr.ecr.{region}.amazonaws.com/shop:1"))
        for region in (EAST, WEST)
    ]
    plan = release_plan(looks, {"web": {"web": "1.dkr.ecr.{region}.amazonaws.com/shop:1"}}, back=True)
    assert plan["mistakes"] == []
    assert plan["notes"] == []


def test_what_the_inventory_names_comes_back() -> None:
    (note,) = release_plan([look(EAST, (7, "shop:1"), (8, "shop:2"))], INVENTORY)["notes"]
    assert "The inventory names shop:1 for web: the next run of site.yml releases that." in note
    assert "put shop:2 there" in note


def test_one_tag_that_leads_to_different_digests_is_not_released() -> None:
    looks = [look(EAST, (7, "shop:1"), (8, "shop@sha256:1")), look(WEST, (7, "shop:1"), (8, "shop@sha256:2"))]
    (mistake,) = release_plan(looks, INVENTORY)["mistakes"]
    assert "web: the image of web is not the same in all regions (us-east-1 shop@sha256:1; us-west-1 shop@" in mistake
    assert "Wait until it is replicated" in mistake
    # What a release before this one has left behind is none of its business.
    behind = [(EAST, (7, "shop@sha256:1")), (WEST, (8, "shop@sha256:2"))]
    assert release_plan([look(region, runs, runs) for region, runs in behind], INVENTORY)["mistakes"] == []


@pytest.mark.parametrize(("tag", "notes"), [("shop:1", []), ("shop:2", ["put shop:2 there"])])
def test_a_pinned_image_is_compared_with_the_inventory_by_its_tag(tag: str, notes: list[str]) -> None:
    released = look(EAST, (7, "shop:1"), (8, "shop@sha256:1"))
    released["look"]["results"][0]["named_images"] = {"web": f"{tag}@sha256:1"}
    found = release_plan([released], INVENTORY)["notes"]
    assert [part in text for part, text in zip(notes, found, strict=True)] == [True] * len(notes)
