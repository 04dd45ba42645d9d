# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._delegation_roles.plan import Snapshot, plan
from ansible_collections.everlook.failover.plugins.module_utils._delegation_roles.spec import parse, role_of
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError, SpecError
from ansible_collections.everlook.failover.plugins.module_utils._resources.role import Role, wanted

ACCOUNT: t.Final = "999999999999"
DEV: t.Final = {"name": "dev", "account_id": "111111111111", "domain": "Dev.example.com", "external_id": "of-dev"}
PARAMS: t.Final[dict[str, t.Any]] = {
    "account_id": ACCOUNT,
    "domain": "example.com",
    "zone_id": None,
    "environments": [{**DEV, "principals": None}],
    "remove": [],
    "adopt": False,
}
SPEC: t.Final = parse(PARAMS)


def role(name: str = "dev", **tags: str) -> Role:
    """An environment's role as it should be."""
    environment = dataclasses.replace(SPEC.environments[0], name=name)
    spec = role_of(environment, "example.com", "Z1", boundary="arn:aws:iam::999999999999:policy/edge")
    arn = f"arn:aws:iam::{ACCOUNT}:role/{spec.role_name}"
    return Role(role_name=spec.role_name, arn=arn, settings=wanted(spec, ACCOUNT), tags={**spec.tags, **tags})


def snapshot(*roles: Role) -> Snapshot:
    return Snapshot(zone_id="Z1", roles={found.role_name: found for found in roles})


def test_a_missing_role_is_made_with_both_policies_in_its_diff() -> None:
    (change,) = plan(SPEC, snapshot()).changes
    assert (change.address, change.action.value) == ("iam_role/dev", "create")
    assert change.after["trust_policy"]["Statement"][0]["Condition"] == {"StringEquals": {"sts:ExternalId": ["of-dev"]}}
    (first, *_others) = change.after["policy dns-delegation"]["Statement"]
    names = "route53:ChangeResourceRecordSetsNormalizedRecordNames"
    assert first["Condition"]["ForAllValues:StringEquals"][names] == ["dev.example.com"]


def test_a_role_that_is_right_is_left_alone_with_its_boundary() -> None:
    assert plan(SPEC, snapshot(role())).changes == ()


def test_a_policy_that_was_changed_is_set_right() -> None:
    spec = parse({**PARAMS, "environments": [{**DEV, "external_id": "new", "principals": None}]})
    (change,) = plan(spec, snapshot(role())).changes
    assert (change.action.value, change.reason) == ("update", "differs in trust_policy")


def test_a_role_of_others_is_adopted_on_consent_alone() -> None:
    theirs = snapshot(role(ManagedBy="terraform"))
    with pytest.raises(ConflictError, match="management_adopt_roles"):
        plan(SPEC, theirs)
    (change,) = plan(parse({**PARAMS, "adopt": True}), theirs).changes
    assert change.after == {"tag ManagedBy": "everlook.failover"}


def test_roles_of_environments_off_the_list_stay_until_they_are_to_go() -> None:
    found = snapshot(role(), role("old"), role("theirs", ManagedBy="terraform"))
    assert found.left(SPEC) == ["old"]
    assert plan(SPEC, found).changes == ()
    (change,) = plan(parse({**PARAMS, "remove": ["old"]}), found).changes
    assert (change.address, change.action.value) == ("iam_role/old", "delete")


@pytest.mark.parametrize(("name", "told"), [("dev", "still one of"), ("theirs", "no role for theirs"), ("odl", "old")])
def test_what_cannot_go_is_refused(name: str, told: str) -> None:
    with pytest.raises(SpecError, match=told):
        plan(
            parse({**PARAMS, "remove": ["old", name]}),
            snapshot(role(), role("old"), role("theirs", ManagedBy="terraform")),
        )
