# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which images must not expire when a release is about to run them: those it names, or those that it goes back to."""

from __future__ import annotations

import typing as t

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from .plays import ROOT

LOOK = {"results": [{"component": "web", "images": {"app": "shop@sha256:1", "side": "envoy:1"}}]}


@pytest.mark.parametrize(
    ("variables", "images"),
    [
        ({"release_image": "shop:2"}, ["shop:2"]),
        ({"release_images": {"web": {"app": "shop:2"}, "api": {"app": "shop:3"}}}, ["shop:2", "shop:3"]),
        ({"release_back": True}, ["shop@sha256:1", "envoy:1"]),
    ],
)
def test_what_a_release_is_about_to_run_does_not_expire(variables: dict[str, t.Any], images: list[str]) -> None:
    (block, *_others) = yaml.safe_load((ROOT / "playbooks" / "tasks" / "release.yml").read_text(encoding="utf-8"))
    (repositories,) = [task["vars"] for task in block["block"] if "ecr_images" in task.get("vars", {})]
    templar = Templar(DataLoader(), variables={"ecs_release_look": LOOK, **variables})
    assert templar.template(trust_as_template(repositories["ecr_images"])) == images
