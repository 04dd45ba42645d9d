# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stacks to compare: each is an inventory, and equivalent variables of the HCL."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox import Sandbox
from tests import inventories

_TAGS = ("1.4.2", "1.4.3")
_REPOSITORY = "333333333333.dkr.ecr.{region}.amazonaws.com/shop"
# Lines to remove from the copy of the production inventory
_WITHOUT = (
    # Requests need the data plane, and a pause is not measured.
    "app_smoke_request:",
    "app_release_pause:",
    # Terraform reports changes by schedules, and the time is fast here.
    "schedules:",
    "- {name: morning,",
    "- {name: evening,",
    # Would need another run before the removal
    "alb_deletion_protection:",
    # The HCL's version of the provider has no regional ones.
    "vpc_nat_gateways:",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """Repositories that the stack creates first, since images have to be pushed to them.

    `playbook` and `terraform` are the options of site.yml and of `terraform apply` for that; `push` pushes the images.
    """

    playbook: Sequence[str]
    terraform: Sequence[str]
    push: Callable[[Sandbox], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """An environment, and its settings for both ways to deploy it.

    `account` is its name in the local AWS and in the inventory; `images` are the one that it has, and another one.
    `given` creates what the stack requires, and returns it by name.
    """

    name: str
    account: str
    images: tuple[str, str]
    inventory: Callable[[Path, Mapping[str, Any]], Path]
    given: Callable[[Sandbox], Mapping[str, Any]] = field(default=lambda _aws: {})
    registry: Registry | None = None
    # Variables of destroy.yml
    removal: Mapping[str, Any] = field(default_factory=dict)
    # Options of `terraform plan`, those for the other image, and variables by what is given
    terraform: Sequence[str] = ()
    other_image: Sequence[str] = ()
    terraform_variables: Callable[[Mapping[str, Any]], Mapping[str, Any]] = field(default=lambda _given: {})


_NGINX = ("public.ecr.aws/nginx/nginx:1.29-alpine", "public.ecr.aws/nginx/nginx:1.29.1-alpine")

DEFAULT = Stack(
    name="default",
    account="dev",
    images=_NGINX,
    inventory=lambda folder, _given: inventories.over_http(folder / "dev"),
    other_image=(f"-var=image={_NGINX[1]}",),
)
HTTPS = Stack(
    name="https",
    account="dev",
    images=_NGINX,
    inventory=lambda _folder, _given: inventories.DEV,
    terraform=("-var=https=true",),
    other_image=(f"-var=image={_NGINX[1]}",),
)


def _web_acls(aws: Sandbox) -> dict[str, str]:
    """Create one in each region. Returns their ARNs."""
    return {region: inventories.web_acl(aws, region) for region in inventories.PRODUCTION_REGIONS}


def _production(folder: Path, web_acls: Mapping[str, Any]) -> Path:
    copy = inventories.production(folder / "production", web_acls)
    variables = copy / "group_vars" / "all.yml"
    lines = variables.read_text(encoding="utf-8").splitlines(keepends=True)
    variables.write_text("".join(line for line in lines if not line.lstrip().startswith(_WITHOUT)), encoding="utf-8")
    return copy


PRODUCTION = Stack(
    name="production",
    account="prod",
    images=(f"{_REPOSITORY}:{_TAGS[0]}", f"{_REPOSITORY}:{_TAGS[1]}"),
    inventory=_production,
    given=_web_acls,
    registry=Registry(
        playbook=("--tags", "ecr"),
        terraform=("-target=aws_ecr_replication_configuration.this",),
        push=lambda aws: inventories.push(aws, *_TAGS),
    ),
    removal={"alb_log_bucket": {"expiration_days": 90, "delete_logs": True}, "ecr_delete_images": True},
    terraform=("-var-file=production.tfvars",),
    other_image=(f"-var=repository={json.dumps({'name': 'shop', 'tag': _TAGS[1]})}",),
    terraform_variables=lambda web_acls: {
        "web_acl_arns": json.dumps({"east": web_acls["us-east-1"], "west": web_acls["us-west-1"]})
    },
)
STACKS = {stack.name: stack for stack in (DEFAULT, HTTPS, PRODUCTION)}
