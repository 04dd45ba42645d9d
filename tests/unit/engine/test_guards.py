# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.context import Context
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import SpecError
from ansible_collections.everlook.failover.plugins.module_utils._engine.guards import check_writes
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Action, Change

ACCOUNT = "111111111111"
DELETIONS = [Change(kind="vpc", name="main", action=Action.DELETE, reason="state is absent")]
CREATIONS = [Change(kind="vpc", name="main", action=Action.CREATE, reason="missing")]


class Sts:
    """GetCallerIdentity of one account, counted."""

    def __init__(self) -> None:
        self.calls = 0

    def get(self, service: str, **_options: t.Any) -> Sts:
        assert service == "sts"
        return self

    def get_caller_identity(self) -> dict[str, str]:
        self.calls += 1
        return {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/me"}


@pytest.fixture
def sts() -> Sts:
    return Sts()


@pytest.fixture
def here(ctx: Context, sts: Sts) -> t.Callable[..., Context]:
    def make(*, check_mode: bool = False, **params: t.Any) -> Context:
        params = {"stack": "hello", "environment": "dev", "state": "present", **params}
        return dataclasses.replace(ctx, params=params, check_mode=check_mode, clients=t.cast("t.Any", sts))

    return make


def test_the_right_account_may_be_changed(here: t.Callable[..., Context], sts: Sts) -> None:
    check_writes(here(account_id=ACCOUNT), CREATIONS)
    assert sts.calls == 1


def test_another_account_is_refused_by_its_caller_and_with_a_remedy(here: t.Callable[..., Context]) -> None:
    with pytest.raises(SpecError, match=r"^account_id: is 2+, .*:iam::1+:user/me. Nothing was changed. .*AWS_PROFILE"):
        check_writes(here(account_id="222222222222"), CREATIONS)


@pytest.mark.parametrize(("changes", "check_mode"), [((), False), (CREATIONS, True)])
def test_what_writes_nothing_asks_nothing(
    here: t.Callable[..., Context], sts: Sts, changes: t.Sequence[Change], check_mode: bool
) -> None:
    check_writes(here(account_id="222222222222", check_mode=check_mode, state="absent"), changes)
    assert sts.calls == 0


@pytest.mark.parametrize("confirm", [None, "", "prod"])
def test_nothing_is_deleted_without_the_name_of_its_environment(
    here: t.Callable[..., Context], confirm: str | None
) -> None:
    with pytest.raises(SpecError, match=r"^confirm: .*deletes 1 vpc of hello in dev. Nothing .* -e confirm=dev"):
        check_writes(here(state="absent", confirm=confirm), DELETIONS)


def test_a_confirmed_deletion_goes_on_to_the_account(here: t.Callable[..., Context], sts: Sts) -> None:
    check_writes(here(state="absent", confirm="dev", account_id=ACCOUNT), DELETIONS)
    assert sts.calls == 1
