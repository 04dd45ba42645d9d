# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan as people and programs read it."""

from __future__ import annotations

import typing as t

from ansible_collections.everlook.failover.plugins.plugin_utils import plan_text


def change(region: str, layer: str, action: str, name: str) -> dict[str, t.Any]:
    return {"region": region, "layer": layer, "kind": "subnet", "name": name, "action": action, "reason": "because"}


CHANGES = [
    change("", "route53_zone", "create", "a"),
    change("us-east-1", "vpc", "create", "b"),
    change("us-east-1", "vpc", "update", "c"),
    change("us-west-1", "vpc", "delete", "d"),
]


def test_a_block_for_each_region_and_layer() -> None:
    assert plan_text.blocks(CHANGES) == [
        "route53_zone: 1 to add",
        "  + subnet/a (because)",
        "us-east-1 vpc: 1 to add, 1 to change",
        "  + subnet/b (because)",
        "  ~ subnet/c (because)",
        "us-west-1 vpc: 1 to destroy",
        "  - subnet/d (because)",
    ]
    assert plan_text.blocks([]) == []


def test_what_is_there_is_named_by_its_id() -> None:
    service = {**CHANGES[2], "id": "arn:aws:ecs:us-east-1:1:service/hello/hello-dev"}
    assert plan_text.blocks([service])[1] == "  ~ subnet/c hello-dev (because)"
    vpc = {**CHANGES[2], "id": "subnet-1"}
    assert plan_text.blocks([vpc])[1] == "  ~ subnet/c subnet-1 (because)"
    log_group = {**CHANGES[2], "id": "/ecs/hello/dev/api"}
    assert plan_text.blocks([log_group])[1] == "  ~ subnet/c /ecs/hello/dev/api (because)"


def test_the_count_is_by_kind_of_change() -> None:
    assert plan_text.count(CHANGES) == "2 to add, 1 to change, 1 to destroy"
    assert plan_text.count(CHANGES, done=True) == "2 added, 1 changed, 1 destroyed"
    assert plan_text.count([]) == ""


def test_programs_get_counts_and_changes() -> None:
    document = plan_text.document(CHANGES, {"schema": 1}, done=False)
    assert document["count"] == {"create": 2, "update": 1, "delete": 1}
    assert document["changes"] == CHANGES
    assert (document["schema"], document["done"]) == (1, False)


def test_a_pull_request_gets_markdown() -> None:
    assert plan_text.markdown(CHANGES[2:], "hello in dev", done=False).splitlines() == [
        "### hello in dev: 1 to change, 1 to destroy",
        "",
        "```diff",
        "# us-east-1 vpc: 1 to change",
        "! subnet/c (because)",
        "# us-west-1 vpc: 1 to destroy",
        "- subnet/d (because)",
        "```",
    ]
    assert plan_text.markdown([], "hello in dev", done=False) == "### hello in dev: nothing to change\n"
