# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stack that answers, and drills of it."""

from __future__ import annotations

import json
import subprocess
import typing as t
from pathlib import Path

from sandbox import Sandbox
from tests.integration.playbooks.conftest import ROOT, Playbooks
from tests.processes import of_folder
from tests.waiting import eventually

EAST, WEST = "us-east-1", "us-west-1"
SPEED = 10
GUARDIAN = b"module_utils._failover_drill.guardian"


def policies(*names: str) -> list[dict[str, t.Any]]:
    return [json.loads((ROOT / "docs" / "iam" / f"{name}.json").read_text()) for name in names]


def until(what: str, condition: t.Callable[[], t.Any], seconds: float = 120) -> t.Any:
    """What the condition is, once it is true."""
    return eventually(condition, seconds=seconds, what=what)


def until_broken(playbooks: Playbooks, run: subprocess.Popen[str]) -> None:
    """Wait for the fault. A run that ends without one says why."""
    until("the fault", lambda: journal(playbooks).get("phase") == "broken" or run.poll() is not None)
    assert run.poll() is None, run.communicate()[0]


def is_well(aws: Sandbox) -> bool:
    """All targets are healthy, and users are sent to the first region."""
    for region in (EAST, WEST):
        elb = aws.client("elbv2", region=region)
        arn = elb.describe_target_groups(Names=["hello-dev-hello"])["TargetGroups"][0]["TargetGroupArn"]
        targets = elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        if [item["TargetHealth"]["State"] for item in targets] != ["healthy", "healthy"]:
            return False
    route53 = aws.client("route53")
    zone = route53.list_hosted_zones_by_name(DNSName="dev.example.com")["HostedZones"][0]["Id"]
    answers = [
        route53.test_dns_answer(HostedZoneId=zone, RecordName=name, RecordType="A")["RecordData"]
        for name in ("dev.example.com", f"{EAST}.dev.example.com")
    ]
    return sorted(answers[0]) == sorted(answers[1])


def folder(playbooks: Playbooks) -> Path:
    return playbooks.folder / "reports" / "dev"


def journal(playbooks: Playbooks) -> dict[str, t.Any]:
    """The open journal, empty if there is none."""
    try:
        found: dict[str, t.Any] = json.loads((folder(playbooks) / "drill-journal.json").read_text())
    except FileNotFoundError:
        return {}
    return found


def drill_report(playbooks: Playbooks) -> dict[str, t.Any]:
    found: dict[str, t.Any] = json.loads((folder(playbooks) / "drill.json").read_text())
    return found


def ingress(aws: Sandbox) -> list[t.Any]:
    """Who may reach the load balancer of the region that serves."""
    elb = aws.client("elbv2")
    groups = elb.describe_load_balancers(Names=["hello-dev"])["LoadBalancers"][0]["SecurityGroups"]
    described = aws.client("ec2").describe_security_groups(GroupIds=groups)["SecurityGroups"]
    return [(group["IpPermissions"], sorted(map(str, group["Tags"]))) for group in described]


def processes(playbooks: Playbooks, program: bytes) -> list[int]:
    """Living processes of this test that run the program."""
    return list(of_folder(playbooks.folder, program))


def guardians(playbooks: Playbooks) -> list[int]:
    return processes(playbooks, GUARDIAN)


def drilling(playbooks: Playbooks) -> list[int]:
    """The process that drills: it has started the guardian. A module that came through a pipe has no name."""
    lines = [line for pid in guardians(playbooks) for line in Path(f"/proc/{pid}/status").read_text().splitlines()]
    return [int(line.split()[1]) for line in lines if line.startswith("PPid:")]


def start(playbooks: Playbooks, *arguments: str) -> subprocess.Popen[str]:
    """A drill in a process group of its own, as a shell starts it."""
    return subprocess.Popen(
        playbooks.command("drill", *arguments),
        cwd=ROOT,
        env=playbooks.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
