# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Corrections of moto's IAM: known keys, roles that take a while to propagate, delete conflicts."""

from __future__ import annotations

from typing import Any

from moto.iam import models
from moto.iam.exceptions import EntityAlreadyExists
from moto.iam.responses import IamResponse

from sandbox.accounts import account_of_key
from sandbox.overlay.base import AwsError, Call, World, corrects


def patch() -> None:
    """The keys of the sandbox are known, and AWS's policies not read again and again."""
    _share_managed_policies()
    known = models.get_account_id_from

    def account_id_from(access_key: str) -> str:
        return account_of_key(access_key) or str(known(access_key))

    models.get_account_id_from = account_id_from


def role_known(world: World, account: str, name: str) -> bool:
    """Whether other services see a role already: IAM is eventually consistent."""
    return world.moment() >= _known_from(world, account).get(name, 0.0)


def _known_from(world: World, account: str) -> dict[str, float]:
    return world.store(dict, "iam", "known from", account)


@corrects(IamResponse, "CreateRole")
def _create_role(call: Call) -> Any:
    name = call.get("RoleName")
    taken = [role.name for role in call.backend.roles.values()]
    if name.lower() in (role.lower() for role in taken):
        raise AwsError("EntityAlreadyExists", f"Role with name {name} already exists.")
    result = call.proceed()
    _known_from(call.world, call.account)[name] = call.world.after("iam_propagation")
    return result


@corrects(IamResponse, "CreateServiceLinkedRole")
def _create_service_linked_role(call: Call) -> Any:
    try:
        return call.proceed()
    except EntityAlreadyExists as error:
        message = "Service role name has been taken in this account, please try a different suffix."
        raise AwsError("InvalidInput", message) from error


@corrects(IamResponse, "DeletePolicy")
def _delete_policy(call: Call) -> Any:
    backend = call.backend
    policy = backend.get_policy(call.get("PolicyArn"))
    if policy.attachment_count:
        raise AwsError("DeleteConflict", "Cannot delete a policy attached to entities.")
    if len(policy.versions) > 1:
        raise AwsError("DeleteConflict", "This policy has more than one version. Delete the others first.")
    return call.proceed()


def _share_managed_policies() -> None:
    """AWS's own policies are read once a process, and copied once an account, not at every reset."""
    read = models.IAMBackend._init_aws_policies
    known: dict[str, Any] = {}
    copies: dict[tuple[str, str], list[Any]] = {}

    def init_aws_policies(backend: models.IAMBackend) -> list[Any]:
        if not known:
            known.update({policy.arn: policy for policy in read(backend)})
        place = backend.account_id, backend.region_name
        if place not in copies:
            copies[place] = [_copy_of(policy) for policy in known.values()]
        # How often a policy is attached is counted on the policy.
        for policy in copies[place]:
            policy.attachment_count = 0
        return list(copies[place])

    def init_managed_policies(backend: models.IAMBackend) -> dict[str, Any]:
        return dict(zip(known, backend.aws_managed_policies, strict=True))

    models.IAMBackend._init_aws_policies = init_aws_policies
    models.IAMBackend._init_managed_policies = init_managed_policies


def _copy_of(policy: Any) -> Any:
    """A shallow copy. copy.copy takes five times as long, and there are 1,500 policies."""
    made = object.__new__(type(policy))
    made.__dict__ = policy.__dict__.copy()
    return made
