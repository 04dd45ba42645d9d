# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The preflight job: everything that would stop a run, in one message, before the first change."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import pathlib
import tempfile
import typing as t

from .._aws.limits import ACCOUNT_ID
from .._engine.command_line import missing_program, parse_command
from .._engine.context import Context
from .._engine.errors import AwsError, SpecError
from .._engine.gather import gather
from .._engine.job import Job
from .checks import check_inventory, without_effect
from .fixed import check_fixed
from .images import check_images
from .lost_rules import check_lost_rules
from .observe import NO_SUCH_REGION, NOT_ENABLED, Identity, Observed, StackUsage, observe, opt_in_status
from .options import OPTIONS, REQUIRED_IF
from .problem import Problem
from .quotas import check_quotas
from .rehearsal import Rehearsal, rehearse, rehearse_removal
from .spec import ABSENT, PreflightSpec, Region, parse
from .standby_calls import check_standby
from .target_health import check_target_health


def run(ctx: Context) -> dict[str, t.Any]:
    """Check everything, and return all problems."""
    spec = parse(ctx.params)
    problems = [*check_inventory(spec), *check_smoke_test(spec)]
    problems += check_directory(spec) if spec.directory else ()
    observed = observe(ctx, spec)
    problems += check_identity(spec, observed)
    identity = observed.identity if isinstance(observed.identity, Identity) else None
    # In another account, nothing can be said about this stack. Quotas need a valid network.
    found: list[Rehearsal] = []
    if identity is not None and identity.account == spec.account_id:
        found = _check_regions(ctx, spec, identity, observed, quotas=not problems)
        problems += [problem for each in found for problem in each.problems]
    for warning in warn_of_services(spec, observed):
        ctx.warn(warning)
    for warning in without_effect(spec) if spec.state != ABSENT and not problems else ():
        ctx.warn(warning)
    if len(spec.regions) == 1 and spec.state != ABSENT and not problems:
        ctx.warn(f"The inventory has one region, {spec.regions[0].name}: there is nothing to fail over to.")
    return {
        "changed": False,
        "mistakes": [str(problem) for problem in problems],
        "shared": [str(problem) for problem in problems if problem.shared],
        "validation_records": sorted({name for each in found for name in each.validation_records}),
        "lost_regions": sorted({name for each in found for name in each.removed_regions} - _listed(spec)),
        "other_services": list(map(_other, sorted(_other_services(observed)))),
        "image_digests": {image: digest for each in found for image, digest in each.image_digests.items()},
        "account_id": identity.account if identity else None,
        "caller_arn": identity.arn if identity else None,
    }


def warn_of_services(spec: PreflightSpec, observed: Observed) -> t.Iterator[str]:
    """Services that are no longer in the inventory: a run leaves them alone, and they keep serving."""
    if spec.state == ABSENT or not spec.selects("ecs_service"):
        return
    for name in sorted(_other_services(observed)):
        regions = ", ".join(region for region, found in observed.regions.items() if name in _others(found))
        yield (
            f"The service {name} of {spec.stack} in {spec.environment} is not in the inventory, but in {regions}. It "
            "runs on there, and its listener rule, if it has one, still takes requests. Put it back, or remove it as "
            "the README says under Several services."
        )


def _other_services(observed: Observed) -> set[str]:
    return {name for found in observed.regions.values() for name in _others(found)}


def _listed(spec: PreflightSpec) -> set[str]:
    return {region.name for region in spec.regions}


def _other(name: str) -> dict[str, t.Any]:
    """Options of a service of which nothing but its name is known: nothing that the inventory has for others counts."""
    return {"name": name, "containers": [], "container_name": None, "container_port": None}


def _others(found: StackUsage | AwsError) -> tuple[str, ...]:
    return () if isinstance(found, AwsError) else found.other_services


def check_smoke_test(spec: PreflightSpec) -> t.Iterator[Problem]:
    """The smoke test's program exists: it would only be run when a region has the release."""
    command = spec.given.get("app_smoke_test")
    if spec.state == ABSENT or isinstance(command, (list, dict)):
        return
    # check_settings reports commands that cannot be parsed.
    with contextlib.suppress(SpecError):
        if program := missing_program(parse_command("app_smoke_test", str(command or ""))):
            what = f"there is no program {program!r} on this machine."
            yield Problem("app_smoke_test", what, "Install it, or write its path.", shared=True)


def check_directory(spec: PreflightSpec) -> t.Iterator[Problem]:
    """Reports can be written: they would only be written at the end of the run."""
    path = pathlib.Path(spec.directory, spec.environment).absolute()
    try:
        existing = next((folder for folder in (path, *path.parents) if folder.exists()), path)
        # Permissions do not tell of file systems such as /proc.
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        what = f"{spec.directory} cannot be written: {error.strerror}."
        yield Problem("reports_directory", what, "Name a folder that can be written.")


def check_identity(spec: PreflightSpec, observed: Observed) -> t.Iterator[Problem]:
    """The credentials exist, are valid, and belong to the environment's account."""
    identity = observed.identity
    if isinstance(identity, AwsError):
        silent = identity.silent and spec.run
        yield _silent(spec.run[0].name, identity) if silent else Problem("credentials", str(identity), "")
    elif identity.account != spec.account_id and ACCOUNT_ID.fullmatch(spec.account_id):
        yield Problem(
            "app_account_id",
            f"{spec.environment} belongs in account {spec.account_id}, and these credentials ({identity.arn}) are for "
            f"account {identity.account}.",
            "Use the other account's credentials (AWS_PROFILE), or correct the variable.",
        )


def _check_regions(
    ctx: Context, spec: PreflightSpec, identity: Identity, observed: Observed, *, quotas: bool
) -> list[Rehearsal]:
    wanted = quotas and spec.state != ABSENT
    readers = {
        region.name: functools.partial(
            _check_region, ctx, spec, identity, region, observed.regions[region.name], wanted
        )
        for region in spec.run
        if region.name in observed.regions
    }
    return list(gather(readers).values())


def _check_region(
    ctx: Context, spec: PreflightSpec, identity: Identity, region: Region, found: StackUsage | AwsError, quotas: bool
) -> Rehearsal:
    if isinstance(found, AwsError):
        return Rehearsal(problems=(_unreachable(ctx, identity, region.name, found),))
    if spec.state == ABSENT:
        services = (*spec.services, *map(_other, found.other_services))
        return rehearse_removal(ctx, dataclasses.replace(spec, services=services), region)
    if not quotas:
        return Rehearsal()
    digests: dict[str, str] = {}
    readers: dict[str, t.Callable[[], list[Problem]]] = {
        "quotas": functools.partial(check_quotas, ctx, spec, region, found),
        "standby": functools.partial(check_standby, ctx, spec, region),
    }
    if found.vpcs:
        readers["target health"] = functools.partial(check_target_health, ctx, spec, region)
        readers["fixed"] = functools.partial(check_fixed, ctx, spec, region)
        readers["lost rules"] = functools.partial(check_lost_rules, ctx, spec, region, found)
    else:
        readers["layers"] = functools.partial(rehearse, ctx, spec, region)
    if spec.find_digests:
        readers["images"] = functools.partial(check_images, ctx, spec, region, digests)
    # Of several problems with one quota, the first is reported.
    problems = {problem.variable: problem for found_by in reversed(gather(readers).values()) for problem in found_by}
    return Rehearsal(problems=tuple(problems.values()), image_digests=digests)


def _unreachable(ctx: Context, identity: Identity, region: str, error: AwsError) -> Problem:
    if error.silent:
        return _silent(region, error)
    variable = f"regions ({region})"
    if error.code not in NOT_ENABLED:
        return Problem(variable, f"cannot be used: {error}", "")
    status = opt_in_status(ctx, identity, region)
    if status == NO_SUCH_REGION:
        return Problem(variable, "there is no such region.", "Correct its name, or take it out of the inventory.")
    if status in ("opted-in", "opt-in-not-required"):
        what = (
            f"refuses these credentials, which are valid in {identity.region} ({error.code}), although it is enabled."
        )
        return Problem(variable, what, "A region that was enabled minutes ago may need some more.")
    return Problem(
        variable,
        f"the region is not enabled in this account ({status or error.code}).",
        f"Enable it (aws account enable-region --region-name {region}; it takes minutes to hours), or take it out of "
        "the inventory.",
    )


def _silent(region: str, error: AwsError) -> Problem:
    remedy = f"Run this again once it answers; until then, --limit '!{region}' leaves the region out."
    return Problem(f"regions ({region})", str(error), remedy)


JOB: t.Final = Job(name="preflight", argument_spec=OPTIONS, required_if=REQUIRED_IF, run=run)
