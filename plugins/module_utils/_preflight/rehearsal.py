# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dry runs of the layers of a first deployment, in parallel.

They read from AWS what the layers read before their first change: whether the delegation role can be assumed, whether
the parent zone exists, who has the names of the resources. Buckets of the load balancer's logs are checked, too, since
the layer sets them late. A region that has a network has passed all that.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import typing as t

from .._acm_certificate.layer import LAYER as ACM_CERTIFICATE
from .._alb.layer import LAYER as ALB
from .._cloudwatch_alarms.layer import LAYER as CLOUDWATCH_ALARMS
from .._ecr.layer import LAYER as ECR
from .._ecs_service.layer import LAYER as ECS_SERVICE
from .._engine.aws_errors import translate
from .._engine.context import Context
from .._engine.errors import FailoverError
from .._engine.gather import gather
from .._engine.layer import Layer, run
from .._route53_failover.layer import LAYER as ROUTE53_FAILOVER
from .._route53_zone_delegation.layer import LAYER as ROUTE53_ZONE_DELEGATION
from .._vpc.layer import LAYER as VPC
from . import names
from .delegation import check_delegation
from .problem import Problem
from .rules import LAYERS, OF_REGIONS, options_for
from .spec import ABSENT, PreflightSpec, Region
from .values import validate

with contextlib.suppress(ImportError):  # see clients.py
    import botocore.exceptions as botocore_errors

_LOGS: t.Final = ("access_logs", "connection_logs", "health_check_logs")
_NOT_FOUND: t.Final = 404
# A return value of acm_certificate, and one of route53_failover
_RECORDS: t.Final = "validation_records"
_REGIONS: t.Final = "removed_regions"
_REMOVED: t.Final = (ROUTE53_FAILOVER, CLOUDWATCH_ALARMS, ECS_SERVICE, ECR, ALB, ACM_CERTIFICATE, VPC)
# With a profile of its own, it calls AWS with other credentials.
_OTHER_PROFILE: t.Final = "route53_zone_delegation_profile"


def rehearse(ctx: Context, spec: PreflightSpec, region: Region) -> list[Problem]:
    """What would make the selected layers fail, in a region that has none of them yet."""
    readers = _dry_runs(ctx, spec, region, LAYERS, _looked_at)
    readers |= {
        log: functools.partial(_look_for_bucket, ctx, f"alb_{log}.bucket", settings["bucket"])
        for log, settings in spec.values.get("alb", {}).items()
        if log in _LOGS and settings and settings.get("bucket")
    }
    delegations = options_for(ROUTE53_ZONE_DELEGATION, spec.values, spec.services)
    if delegations and _is_wanted(ROUTE53_ZONE_DELEGATION, spec, region):
        readers["delegation"] = functools.partial(check_delegation, ctx, delegations[0], spec.given)
    return [problem for problem in gather(readers).values() if isinstance(problem, Problem)]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """What the dry runs of a region have found.

    :param problems: for a removal, what prevents it: others' resources, and protections.
    :param validation_records: for a removal, names of the records that are deleted with the region's certificates.
    :param removed_regions: for a removal, regions that it takes out of DNS.
    :param image_digests: of the images for the region, and of their copies in other regions.
    """

    problems: tuple[Problem, ...] = ()
    validation_records: tuple[str, ...] = ()
    removed_regions: tuple[str, ...] = ()
    image_digests: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


def rehearse_removal(ctx: Context, spec: PreflightSpec, region: Region) -> Rehearsal:
    """Dry runs of the layers that the run removes.

    The zone stays if a region does; destroy.yml checks itself what else is in it.
    """
    found = gather(_dry_runs(ctx, spec, region, _REMOVED, _removal))
    results = [each for each in found.values() if isinstance(each, dict)]
    return Rehearsal(
        problems=tuple(each for each in found.values() if isinstance(each, Problem)),
        validation_records=tuple(sorted({name for each in results for name in each.get(_RECORDS, ())})),
        removed_regions=tuple(name for each in results for name in each.get(_REGIONS, ())),
    )


def _dry_runs(
    ctx: Context,
    spec: PreflightSpec,
    region: Region,
    layers: t.Iterable[Layer[t.Any, t.Any]],
    changed: t.Callable[[Layer[t.Any, t.Any], PreflightSpec], dict[str, t.Any]],
) -> dict[str, t.Callable[[], t.Any]]:
    """A dry run for each task of the layers in the run.

    :param changed: options that differ from those of the layer's role.
    """
    return {
        f"{layer.name}[{place}]": functools.partial(
            _dry_run, ctx, layer, {**params, **changed(layer, spec)}, spec.given
        )
        for layer in layers
        if _is_wanted(layer, spec, region)
        for place, params in enumerate(options_for(layer, spec.values, spec.services))
    }


def _looked_at(layer: Layer[t.Any, t.Any], spec: PreflightSpec) -> dict[str, t.Any]:
    """Turns off what preflight itself checks."""
    return {"pin_images": False} if layer is ECS_SERVICE and spec.find_digests else {}


def _removal(layer: Layer[t.Any, t.Any], spec: PreflightSpec) -> dict[str, t.Any]:
    whole = len(spec.run) == len(spec.regions)
    named = [{"name": region.name, "priority": region.priority} for region in spec.run]
    return {"state": ABSENT, **({"regions": [] if whole else named} if layer is ROUTE53_FAILOVER else {})}


def _look_for_bucket(ctx: Context, variable: str, bucket: str) -> Problem | None:
    """By HeadBucket, whose answer names the bucket's region even if access is denied."""
    try:
        answer = ctx.client("s3").head_bucket(Bucket=bucket)
    except botocore_errors.ClientError as error:
        answer = error.response
    except botocore_errors.BotoCoreError:  # the layer will know more
        return None
    status = answer["ResponseMetadata"].get("HTTPStatusCode")
    where = answer["ResponseMetadata"].get("HTTPHeaders", {}).get("x-amz-bucket-region", ctx.region)
    if status == _NOT_FOUND:
        return Problem(variable, f"there is no bucket {bucket}.", "Create it, or correct the name.")
    if where != ctx.region:
        return Problem(variable, f"{bucket} is in {where}.", f"Name a bucket in {ctx.region} for this region.")
    return None


def _is_wanted(layer: Layer[t.Any, t.Any], spec: PreflightSpec, region: Region) -> bool:
    # The first region checks what all regions share.
    own = layer.name in OF_REGIONS or region == spec.regions[0]
    profile = layer is ROUTE53_ZONE_DELEGATION and _OTHER_PROFILE in spec.given
    return own and not profile and spec.selects(layer.name)


def _dry_run(
    ctx: Context, layer: Layer[t.Any, t.Any], params: t.Mapping[str, t.Any], given: t.Mapping[str, t.Any]
) -> dict[str, t.Any] | Problem:
    """The module's result, or why it would fail."""
    validated, _errors = validate(layer.job.argument_spec, params)
    dry = dataclasses.replace(ctx, params=validated, check_mode=True, warn=lambda _text: None)
    try:
        with translate(ctx.region):
            return run(layer, dry)
    except FailoverError as error:
        variable = names.source(layer.name, error.option, given) if error.option else f"{layer.name} in {ctx.region}"
        return Problem(variable, str(error).removeprefix(f"{error.option}: "), "", layer.name not in OF_REGIONS)
