# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory of docs/examples/production, from its first dry run to its removal."""

from __future__ import annotations

import json
import queue
import typing as t
import urllib.request
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests import inventories
from tests.playbook_server import PlaybookServer
from tests.sandbox.overlay.test_sns import endpoint

from .conftest import Outcome, Playbooks, kinds

pytestmark = [pytest.mark.timeout(900), pytest.mark.once]

_SECONDS = 120
OTHER_IMAGE = "333333333333.dkr.ecr.{region}.amazonaws.com/shop:1.4.3"
DATA_TOO = {"alb_log_bucket": {"expiration_days": 90, "delete_logs": True}, "ecr_delete_images": True}


@pytest.fixture
def production(tmp_path: Path, playbook_server: PlaybookServer) -> t.Iterator[Playbooks]:
    with Sandbox(plane=True, checkers_per_region=1, speed=10) as aws:
        trusted = tmp_path / "authorities.pem"
        trusted.write_text(aws.api.get("authority")["root"])
        yield Playbooks(aws, tmp_path, playbook_server, trusts=trusted)


def inventory_of(aws: Sandbox, folder: Path, notices: str) -> Path:
    """The example, with the ids of web ACLs that there are, and somebody to tell who can be looked at."""
    web_acls = {region: inventories.web_acl(aws, region) for region in inventories.PRODUCTION_REGIONS}
    copy = inventories.production(folder / "production", web_acls)
    (copy / "group_vars" / "regions.yml").write_text(json.dumps({"app_notify": {"urls": [notices]}}))
    return copy


def digests(production: Playbooks) -> list[str]:
    """Of the images that the regions run, by the report."""
    report = json.loads((production.folder / "reports" / "prod" / "deployment.json").read_text())
    images = [image for region in report["regions"].values() for image in region["ecs_service"]["images"].values()]
    return [image.partition("@")[2] for image in images]


def run(production: Playbooks, inventory: Path, playbook: str, *arguments: str) -> Outcome:
    outcome = production.run(playbook, *arguments, inventory=inventory, account="prod")
    assert outcome.rc == 0, outcome.text
    return outcome


def planned(production: Playbooks) -> set[tuple[str, ...]]:
    changes = json.loads((production.folder / "reports" / "prod" / "plan.json").read_text())["changes"]
    return {(c["region"], c["layer"], c["action"], c["kind"], c["name"]) for c in changes}


def confirm_subscriptions(got: queue.Queue[dict[str, t.Any]], number: int) -> None:
    for _ in range(number):
        asked = got.get(timeout=_SECONDS)
        assert asked["Type"] == "SubscriptionConfirmation"
        urllib.request.urlopen(asked["SubscribeURL"], timeout=_SECONDS).close()


def await_notice(got: queue.Queue[dict[str, t.Any]], alarm: str, state: str) -> None:
    """Wait until the endpoint is told that an alarm is in a state, whatever else it is told before."""
    while True:
        message = json.loads(got.get(timeout=_SECONDS)["Message"])
        if (message.get("AlarmName"), message.get("NewStateValue")) == (alarm, state):
            return


def close_entrance(aws: Sandbox, region: str) -> None:
    """Somebody takes the load balancer's ingress rules away."""
    ec2 = aws.client("ec2", "prod", region)
    mine = [{"Name": "tag:Component", "Values": ["entrance"]}]
    (group,) = ec2.describe_security_groups(Filters=mine)["SecurityGroups"]
    ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])


def release(production: Playbooks, inventory: Path) -> None:
    """Of another image, which pauses when the standby has it."""
    wanted = ["-e", f"image={OTHER_IMAGE}"]
    paused = production.run("release", *wanted, inventory=inventory, account="prod")
    assert "because app_release_pause is true and us-west-1 has it now" in paused.flat(), paused.text
    run(production, inventory, "release", *wanted, "-e", "release_continue=true")
    variables = inventory / "group_vars" / "regions.yml"
    variables.write_text(json.dumps({**json.loads(variables.read_text()), "app_image": OTHER_IMAGE}))


def remove(production: Playbooks, inventory: Path) -> None:
    """As docs/security.md says: what protects the load balancers goes first."""
    refused = production.run("destroy", "-e", "confirm=prod", inventory=inventory, account="prod")
    assert (refused.rc != 0, refused.writes) == (True, [])
    assert "(site.yml) with deletion_protection (alb_deletion_protection) set to false first" in refused.flat()
    run(production, inventory, "site", "--tags", "alb", "-e", "alb_deletion_protection=false")
    kept = run(production, inventory, "destroy", "-e", "confirm=prod", "--check").flat()
    assert "the bucket shop-prod-333333333333-us-west-1-logs stays, with the logs in it" in kept
    run(production, inventory, "destroy", "-e", "confirm=prod", "-e", json.dumps(DATA_TOO))


@pytest.mark.exhaustive
def test_the_production_inventory_is_deployed_drilled_repaired_and_removed(production: Playbooks) -> None:
    aws = production.aws
    with endpoint() as (url, got):
        inventory = inventory_of(aws, production.folder, url)
        before = kinds(aws)
        run(production, inventory, "site", "--tags", "ecr")
        digest, other = inventories.push(aws, "1.4.2", "1.4.3")
        assert run(production, inventory, "site", "--check", "--diff").writes == []
        expected = planned(production)
        deployed = run(production, inventory, "site")
        # The primary's tag may have been replicated before the standby looked for its own.
        missing = expected - planned(production)
        assert planned(production) <= expected
        assert {(region, kind) for region, _layer, _action, kind, _name in missing} <= {("us-west-1", "image_tag")}
        assert digests(production) == [digest, digest]
        assert "shop in prod answers at https://app.example.com/ from us-east-1." in deployed.text
        confirm_subscriptions(got, 3)

        again = run(production, inventory, "site")
        assert (set(again.changed.values()), again.writes) == ({0}, [])

        release(production, inventory)
        assert digests(production) == [other, other]

        alarm = "shop-prod-failover-alarm-us-east-1-health"
        close_entrance(aws, "us-east-1")
        await_notice(got, alarm, "ALARM")
        status = run(production, inventory, "status").flat()
        assert "served by us-west-1" in status, status
        assert "1 change (security_group)" in status
        page = (production.folder / "reports" / "prod" / "index.html").read_text(encoding="utf-8")
        assert alarm in page
        run(production, inventory, "site")
        await_notice(got, alarm, "OK")
        assert "served by us-east-1" in run(production, inventory, "status").flat()
    drill = run(production, inventory, "drill", "-e", '{"drill_allowed": true}')
    assert "Drill passed: block_alb of us-east-1, taken over by us-west-1." in drill.text
    shown = aws.client("cloudwatch", "prod", "us-east-1").list_metrics(MetricName="Drill")["Metrics"]
    assert [metric["Namespace"] for metric in shown] == ["everlook.failover/shop-prod"]
    remove(production, inventory)
    assert kinds(aws) == before
