# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One message for one mistake: problems that go with another one are left out. Pure."""

from __future__ import annotations

import typing as t

from .names import root
from .problem import Problem
from .spec import PreflightSpec
from .values import EMPTY, NOT_SET

# Variables that the role application makes of another one, if the inventory does not set them
_MADE_OF: t.Final = {
    "app_certificate_names": "app_domain",
    "app_services": "app_name",
    "route53_failover_regions": "failover_priority",
}


def without_consequences(problems: t.Sequence[Problem], spec: PreflightSpec) -> list[Problem]:
    """The problems to correct; all of them if each seems to be the consequence of another."""
    return [each for each in problems if not _follows(each, problems, spec)] or list(problems)


def _follows(problem: Problem, problems: t.Sequence[Problem], spec: PreflightSpec) -> bool:
    variable = _variable(problem)
    if spec.broken and problem.what == NOT_SET[0] and spec.given.get(variable) not in (None, ""):
        # It is set, and a template that reads it fails because of another variable.
        return True
    if variable in spec.broken:
        return not (problem.what == spec.broken[variable] and variable in spec.given)
    items = {other.what for other in problems if other.variable.startswith(f"{problem.variable}[")}
    if items and problem.what in {NOT_SET[0], EMPTY[0], *items}:
        # A list without items that can be used
        return True
    causes = [other for other in problems if _variable(other) == _MADE_OF.get(variable)]
    return bool(causes) and (variable not in spec.given or problem.what in {cause.what for cause in causes})


def _variable(problem: Problem) -> str:
    """``app_services`` of ``app_services[web].port``, and ``vpc_cidr`` of ``vpc_cidr of us-east-1``."""
    return root(problem.variable.partition(" ")[0])
