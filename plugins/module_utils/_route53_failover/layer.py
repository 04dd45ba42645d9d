# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer, and its job: the layer with a verdict at the end."""

from __future__ import annotations

import dataclasses
import typing as t

from .._engine.context import Context
from .._engine.job import Job
from .._engine.layer import Layer
from .._engine.resource import handlers_of, identify_all
from .observe import observe
from .options import OPTIONS, REQUIRED_IF
from .outputs import outputs
from .plan import RESOURCES, plan
from .resources import health_check_calls, record_set_calls, switch_alarm_calls
from .snapshot import Snapshot
from .spec import Spec, parse

LAYER: t.Final[Layer[Spec, Snapshot]] = Layer(
    name="route53_failover",
    options=OPTIONS,
    parse=parse,
    observe=observe,
    plan=plan,
    identify=lambda snapshot: identify_all(RESOURCES, snapshot),
    outputs=outputs,
    handlers=handlers_of([record_set_calls.CALLS, switch_alarm_calls.CALLS, health_check_calls.CALLS]),
    required_if=REQUIRED_IF,
)


def run(ctx: Context) -> dict[str, t.Any]:
    """Converge, warn of what was left alone, and fail at the end when a listed region could not be added.

    The records that stand are converged before that: a region that fails does not hold up the others.
    """
    result = LAYER.job.run(ctx)
    for region in result["unlisted_regions"]:
        ctx.warn(
            f"{region} is not listed any more, and was left in {result['record']} as it is. "
            f"To take it out run destroy.yml --limit {region}, or this module with state absent and that region."
        )
    for name in result["other_records"]:
        ctx.warn(f"{name} still has failover records of this stack; only state absent, for all regions, removes them.")
    for item in result["released_switches"]:
        ctx.warn(
            f"{item['region']} was evicted by the switch in {item['switch_in']}, which went with that region: "
            f"health decides on {item['region']} again."
        )
    if result["not_ready"]:
        message = _message(result)
        lenient = ctx.params["state"] == "present" and not ctx.params["fail_when_not_ready"]
        if ctx.check_mode or lenient:
            ctx.warn(message)
        else:
            result.update(failed=True, msg=f"{LAYER.name}: {message}")
    return result


def _message(result: t.Mapping[str, t.Any]) -> str:
    reasons = "; ".join(f"{item['region']}: {item['reason']}" for item in result["not_ready"])
    standing = ", ".join(region["name"] for region in result["regions"]) or "no region"
    return f"{reasons}. {result['record']} has {standing}. Run it again once the cause is gone."


JOB: t.Final[Job] = dataclasses.replace(LAYER.job, run=run)
