# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of an environment → the images that another one should run."""

from __future__ import annotations

import json
import typing as t

DOCUMENTATION = r"""
name: promoted_images
short_description: Find what an environment runs, by digest, in its report
version_added: 0.4.0
author: Everlook contributors (@everlook)
description:
  - Reads the report that M(everlook.failover.deployment_report) wrote.
positional: _input, stack, services
options:
  _input:
    description: The text of the report, C(deployment.json).
    type: str
    required: true
  stack:
    description: Name of the application, which the report has to be about.
    type: str
    required: true
  services:
    description: Names of the services to promote.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Show what dev runs
  ansible.builtin.debug:
    msg: "{{ lookup('file', 'reports/dev/deployment.json') | everlook.failover.promoted_images('hello', ['hello']) }}"
"""

RETURN = r"""
_value:
  description:
    - C(images) by service and container, with C({region}) for the name of a region, and C(mistakes) with what forbids a
      promotion.
  type: dict
  sample:
    images: {hello: {hello: 'registry.example.com/hello@sha256:6f1d…'}}
    mistakes: []
"""

Report = t.Mapping[str, t.Any]


def promoted_images(report: str, stack: str, services: t.Sequence[str]) -> dict[str, t.Any]:
    """``images`` and ``mistakes``."""
    try:
        found = json.loads(report)
        said = str(found["stack"])
        regions = {region: _services(result) for region, result in found["regions"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {"images": {}, "mistakes": ["it is no report of a deployment."]}
    if said != stack:
        return {"images": {}, "mistakes": [f"it is about {said}, and this is {stack}."]}
    mistakes: list[str] = []
    images = {service: _images(service, regions, mistakes) for service in services}
    return {"images": images, "mistakes": mistakes}


def _services(region: Report) -> dict[str, dict[str, str]]:
    """Service → container → image, of a region in a report."""
    results = [result for layer, result in region.items() if layer.partition(" ")[0] == "ecs_service"]
    return {result["component"]: result["images"] for result in results if result.get("images")}


def _images(service: str, regions: t.Mapping[str, t.Any], mistakes: list[str]) -> dict[str, str]:
    ways = {
        tuple(sorted((name, image.replace(region, "{region}")) for name, image in found.get(service, {}).items()))
        for region, found in regions.items()
    }
    if len(ways) != 1 or () in ways:
        missing = not ways or () in ways
        mistakes.append(
            f"it has no images of {service} in some region: deploy there again."
            if missing
            else f"{service} runs different images in its regions: a release has not got to all of them."
        )
        return {}
    images = dict(ways.pop())
    mistakes += [
        f"{service} runs {image} by its tag, which may lead elsewhere by now. Release it by its "
        "digest there, or name the image here with release.yml -e image=…"
        for image in images.values()
        if "@sha256:" not in image
    ]
    return images


class FilterModule:
    """Ansible's way of finding filters."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"promoted_images": promoted_images}
