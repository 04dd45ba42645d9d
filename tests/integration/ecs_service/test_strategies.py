# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployment strategies that shift requests between two target groups."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import FailoverError
from sandbox import Sandbox

from .world import NAME, Deploy, changed, container, healthy, rolled_out, rules, service_of

pytestmark = pytest.mark.once

OTHER = f"{NAME}-alternate"
PAIR = {
    ("target_group", "main"),
    ("target_group", "alternate"),
    ("iam_role", "shift"),
    ("listener_rule", "main"),
    ("service", "main"),
    ("deployment_strategy", "main"),
}
CANARY = {"type": "canary", "percent": 10, "interval": 1, "bake_time": 1}


def weights(aws: Sandbox) -> dict[str, int]:
    """Of the service's rule, by the name of the target group."""
    (rule,) = rules(aws)
    groups = rule["Actions"][0]["ForwardConfig"]["TargetGroups"]
    return {group["TargetGroupArn"].split("/")[-2]: group["Weight"] for group in groups}


def test_a_running_service_begins_to_shift_its_releases_and_ends_it_again(
    aws: Sandbox, deploy: Deploy, destroy: t.Callable[[], dict[str, t.Any]]
) -> None:
    before = aws.snapshot()
    deploy(decides_failover=False)
    shifts: dict[str, t.Any] = {"decides_failover": False, "deployment_strategy": CANARY, "wait_timeout": 300}
    planned = deploy(check_mode=True, **shifts)
    assert changed(planned) == PAIR
    assert changed(deploy(**shifts)) == PAIR
    assert service_of(aws)["deploymentConfiguration"]["strategy"] == "CANARY"
    assert (weights(aws), healthy(aws)) == ({NAME: 1, OTHER: 0}, 2)
    assert deploy(**shifts)["changes"] == []
    # The next release moves to the other group, the one behind it back.
    for image, group in (("nginx:1.28", OTHER), ("nginx:1.29", NAME), ("nginx:1.30", OTHER)):
        shifts["containers"] = [container(image=image)]
        deploy(**shifts)
        assert [name for name, weight in weights(aws).items() if weight] == [group]
        assert healthy(aws, group) == 2
        assert deploy(**shifts)["changes"] == []
    # A broken one gets no request.
    with pytest.raises(FailoverError, match="was rolled back"):
        deploy(**{**shifts, "containers": [container(image="nginx:broken")]})
    assert (weights(aws)[OTHER], healthy(aws, OTHER)) == (100, 2)
    # Whoever breaks the rule while the other group serves does not end that.
    (rule,) = rules(aws)
    gone = {"StatusCode": "503", "ContentType": "text/plain", "MessageBody": "Gone"}
    actions = [{"Type": "fixed-response", "FixedResponseConfig": gone}]
    aws.client("elbv2").modify_rule(RuleArn=rule["RuleArn"], Actions=actions)
    assert changed(deploy(**shifts)) == {("listener_rule", "main")}
    assert weights(aws)[OTHER] == 1
    rolling = {**shifts, "deployment_strategy": None}
    assert changed(deploy(**rolling)) == {("deployment_strategy", "main")}
    deploy(**{**rolling, "containers": [container(image="nginx:1.31")]})
    rolled_out(aws)
    assert (healthy(aws, OTHER), deploy(**{**rolling, "containers": [container(image="nginx:1.31")]})["changes"]) == (
        2,
        [],
    )
    destroy()
    assert [item for item in aws.snapshot() if item.tags.get("Stack") == "hello"] == []
    assert {item.key for item in before} <= {item.key for item in aws.snapshot()}
