# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release would do in every region → mistakes, and notes for afterwards."""

from __future__ import annotations

import typing as t

DOCUMENTATION = r"""
name: release_plan
short_description: Check a release over all regions before it begins
version_added: 0.4.0
author: Everlook contributors (@everlook)
description:
  - Takes what M(everlook.failover.ecs_release) returned in check mode in every region of a run.
positional: _input, inventory
options:
  _input:
    description: A dictionary for each region, with its C(name), and in C(look) the registered results of a loop.
    type: list
    elements: dict
    required: true
  inventory:
    description: The images that the inventory names, by service and container.
    type: dict
    required: true
  back:
    description: Whether services go back to the previous revision.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Refuse a release that would leave the regions different
  ansible.builtin.assert:
    that: >-
      (groups.regions | everlook.failover.regions(hostvars, look='ecs_release_look')
      | everlook.failover.release_plan({'hello': {'hello': 'hello:1'}}, back=true)).mistakes | length == 0
"""

RETURN = r"""
_value:
  description:
    - C(mistakes) with the reasons against the release, and C(notes) for the summary of the run.
  type: dict
  sample:
    mistakes: []
    notes: []
"""

Result = t.Mapping[str, t.Any]
Images = t.Mapping[str, str]


def release_plan(
    regions: t.Iterable[t.Mapping[str, t.Any]], inventory: t.Mapping[str, Images], *, back: bool = False
) -> dict[str, list[str]]:
    """``mistakes`` and ``notes``."""
    looks = [(region["name"], result) for region in regions for result in region["look"]["results"]]
    services = list(dict.fromkeys(str(result["component"]) for _region, result in looks))
    of_services = {
        name: {region: result for region, result in looks if result["component"] == name} for name in services
    }
    return {
        "mistakes": [
            text for name, found in of_services.items() for text in (_mistakes if back else _unlike)(name, found)
        ],
        "notes": [text for name, found in of_services.items() for text in _notes(name, found, inventory)],
    }


def _mistakes(service: str, found: t.Mapping[str, Result]) -> t.Iterator[str]:
    """Refuse a rollback between regions with different images."""
    now = {region: _everywhere(region, result["before"]["images"]) for region, result in found.items()}
    then = {region: _everywhere(region, result["images"]) for region, result in found.items()}
    if len({*now.values()}) > 1:
        yield (
            f"{service}: its regions run different images ({_listed(found, before=True)}), so a release has not "
            "reached all of them. To roll it back where it has, repeat the command with --limit and that region."
        )
    elif len({*then.values()}) > 1:
        yield (
            f"{service}: its regions would go back to different images ({_listed(found, before=False)}). "
            "Name the one that all of them should run: release.yml -e image=…"
        )


def _unlike(service: str, found: t.Mapping[str, Result]) -> t.Iterator[str]:
    """Refuse a tag that has different digests, as in each region's own ECR."""
    changed = {
        name for result in found.values() for name, image in result["images"].items() if image != _before(result, name)
    }
    for name in sorted(changed):
        digests = {result["images"].get(name, "").partition("@")[2] for result in found.values()} - {""}
        if len(digests) > 1:
            yield (
                f"{service}: the image of {name} is not the same in all regions ({_listed(found, before=False)}). Wait "
                "until it is replicated, then repeat the command; or push the same image to each region."
            )


def _before(result: Result, container: str) -> str:
    return str(result["before"]["images"].get(container, ""))


def _listed(found: t.Mapping[str, Result], *, before: bool) -> str:
    images = {region: (result["before"] if before else result)["images"] for region, result in found.items()}
    return "; ".join(f"{region} {', '.join(each.values())}" for region, each in images.items())


def _everywhere(region: str, images: Images) -> tuple[tuple[str, str], ...]:
    """Images by names that are the same in all regions."""
    return tuple(sorted((name, image.replace(region, "{region}")) for name, image in images.items()))


def _without_digest(image: str) -> str:
    name, _at, _digest = image.partition("@")
    return name if ":" in name.rpartition("/")[2] else image


def _notes(service: str, found: t.Mapping[str, Result], inventory: t.Mapping[str, Images]) -> t.Iterator[str]:
    """What the next run of site.yml would release instead."""
    region, *_others = found
    # By tag if it has one: inventories have tags too.
    result = {**found[region]["images"], **found[region].get("named_images", {})}
    released = {name: _without_digest(image) for name, image in _everywhere(region, result)}
    for name, image in _everywhere(region, inventory.get(service, {})):
        if released.get(name, image) != image:
            yield (
                f"The inventory names {image} for {service}: the next run of site.yml releases that. To keep what runs "
                f"now, put {released[name]} there (app_image, or image of the service)."
            )


class FilterModule:
    """Ansible's way of finding filters."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"release_plan": release_plan}
