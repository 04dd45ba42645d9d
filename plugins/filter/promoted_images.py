# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of an environment → the images that another one should run."""

from __future__ import annotations

import json
import re
import typing as t

DOCUMENTATION = r"""
name: promoted_images
short_description: Read the images that an environment runs, by digest, from its report
version_added: 0.4.0
author: Everlook contributors (@everlook)
description:
  - Reads the report that M(everlook.failover.deployment_report) wrote.
  - Only digests are taken from the report. An image's repository has to be the one that the inventory names.
positional: _input, stack, inventory
options:
  _input:
    description: The text of the report, C(deployment.json).
    type: str
    required: true
  stack:
    description: Name of the application, which the report has to be about.
    type: str
    required: true
  inventory:
    description: The images that the inventory names, by service and container, of the services to promote.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what dev runs
  ansible.builtin.debug:
    msg: >-
      {{ lookup('file', 'reports/dev/deployment.json')
      | everlook.failover.promoted_images('hello', {'hello': {'hello': 'registry.example.com/hello:1'}}) }}
"""

RETURN = r"""
_value:
  description:
    - C(images) by service and container, with C({region}) for the name of a region, and C(mistakes) with the reasons
      against a promotion.
  type: dict
  sample:
    images: {hello: {hello: 'registry.example.com/hello@sha256:6f1d…'}}
    mistakes: []
"""

Report = t.Mapping[str, t.Any]
Images = t.Mapping[str, str]
# A tag and a digest, behind the repository
_VERSION = re.compile(r"(:[\w.-]+)?(@[\w:]+)?$")
_REGION = re.compile(r"\b[a-z]{2}(-[a-z]+)+-\d\b")


def promoted_images(report: str, stack: str, inventory: t.Mapping[str, Images]) -> dict[str, t.Any]:
    """``images`` and ``mistakes``."""
    try:
        found = json.loads(report)
        said = str(found["stack"])
        regions = {region: _services(result) for region, result in found["regions"].items()}
        unfinished = {service for result in found["regions"].values() for service in _unfinished(result)}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {"images": {}, "mistakes": ["it is not a report of a deployment."]}
    if said != stack:
        return {"images": {}, "mistakes": [f"it is about {said}, and this is {stack}."]}
    mistakes = [
        f"the release of {service} there had not ended when the report was written (ecs_service_wait: false), and may "
        "have failed since: repeat it there once it has ended."
        for service in inventory
        if service in unfinished
    ]
    images = {service: _images(service, regions, named, mistakes) for service, named in inventory.items()}
    return {"images": images, "mistakes": mistakes}


def _services(region: Report) -> dict[str, dict[str, str]]:
    """Service → container → image, of a region in a report. Raises TypeError for what is not an image."""
    results = [result for layer, result in region.items() if layer.partition(" ")[0] == "ecs_service"]
    found = {str(result["component"]): dict(result["images"]) for result in results if result.get("images")}
    if any(not isinstance(image, str) for images in found.values() for image in images.values()):
        raise TypeError
    return found


def _unfinished(region: Report) -> set[str]:
    """Services in a region of a report whose rollout its run did not wait for."""
    results = [result for layer, result in region.items() if layer.partition(" ")[0] == "ecs_service"]
    return {str(result.get("component")) for result in results if "rollout/main" in (result.get("pending") or ())}


def _images(service: str, regions: t.Mapping[str, t.Any], named: Images, mistakes: list[str]) -> dict[str, str]:
    ways = {
        tuple(sorted((name, image.replace(region, "{region}")) for name, image in found.get(service, {}).items()))
        for region, found in regions.items()
    }
    if len(ways) != 1 or () in ways:
        missing = not ways or () in ways
        mistakes.append(
            f"it has no images of {service} in some region: deploy there again."
            if missing
            else f"{service} runs different images in its regions: a release has not reached all of them."
        )
        return {}
    images = dict(ways.pop())
    mistakes += [
        f"{service} runs {image} by its tag, which may point elsewhere by now. Release it by its "
        "digest there, or name the image here with release.yml -e image=…"
        for image in images.values()
        if "@sha256:" not in image
    ]
    mistakes += [text for name, image in images.items() if (text := _mismatch(service, name, image, named))]
    return images


def _mismatch(service: str, container: str, image: str, named: Images) -> str:
    """Why the image is not one of the inventory's; empty if it is. A report is untrusted: it must not choose images."""
    if container not in named:
        return f"{service} has no container {container} in the inventory."
    wanted = _repository(named[container])
    if _repository(image) == wanted:
        return ""
    return (
        f"{service} runs {image} there, and the inventory here names {wanted}. Name that repository here as well "
        "(app_image, or image of the service), or release it with release.yml -e image=…"
    )


def _repository(image: str) -> str:
    """The image's repository with its registry. Those of several regions count as the same."""
    return _REGION.sub("{region}", _VERSION.sub("", str(image)))


class FilterModule:
    """Ansible's way of finding filters."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"promoted_images": promoted_images}
