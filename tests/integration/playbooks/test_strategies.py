# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one service of an inventory shifts the requests of its releases, with the rights of docs/iam alone."""

from __future__ import annotations

import typing as t

import pytest

from sandbox import Sandbox

from .conftest import Outcome, Playbooks, kinds
from .test_policies import policy

pytestmark = [pytest.mark.timeout(900), pytest.mark.once, pytest.mark.exhaustive]

EAST, WEST = "us-east-1", "us-west-1"
JUDGED: dict[str, t.Any] = {"dns_evaluate_target_health": False, "app_notify": {"email": ["ops@example.com"]}}
CANARY = {"type": "canary", "percent": 10, "interval": 1, "bake_time": 1}
RIGHTS = ("read", "site", "network", "alarms", "deployment-strategy")
SERVICE = "hello-dev-hello"


def updated(outcome: Outcome) -> list[str]:
    """The regions whose service was changed, each once, in order."""
    return list(dict.fromkeys(record.region for record in outcome.calls if record.operation == "UpdateService"))


def alarmed(aws: Sandbox) -> set[str]:
    """Names of the target groups that alarms of the first region watch."""
    alarms = aws.client("cloudwatch", region=EAST).describe_alarms()["MetricAlarms"]
    queries = [query.get("MetricStat", {}).get("Metric", {}) for alarm in alarms for query in alarm.get("Metrics", ())]
    dimensions = [item for metric in [*alarms, *queries] for item in metric.get("Dimensions", ())]
    return {item["Value"].split("/")[1] for item in dimensions if item["Name"] == "TargetGroup"}


def assert_records_come_first(playbooks: Playbooks) -> None:
    """The services of a run come before its records, which still evaluate target health."""
    both = playbooks.inventory(app_image="hello:1", ecs_service_deployment_strategy=CANARY, **JUDGED)
    for arguments in (("--check",), ()):
        early = playbooks.run("site", *arguments, inventory=both)
        assert (early.rc != 0, early.writes) == (True, []), early.text
        assert early.flat().count("ecs_service_deployment_strategy: gives hello a second target group") == 1
        assert "--tags route53_failover" in early.flat()
    records = playbooks.run("site", "--tags", "route53_failover", inventory=both)
    assert (records.rc, updated(records)) == (0, []), records.text
    assert "ChangeResourceRecordSets" in records.writes


def assert_records_stay(playbooks: Playbooks) -> None:
    """The service has two target groups, of which one is empty: it refuses, and so do the records after it."""
    asked = playbooks.run("site", inventory=playbooks.inventory(app_image="hello:2", app_notify=JUDGED["app_notify"]))
    assert asked.rc != 0
    assert "evaluate_target_health: is true, and hello had a deployment_strategy" in asked.flat()
    assert "ChangeResourceRecordSets" not in asked.writes


def test_the_only_service_shifts_its_releases_and_ends_it_again(playbooks: Playbooks, aws: Sandbox) -> None:
    before = kinds(aws)
    aws.restrict("dev", *map(policy, RIGHTS))
    rolling = playbooks.inventory(app_image="hello:1", app_notify=JUDGED["app_notify"])
    playbooks.ok("site", inventory=rolling)

    def run(playbook: str, image: str, strategy: t.Mapping[str, t.Any] | None = CANARY) -> Outcome:
        shown: dict[str, t.Any] = {"ecs_service_deployment_strategy": strategy} if strategy else {}
        return playbooks.run(playbook, inventory=playbooks.inventory(app_image=image, **JUDGED, **shown))

    assert_records_come_first(playbooks)
    begun = run("site", "hello:1")
    assert (begun.rc, updated(begun)) == (0, [WEST, EAST]), begun.text
    assert alarmed(aws) == {SERVICE, f"{SERVICE}-alternate"}
    released = run("site", "hello:2")
    assert (released.rc, updated(released)) == (0, [WEST, EAST]), released.text
    again = run("site", "hello:2")
    assert (set(again.changed.values()), again.writes) == ({0}, ["PutParameter"] * again.writes.count("PutParameter"))
    status = run("status", "hello:2").flat()
    assert status.count("healthy 2 of 2 2 of 2") == 2
    assert "Something differs" not in status

    broken = run("site", "hello:broken")
    assert (broken.rc != 0, updated(broken)) == (True, [WEST])
    assert "was rolled back" in broken.flat()
    assert f"the release did not reach {EAST}" in broken.flat()
    healed = run("site", "hello:2")
    assert (healed.rc, set(healed.changed.values())) == (0, {0}), healed.text

    # Nothing is released, so the regions are side by side.
    back = run("site", "hello:2", strategy=None)
    assert (back.rc, sorted(updated(back))) == (0, [EAST, WEST]), back.text
    assert_records_stay(playbooks)
    ecs = aws.client("ecs", region=EAST)
    (service,) = ecs.describe_services(cluster=SERVICE, services=[SERVICE])["services"]
    assert service["deploymentConfiguration"]["strategy"] == "ROLLING"
    aws.restrict("dev", policy("read"), policy("destroy"))
    playbooks.ok("destroy", "-e", "confirm=dev", inventory=rolling)
    aws.restrict("dev")
    assert kinds(aws) == before
