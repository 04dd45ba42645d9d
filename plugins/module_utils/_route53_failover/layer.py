# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer route53_failover, and its job, which adds the status and a verdict."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws import untagged
from .._engine.context import Context
from .._engine.job import Job
from .._engine.known import Known
from .._engine.layer import Layer
from .._engine.unread import describe_unread
from .._failover_chain import chain, health_checks, record_names
from .._failover_chain.status_report import report
from .._resources import role_calls
from .._route53.names import readable
from .observe import observe
from .options import OPTIONS, REQUIRED_IF
from .plan import RESOURCES, plan
from .resources import health_check_calls, record_set_calls, switch_alarm_calls, switch_schedule, switch_schedule_calls
from .resources.record_set import WAIT_KIND, zone_id_of
from .selection import Selection, select, switch_pairs
from .settling import settled
from .snapshot import Snapshot
from .spec import Spec, parse


def outputs(spec: Spec, snapshot: Snapshot, known: Known) -> dict[str, t.Any]:
    """The module's own return values."""
    selection = select(spec, snapshot)
    pairs = switch_pairs(snapshot, selection.regions)
    others = chain.bases(spec.owner, snapshot.records) - {spec.record_name}
    return {
        "record": readable(spec.record_name),
        "zone": readable(spec.zone),
        "zone_id": snapshot.zone_id if spec.absent else zone_id_of(spec, snapshot),
        "regions": [
            _region(spec, place, member, pairs, known) for place, member in enumerate(selection.members, start=1)
        ],
        "not_ready": [{"region": region, "reason": reason} for region, reason in sorted(selection.not_ready.items())],
        "unlisted_regions": list(selection.unlisted),
        "removed_regions": _removed(spec, snapshot, selection) if spec.absent else [],
        "released_switches": [{"region": region, "switch_in": seat} for region, seat in snapshot.latched],
        "other_records": [] if spec.absent else [readable(base) for base in sorted(others)],
        "status": report(snapshot.status) if snapshot.status else None,
    }


def _removed(spec: Spec, snapshot: Snapshot, selection: Selection) -> list[str]:
    """Those in DNS or with health checks that do not remain in the chain."""
    in_dns = chain.members_of(spec.owner, spec.record_name, snapshot.records)
    known = {member.region for member in in_dns} | {check.region for check in snapshot.checks}
    return sorted(known - {*selection.regions})


def _region(
    spec: Spec, place: int, member: chain.Member, pairs: t.Sequence[tuple[str, str]], known: Known
) -> dict[str, t.Any]:
    region = member.region

    def check_id(name: str) -> str:
        return known.describe(health_checks.address(region, name))

    return {
        "name": region,
        "place": place,
        "role": chain.role(place),
        "listed": not spec.absent and region in spec.names,
        "record": readable(record_names.regional_name(region, spec.record_name)),
        "load_balancer_dns_name": readable(member.balancer.dns_name),
        "health_check_id": check_id(health_checks.CALCULATED),
        "endpoint_health_check_id": check_id(health_checks.ENDPOINT),
        "switch_health_check_ids": {
            seat: check_id(health_checks.switch(seat)) for evicted, seat in pairs if evicted == region
        },
    }


def left(spec: Spec, snapshot: Snapshot) -> list[dict[str, str]]:
    """The switches' role, if its tags are lost. Everything else is found without tags."""
    role = snapshot.switch_role
    if not spec.absent or role is None or spec.names:
        return []
    return untagged.describe(spec.owner, [(switch_schedule.ROLE_ADDRESS, role.arn, role.tags)])


# What the result of a removal has if a region that is left could not be read
_OF_FAILURE: t.Final = ("changed", "changes", "diff", "failed", "msg", "not_ready")

LAYER: t.Final[Layer[Spec, Snapshot]] = Layer(
    name="route53_failover",
    options=OPTIONS,
    parse=parse,
    observe=observe,
    plan=plan,
    outputs=outputs,
    resources=RESOURCES,
    untagged=left,
    calls=(
        record_set_calls.CALLS,
        switch_alarm_calls.CALLS,
        role_calls.CALLS,
        switch_schedule_calls.CALLS,
        health_check_calls.CALLS,
    ),
    required_if=REQUIRED_IF,
)


def run(ctx: Context) -> dict[str, t.Any]:
    """Converge, warn about what was left alone, and fail at the end if a listed region could not be added.

    Existing records are converged before that, so that a region that fails does not delay the others.
    """
    result = LAYER.job.run(ctx)
    spec = parse(ctx.params, ctx.region)
    if spec.status and not ctx.check_mode and not _is_final(result):
        result.update(status=settled(ctx, spec), unread=describe_unread(ctx))
        if result["status"] is None:
            reasons = "; ".join(item["reason"] for item in result["unread"])
            text = f"everything is converged, and which region serves could not be read: {reasons}"
            result.update(failed=True, msg=f"{LAYER.name}: {text}")
    for sentence in _left_alone(result):
        ctx.warn(sentence)
    steps = ", ".join(item for item in result["pending"] if not item.startswith(WAIT_KIND))
    if steps and not spec.absent:
        ctx.warn(f"Not done, because it has to wait for Route 53's name servers: {steps}. The next run does it.")
    if result["not_ready"]:
        message = _message(result)
        lenient = not spec.absent and not ctx.params["fail_when_not_ready"]
        if ctx.check_mode or lenient:
            ctx.warn(message)
        else:
            result.update(failed=True, msg=f"{LAYER.name}: {message}")
            # Ansible prints a failed result. Of a removal nobody needs the outputs.
            return {key: result[key] for key in _OF_FAILURE} if spec.absent else result
    return result


def _left_alone(result: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    for region in result["unlisted_regions"]:
        yield (
            f"{region} is no longer listed, and was left in {result['record']}. "
            f"To take it out run destroy.yml --limit {region}, or this module with state absent and that region."
        )
    for name in result["other_records"]:
        yield f"{name} still has failover records of this stack; only state absent, for all regions, removes them."
    for name in sorted(_former_names(result) - {*result["other_records"]}):
        yield (
            f"This stack answered at {name} before. Its zone, its records and its delegation stay, but no run "
            f"converges or deletes them now, and over HTTPS the users of {name} get a certificate for other names. To "
            f"keep these users, set {name} again, and deploy {result['record']} as another environment beside it."
        )
    for item in result["released_switches"]:
        yield (
            f"{item['region']} was evicted by the switch in {item['switch_in']}, which went with that region: "
            f"health decides on {item['region']} again."
        )


def _former_names(result: t.Mapping[str, t.Any]) -> set[str]:
    """The names of which regional names were probed so far, and are not from this run on."""
    names: set[str] = set()
    for region in (item["name"] for item in result["regions"]):
        place = health_checks.address(region, health_checks.ENDPOINT)
        was, becomes = (result["diff"][side].get(place, {}).get("domain_name") for side in ("before", "after"))
        if becomes and was != becomes and str(was).startswith(f"{region}."):
            names.add(str(was).removeprefix(f"{region}."))
    return names - {result["record"]}


def _is_final(result: t.Mapping[str, t.Any]) -> bool:
    """Whether the status that was read before the apply is still valid."""
    regions = (result["status"] or {}).get("regions", ())
    return not result["changed"] and any(region["healthy"] for region in regions)


def _message(result: t.Mapping[str, t.Any]) -> str:
    reasons = "; ".join(f"{item['region']}: {item['reason'].rstrip('.')}" for item in result["not_ready"])
    standing = ", ".join(region["name"] for region in result["regions"]) or "no region"
    return f"{reasons}. {result['record']} has {standing}. Run it again once the cause is gone."


JOB: t.Final[Job] = dataclasses.replace(LAYER.job, run=run)
