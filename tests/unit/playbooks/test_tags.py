# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which roles the tags of a run ask for."""

from __future__ import annotations

import pytest

from .plays import Plays

LAYERS = (
    "route53_zone",
    "vpc",
    "acm_certificate",
    "alb",
    "ecr",
    "ecs_service",
    "cloudwatch_alarms",
    "route53_failover",
)
NEEDS = {
    "route53_zone": {"route53_zone"},
    "vpc": {"vpc"},
    "acm_certificate": {"acm_certificate"},
    "alb": {"vpc", "acm_certificate", "alb"},
    "ecr": {"ecr"},
    "ecs_service": {"vpc", "acm_certificate", "alb", "ecr", "ecs_service"},
    "cloudwatch_alarms": {"cloudwatch_alarms"},
    "route53_failover": {"route53_zone", "route53_failover"},
}


def roles(playbook: str, tags: tuple[str, ...] = ("all",), skip_tags: tuple[str, ...] = ()) -> set[str]:
    tasks = [task for _play, task in Plays(playbook, tags, skip_tags).tasks()]
    return {task._role.get_name().rpartition(".")[2] for task in tasks if task._role}


def test_without_tags_everything_runs() -> None:
    assert roles("site") == set(LAYERS)


@pytest.mark.parametrize("layer", LAYERS)
def test_a_tag_runs_its_layer_and_what_that_needs(layer: str) -> None:
    assert roles("site", (layer,)) == NEEDS[layer]


@pytest.mark.parametrize("skipped", LAYERS)
def test_a_skipped_tag_skips_its_layer_alone(skipped: str) -> None:
    assert roles("site", skip_tags=(skipped,)) == set(LAYERS) - {skipped}


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("skipped", LAYERS)
def test_both_together(layer: str, skipped: str) -> None:
    expected = NEEDS[layer] - {skipped} if layer != skipped else set()
    assert roles("site", (layer,), (skipped,)) == expected


@pytest.mark.parametrize(
    ("tag", "gone"),
    [
        ("route53_failover", {"route53_failover", "cloudwatch_alarms"}),
        ("cloudwatch_alarms", {"cloudwatch_alarms"}),
        ("ecs_service", {"route53_failover", "cloudwatch_alarms", "ecs_service"}),
        ("ecr", {"route53_failover", "cloudwatch_alarms", "ecs_service", "ecr"}),
        ("alb", {"route53_failover", "cloudwatch_alarms", "ecs_service", "alb", "acm_certificate"}),
        ("acm_certificate", {"route53_failover", "cloudwatch_alarms", "ecs_service", "alb", "acm_certificate"}),
        ("vpc", {"route53_failover", "cloudwatch_alarms", "ecs_service", "alb", "acm_certificate", "vpc"}),
        ("route53_zone", {"route53_failover", "cloudwatch_alarms", "route53_zone"}),
    ],
)
def test_a_removal_takes_a_layer_with_all_that_builds_on_it(tag: str, gone: set[str]) -> None:
    assert roles("destroy", (tag,)) == gone


def test_a_removal_says_so_to_every_layer() -> None:
    book = Plays("destroy")
    for name in ("Regions", "Check that nothing is left"):
        said = book.play(name).vars
        assert {layer: said.get(f"{layer}_state") for layer in LAYERS} == dict.fromkeys(LAYERS, "absent")
        assert {layer for layer in LAYERS if f"{layer}_confirm" not in said} == set()
