# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired roles, from the module's parameters. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws.owner import MANAGED_BY, Tags
from .._engine.errors import SpecError
from .._resources.role import RoleSpec
from .._resources.role_policy import Document, allow, policy

PREFIX: t.Final = "dns-delegation-"
_POLICY: t.Final = "dns-delegation"


@dataclasses.dataclass(frozen=True, kw_only=True)
class EnvironmentOwner:
    """The owner of a role: an environment, not a stack."""

    environment: str

    @property
    def title(self) -> str:
        """For people."""
        return f"the environment {self.environment}"

    def identity(self) -> dict[str, str]:
        """The tag of roles that this collection made."""
        return {"ManagedBy": MANAGED_BY}

    def tags(self, _address: str) -> dict[str, str]:
        """All tags of its role."""
        role = f"role/{PREFIX}{self.environment}"
        return {"ManagedBy": MANAGED_BY, "Environment": self.environment, "Resource": role}

    def owns(self, tags: Tags) -> bool:
        """Whether this collection made a role with these tags."""
        return tags.get("ManagedBy") == MANAGED_BY

    def tag_drift(self, current: Tags, address: str) -> dict[str, str]:
        """The tags to set. Others' tags are left alone."""
        return {key: value for key, value in self.tags(address).items() if current.get(key) != value}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Environment:
    """An environment that may delegate one name.

    :param principals: ARNs that may assume the role; empty for all of its account.
    """

    name: str
    account_id: str
    domain: str
    external_id: str
    principals: tuple[str, ...]

    @property
    def role_name(self) -> str:
        """The name of its role in IAM."""
        return PREFIX + self.name


@dataclasses.dataclass(frozen=True, kw_only=True)
class RolesSpec:
    """All roles.

    :param remove: names of environments whose roles are deleted.
    :param adopt: whether roles of these names that others made are taken over.
    """

    account_id: str
    domain: str
    zone_id: str | None
    environments: tuple[Environment, ...]
    remove: tuple[str, ...]
    adopt: bool


def parse(params: t.Mapping[str, t.Any]) -> RolesSpec:
    """The spec. Raises SpecError."""
    environments = tuple(
        Environment(
            **{key: item[key] for key in ("name", "account_id", "external_id")},
            domain=item["domain"].lower(),
            principals=tuple(item["principals"] or ()),
        )
        for item in params["environments"]
    )
    listed = {environment.name for environment in environments}
    kept = [name for name in params["remove"] if name in listed]
    if kept:
        raise SpecError(
            "remove", f"{', '.join(kept)} is still one of the environments.", "Take it out of management_environments."
        )
    return RolesSpec(
        account_id=params["account_id"],
        domain=params["domain"],
        zone_id=params["zone_id"] or None,
        environments=environments,
        remove=tuple(dict.fromkeys(params["remove"])),
        adopt=params["adopt"],
    )


def role_of(environment: Environment, domain: str, zone_id: str, boundary: str | None) -> RoleSpec:
    """An environment's role.

    :param boundary: ARN of its present permissions boundary, which is kept.
    """
    return RoleSpec(
        owner=EnvironmentOwner(environment=environment.name),
        name=environment.name,
        role_name=environment.role_name,
        description=f"Delegates {environment.domain} from {domain}",
        trust=_trust(environment),
        policies={_POLICY: _policy(environment, zone_id)},
        boundary=boundary,
    )


def _trust(environment: Environment) -> Document:
    principals = environment.principals or (f"arn:aws:iam::{environment.account_id}:root",)
    return policy(
        {
            "Effect": "Allow",
            "Principal": {"AWS": list(principals)},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": environment.external_id}},
        }
    )


def _policy(environment: Environment, zone_id: str) -> Document:
    """NS and DS of one name (Route 53 Developer Guide, "Using IAM policy conditions for fine-grained access control").

    The keys are multivalued, hence ForAllValues, which also matches a request without the key, hence Null.
    """
    zone, key = f"arn:aws:route53:::hostedzone/{zone_id}", "route53:ChangeResourceRecordSets"
    allowed = {
        f"{key}NormalizedRecordNames": [environment.domain],
        f"{key}RecordTypes": ["NS", "DS"],
        f"{key}Actions": ["CREATE", "UPSERT", "DELETE"],
    }
    condition = {"ForAllValues:StringEquals": allowed, "Null": dict.fromkeys(allowed, "false")}
    return policy(
        {**allow([key], [zone]), "Condition": condition},
        allow(["route53:ListResourceRecordSets"], [zone]),
        allow(["route53:GetChange"], ["arn:aws:route53:::change/*"]),
        allow(["route53:ListHostedZonesByName"], ["*"]),
    )
