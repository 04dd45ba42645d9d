# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory of docs/examples/production, from its first dry run to its removal."""

from __future__ import annotations

import json
import shutil
import typing as t
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.playbook_server import PlaybookServer

from .conftest import ROOT, Outcome, Playbooks, kinds

pytestmark = [pytest.mark.timeout(900), pytest.mark.once]

EXAMPLE = ROOT / "docs" / "examples" / "production"
WEB_ACLS = {
    "us-east-1": "11111111-1111-1111-1111-111111111111",
    "us-west-1": "22222222-2222-2222-2222-222222222222",
}

LOGS_TOO = {"alb_log_bucket": {"expiration_days": 90, "delete_logs": True}}


@pytest.fixture
def production(tmp_path: Path, playbook_server: PlaybookServer) -> t.Iterator[Playbooks]:
    with Sandbox(plane=True, speed=10) as aws:
        trusted = tmp_path / "authorities.pem"
        trusted.write_text(aws.api.get("authority")["root"])
        yield Playbooks(aws, tmp_path, playbook_server, trusts=trusted)


def inventory_of(aws: Sandbox, folder: Path) -> Path:
    """The example, with the ids of web ACLs that there are."""
    copy = folder / "production"
    shutil.copytree(EXAMPLE, copy)
    hosts = copy / "hosts.yml"
    text = hosts.read_text(encoding="utf-8")
    for region, example in WEB_ACLS.items():
        text = text.replace(example, web_acl(aws, region))
    hosts.write_text(text, encoding="utf-8")
    return copy


def web_acl(aws: Sandbox, region: str) -> str:
    visibility = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "shop"}
    made = aws.client("wafv2", "prod", region).create_web_acl(
        Name="shop", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=visibility
    )
    return str(made["Summary"]["Id"])


def run(production: Playbooks, inventory: Path, playbook: str, *arguments: str) -> Outcome:
    outcome = production.run(playbook, *arguments, inventory=inventory, account="prod")
    assert outcome.rc == 0, outcome.text
    return outcome


def planned(production: Playbooks) -> set[tuple[str, ...]]:
    changes = json.loads((production.folder / "reports" / "prod" / "plan.json").read_text())["changes"]
    return {(c["region"], c["layer"], c["action"], c["kind"], c["name"]) for c in changes}


def test_the_production_inventory_is_deployed_drilled_and_removed(production: Playbooks) -> None:
    aws = production.aws
    inventory = inventory_of(aws, production.folder)
    before = kinds(aws)
    assert run(production, inventory, "site", "--check", "--diff").writes == []
    expected = planned(production)
    deployed = run(production, inventory, "site")
    assert planned(production) == expected
    assert "shop in prod answers at https://app.example.com/ from us-east-1." in deployed.text

    again = run(production, inventory, "site")
    assert (set(again.changed.values()), again.writes) == ({0}, [])
    status = run(production, inventory, "status").flat()
    assert "drift none" in status
    drill = run(production, inventory, "drill", "-e", '{"drill_allowed": true}')
    assert "Drill passed: block_alb of us-east-1, taken over by us-west-1." in drill.text

    kept = run(production, inventory, "destroy", "-e", "confirm=prod", "--check").flat()
    assert "the bucket shop-prod-333333333333-us-west-1-logs stays, with the logs in it" in kept
    run(production, inventory, "destroy", "-e", "confirm=prod", "-e", json.dumps(LOGS_TOO))
    assert kinds(aws) == before
