# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuses tasks that need results of tasks before --start-at-task."""

from __future__ import annotations

import typing as t

from ansible import context

from ...module_utils._engine.job import Job

# Modules whose role has another name
_TAGS: t.Final = {"route53_zone_delegation": "route53_zone"}


def refusal(job: Job, args: t.Mapping[str, t.Any]) -> str | None:
    """Why the run cannot start at this task, and what to do; None if it can."""
    if not context.CLIARGS.get("start_at_task"):
        return None
    needs = [option for option, rules in job.argument_spec.items() if rules.get("required")]
    for option, value, options in job.required_if:
        if args.get(option, job.argument_spec[option].get("default")) == value:
            needs += options
    missing = [option for option in dict.fromkeys(needs) if args.get(option) is None]
    if not missing:
        return None
    tag = _TAGS.get(job.name, job.name)
    comes = "come" if len(missing) > 1 else "comes"
    return (
        f"{' and '.join(missing)} {comes} from tasks before the one that --start-at-task names: run with --tags {tag} "
        "instead, which runs those as well."
    )
