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
    """What exists with the names of the layer, whatever its tags.

    :param account: the account's id.
    :param repositories: by name.
    :param images: by repository; at most one if the state is absent. Empty if not read.
    :param deployed: images in the services' task definitions: the running ones and those before.
    :param lifecycle: repository → its lifecycle policy.
    :param policies: repository → its policy.
    :param rules: the registry's replication rules, as AWS returns them.
    :param former: other repositories of the stack that these rules name.
    :param neighbours: names of all repositories of the region; empty if not read.
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
