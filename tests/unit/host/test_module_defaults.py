# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""module_defaults reach the options that a task omits, and no others."""

from __future__ import annotations

import typing as t
from pathlib import Path

import yaml

from ansible_collections.everlook.failover.plugins.plugin_utils.jobs import registry
from ansible_collections.everlook.failover.plugins.plugin_utils.jobs.local import LocalJob
from ansible_collections.everlook.failover.plugins.plugin_utils.module_defaults import arguments

RUNTIME = Path(__file__).resolve().parents[3] / "meta" / "runtime.yml"
GROUP = "group/everlook.failover.aws"


class Templar:
    def template(self, value: t.Any) -> t.Any:
        return value


def of(given: dict[str, t.Any], *defaults: dict[str, t.Any]) -> dict[str, t.Any]:
    return arguments("vpc", given, defaults, Templar())


def test_what_the_task_says_counts_most_then_the_module_then_its_group() -> None:
    defaults = {
        GROUP: {"region": "us-west-1", "profile": "of-the-group", "wait": False},
        "everlook.failover.vpc": {"cidr": "10.60.0.0/16", "profile": "of-the-module"},
        "everlook.failover.alb": {"http2": False},
    }
    assert of({"wait": True}, defaults) == {
        "wait": True,
        "region": "us-west-1",
        "profile": "of-the-module",
        "cidr": "10.60.0.0/16",
    }


def test_an_inner_entry_replaces_an_outer_one() -> None:
    assert of({}, {GROUP: {"region": "us-west-1", "profile": "a"}}, {GROUP: {"region": "eu-west-1"}}) == {
        "region": "eu-west-1"
    }


def test_without_defaults_nothing_is_added() -> None:
    assert of({"wait": True}) == {"wait": True}


def test_every_module_that_calls_aws_is_in_the_group() -> None:
    (_metadata, *members) = yaml.safe_load(RUNTIME.read_text())["action_groups"]["aws"]
    assert set(members) == {name for name in registry.MODULES if not isinstance(registry.load(name), LocalJob)}
