# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Expiry by a lifecycle policy of ECR, within a day of the policy or the push.

moto keeps policies, and expires nothing. Amazon ECR User Guide, "Lifecycle policies", evaluation rules and "Lifecycle
policy properties".
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from moto.ecr.models import ecr_backends
from moto.ecr.responses import ECRResponse

from sandbox.overlay.base import AwsError, Call, World, corrects

_DAY = 86400


@dataclass(frozen=True, slots=True)
class Candidate:
    """An image for the rules. `pushed` is in seconds since the epoch, `members` are those of a manifest list."""

    digest: str
    tags: frozenset[str]
    pushed: float
    members: frozenset[str] = frozenset()


def expired(policy: Mapping[str, Any], images: Sequence[Candidate], now: float) -> set[str]:
    """The digests that the policy expires.

    An image that matches the tags of a rule cannot expire by rules of lower priority, which count it nevertheless.
    """
    gone: set[str] = set()
    taken: set[str] = set()
    newest_first = sorted(images, key=lambda image: (-image.pushed, image.digest))
    for rule in sorted(policy["rules"], key=lambda rule: int(rule["rulePriority"])):
        selection = rule["selection"]
        matching = [image for image in newest_first if _matches(selection, image)]
        number = int(selection["countNumber"])
        if selection["countType"] == "imageCountMoreThan":
            old = matching[number:]
        else:
            old = [image for image in matching if now - image.pushed > number * _DAY]
        gone |= {image.digest for image in old} - taken
        taken |= {image.digest for image in matching}
    # The images of a manifest list expire after it.
    kept = {digest for image in images if image.digest not in gone for digest in image.members}
    return gone - kept


def _matches(selection: Mapping[str, Any], image: Candidate) -> bool:
    if selection["tagStatus"] != "tagged":
        return selection["tagStatus"] == "any" or not image.tags
    patterns = [f"{prefix}*" for prefix in selection.get("tagPrefixList") or ()] + (
        selection.get("tagPatternList") or []
    )
    return all(any(fnmatchcase(tag, pattern) for tag in image.tags) for pattern in patterns)


@corrects(ECRResponse, "PutLifecyclePolicy")
def put_policy(call: Call) -> Any:
    """PutLifecyclePolicy: rules with unique priorities, and tags if they are about tagged images."""
    repository = call.backend._get_repository(call.get("repositoryName"))
    former = repository.lifecycle_policy
    answer = call.proceed()
    rules = json.loads(repository.lifecycle_policy)["rules"]
    priorities = [rule["rulePriority"] for rule in rules]
    tagged = [rule["selection"] for rule in rules if rule["selection"]["tagStatus"] == "tagged"]
    why = "rulePriority must be unique" if len(set(priorities)) < len(priorities) else ""
    if any(bool(each.get("tagPrefixList")) == bool(each.get("tagPatternList")) for each in tagged):
        why = "either tagPrefixList or tagPatternList must be given for tagged images"
    if why:
        repository.lifecycle_policy = former
        raise AwsError(
            "InvalidParameterException",
            "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: "
            f"'Lifecycle policy validation failure: {why}'",
        )
    expect_expiry(call.world, repository)
    return answer


def expect_expiry(world: World, repository: Any) -> None:
    """Apply the policy within a day, and each day from then on, as long as it exists."""
    waiting: set[str] = world.store(set, "lifecycle policies")
    if repository.lifecycle_policy and repository.arn not in waiting:
        waiting.add(repository.arn)
        place = (repository.account_id, repository.region_name, repository.name, repository.arn)
        world.schedule("lifecycle_evaluation", functools.partial(_evaluate, world, *place))


def _evaluate(world: World, account: str, region: str, name: str, arn: str) -> None:
    world.store(set, "lifecycle policies").discard(arn)
    repository = ecr_backends[account][region].repositories.get(name)
    if repository is None or not repository.lifecycle_policy:
        return
    gone = expired(json.loads(repository.lifecycle_policy), list(map(_candidate, repository.images)), world.wall())
    repository.images = [image for image in repository.images if image.get_image_digest() not in gone]
    expect_expiry(world, repository)


def _candidate(image: Any) -> Candidate:
    members = json.loads(image.image_manifest).get("manifests") or ()
    return Candidate(
        digest=image.get_image_digest(),
        tags=frozenset(image.image_tags),
        pushed=image.image_pushed_at,
        members=frozenset(member["digest"] for member in members),
    )
