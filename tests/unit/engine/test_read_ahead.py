# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import contextlib
import dataclasses
import datetime
import json
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.assumed_role import AssumedRole
from ansible_collections.everlook.failover.plugins.module_utils._engine.context import Context
from ansible_collections.everlook.failover.plugins.module_utils._engine.layer import run
from ansible_collections.everlook.failover.plugins.module_utils._engine.lease_calls import Lease
from ansible_collections.everlook.failover.plugins.module_utils._engine.read_ahead import Read, ReadAhead, ReadingClient

from .test_layer import Things

ROLE = AssumedRole("arn:aws:iam::999999999999:role/dns", "everlook")


class Aws:
    """Stands in for a boto3 client and for Clients, and remembers what it was asked."""

    region = "us-east-1"

    def __init__(self, pages: int = 1) -> None:
        self.asked: list[str] = []
        self.made: list[str] = []
        self._pages = pages

    def get(self, service: str, **options: t.Any) -> Aws:
        self.made.append(f"{service} as {options['role'].arn}" if options.get("role") else service)
        return self

    def describe_vpcs(self, **_arguments: t.Any) -> str:
        self.asked.append("describe_vpcs")
        return "from AWS"

    def create_vpc(self, **_arguments: t.Any) -> str:
        self.asked.append("create_vpc")
        return "made"

    def get_paginator(self, operation: str) -> Aws:
        self.asked.append(operation)
        return self

    def paginate(self, **_arguments: t.Any) -> t.Iterator[str]:
        yield from (f"page {number}" for number in range(self._pages))


class Received:
    """Stands in for a boto3 client, and remembers the arguments."""

    arguments: t.Mapping[str, t.Any]

    def describe_vpcs(self, **arguments: t.Any) -> str:
        self.arguments = arguments
        return "answer"


def read(operation: str = "describe_vpcs", *, pages: bool = False, **arguments: t.Any) -> Read:
    return Read(
        service="ec2",
        region="us-east-1",
        operation=operation,
        arguments=json.dumps(arguments, sort_keys=True),
        pages=pages,
    )


def client_of(ahead: ReadAhead, aws: Aws) -> ReadingClient:
    return ReadingClient(lambda: aws.get("ec2"), ahead, "ec2", "us-east-1")


def nothing() -> None:
    pass


def test_what_was_read_needs_no_client() -> None:
    ahead, aws = ReadAhead({read(VpcIds=["vpc-1"]): "ahead"}, nothing), Aws()
    assert client_of(ahead, aws).describe_vpcs(VpcIds=["vpc-1"]) == "ahead"
    assert (aws.made, aws.asked) == ([], [])


def test_an_answer_serves_once_so_that_a_wait_sees_what_comes() -> None:
    ahead, aws = ReadAhead({read(): "ahead"}, nothing), Aws()
    client = client_of(ahead, aws)
    assert [client.describe_vpcs() for _ in range(2)] == ["ahead", "from AWS"]
    assert ahead.asked == [read(), read()]


def test_another_question_goes_to_aws() -> None:
    ahead, aws = ReadAhead({read(VpcIds=["vpc-1"]): "ahead"}, nothing), Aws()
    assert client_of(ahead, aws).describe_vpcs(VpcIds=["vpc-2"]) == "from AWS"
    assert ahead.asked == [read(VpcIds=["vpc-2"])]


def test_a_question_about_the_last_hours_is_the_same_in_every_run() -> None:
    now = datetime.datetime.now(datetime.UTC)
    yesterday = now - datetime.timedelta(hours=24, milliseconds=30)
    last_run = ReadAhead({}, nothing)
    client_of(last_run, Aws()).describe_vpcs(Since=yesterday, Until=[now])
    [asked] = last_run.asked
    assert asked.arguments == '{"Since": {"minutes from now": -1440}, "Until": [{"minutes from now": 0}]}'
    again = Read.from_document(json.loads(json.dumps(asked.document())))
    assert again is not None
    received = Received()
    assert again.make(received) == "answer"
    [since, until] = received.arguments["Since"], received.arguments["Until"][0]
    assert until - since == datetime.timedelta(hours=24)
    assert abs(until - datetime.datetime.now(datetime.UTC)) < datetime.timedelta(minutes=1)
    ahead, soon = ReadAhead({again: "ahead"}, nothing), datetime.timedelta(seconds=5)
    assert client_of(ahead, Aws()).describe_vpcs(Since=yesterday + soon, Until=[now + soon]) == "ahead"


@pytest.mark.parametrize("value", [b"bytes", datetime.datetime(2026, 1, 1)], ids=["bytes", "no time zone"])  # noqa: DTZ001
def test_a_question_that_cannot_be_kept_goes_to_aws(value: t.Any) -> None:
    ahead, aws = ReadAhead({}, nothing), Aws()
    client_of(ahead, aws).describe_vpcs(Since=value)
    assert (aws.asked, ahead.asked) == (["describe_vpcs"], [])


def test_a_change_is_no_question() -> None:
    ahead, aws = ReadAhead({}, nothing), Aws()
    assert client_of(ahead, aws).create_vpc() == "made"
    assert ahead.asked == []


def test_a_call_that_fails_is_not_asked_by_the_next_run() -> None:
    ahead, aws = ReadAhead({}, nothing), Aws()
    with pytest.raises(AttributeError):
        client_of(ahead, aws).describe_nothing()
    assert ahead.asked == []


def test_pages_are_answered_as_a_whole() -> None:
    ahead, aws = ReadAhead({read(pages=True): ["ahead 0", "ahead 1"]}, nothing), Aws()
    assert list(client_of(ahead, aws).get_paginator("describe_vpcs").paginate()) == ["ahead 0", "ahead 1"]
    assert aws.asked == []


@pytest.mark.parametrize(("pages", "kept"), [(3, [read(pages=True)]), (4, [])], ids=["a few", "many"])
def test_many_pages_are_left_to_who_wants_them(pages: int, kept: list[Read]) -> None:
    ahead, aws = ReadAhead({}, nothing), Aws(pages)
    assert len(list(client_of(ahead, aws).get_paginator("describe_vpcs").paginate())) == pages
    assert ahead.asked == kept


def test_pages_that_nobody_wanted_are_not_read_the_next_time() -> None:
    ahead, aws = ReadAhead({}, nothing), Aws(3)
    assert next(client_of(ahead, aws).get_paginator("describe_vpcs").paginate()) == "page 0"
    assert ahead.asked == []


def test_asking_again() -> None:
    assert read(VpcIds=["vpc-1"]).make(Aws()) == "from AWS"
    assert read(pages=True).make(Aws(3)) == ["page 0", "page 1", "page 2"]
    with pytest.raises(LookupError):
        read(pages=True).make(Aws(4))


def test_a_question_survives_its_file() -> None:
    asked = dataclasses.replace(read(VpcIds=["vpc-1"]), role=ROLE)
    assert Read.from_document(json.loads(json.dumps(asked.document()))) == asked


@pytest.mark.parametrize("operation", ["delete_vpc", "create_vpc", "modify_vpc_attribute", "_get"])
def test_a_file_cannot_have_anything_changed(operation: str) -> None:
    assert Read.from_document(read(operation).document()) is None


def test_the_end_comes_before_a_change_and_is_told_once() -> None:
    told: list[str] = []
    ahead, aws = ReadAhead({read(): "ahead", read(VpcIds=["vpc-1"]): "ahead"}, lambda: told.append("spent")), Aws()
    client = client_of(ahead, aws)
    client.describe_vpcs()
    assert (ahead.end(), ahead.end(), told) == (True, False, ["spent"])
    assert client.describe_vpcs(VpcIds=["vpc-1"]) == "from AWS"


def test_nothing_is_read_again_where_nothing_was_read_ahead(ctx: Context) -> None:
    assert not ctx.stop_reading_ahead()
    assert not dataclasses.replace(ctx, ahead=ReadAhead({read(): "ahead"}, nothing)).stop_reading_ahead()


def test_a_role_that_nobody_has_assumed_is_assumed_where_its_error_is_told(ctx: Context) -> None:
    aws = Aws()
    unknown = dataclasses.replace(ctx, clients=t.cast("t.Any", aws), ahead=ReadAhead({}, nothing))
    unknown.client("route53", role=ROLE)
    assert aws.made == [f"route53 as {ROLE.arn}"]

    known = dataclasses.replace(unknown, ahead=ReadAhead({dataclasses.replace(read(), role=ROLE): "ahead"}, nothing))
    known.client("route53", role=ROLE)
    assert aws.made == [f"route53 as {ROLE.arn}"]


@pytest.mark.parametrize(("check_mode", "looks"), [(False, 2), (True, 1)], ids=["run", "dry run"])
def test_a_change_is_planned_on_what_is_read_then(ctx: Context, check_mode: bool, looks: int) -> None:
    """The gateway was missing when all was read ahead, and somebody has made it since."""
    ahead = ReadAhead({read(): {}}, nothing)
    seen: list[dict[str, str]] = []

    def observe(context: Context, _spec: None) -> dict[str, str]:
        try:
            seen.append(t.cast("ReadAhead", context.ahead).take(read()))
        except KeyError:
            seen.append({"gateway": "theirs"})
        return seen[-1]

    layer = dataclasses.replace(Things().layer, observe=observe)
    result = run(layer, dataclasses.replace(ctx, ahead=ahead, check_mode=check_mode))
    assert len(seen) == looks
    assert ("gateway" in {change["name"] for change in result["changes"]}) is check_mode


def test_the_lease_is_taken_before_the_turn_in_a_release_and_before_the_last_reads(ctx: Context) -> None:
    """Otherwise another run could change what was just read, and a refusal came when other regions have released."""
    ahead = ReadAhead({read(): {}}, nothing)
    events: list[str] = []

    def observe(context: Context, _spec: None) -> dict[str, str]:
        events.append("read")
        with contextlib.suppress(KeyError):
            t.cast("ReadAhead", context.ahead).take(read())
        return {}

    def holds() -> bool:
        events.append("turn")
        return False

    lease = Lease(lambda: events.append("lease"), lambda _outcome: None)
    layer = dataclasses.replace(Things().layer, observe=observe, replaces=lambda _plan: True)
    run(layer, dataclasses.replace(ctx, ahead=ahead, holds=holds, lease=lease))
    assert events == ["read", "lease", "turn", "read", "turn"]


def test_what_is_put_off_is_not_read_again_before_its_turn(ctx: Context) -> None:
    ahead = ReadAhead({read(): {}}, lambda: pytest.fail("nothing is changed yet"))
    layer = dataclasses.replace(
        Things().layer,
        observe=lambda context, _spec: t.cast("ReadAhead", context.ahead).take(read()),
        replaces=lambda _plan: True,
    )
    result = run(layer, dataclasses.replace(ctx, ahead=ahead, holds=lambda: True))
    assert (result["changed"], result["pending"]) == (False, ["thing/gateway", "ready/gateway", "thing/route"])
