# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tasks have to reach if the network has no NAT gateway. Pure.

Sources: Amazon ECR User Guide, "Amazon ECR interface VPC endpoints": Fargate pulls images through ecr.api, ecr.dkr and
the gateway endpoint of S3, and writes to CloudWatch Logs; Amazon ECS Developer Guide, "Amazon ECS interface VPC
endpoints".
"""

from __future__ import annotations

import re
import typing as t

from .._aws.limits import ECR_IMAGE
from .._ecs_service.layer import LAYER as ECS_SERVICE
from .._engine.unknown import is_unknown
from .problem import Problem
from .rules import options_for
from .spec import PreflightSpec

# Of the names in ECR_IMAGE, those of the endpoint ecr.dkr in private DNS. Amazon ECR User Guide, "Making requests to
# Amazon ECR registries": AWS PrivateLink has no dual-stack names.
_BY_ENDPOINT: t.Final = re.compile(r"\d{12}\.dkr\.ecr\.[\w-]+\.amazonaws\.com(\.cn)?/")
_COPY: t.Final = "Copy it to Amazon ECR in each region"
_OTHER_WAYS: t.Final = (
    "Or set vpc_nat_gateways to regional, or app_own_egress to true if tasks have another way out, such as a transit "
    "gateway."
)


def check_egress(spec: PreflightSpec) -> t.Iterator[Problem]:
    """Without a NAT gateway, tasks start only if everything they need has an endpoint."""
    own = spec.values.get("vpc", {})
    elsewhere = spec.given.get("app_own_egress") or "ecs_service_subnet_ids" in spec.given
    services = options_for(ECS_SERVICE, spec.values, spec.services)
    if own.get("nat_gateways") != "none" or elsewhere or not services or not spec.selects(ECS_SERVICE.name):
        return
    containers = [item for service in services for item in _containers(service)]
    there = own.get("interface_endpoints") or []
    missing = [name for name in _needed(containers) if name not in there] if isinstance(there, list) else []
    if missing:
        what = f"lacks {', '.join(missing)}, without which no task starts while vpc_nat_gateways is none."
        yield Problem("vpc_interface_endpoints", what, f"Add {'it' if len(missing) == 1 else 'them'}. {_OTHER_WAYS}")
    if own.get("s3_endpoint") is False:
        what = "is false: layers of images come from S3, which tasks do not reach while vpc_nat_gateways is none."
        yield Problem("vpc_s3_endpoint", what, f"Leave it out. {_OTHER_WAYS}")
    foreign = sorted({image for item in containers if (image := _image(item)) and not _BY_ENDPOINT.match(image)})
    if foreign:
        what = f"is none: tasks do not reach the registry of {', '.join(foreign)}, for which there is no endpoint."
        remedy = "Write <account>.dkr.ecr.{region}.amazonaws.com/…" if all(map(ECR_IMAGE.match, foreign)) else _COPY
        yield Problem("vpc_nat_gateways", what, f"{remedy}. {_OTHER_WAYS}")


def _containers(service: t.Mapping[str, t.Any]) -> list[t.Mapping[str, t.Any]]:
    listed = service.get("containers")
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []


def _image(container: t.Mapping[str, t.Any]) -> str:
    image = str(container.get("image") or "")
    return "" if is_unknown(image) else image.replace("{region}", "region")


def _needed(containers: t.Iterable[t.Mapping[str, t.Any]]) -> list[str]:
    found = ["ecr.api", "ecr.dkr", "logs"]
    secrets: list[str] = []
    for item in containers:
        listed = item.get("secrets")
        secrets += [str(value) for value in (listed.values() if isinstance(listed, dict) else ())]
        secrets += [str(item["repository_credentials"])] if item.get("repository_credentials") else []
    if any(":secretsmanager:" in value for value in secrets):
        found.append("secretsmanager")
    if any(":ssm:" in value for value in secrets):
        found.append("ssm")
    return found
