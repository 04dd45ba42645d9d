# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a wait makes of AWS's answers, and what creating does about a run on another machine."""

from __future__ import annotations

import threading
import typing as t

import pytest
from botocore.exceptions import ClientError

from ansible_collections.everlook.failover.plugins.module_utils._aws.owner import Owner
from ansible_collections.everlook.failover.plugins.module_utils._engine.context import Context
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError, WaitError
from ansible_collections.everlook.failover.plugins.module_utils._engine.known import Known
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Action, Change, Wait
from ansible_collections.everlook.failover.plugins.module_utils._resources.security_group import GroupChange, GroupSpec
from ansible_collections.everlook.failover.plugins.module_utils._vpc.ec2 import create_single
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources import (
    default_security_group_calls,
    nat_gateway_calls,
)

KNOWN = Known("us-east-1", {"nat_gateway/nat-a": {"id": "nat-1"}})


class Nats:
    """EC2 with one NAT gateway, or none."""

    def __init__(self, **gateway: t.Any) -> None:
        self._gateway = gateway

    def get(self, *_args: object, **_kwargs: object) -> Nats:
        return self

    def describe_nat_gateways(self, **_kwargs: object) -> dict[str, t.Any]:
        if not self._gateway:
            raise ClientError({"Error": {"Code": "NatGatewayNotFound"}}, "DescribeNatGateways")
        return {"NatGateways": [{"NatGatewayId": "nat-1", **self._gateway}]}


def context(clients: t.Any) -> Context:
    return Context(
        params={"wait_timeout": 1},
        check_mode=False,
        clients=clients,
        warn=print,
        progress=print,
        stop=threading.Event(),
    )


def available(**gateway: t.Any) -> str | None:
    wait = Wait(kind="x", name="y", what="z", timeout=1, data="nat_gateway/nat-a")
    return nat_gateway_calls.available(context(Nats(**gateway)), wait, KNOWN)


def deleted(**gateway: t.Any) -> str | None:
    wait = Wait(kind="x", name="y", what="z", timeout=1, data="nat-1")
    return nat_gateway_calls.deleted(context(Nats(**gateway)), wait, KNOWN)


def test_a_nat_gateway_is_waited_for_until_it_is_available() -> None:
    assert available() == "not visible yet"
    assert available(State="pending") == "pending"
    assert available(State="available") is None


def test_a_nat_gateway_that_failed_says_why_and_what_to_do() -> None:
    failure = {"FailureCode": "InsufficientFreeAddressesInSubnet", "FailureMessage": "full"}
    with pytest.raises(WaitError, match=r"nat-1 is failed: InsufficientFreeAddressesInSubnet: full\. The next run"):
        available(State="failed", **failure)


@pytest.mark.parametrize("state", ["deleting", "deleted"])
def test_a_nat_gateway_that_someone_deletes_is_not_waited_for(state: str) -> None:
    with pytest.raises(WaitError, match=state):
        available(State=state)


def test_a_deleted_nat_gateway_is_waited_for_until_it_is_gone() -> None:
    assert deleted(State="deleting") == "deleting"
    assert [deleted(State="deleted"), deleted(State="failed"), deleted()] == [None, None, None]


class Groups:
    """EC2, in which the default security group of a new VPC is listed from the second look on."""

    def __init__(self) -> None:
        self.looks = 0
        self.revoked: list[str] = []

    def get(self, *_args: object, **_kwargs: object) -> Groups:
        return self

    def get_paginator(self, _operation: str) -> Groups:
        return self

    def paginate(self, **_kwargs: object) -> list[dict[str, t.Any]]:
        self.looks += 1
        everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        group = {"GroupId": "sg-1", "GroupName": "default", "VpcId": "vpc-1", "IpPermissionsEgress": [everything]}
        return [{"SecurityGroups": [group] if self.looks > 1 else []}]

    def create_tags(self, **_kwargs: object) -> None:
        pass

    def revoke_security_group_egress(self, *, GroupId: str, **_kwargs: object) -> None:  # noqa: N803
        self.revoked.append(GroupId)

    def __getattr__(self, name: str) -> t.Any:
        return None


def test_the_default_group_of_a_new_vpc_may_not_be_listed_yet() -> None:
    group = GroupSpec(
        owner=Owner(stack="hello", environment="dev", component="network"),
        name="default",
        group_name="default",
        description="",
        vpc_id="",
        rules=frozenset(),
    )
    change = Change(
        kind="security_group", name="default", action=Action.UPDATE, reason="new", data=GroupChange(spec=group)
    )
    ec2, known = Groups(), Known("us-east-1", {"vpc/main": {"id": "vpc-1"}})
    default_security_group_calls.update(context(ec2), change, known)
    assert (known.get(change.address), ec2.revoked) == ("sg-1", ["sg-1"])


class Shelf:
    """A place where two runs put things with the same tags."""

    def __init__(self, *, theirs: t.Sequence[str] = (), after_ours: t.Sequence[str] = ()) -> None:
        self.items = list(theirs)
        self._after_ours = list(after_ours)
        self._made = 0

    def create(self) -> str:
        self._made += 1
        self.items += [f"ours-{self._made}", *self._after_ours]
        self._after_ours = []
        return f"ours-{self._made}"

    def find(self) -> list[str]:
        return sorted(self.items)

    def delete(self, item: str) -> None:
        self.items.remove(item)

    def put(self) -> str:
        ctx = context(None)
        return create_single(ctx, "vpc/main", make=self.create, find=self.find, delete=self.delete)


def test_alone_one_is_made() -> None:
    shelf = Shelf()
    assert (shelf.put(), shelf.items) == ("ours-1", ["ours-1"])


def test_whoever_sees_another_takes_its_own_away() -> None:
    shelf = Shelf(after_ours=["theirs"])
    assert (shelf.put(), shelf.items) == ("theirs", ["theirs"])


def test_if_both_took_theirs_away_there_is_another_attempt() -> None:
    shelf = Shelf(after_ours=["theirs"])
    find = shelf.find

    def find_once() -> list[str]:
        found = find()
        shelf.items = [item for item in shelf.items if item != "theirs"]
        return found

    shelf.find = find_once  # type: ignore[method-assign]
    assert (shelf.put(), shelf.items) == ("ours-2", ["ours-2"])


def test_too_many_others_are_a_conflict() -> None:
    shelf = Shelf(theirs=["one", "two"])
    with pytest.raises(ConflictError, match="one, two"):
        shelf.put()
    assert shelf.items == ["one", "two"]
