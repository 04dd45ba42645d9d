# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A place to read: an account in a region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox import Sandbox

GLOBAL = "global"
Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """A resource. `content` is AWS's answer with its parts: records, rules, policies, health.

    `names` are other identifiers that other resources use for it: ARN, DNS name.
    """

    account: str
    region: str
    kind: str
    id: str
    content: Answer
    tags: Mapping[str, str] = field(default_factory=dict)
    names: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """An account in a region, read with boto3."""

    aws: Sandbox
    account: str
    region: str

    def client(self, service: str) -> Any:
        """A client of boto3."""
        return self.aws.client(service, self.account, "us-east-1" if self.region == GLOBAL else self.region)

    def all(self, service: str, operation: str, key: str, **parameters: Any) -> list[Any]:
        """The items of all pages."""
        client = self.client(service)
        if not client.can_paginate(operation):
            return list(getattr(client, operation)(**parameters)[key])
        return list(client.get_paginator(operation).paginate(**parameters).build_full_result().get(key, []))

    def item(self, kind: str, identifier: str, content: Answer, tags: Any = (), names: Sequence[str] = ()) -> Item:
        """A resource of this place."""
        return Item(self.account, self.region, kind, identifier, content, _plain(tags), names)


def _plain(tags: Any) -> dict[str, str]:
    """Tags of any service, by key."""
    if isinstance(tags, Mapping):
        return dict(tags)
    return {tag.get("Key", tag.get("key")): tag.get("Value", tag.get("value", "")) for tag in tags or ()}
