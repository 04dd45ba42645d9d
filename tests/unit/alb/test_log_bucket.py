# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bucket that the layer makes for the load balancer's logs."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._alb.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._alb.resources import log_bucket
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError, SpecError
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Plan

from .worlds import EMPTY, FOREIGN, carry_out, deployed, make_spec

OPTION = {"log_bucket": {"expiration_days": 30}}
NAME = "hello-dev-111111111111-us-east-1-logs"
BUCKET, BALANCER = "log_bucket/main", "load_balancer/main"


def actions(found: Plan) -> dict[str, str]:
    return {change.address: change.action.value for change in found.changes}


def paths(**params: t.Any) -> list[str]:
    deliver = log_bucket.bucket_policy(make_spec(**OPTION, **params), "111111111111")["Statement"][0]
    assert deliver["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    found: list[str] = deliver["Resource"]
    return found


def test_access_logs_go_there_unless_others_are_named() -> None:
    there = deployed(make_spec(**OPTION))
    assert there.load_balancer
    values = there.load_balancer.values
    assert (values["access_logs.enabled"], values["access_logs.bucket"]) == ("true", NAME)
    assert values["connection_logs.enabled"] == "false"
    there = deployed(make_spec(**OPTION, access_logs={"bucket": "mine"}, connection_logs={"prefix": "c"}))
    assert there.load_balancer
    values = there.load_balancer.values
    assert (values["access_logs.bucket"], values["connection_logs.bucket"]) == ("mine", NAME)


def test_only_delivery_writes_and_only_where_logs_go() -> None:
    assert paths() == [f"arn:aws:s3:::{NAME}/AWSLogs/111111111111/*"]
    assert paths(access_logs={"prefix": "a"}, connection_logs={"prefix": "c"}, health_check_logs={"bucket": "b"}) == [
        f"arn:aws:s3:::{NAME}/a/AWSLogs/111111111111/*",
        f"arn:aws:s3:::{NAME}/c/AWSLogs/111111111111/*",
    ]


def test_the_bucket_is_there_before_the_load_balancer_writes_to_it() -> None:
    spec = make_spec(**OPTION)
    order = [step.address for step in plan(spec, EMPTY).in_order()]
    assert order.index(BUCKET) < order.index(BALANCER)
    assert plan(spec, deployed(spec)) == Plan()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("public_access_block", dict.fromkeys(log_bucket.BLOCKS, False)),
        ("encryption", "aws:kms"),
        ("lifecycle", []),
        ("policy", {}),
    ],
)
def test_drift_is_repaired_alone(key: str, value: t.Any) -> None:
    spec = make_spec(**OPTION)
    there = deployed(spec)
    assert there.log_bucket
    broken = dataclasses.replace(there.log_bucket, values={**there.log_bucket.values, key: value})
    (change,) = plan(spec, dataclasses.replace(there, log_bucket=broken)).changes
    assert (change.address, change.reason, set(change.data.values)) == (BUCKET, f"differs in {key}", {key})


def test_a_rule_without_a_filter_is_the_same_rule() -> None:
    spec = make_spec(**OPTION)
    (rule,) = log_bucket.values(spec, "1")["lifecycle"]
    spellings: tuple[dict[str, t.Any], ...] = (
        {"Filter": {}},
        {"Filter": {"Prefix": ""}},
        {"Prefix": ""},
        {"ID": "other"},
    )
    for spelling in spellings:
        assert log_bucket.canonical_rule({**rule, **spelling}) == rule
    assert log_bucket.canonical_rule({**rule, "Filter": {"Prefix": "a"}}) != rule


def test_a_bucket_of_others_is_left_alone() -> None:
    spec = make_spec(**OPTION)
    there = deployed(spec)
    assert there.log_bucket
    foreign = dataclasses.replace(there, log_bucket=dataclasses.replace(there.log_bucket, tags=FOREIGN))
    with pytest.raises(ConflictError, match=f"log_bucket/main: the bucket {NAME} is there"):
        plan(spec, foreign)
    for delete_logs in (False, True):
        absent = make_spec(state="absent", log_bucket={"expiration_days": 30, "delete_logs": delete_logs})
        assert BUCKET not in actions(plan(absent, foreign))


@pytest.mark.parametrize("delete_logs", [False, True])
def test_logs_outlive_the_load_balancer_unless_told(delete_logs: bool) -> None:
    absent = make_spec(state="absent", log_bucket={"expiration_days": 30, "delete_logs": delete_logs})
    there = deployed(make_spec(**OPTION))
    found = plan(absent, there)
    order = [step.address for step in found.in_order()]
    assert (BUCKET in order) is delete_logs
    if delete_logs:
        assert order.index(BALANCER) < order.index(BUCKET)
    assert bool(log_bucket.kept(absent, there.log_bucket)) is not delete_logs
    assert plan(absent, carry_out(absent, there)) == Plan()


def test_a_bucket_that_is_not_wanted_any_more_stays() -> None:
    assert actions(plan(make_spec(), deployed(make_spec(**OPTION)))) == {BALANCER: "update"}
    assert BUCKET not in actions(plan(make_spec(state="absent"), deployed(make_spec(**OPTION))))


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(SpecError, match=r"access_logs.bucket: is required without log_bucket"):
        make_spec(access_logs={"prefix": "a"})
    with pytest.raises(SpecError, match=r"log_bucket.expiration_days: 0 is out of range"):
        make_spec(log_bucket={"expiration_days": 0})
