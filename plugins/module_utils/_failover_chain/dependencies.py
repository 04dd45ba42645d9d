# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a region's tasks need from another region, without which they cannot start. Pure."""

from __future__ import annotations

import typing as t

from .._aws.limits import ECR_IMAGE

# (region, what is needed from it)
Dependency: t.TypeAlias = "tuple[str, str]"


def dependencies_of(definition: t.Mapping[str, t.Any], region: str) -> tuple[Dependency, ...]:
    """From a TaskDefinition: images in ECR, secrets and parameters with another region in their ARN. Sorted."""
    found: set[Dependency] = set()
    for container in definition.get("containerDefinitions") or ():
        found |= {(home, f"{what} of {container.get('name', '?')}") for home, what in _homes(container)}
    return tuple(sorted((home, what) for home, what in found if home not in ("", region)))


def by_region(dependencies: t.Iterable[Dependency]) -> dict[str, list[str]]:
    """Group by region."""
    found: dict[str, list[str]] = {}
    for home, what in dependencies:
        found.setdefault(home, []).append(what)
    return found


def _homes(container: t.Mapping[str, t.Any]) -> t.Iterator[Dependency]:
    if match := ECR_IMAGE.match(str(container.get("image", ""))):
        yield match[2], "the image"
    logging = container.get("logConfiguration") or {}
    for secret in (*(container.get("secrets") or ()), *(logging.get("secretOptions") or ())):
        yield _region(secret["valueFrom"]), f"the secret {secret['name']}"
    credentials = container.get("repositoryCredentials") or {}
    yield _region(credentials.get("credentialsParameter", "")), "the credentials for the image"


def _region(arn: str) -> str:
    """The region of an ARN; empty for a name, which is in the task's own region."""
    parts = arn.split(":")
    return parts[3] if len(parts) > 3 else ""
