# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that tasks start without other regions: a standby has to start tasks when another region is down. Pure."""

from __future__ import annotations

import typing as t

from .._aws.limits import ECR_IMAGE
from .._engine.errors import SpecError
from .._engine.unknown import is_unknown
from .spec_task import Task

_OPTION: t.Final = "allow_other_regions"


def check_regions(params: t.Mapping[str, t.Any], task: Task, region: str) -> tuple[str, ...]:
    """Warnings about what is in another region. Raises SpecError unless ``allow_other_regions`` is set."""
    found = [(option, home) for option, home in _homes(params, task) if home and home != region]
    if found and not params[_OPTION]:
        _refuse(*found[0])
    return tuple(f"{option} is in {home}, without which no task can start." for option, home in found)


def check_image_region(option: str, image: str, region: str) -> None:
    """Raise SpecError for an image of a release that is in another region's ECR."""
    match = ECR_IMAGE.match(image)
    if match and match[2] != region:
        # Mostly of a playbook, whose users have an inventory.
        _refuse(option, match[2], f"{_OPTION} (in an inventory ecs_service_{_OPTION})")


def _refuse(option: str, home: str, setting: str = _OPTION) -> t.NoReturn:
    raise SpecError(
        option,
        f"is in {home}, without which no task could start.",
        "Replicate it, and write {region} for the region in an image's name, or {{ inventory_hostname }} in an ARN; "
        f"or set {setting} to true.",
    )


def _homes(params: t.Mapping[str, t.Any], task: Task) -> t.Iterator[tuple[str, str]]:
    """Options that refer to a regional resource, with its region; empty if unknown."""
    for container in task.containers:
        where = f"containers[{container.name}]"
        if match := ECR_IMAGE.match(container.image):
            yield f"{where}.image", match[2]
        for name, arn in container.secrets.items():
            yield f"{where}.secrets.{name}", _region(arn)
        if container.repository_credentials:
            yield f"{where}.repository_credentials", _region(container.repository_credentials)
    for arn in params["secrets_kms_key_arns"] or ():
        yield "secrets_kms_key_arns", _region(arn)


def _region(arn: str) -> str:
    """``arn:partition:service:region:…``"""
    parts = [] if is_unknown(arn) else arn.split(":")
    return parts[3] if len(parts) > 3 else ""
