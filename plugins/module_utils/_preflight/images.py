# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resolves the tags of images before the first change, so that all regions run the same.

An image with ``{region}`` is looked up in all regions of the inventory, also in those that are not in the run, since
it may not be replicated to all of them yet.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._ecs_service.layer import LAYER as ECS_SERVICE
from .._engine.context import Context
from .._images.digests import find_digests
from .._images.pinning import missing, unanswered
from .._images.reference import has_digest
from . import names
from .problem import Problem
from .rules import options_for
from .spec import PreflightSpec, Region
from .values import validate

_PLACE: t.Final = "{region}"


@dataclasses.dataclass(frozen=True)
class _Image:
    """:param text: the value of ``variable``."""

    variable: str
    text: str

    def of(self, region: str) -> str:
        """The image in a region."""
        return self.text.replace(_PLACE, region)


def check_images(ctx: Context, spec: PreflightSpec, region: Region, digests: dict[str, str]) -> list[Problem]:
    """Problems of a region's images. Their digests are added to ``digests``, empty if unknown."""
    images = list(_pinned(spec))
    regions = {
        image: [each.name for each in spec.regions] if _PLACE in image.text else [region.name] for image in images
    }
    answers = find_digests(ctx, [image.of(name) for image in images for name in regions[image]])
    for name, answer in answers.items():
        if answer.unanswered:
            ctx.warn(unanswered(name, answer))
    digests.update({name: answer.digest for name, answer in answers.items()})
    problems = []
    for image in images:
        gone = [image.of(name) for name in regions[image] if answers[image.of(name)].missing]
        found = {name: digests[image.of(name)] for name in regions[image] if digests[image.of(name)]}
        if gone:
            problems.append(Problem(image.variable, *missing(", ".join(gone)), shared=True))
        elif len(set(found.values())) > 1:
            what = "; ".join(f"{digest} in {name}" for name, digest in found.items())
            text = f"{image.text} is not the same in all regions: {what}."
            remedy = "Wait until it is replicated, then run this again; or push the same image to each region."
            problems.append(Problem(image.variable, text, remedy, shared=True))
    return problems


def _pinned(spec: PreflightSpec) -> t.Iterator[_Image]:
    """The images with tags of services that pin them."""
    if not spec.selects(ECS_SERVICE.name):
        return
    for params in options_for(ECS_SERVICE, spec.values, spec.services):
        # Validation takes a while, which a run without the option saves.
        if params.get("pin_images") in (None, False):
            continue
        validated, _errors = validate(ECS_SERVICE.job.argument_spec, params)
        for container in validated["containers"] or () if validated["pin_images"] else ():
            if container["image"] and not has_digest(container["image"]):
                option = f"containers[{container['name']}].image"
                yield _Image(names.source(ECS_SERVICE.name, option, spec.given), container["image"])
