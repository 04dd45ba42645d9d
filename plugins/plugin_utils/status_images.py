# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Regions that run different images. Pure."""

from __future__ import annotations

import typing as t

from .status_look import Look


def different(look: Look) -> t.Iterator[str]:
    """A sentence if they do, and what to do about it."""
    running = {region["name"]: region["image"] for region in look.regions if region.get("image")}
    # A release in progress, which _rollouts names, goes from region to region.
    releasing = any("in progress" in ((region.get("tasks") or {}).get("rollout") or "") for region in look.regions)
    if len(set(running.values())) > 1 and not releasing:
        listed = ", ".join(f"{name}: {image}" for name, image in running.items())
        yield (
            f"The regions run different images ({listed}): repeat a release that has stopped, or take it back with "
            f"{_way_back(look, running)}; site.yml releases the inventory's image; one pinned by its digest cannot "
            "differ."
        )


def _way_back(look: Look, running: t.Mapping[str, str]) -> str:
    """The command that takes back a release: the region that serves gets it last."""
    image = running.get(look.serving or "")
    if image is None:
        return "rollback.yml --limit <region> where it runs (rollback.yml --check says what each region had before)"
    others = ",".join(name for name, other in running.items() if other != image)
    return f"rollback.yml --limit {others} (not what {look.serving}, which serves, runs)"
