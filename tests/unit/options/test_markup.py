# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's markup in roles and in Markdown."""

from __future__ import annotations

import pytest

from scripts.options.markup import for_role, to_markdown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("If O(zones) is empty.", "If O(vpc_zones) is empty."),
        ("Required if O(state=present).", "Required if O(vpc_state=present)."),
        ("Less than O(health_check.interval).", "Less than O(vpc_health_check.interval)."),
        ("See O(containers[].secrets).", "See O(vpc_containers[].secrets)."),
        ("Listed in RV(pending), RV(ignore:pending).", "Listed in C(vpc_result.pending), C(vpc_result.pending)."),
        ("V(present), M(everlook.failover.vpc), E(AWS_REGION)", "V(present), M(everlook.failover.vpc), E(AWS_REGION)"),
        ("O(other.thing.module#module:name)", "O(other.thing.module#module:name)"),
    ],
)
def test_references_name_the_variables_of_the_role(text: str, expected: str) -> None:
    assert for_role(text, "vpc") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "O(vpc_state=present), V(a), C(b), M(x.y.z), E(HOME), RV(c)",
            "`vpc_state=present`, `a`, `b`, `x.y.z`, `HOME`, `c`",
        ),
        (r"C(f(x\))", "`f(x)`"),
        ("O(everlook.failover.ecs_service#module:name)", "`ecs_service_name`"),
        ("See P(everlook.failover.alb#module).", "See `everlook.failover.alb`."),
        ("L(the guide, https://example.com)", "[the guide](https://example.com)"),
        ("B(now), I(soon)", "*now*, *soon*"),
        ("a|b", r"a\|b"),
        ("Elastic Load Balancing (ELB)", "Elastic Load Balancing (ELB)"),
    ],
)
def test_markdown_has_the_same_in_its_own_markup(text: str, expected: str) -> None:
    assert to_markdown(text) == expected
