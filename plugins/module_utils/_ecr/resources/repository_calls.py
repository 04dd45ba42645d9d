# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories in ECR: the reads and the writes."""

from __future__ import annotations

import typing as t

from ..._aws.changes import Creation, Repair
from ..._aws.owner import tag_list, tags_from
from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.field import write, write_new
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from ..._engine.retry import create_once
from ..images import Stored
from .repository import FIELDS, KIND, Deletion, Repository, parse

GONE: t.Final = frozenset({"RepositoryNotFoundException"})
_PAGE: t.Final = 1000


def find_repository(ctx: Context, name: str) -> Repository | None:
    """The repository with its tags, whoever owns it; None if it does not exist. One call or two."""
    ecr = ctx.client("ecr")
    answer = unless(GONE, lambda: ecr.describe_repositories(repositoryNames=[name]))
    if not answer or not answer["repositories"]:
        return None
    (found,) = answer["repositories"]
    tags = unless(GONE, lambda: ecr.list_tags_for_resource(resourceArn=found["repositoryArn"]))
    return None if tags is None else parse(found, tags_from(tags["tags"]))


def list_repositories(ctx: Context) -> frozenset[str]:
    """The names of all repositories of the region."""
    pages = ctx.client("ecr").get_paginator("describe_repositories").paginate(PaginationConfig={"PageSize": _PAGE})
    return frozenset(item["repositoryName"] for page in pages for item in page["repositories"])


def list_images(ctx: Context, name: str) -> tuple[Stored, ...]:
    """All images of a repository; none if it is gone."""

    def call() -> tuple[Stored, ...]:
        pages = ctx.client("ecr").get_paginator("describe_images")
        return tuple(
            Stored(
                digest=item["imageDigest"],
                tags=frozenset(item.get("imageTags") or ()),
                pushed=item.get("imagePushedAt"),
            )
            for page in pages.paginate(repositoryName=name, PaginationConfig={"PageSize": _PAGE})
            for item in page["imageDetails"]
        )

    return unless(GONE, call) or ()


def any_image(ctx: Context, name: str) -> tuple[Stored, ...]:
    """One image, if there is any."""
    answer = unless(GONE, lambda: ctx.client("ecr").describe_images(repositoryName=name, maxResults=1))
    found = answer["imageDetails"] if answer else []
    return tuple(Stored(digest=item["imageDigest"], tags=frozenset()) for item in found)


def create(ctx: Context, change: Change, known: Known) -> None:
    """Create the repository. CreateRepository has no client token: after a lost answer, look it up."""
    data: Creation = change.data
    ecr = ctx.client("ecr", retry=False)

    def make() -> Repository:
        values = write_new(FIELDS, data.values)
        answer = ecr.create_repository(repositoryName=change.name, tags=tag_list(data.tags), **values)
        return parse(answer["repository"], data.tags)

    def find() -> Repository | None:
        there = find_repository(ctx, change.name)
        return there if there is not None and data.owner.owns(there.tags) else None

    found = create_once(ctx, make, find)
    known.put(change.address, id=found.arn, uri=found.uri)


def update(ctx: Context, change: Change, _known: Known) -> None:
    """Repair what differs, with a call for each setting."""
    data: Repair = change.data
    ecr, found = ctx.client("ecr"), data.found
    for name, call in (
        ("tag_mutability", ecr.put_image_tag_mutability),
        ("scan_on_push", ecr.put_image_scanning_configuration),
    ):
        if name in data.values:
            call(repositoryName=found.name, **write(FIELDS, {name: data.values[name]}))
    if data.tags:
        ecr.tag_resource(resourceArn=found.arn, tags=tag_list(data.tags))


def delete(ctx: Context, change: Change, _known: Known) -> None:
    """Delete the repository, with its images if ``force`` is set."""
    data: Deletion = change.data
    unless(GONE, lambda: ctx.client("ecr").delete_repository(repositoryName=data.name, force=data.force))


CALLS: t.Final = Calls(kind=KIND, create=create, update=update, delete=delete)
