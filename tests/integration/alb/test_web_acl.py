# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The web ACL of AWS WAF that filters requests: set, replaced, taken away, and otherwise left alone."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import SpecError
from sandbox import Sandbox

from .world import Deploy, Stack, changes, make_web_acls

pytestmark = pytest.mark.once

POLICIES = Path(__file__).resolve().parents[3] / "docs" / "iam"
ADDRESS = "web_acl_association/main"


@pytest.fixture
def arns(aws: Sandbox) -> list[str]:
    return make_web_acls(aws)


def web_acl(stack: Stack) -> str | None:
    found = stack.aws.client("wafv2").get_web_acl_for_resource(ResourceArn=stack.arn)
    return t.cast("str | None", found.get("WebACL", {}).get("ARN"))


def operations(aws: Sandbox, mark: int) -> list[str]:
    return [record.operation for record in aws.requests.writes(mark)]


def test_it_is_set_replaced_and_taken_away(deploy: Deploy, stack: Stack, aws: Sandbox, arns: list[str]) -> None:
    first, second = arns
    deploy()
    aws.restrict("dev", *(json.loads((POLICIES / f"{name}.json").read_text()) for name in ("read", "web-acl")))
    mark = aws.requests.mark()
    steps: list[tuple[dict[str, t.Any], str | None, str | None]] = [
        ({"web_acl_arn": first}, "create", first),
        ({"web_acl_arn": second}, "update", second),
        # Not ours to take away: Firewall Manager may have set it.
        ({}, None, second),
        ({"web_acl_arn": ""}, "delete", None),
    ]
    for wanted, action, there in steps:
        expected = {ADDRESS: action} if action else {}
        assert changes(deploy(**wanted, check_mode=True)) == expected
        assert changes(deploy(**wanted)) == expected
        assert web_acl(stack) == there
        assert deploy(**wanted)["changed"] is False
    assert operations(aws, mark) == ["AssociateWebACL", "AssociateWebACL", "DisassociateWebACL"]


def test_one_that_does_not_exist_is_refused_before_the_first_change(
    deploy: Deploy, aws: Sandbox, arns: list[str]
) -> None:
    gone = f"{arns[0][:-12]}000000000000"

    def refused(check_mode: bool) -> bool:
        mark = aws.requests.mark()
        with pytest.raises(SpecError, match=f"web_acl_arn: {gone} does not exist"):
            deploy(web_acl_arn=gone, idle_timeout=90, check_mode=check_mode)
        return operations(aws, mark) == []

    assert refused(check_mode=True)
    deploy(web_acl_arn=arns[0], wait=True)
    assert refused(check_mode=False)
    # Of the one that is there nobody is asked.
    mark = aws.requests.mark()
    deploy(web_acl_arn=arns[0])
    assert "GetWebACL" not in {record.operation for record in aws.requests.since(mark)}


def test_another_one_is_drift_and_it_goes_with_the_load_balancer(
    deploy: Deploy, destroy: Deploy, stack: Stack, aws: Sandbox, arns: list[str]
) -> None:
    deploy(web_acl_arn=arns[0])
    aws.client("wafv2").associate_web_acl(WebACLArn=arns[1], ResourceArn=stack.arn)
    (change,) = deploy(web_acl_arn=arns[0])["changes"]
    assert (change["kind"], change["reason"]) == ("web_acl_association", "differs in web_acl_arn")
    assert web_acl(stack) == arns[0]
    mark = aws.requests.mark()
    destroy()
    assert "DisassociateWebACL" not in operations(aws, mark)
    assert len(aws.client("wafv2").list_web_acls(Scope="REGIONAL")["WebACLs"]) == 2
