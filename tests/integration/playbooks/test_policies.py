# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/iam/*.json are enough for the playbooks. tests/unit/iam/test_policy_calls.py compares them with the source."""

from __future__ import annotations

import json
import typing as t

import pytest

from sandbox import Sandbox

from .conftest import ROOT, Playbooks

# Whole deployments, in processes of their own
pytestmark = pytest.mark.timeout(900)

SITE = ("read", "site", "network")
BOUNDARY = "arn:aws:iam::111111111111:policy/hello-dev-boundary"


def policy(name: str) -> dict[str, t.Any]:
    found: dict[str, t.Any] = json.loads((ROOT / "docs" / "iam" / f"{name}.json").read_text())
    return found


@pytest.mark.once
@pytest.mark.exhaustive
def test_with_the_policies_alone_everything_works(playbooks: Playbooks, aws: Sandbox) -> None:
    """Nothing else is allowed, so a call that a policy lacks fails the run."""
    aws.restrict("dev", policy("read"))
    playbooks.ok("site", "--check", "--diff")
    aws.restrict("dev", *map(policy, SITE))
    playbooks.ok("site")
    # Under a permissions boundary, which the roles that are there get as well.
    aws.restrict("dev", *map(policy, SITE), policy("alarms"), policy("boundary"))
    inventory = playbooks.inventory(
        app_cpu=512,
        app_memory=1024,
        app_spot={"base": 1},
        app_tags={"Team": "blue"},
        alb_idle_timeout=90,
        vpc_flow_logs="all",
        app_notify={"email": ["ops@example.com"]},
        vpc_permissions_boundary_arn=BOUNDARY,
        ecs_service_permissions_boundary_arn=BOUNDARY,
    )
    playbooks.ok("site", inventory=inventory)
    aws.restrict("dev", policy("read"))
    assert set(playbooks.ok("site", inventory=inventory).changed.values()) == {0}
    playbooks.ok("destroy", "--check", "--diff")
    aws.restrict("dev", policy("read"), policy("destroy"), policy("boundary"))
    playbooks.ok("destroy", "-e", "confirm=dev")


def test_a_policy_that_lacks_a_call_is_noticed(playbooks: Playbooks, aws: Sandbox) -> None:
    """The proof that the test above can fail, and that the message helps."""
    lacking = policy("network")
    lacking["Statement"] = [item for item in lacking["Statement"] if item["Sid"] != "MakeRoots"]
    aws.restrict("dev", policy("read"), policy("site"), lacking)
    outcome = playbooks.run("site", "--tags", "vpc")
    assert outcome.rc != 0
    assert "UnauthorizedOperation" in outcome.flat()
    assert "docs/iam.md" in outcome.flat()
