# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading
import typing as t

import botocore.exceptions
import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.context import Context
from ansible_collections.everlook.failover.plugins.module_utils._route53.changes import insync, submit
from ansible_collections.everlook.failover.plugins.module_utils._route53.records import (
    RecordAction,
    RecordChange,
    RecordSet,
)

RECORD = RecordSet(name="dev.example.com", type="NS", ttl=300, values=frozenset({"ns-1.example.net"}))
CHANGE = RecordChange(RecordAction.CREATE, RECORD)


def refusal(code: str) -> botocore.exceptions.ClientError:
    return botocore.exceptions.ClientError({"Error": {"Code": code, "Message": ""}}, "ChangeResourceRecordSets")


class Route53:
    """Answers each change batch with the next of the given answers: None for success."""

    def __init__(self, *answers: Exception | None, records: t.Sequence[RecordSet] = ()) -> None:
        self.answers = list(answers)
        self.batches: list[dict[str, t.Any]] = []
        self.records = records
        self.status = "PENDING"

    def change_resource_record_sets(self, **request: t.Any) -> dict[str, t.Any]:
        self.batches.append(request)
        answer = self.answers.pop(0)
        if answer:
            raise answer
        return {"ChangeInfo": {"Id": "/change/C1", "Status": "PENDING"}}

    def get_change(self, **request: t.Any) -> dict[str, t.Any]:
        assert request == {"Id": "C1"}
        return {"ChangeInfo": {"Id": "/change/C1", "Status": self.status}}

    def get_paginator(self, operation: str) -> Route53:
        assert operation == "list_resource_record_sets"
        return self

    def paginate(self, **_request: t.Any) -> list[dict[str, t.Any]]:
        return [{"ResourceRecordSets": [record.to_api() for record in self.records]}]


@pytest.fixture
def ctx() -> Context:
    def say(_message: str) -> None: ...

    return Context(
        params={},
        check_mode=False,
        clients=t.cast("t.Any", None),
        warn=say,
        progress=say,
        stop=t.cast("t.Any", Impatient()),
    )


class Impatient(threading.Event):
    """Does not sleep."""

    def wait(self, timeout: float | None = None) -> bool:  # noqa: ARG002
        return False


def test_a_batch_is_one_call(ctx: Context) -> None:
    client = Route53(None)
    assert submit(ctx, client, "Z1", [CHANGE, CHANGE], comment="why") == "C1"
    (request,) = client.batches
    assert request["HostedZoneId"] == "Z1"
    assert request["ChangeBatch"]["Comment"] == "why"
    assert request["ChangeBatch"]["Changes"] == [{"Action": "CREATE", "ResourceRecordSet": RECORD.to_api()}] * 2


@pytest.mark.parametrize("code", ["PriorRequestNotComplete", "Throttling", "ThrottlingException"])
def test_a_busy_zone_is_asked_again(ctx: Context, code: str) -> None:
    client = Route53(refusal(code), refusal(code), None)
    assert submit(ctx, client, "Z1", [CHANGE]) == "C1"
    assert len(client.batches) == 3


def test_a_batch_that_had_been_made_after_all_is_no_error(ctx: Context) -> None:
    client = Route53(refusal("InvalidChangeBatch"), records=[RECORD])
    assert submit(ctx, client, "Z1", [CHANGE]) == ""
    assert insync(client, "") is None


@pytest.mark.parametrize("code", ["InvalidChangeBatch", "AccessDenied", "NoSuchHostedZone"])
def test_any_other_refusal_is_one(ctx: Context, code: str) -> None:
    with pytest.raises(botocore.exceptions.ClientError, match=code):
        submit(ctx, Route53(refusal(code)), "Z1", [CHANGE])


def test_a_change_is_waited_for_until_all_name_servers_have_it() -> None:
    client = Route53()
    assert insync(client, "C1") == "pending"
    client.status = "INSYNC"
    assert insync(client, "C1") is None
