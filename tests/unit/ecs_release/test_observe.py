# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far back the revision before is looked for."""

from __future__ import annotations

import types
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._ecs_release.observe import rolled_out


class Ecs:
    """Knows which revision each deployment rolled out, newest first."""

    def __init__(self, *revisions: int) -> None:
        self.revisions = revisions
        self.asked = 0

    def list_service_deployments(self, **_request: t.Any) -> dict[str, t.Any]:
        return {
            "serviceDeployments": [
                {"serviceDeploymentArn": f"d/{place}", "status": "SUCCESSFUL", "targetServiceRevisionArn": f"r/{place}"}
                for place in range(len(self.revisions))
            ]
        }

    def describe_service_revisions(self, *, serviceRevisionArns: list[str]) -> dict[str, t.Any]:  # noqa: N803
        self.asked += 1
        places = [int(arn.rpartition("/")[2]) for arn in serviceRevisionArns]
        return {"serviceRevisions": [{"taskDefinition": f"web:{self.revisions[place]}"} for place in places]}


@pytest.mark.parametrize(
    ("revisions", "calls"),
    [((9, 8, 7, 6, 5, 4, 3), 1), ((9,) * 250 + (3,), 13), ((9, 3) * 130, 5)],
    ids=["seven of them", "restarted each hour", "an older one among the newest"],
)
def test_as_far_as_it_takes(revisions: tuple[int, ...], calls: int) -> None:
    ecs = Ecs(*revisions)
    ctx = t.cast("t.Any", types.SimpleNamespace(client=lambda _service: ecs))
    assert "web:3" in rolled_out(ctx, "web", 9)
    assert ecs.asked == calls
