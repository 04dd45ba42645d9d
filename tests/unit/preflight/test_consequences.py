# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of several problems are consequences of another."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._preflight.consequences import without_consequences
from ansible_collections.everlook.failover.plugins.module_utils._preflight.problem import Problem

from .test_checks import GOOD

NAME, DOMAIN, PRIORITY = (
    ("app_name", "no name."),
    ("app_domain", "no name."),
    ("failover_priority of a, b", "all are 1."),
)
ITEM = ("app_services[web].port", "no port.")


@pytest.mark.parametrize(
    ("found", "given", "kept"),
    [
        ([NAME, ("app_services", "no name.")], {}, [NAME]),
        ([NAME, ("app_services", "no list.")], {"app_services": 1}, [NAME, ("app_services", "no list.")]),
        ([DOMAIN, ("app_certificate_names", "no name.")], {"app_certificate_names": ["a"]}, [DOMAIN]),
        (
            [DOMAIN, ("app_certificate_names", "another mistake.")],
            {"app_certificate_names": ["a"]},
            [DOMAIN, ("app_certificate_names", "another mistake.")],
        ),
        (
            [PRIORITY, ("route53_failover_regions.priority", "1 twice."), ("route53_failover_regions", "is empty.")],
            {},
            [PRIORITY],
        ),
        ([ITEM, ("app_services", "is not set.")], {"app_services": ["web"]}, [ITEM]),
        (
            [ITEM, ("app_services", "two are called a.")],
            {"app_services": []},
            [ITEM, ("app_services", "two are called a.")],
        ),
        ([("app_services", "is empty.")], {"app_services": []}, [("app_services", "is empty.")]),
        ([("app_services", "is not set."), NAME], {}, [NAME]),
    ],
)
def test_one_mistake_is_one_problem(
    found: list[tuple[str, str]], given: dict[str, t.Any], kept: list[tuple[str, str]]
) -> None:
    problems = [Problem(variable, what, "") for variable, what in found]
    left = without_consequences(problems, dataclasses.replace(GOOD, given=given))
    assert [(problem.variable, problem.what) for problem in left] == kept
