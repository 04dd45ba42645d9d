# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A call to be authorized, and the permissions that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.policies import Values
from sandbox.requestlog import tags_of

_READS = ("Describe", "List", "Get", "Test")


@dataclass(frozen=True, slots=True)
class ApiCall:
    """A call of an account's principal. `params` are named as in the API model."""

    account: str
    region: str
    operation: str
    params: Mapping[str, Any]

    @property
    def reads(self) -> bool:
        """Whether the call changes nothing."""
        return self.operation.startswith(_READS)

    @property
    def tags(self) -> dict[str, str]:
        """The tags that the call sets."""
        return tags_of(self.params)

    def values(self, name: str) -> list[str]:
        """A parameter that is one text or several; none when it is not given."""
        value = self.params.get(name)
        return [str(item) for item in value] if isinstance(value, list | tuple) else [str(value)] if value else []

    def arn(self, service: str, rest: str) -> str:
        """An ARN in the region and account of the call."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{rest}"

    def unknown(self) -> NotImplementedError:
        """The error for calls without a table: an unchecked call proves nothing about a policy."""
        return NotImplementedError(f"what {self.operation} must be allowed")


@dataclass(frozen=True, slots=True)
class Right:
    """A needed permission.

    `resource` is an ARN, `*` if the action is checked against none, and None if not known. `tags` are those of the
    existing resource, `requested` those of the call if AWS checks them, and `keys` any other condition keys.
    """

    action: str
    resource: str | None = "*"
    tags: Mapping[str, str] = field(default_factory=dict)
    requested: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, Values] = field(default_factory=dict)

    def context(self) -> dict[str, Values]:
        """The condition keys, lower case."""
        context: dict[str, Values] = {key.lower(): values for key, values in self.keys.items()}
        context |= {f"aws:resourcetag/{key.lower()}": (value,) for key, value in self.tags.items()}
        context |= {f"aws:requesttag/{key.lower()}": (value,) for key, value in self.requested.items()}
        return context | ({"aws:tagkeys": tuple(self.requested)} if self.requested else {})
