# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories. Pure.

Scanning is set per repository. The registry's setting (PutRegistryScanningConfiguration) applies to all repositories of
the account in a region, so it is left alone; enhanced scanning there takes precedence.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws import untagged
from ..._aws.changes import create_tagged, repair
from ..._aws.owner import Tags
from ..._engine import field
from ..._engine.changes import delete
from ..._engine.errors import SpecError
from ..._engine.field import Answer, Field, parameter
from ..._engine.plan import Change
from ..._engine.resource import Resource

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec

KIND: t.Final = "repository"
_OTHERWISE: t.Final = "choose another name, or delete it if nothing uses it"


def _read_scanning(answer: Answer) -> bool:
    return bool((answer.get("imageScanningConfiguration") or {}).get("scanOnPush", False))


def _read_key(answer: Answer) -> str:
    return str((answer.get("encryptionConfiguration") or {}).get("kmsKey") or "")


FIELDS: t.Final = (
    parameter("tag_mutability", "imageTagMutability", "MUTABLE"),
    Field(
        name="scan_on_push",
        read=_read_scanning,
        write=lambda value: {"imageScanningConfiguration": {"scanOnPush": value}},
        default=False,
    ),
    Field(
        name="kms_key_arn",
        read=_read_key,
        write=lambda value: {"encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": value}},
        default="",
        immutable=True,
    ),
)
_MUTABLE: t.Final = tuple(each.name for each in FIELDS if not each.immutable)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Repository:
    """:param values: by the names of FIELDS."""

    name: str
    arn: str
    uri: str
    values: t.Mapping[str, t.Any]
    tags: Tags = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Deletion:
    """:param force: whether to delete its images, too."""

    name: str
    force: bool


def address(name: str) -> str:
    """The address of a repository."""
    return f"{KIND}/{name}"


def parse(answer: Answer, tags: Tags) -> Repository:
    """From DescribeRepositories and ListTagsForResource."""
    return Repository(
        name=answer["repositoryName"],
        arn=answer["repositoryArn"],
        uri=answer["repositoryUri"],
        values=field.read(FIELDS, answer),
        tags=tags,
    )


def owned(spec: Spec, snapshot: Snapshot) -> dict[str, Repository]:
    """The stack's repositories: name → repository."""
    return {name: found for name, found in snapshot.repositories.items() if spec.owner.owns(found.tags)}


def kept(spec: Spec, snapshot: Snapshot) -> list[str]:
    """The repositories that a removal keeps, because they have images and delete_images is false."""
    if not spec.absent or spec.delete_images:
        return []
    return [name for name in owned(spec, snapshot) if snapshot.images.get(name)]


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """The changes. Raises ConflictError for a repository of others, SpecError for what AWS cannot change."""
    mine = owned(spec, snapshot)
    if spec.absent:
        left = kept(spec, snapshot)
        for name, found in mine.items():
            if name not in left:
                data = Deletion(name=name, force=spec.delete_images)
                yield delete(address(name), found.values, data=data)
        return
    for name in spec.repositories:
        there = snapshot.repositories.get(name)
        if there is None:
            yield create_tagged(spec.owner, address(name), spec.values)
            continue
        if name not in mine:
            what = f"the repository {name} exists in {spec.region}"
            raise untagged.conflict(spec.owner, address(name), what, _OTHERWISE)
        _check_key(spec, there)
        current, wanted = ({key: each[key] for key in _MUTABLE} for each in (there.values, spec.values))
        yield repair(spec.owner, address(name), there, current, wanted)


def _check_key(spec: Spec, found: Repository) -> None:
    now, wanted = found.values["kms_key_arn"], spec.values["kms_key_arn"]
    if now != wanted:
        raise SpecError(
            "kms_key_arn",
            f"is {wanted or 'not set'}. {found.name} is encrypted with {now or 'AES-256'}, which AWS cannot change.",
            "Set it to that, or use a new repository.",
        )


def _identify(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    return {address(name): {"id": each.arn, "uri": each.uri} for name, each in snapshot.repositories.items()}


RESOURCE: t.Final = Resource(kind=KIND, plan=plan, identify=_identify)
