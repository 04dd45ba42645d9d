# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose a resource is: AWS is the state, and tags say what belongs to this stack and environment."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.tagging import compare_aws_tags

from .._engine.errors import SpecError

MANAGED_BY: t.Final = "everlook.failover"
_OWN_KEYS: t.Final = ("ManagedBy", "Stack", "Environment", "Resource", "Name")
# Both become parts of names for which AWS allows letters, digits and hyphens only (CreateLoadBalancer, Name).
_NAME = re.compile(r"[a-zA-Z](?:[a-zA-Z0-9]|-(?=[a-zA-Z0-9])){0,31}")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Owner:
    """A stack in an environment, and the tags the user wants on all of its resources."""

    stack: str
    environment: str
    extra: t.Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def prefix(self) -> str:
        """What names of resources start with."""
        return f"{self.stack}-{self.environment}"

    def tags(self, address: str) -> dict[str, str]:
        """All tags of the resource at ``address`` (``subnet/public-a``)."""
        name = f"{self.prefix}-{address.partition('/')[2]}"
        return {**self.extra, **self.identity(), "Resource": address, "Name": name}

    def identity(self) -> dict[str, str]:
        """The tags that make a resource ours."""
        return {"ManagedBy": MANAGED_BY, "Stack": self.stack, "Environment": self.environment}

    def owns(self, tags: t.Mapping[str, str]) -> bool:
        """True if a resource with these tags is ours."""
        return all(tags.get(key) == value for key, value in self.identity().items())

    def filters(self) -> list[dict[str, t.Any]]:
        """EC2's Filters for everything that is ours."""
        return [{"Name": f"tag:{key}", "Values": [value]} for key, value in self.identity().items()]

    def tag_drift(self, current: t.Mapping[str, str], address: str) -> dict[str, str]:
        """The tags to set so that ``current`` is right again. Tags that others put there are left alone."""
        to_set, _unset = compare_aws_tags(dict(current), self.tags(address), purge_tags=False)
        return dict(to_set)


def parse_owner(params: t.Mapping[str, t.Any]) -> Owner:
    """The owner from a module's parameters. Raises SpecError."""
    for option in ("stack", "environment"):
        if not _NAME.fullmatch(params[option]):
            raise SpecError(
                option,
                f"{params[option]!r} cannot be part of the names of AWS resources.",
                "Use up to 32 letters, digits and single hyphens, starting with a letter.",
            )
    extra = {str(key): str(value) for key, value in (params["tags"] or {}).items()}
    for key in extra:
        if key in _OWN_KEYS or key.lower().startswith("aws:"):
            raise SpecError("tags", f"the key {key!r} is reserved.", "Choose another key.")
    return Owner(stack=params["stack"], environment=params["environment"], extra=extra)
