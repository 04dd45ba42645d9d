# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM roles: wanted, observed, and the changes. Pure; the calls are in role_calls."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws import untagged
from .._aws.changes import shown_tags
from .._aws.owner import Tags
from .._engine.changes import create, delete, differences, update
from .._engine.plan import Change
from .._engine.unknown import unknown
from .role_policy import Document, account_of, canonical, widened, with_account

KIND: t.Final = "iam_role"
# The second half of a role's update: remove what only the former tasks needed, once they are gone.
TRIM_KIND: t.Final = "iam_role_trim"
DEFAULT_SESSION_SECONDS: t.Final = 3600


class RoleOwner(t.Protocol):
    """An Owner, or the owner of roles that belong to no stack."""

    @property
    def title(self) -> str: ...

    def identity(self) -> dict[str, str]: ...

    def tags(self, address: str, /) -> dict[str, str]: ...

    def owns(self, tags: Tags) -> bool: ...

    def tag_drift(self, current: Tags, address: str) -> dict[str, str]: ...


@dataclasses.dataclass(frozen=True, kw_only=True)
class RoleSpec:
    """A role as wanted. Documents may contain role_policy.ACCOUNT.

    :param name: logical name; the address is ``iam_role/<name>``.
    :param role_name: IAM's name, unique in the account.
    :param trust: the trust policy.
    :param policies: inline policies by name; others are deleted.
    :param attached: ARNs of managed policies; others are detached.
    :param boundary: ARN of the permissions boundary, or None.
    """

    owner: RoleOwner
    name: str
    role_name: str
    description: str
    trust: Document
    policies: t.Mapping[str, Document] = dataclasses.field(default_factory=dict)
    attached: frozenset[str] = frozenset()
    boundary: str | None = None

    @property
    def address(self) -> str:
        return f"{KIND}/{self.name}"

    @property
    def tags(self) -> dict[str, str]:
        return self.owner.tags(self.address)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of a role in comparable form: documents are canonical, with the account's id.

    :param session_seconds: IAM's MaxSessionDuration.
    """

    description: str
    session_seconds: int
    trust: Document
    boundary: str | None
    policies: t.Mapping[str, Document]
    attached: frozenset[str]

    def shown(self) -> dict[str, t.Any]:
        """The entries of the diff."""
        return {
            "description": self.description,
            "max_session_duration": self.session_seconds,
            "trust_policy": self.trust,
            "permissions_boundary": self.boundary,
            "attached_policies": sorted(self.attached),
            **{f"policy {name}": document for name, document in self.policies.items()},
        }


@dataclasses.dataclass(frozen=True, kw_only=True)
class Role:
    """A role as observed."""

    role_name: str
    arn: str
    settings: Settings
    tags: Tags


@dataclasses.dataclass(frozen=True, kw_only=True)
class RoleChange:
    """``Change.data``.

    :param current: None for a creation.
    :param target: None for a creation, which has to look up the account first.
    """

    spec: RoleSpec
    current: Settings | None = None
    target: Settings | None = None
    tags: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


def wanted(spec: RoleSpec, account: str) -> Settings:
    """The settings in the spec, in the account."""
    return Settings(
        description=spec.description,
        session_seconds=DEFAULT_SESSION_SECONDS,
        trust=canonical(with_account(spec.trust, account)),
        boundary=spec.boundary,
        policies={name: canonical(with_account(document, account)) for name, document in spec.policies.items()},
        attached=spec.attached,
    )


def plan_role(
    spec: RoleSpec,
    observed: Role | None,
    *,
    needs: t.Iterable[str] = (),
    trim_after: t.Collection[str] = (),
    adopt: bool = False,
) -> tuple[Change, ...]:
    """The changes to the wanted role.

    :param trim_after: addresses of steps until which the role's current permissions are needed. New ones are added at
        once, and old ones removed after these steps, so that a rollback finds them.
    :param adopt: whether to take over a foreign role.
    Raises ConflictError if the owner does not own the role.
    """
    if observed is None:
        settings = wanted(spec, unknown("global", spec.address, "account"))
        after = {"role_name": spec.role_name, **settings.shown()}
        return (create(spec.address, after, data=RoleChange(spec=spec), needs=needs),)
    if not adopt:
        require_own(spec, observed)
    current, target = observed.settings, wanted(spec, account_of(observed.arn))
    first = _union(current, target) if trim_after else target
    steps = (
        _update(spec, observed, first, needs),
        _trim(spec, first, target, {*needs, *trim_after, spec.address}),
    )
    return tuple(step for step in steps if step is not None)


def plan_role_deletion(
    name: str, observed: Role, *, needs: t.Iterable[str] = (), reason: str = "state is absent"
) -> Change:
    """The change that deletes a role. ``data`` is its name in IAM."""
    before = {"role_name": observed.role_name, "arn": observed.arn}
    return delete(f"{KIND}/{name}", before, data=observed.role_name, needs=needs, reason=reason)


def require_own(spec: RoleSpec, observed: Role) -> None:
    """Raises ConflictError if the owner does not own the role."""
    if not spec.owner.owns(observed.tags):
        what = f"the IAM role {observed.role_name!r} exists ({observed.arn})"
        raise untagged.conflict(spec.owner, spec.address, what)


def _update(spec: RoleSpec, observed: Role, target: Settings, needs: t.Iterable[str]) -> Change | None:
    tags = spec.owner.tag_drift(observed.tags, spec.address)
    tags_before, tags_after = shown_tags(observed.tags, tags, tag_by_tag=True)
    before, after = _side_by_side(observed.settings, target)
    data = RoleChange(spec=spec, current=observed.settings, target=target, tags=tags)
    return update(spec.address, {**before, **tags_before}, {**after, **tags_after}, data=data, needs=needs)


def _trim(spec: RoleSpec, current: Settings, target: Settings, needs: t.Iterable[str]) -> Change | None:
    before, after = _side_by_side(current, target)
    data = RoleChange(spec=spec, current=current, target=target)
    change = update(f"{TRIM_KIND}/{spec.name}", before, after, data=data, needs=needs)
    reason = f"the former tasks no longer need all of {', '.join(sorted(differences(before, after)))}"
    return dataclasses.replace(change, reason=reason) if change else None


def _side_by_side(current: Settings, target: Settings) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    """The entries of both for a diff; missing ones are None."""
    shown = current.shown()
    after = {**dict.fromkeys(shown), **target.shown()}
    return {**dict.fromkeys(after), **shown}, after


def _union(current: Settings, target: Settings) -> Settings:
    """The target, plus all permissions of the current settings."""
    policies = dict(current.policies)
    for name, document in target.policies.items():
        policies[name] = canonical(widened(policies[name], document)) if name in policies else document
    return dataclasses.replace(target, policies=policies, attached=current.attached | target.attached)
