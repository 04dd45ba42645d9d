# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.everlook.failover.plugins.plugin_utils.deployed import of_region

ABOUT = {"stack": "hello", "environment": "dev", "account_id": "111111111111"}
LAYERS = {
    "priority": 1,
    "vpc": {"cidr": "10.0.0.0/16"},
    "ecs_service": {"component": "hello", "target_protocol": "HTTP"},
    "ecs_service worker": {"component": "worker", "target_protocol": None},
}
REPORT = {**ABOUT, "regions": {"us-east-1": LAYERS}}


@pytest.fixture
def said(tmp_path: Path) -> t.Callable[..., dict[str, t.Any]]:
    def read(content: str, **args: t.Any) -> dict[str, t.Any]:
        (tmp_path / "dev").mkdir()
        (tmp_path / "dev" / "deployment.json").write_text(content)
        return of_region({**ABOUT, "region": "us-east-1", "directory": str(tmp_path), **args})

    return read


def test_a_report_says_what_aws_cannot_change(said: t.Callable[..., dict[str, t.Any]]) -> None:
    assert said(json.dumps(REPORT)) == {"cidr": "10.0.0.0/16", "target_protocols": {"hello": "HTTP"}}


@pytest.mark.parametrize("args", [{"stack": "other"}, {"account_id": "222222222222"}, {"environment": "prod"}])
def test_a_report_of_something_else_says_nothing(said: t.Callable[..., dict[str, t.Any]], args: dict[str, str]) -> None:
    assert said(json.dumps(REPORT), **args) == {}


@pytest.mark.parametrize(
    "regions", [{}, {"us-east-1": {}}, {"us-east-1": {"vpc": {}}}, {"us-east-1": {"ecs_service": {"component": ""}}}]
)
def test_a_report_without_it_says_nothing(said: t.Callable[..., dict[str, t.Any]], regions: dict[str, t.Any]) -> None:
    assert said(json.dumps({**ABOUT, "regions": regions})) == {"cidr": None, "target_protocols": {}}


@pytest.mark.parametrize("content", ["", "[]", json.dumps({**ABOUT, "regions": [1]}), '{"regions": {"us-east-1": 1}}'])
def test_a_broken_report_says_nothing(said: t.Callable[..., dict[str, t.Any]], content: str) -> None:
    assert said(content) == {}
