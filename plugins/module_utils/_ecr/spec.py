# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired state of the layer, parsed from the module's options. Pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._aws.limits import ACCOUNT_ID, KMS_KEY_ARN, REGION_NAME
from .._aws.owner import REPOSITORIES, Owner, parse_owner, parse_service_names
from .._engine.errors import SpecError
from .._engine.unknown import is_unknown
from .images import Image, images_in

# ECR API, CreateRepository, repositoryName.
_NAME: t.Final = re.compile(
    r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*", re.ASCII
)
_NAME_LENGTH: t.Final = (2, 256)
# ECR User Guide, "Amazon ECR private registry".
_REGISTRY: t.Final = re.compile(r"\d{12}\.dkr[.-]ecr[\w.-]*/", re.ASCII)
# ECR User Guide, "Using tags with Amazon ECR resources": characters of a value. The tag Name contains the repository.
_TAG_VALUE: t.Final = 256
# ECR API, ReplicationRule: filters of a rule; User Guide, "Private image replication": destinations of a registry.
_MOST_FILTERS: t.Final = 100
_MOST_DESTINATIONS: t.Final = 25


@dataclasses.dataclass(frozen=True, kw_only=True)
class Lifecycle:
    """What expires; 0 turns a rule off.

    :param untagged_days: age at which untagged images expire.
    :param keep_images: number of the newest tagged images that do not expire.
    """

    untagged_days: int
    keep_images: int

    @property
    def expires(self) -> bool:
        return bool(self.untagged_days or self.keep_images)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Spec:
    """The layer in one region.

    :param account_id: None if not set.
    :param repositories: names.
    :param values: of each repository, by the names of the fields of resources/repository.py.
    :param services: those whose task definitions name deployed images.
    :param images: those that the run deploys.
    :param pull_accounts: other accounts that may pull; None leaves repository policies alone.
    :param replicate_to: regions.
    :param delete_images: whether a removal deletes repositories that have images.
    """

    owner: Owner
    region: str
    account_id: str | None
    absent: bool
    repositories: tuple[str, ...]
    values: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    lifecycle: Lifecycle = Lifecycle(untagged_days=0, keep_images=0)
    services: tuple[str, ...] = ()
    images: frozenset[Image] = frozenset()
    pull_accounts: tuple[str, ...] | None = None
    replicate_to: tuple[str, ...] = ()
    delete_images: bool = False


def parse(params: t.Mapping[str, t.Any], region: str) -> Spec:
    """The desired state. Raises SpecError."""
    owner = parse_owner(params, REPOSITORIES)
    spec = Spec(
        owner=owner,
        region=region,
        account_id=params["account_id"],
        absent=params["state"] == "absent",
        repositories=_names(owner, params["repositories"]),
        delete_images=params["delete_images"],
    )
    if spec.absent:
        return spec
    return dataclasses.replace(
        spec,
        values={
            "tag_mutability": params["tag_mutability"],
            "scan_on_push": params["scan_on_push"],
            "kms_key_arn": _key(params["kms_key_arn"], region),
        },
        lifecycle=_lifecycle(params),
        services=parse_service_names(params["services"] or ()),
        images=images_in(text.replace("{region}", region) for text in params["images"] or ()),
        pull_accounts=_accounts(params["pull_accounts"]),
        replicate_to=_regions(params["replicate_to"] or (), region, len(spec.repositories)),
    )


def _names(owner: Owner, names: t.Sequence[str]) -> tuple[str, ...]:
    if not names:
        raise SpecError("repositories", "names no repository.", "Name at least one.")
    for name in names:
        least, most = _NAME_LENGTH
        if registry := _REGISTRY.match(name):
            raise SpecError("repositories", f"{name!r} begins with a registry.", f"Write {name[registry.end() :]!r}.")
        if not (_NAME.fullmatch(name) and least <= len(name) <= most):
            raise SpecError(
                "repositories",
                f"{name!r} cannot be the name of a repository.",
                f"Use {least} to {most} lower-case letters and digits, with ., _, - or / between them.",
            )
        over = len(owner.tags(f"repository/{name}")["Name"]) - _TAG_VALUE
        if over > 0:
            raise SpecError("repositories", f"{name!r} is too long by {over} for the tag Name.", "Shorten it.")
    return tuple(dict.fromkeys(names))


def _key(arn: str | None, region: str) -> str:
    if not arn or is_unknown(arn):
        return arn or ""
    match = KMS_KEY_ARN.fullmatch(arn)
    if not match or match["region"] != region:
        raise SpecError("kms_key_arn", f"{arn!r} is not the ARN of a key in {region}.", "ECR takes no other.")
    return arn


def _lifecycle(params: t.Mapping[str, t.Any]) -> Lifecycle:
    for option in ("untagged_days", "keep_images"):
        if params[option] < 0:
            raise SpecError(option, f"{params[option]} is less than 0.", "0 turns it off.")
    found = Lifecycle(untagged_days=params["untagged_days"], keep_images=params["keep_images"])
    if not params["pull_accounts"]:
        return found
    # A run cannot see what other accounts run, so no image may expire that they could have pulled by a tag.
    why = "other accounts pull images (pull_accounts), and what they run is not known here"
    if found.keep_images:
        raise SpecError("keep_images", f"could expire what is deployed: {why}.", "Set it to 0.")
    if found.untagged_days and params["tag_mutability"] != "IMMUTABLE":
        raise SpecError(
            "untagged_days",
            f"could expire what is deployed: {why}, and an image loses a tag that is pushed again.",
            "Set it to 0, or tag_mutability to IMMUTABLE.",
        )
    return found


def _accounts(accounts: t.Sequence[str] | None) -> tuple[str, ...] | None:
    if accounts is None:
        return None
    for account in accounts:
        if not ACCOUNT_ID.fullmatch(account):
            raise SpecError("pull_accounts", f"{account!r} is not the id of an account.", "Write 12 digits in quotes.")
    return tuple(sorted(set(accounts)))


def _regions(regions: t.Sequence[str], region: str, repositories: int) -> tuple[str, ...]:
    for name in regions:
        if not REGION_NAME.fullmatch(name) or name == region:
            raise SpecError("replicate_to", f"{name!r} is not another region.", f"Name regions other than {region}.")
    if len(set(regions)) > _MOST_DESTINATIONS:
        raise SpecError("replicate_to", f"has {len(set(regions))} regions.", f"AWS allows {_MOST_DESTINATIONS}.")
    if regions and repositories > _MOST_FILTERS:
        raise SpecError("repositories", f"has {repositories} names.", f"AWS replicates {_MOST_FILTERS} by one rule.")
    return tuple(sorted(set(regions)))
