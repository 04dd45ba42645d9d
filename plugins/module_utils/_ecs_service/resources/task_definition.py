# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task definition: which revision fits, and why a new one has to be registered. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws import untagged
from ..._aws.changes import repair
from ..._aws.owner import Owner
from ..._engine.changes import create, delete, update
from ..._engine.plan import Action, Change
from ..._engine.resource import Resource
from ..._engine.unknown import unknown
from ..._images.pinning import moved, named
from ..._resources.role import Role, RoleSpec
from ..._resources.role_policy import account_of, partition_of
from . import task_definition_document as document

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec

KIND: t.Final = "task_definition"
ADDRESS: t.Final = f"{KIND}/main"


@dataclasses.dataclass(frozen=True, kw_only=True)
class TaskDefinition:
    """A revision. ``status`` as in the API (``ACTIVE``), ``document`` canonical.

    :param request: RegisterTaskDefinition's parameters for a copy, without tags.
    """

    arn: str
    status: str
    document: t.Mapping[str, t.Any] = dataclasses.field(repr=False)
    tags: t.Mapping[str, str]
    request: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict, repr=False)

    @property
    def active(self) -> bool:
        """True if it can start tasks."""
        return self.status == "ACTIVE"

    @property
    def short(self) -> str:
        """``family:revision``."""
        return short(self.arn)

    @property
    def images(self) -> dict[str, str]:
        """Container → image."""
        return {name: str(container.get("image", "")) for name, container in self.document["containers"].items()}

    @property
    def containers(self) -> tuple[t.Mapping[str, t.Any], ...]:
        """The container definitions."""
        return tuple(self.request.get("containerDefinitions", ()))

    @property
    def named_images(self) -> dict[str, str]:
        """Container → image with the tag that it was pinned from."""
        return {str(item["name"]): named(item) for item in self.containers}


@dataclasses.dataclass(frozen=True)
class Revision:
    """A revision to register."""

    spec: Spec


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """Registers a revision, repairs the tags of one that fits, or deletes all of them."""
    if spec.absent:
        if snapshot.revisions:
            revisions = [item.short for item in snapshot.revisions]
            yield delete(ADDRESS, {"revisions": revisions}, data=snapshot.revisions)
        return
    latest = snapshot.latest
    # If the service exists, a revision of someone else is drift, which is repaired.
    if snapshot.service is None and latest is not None and not spec.owner.owns(latest.tags):
        what = f"the task definition {latest.arn} has the family {spec.name}"
        raise untagged.conflict(spec.owner, ADDRESS, what)
    found = chosen(spec, snapshot)
    yield repair(spec.owner, ADDRESS, found, tag_by_tag=True) if found else _registration(spec, snapshot)


RESOURCE: t.Final = Resource(kind=KIND, plan=plan)


def chosen(spec: Spec, snapshot: Snapshot) -> TaskDefinition | None:
    """The service's current revision or else the latest one, if it fits. None if one has to be registered."""
    wanted = document.canonical(_request(spec, snapshot))
    return fitting(spec.owner, (snapshot.current, snapshot.latest), wanted)


def fitting(
    owner: Owner, candidates: t.Iterable[TaskDefinition | None], wanted: t.Mapping[str, t.Any]
) -> TaskDefinition | None:
    """The first of the owner's active revisions with this document; None if there is none."""
    fits = (each for each in candidates if each and each.active and owner.owns(each.tags) and each.document == wanted)
    return next(fits, None)


def short(arn: str) -> str:
    """``family:revision``."""
    return arn.rpartition("/")[2]


def role_arn(role: RoleSpec | str, observed: Role | None, spec: Spec, snapshot: Snapshot) -> str:
    """The role's ARN. For a role that does not exist yet it is known if any resource shows the account's ID."""
    if isinstance(role, str):
        return role
    if observed is not None:
        return observed.arn
    account = _account(snapshot)
    if account is None:
        return unknown(spec.region, role.address, "arn")
    return f"arn:{partition_of(spec.region)}:iam::{account}:role/{role.role_name}"


def _account(snapshot: Snapshot) -> str | None:
    seen = (
        snapshot.cluster,
        snapshot.log_group,
        snapshot.service,
        snapshot.latest,
        snapshot.execution_role,
        snapshot.task_role,
    )
    return next((account_of(item.arn) for item in seen if item is not None), None)


def tags_moved(former: TaskDefinition, request: t.Mapping[str, t.Any]) -> list[str]:
    """Descriptions of tags that have moved since the former revision was registered."""
    before = {item["name"]: item for item in former.containers}
    pairs = ((before.get(item["name"], {}), item) for item in request["containerDefinitions"])
    return [text for one, other in pairs if (text := moved(one, other))]


def explained(change: Change | None, moves: t.Sequence[str]) -> Change | None:
    """The change, with moved tags added to its reason."""
    if change is None or not moves:
        return change
    return dataclasses.replace(change, reason=f"{change.reason}: {'; '.join(moves)}")


def _request(spec: Spec, snapshot: Snapshot) -> dict[str, t.Any]:
    roles = spec.wanted.roles
    return document.request(
        spec,
        execution_role_arn=role_arn(roles.execution, snapshot.execution_role, spec, snapshot),
        task_role_arn=role_arn(roles.task, snapshot.task_role, spec, snapshot),
    )


def _registration(spec: Spec, snapshot: Snapshot) -> Change:
    request = _request(spec, snapshot)
    after = document.shown(document.canonical(request))
    former = snapshot.current or snapshot.latest
    if former is None:
        return create(ADDRESS, after, data=Revision(spec))
    before = document.shown(former.document)
    # A field that goes is a difference, too.
    keys = dict.fromkeys([*before, *after])
    change = update(ADDRESS, {**keys, **before}, {**keys, **after}, data=Revision(spec))
    change = explained(change, tags_moved(former, request))
    if change is None:
        reason = f"{former.short} is deregistered, or its tags do not say that it belongs to this service"
        made = create(ADDRESS, after, data=Revision(spec), reason=reason)
        return dataclasses.replace(made, action=Action.UPDATE)
    return change
