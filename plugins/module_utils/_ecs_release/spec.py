# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service should run, from the options. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws import stack_names
from .._aws.owner import Owner, parse_owner, parse_service_name
from .._ecs_service.spec_containers import parse_image
from .._ecs_service.spec_regions import check_image_region
from .._engine.errors import SpecError
from .._images.reference import has_digest


@dataclasses.dataclass(frozen=True, kw_only=True)
class Spec:
    """What a service should run.

    :param image: for the container that gets the requests, or the only one; empty if not set.
    :param images: container → image.
    :param pins: whether to pin them to the digests of their tags.
    :param previous: whether to go back to the previous revision.
    :param wait_timeout: seconds.
    """

    owner: Owner
    region: str
    image: str
    images: t.Mapping[str, str]
    pins: bool
    previous: bool
    wait_timeout: float

    @property
    def unknown_images(self) -> dict[str, str]:
        """Image → option, of the images whose digests have to be looked up."""
        named = {self.image: "image", **{image: f"images.{name}" for name, image in self.images.items()}}
        return {image: option for image, option in named.items() if self.pins and image and not has_digest(image)}

    @property
    def name(self) -> str:
        """ECS's name of the service, its cluster and its family of task definitions."""
        return stack_names.service(self.owner)


def parse(params: t.Mapping[str, t.Any], region: str) -> Spec:
    """The spec from the module's parameters. Raises SpecError."""
    image, images = params["image"] or "", params["images"] or {}
    if [bool(image), bool(images), bool(params["previous"])].count(True) != 1:
        raise SpecError("image", "is one of three options.", "Set either image, images, or previous to true.")
    return Spec(
        owner=parse_owner({**params, "tags": {}}, parse_service_name("name", params["name"])),
        region=region,
        image=_parse("image", image, region, params) if image else "",
        images={str(name): _parse(f"images.{name}", str(value), region, params) for name, value in images.items()},
        pins=params["pin_images"],
        previous=params["previous"],
        wait_timeout=float(params["wait_timeout"]),
    )


def _parse(option: str, image: str, region: str, params: t.Mapping[str, t.Any]) -> str:
    found = parse_image(option, image, region)
    if not params["allow_other_regions"]:
        check_image_region(option, found, region)
    return found
