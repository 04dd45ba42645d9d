# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What exists, as observed."""

from __future__ import annotations

import dataclasses
import typing as t

from .images import Image, Stored
from .resources.repository import Repository


@dataclasses.dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What exists under the names of the layer, ours or not.

    :param account: the account's id.
    :param repositories: by name.
    :param images: by repository; of a removal one is enough. Empty if nobody asked.
    :param deployed: what the task definitions of the services name: what runs, and what it can go back to.
    :param lifecycle: repository → its lifecycle policy.
    :param policies: repository → its policy.
    :param rules: all of the registry's replication, as AWS tells them.
    :param former: repositories that these rules name beside ours, and that are the stack's by their tags.
    :param neighbours: names of all repositories of the region; empty if nobody asked.
    """

    account: str
    repositories: t.Mapping[str, Repository] = dataclasses.field(default_factory=dict)
    images: t.Mapping[str, tuple[Stored, ...]] = dataclasses.field(default_factory=dict)
    deployed: frozenset[Image] = frozenset()
    lifecycle: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    policies: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    rules: tuple[t.Mapping[str, t.Any], ...] = ()
    former: frozenset[str] = frozenset()
    neighbours: frozenset[str] = frozenset()
