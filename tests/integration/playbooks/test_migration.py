# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README's chapter on Terraform, step by step as it is written, from a stack that Terraform made."""

from __future__ import annotations

import dataclasses
import json
import re
import shlex
import shutil
import subprocess
import textwrap
from pathlib import Path

import pytest
import yaml

from benchmarks.contenders import MIRROR_VARIABLE, Terraform, terraform_environment
from sandbox import Sandbox

from .conftest import ROOT, Playbooks

HCL = ROOT / "tests" / "integration" / "migration"
DOMAIN = "dev.example.com"

pytestmark = [
    pytest.mark.once,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not Terraform.available(), reason="terraform is not on PATH"),
]


@dataclasses.dataclass(frozen=True)
class OldStack:
    """A folder in which Terraform runs."""

    folder: Path
    environment: dict[str, str]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command, and yes to what it asks."""
        return subprocess.run(
            ["terraform", *words],
            cwd=self.folder,
            env=self.environment,
            input="yes\n",
            capture_output=True,
            text=True,
            check=False,
        )

    def ok(self, *words: str) -> str:
        """What a command that has to succeed says."""
        done = self.run(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def old(aws: Sandbox, tmp_path: Path) -> OldStack:
    """The stack that Terraform made, in a zone that someone has delegated by hand."""
    folder = tmp_path / "terraform"
    shutil.copytree(HCL, folder)
    stack = OldStack(folder, terraform_environment(aws, tmp_path))
    begun = stack.run("init", "-input=false", "-no-color")
    if begun.returncode:
        pytest.skip(f"terraform init failed; {MIRROR_VARIABLE} may name a mirror of its plugins: {begun.stderr}")
    stack.ok("apply", "-no-color")
    servers = json.loads(stack.ok("output", "-json", "name_servers"))
    route53 = aws.client("route53", "management")
    zones = route53.list_hosted_zones()["HostedZones"]
    record = {"Name": DOMAIN, "Type": "NS", "TTL": 300, "ResourceRecords": [{"Value": name} for name in servers]}
    route53.change_resource_record_sets(
        HostedZoneId=next(zone["Id"] for zone in zones if not zone["Config"]["PrivateZone"]),
        ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]},
    )
    return stack


def steps() -> list[tuple[str, str]]:
    """(yaml or shell, text) of every block in the chapter, in order."""
    chapter = (ROOT / "README.md").read_text().partition("## Coming from the Terraform reference\n")[2]
    found = re.findall(r"^ *```(yaml|shell)\n(.*?)^ *```", chapter.partition("\n## ")[0], re.MULTILINE | re.DOTALL)
    return [(kind, textwrap.dedent(text)) for kind, text in found]


def answers(aws: Sandbox, zone_id: str) -> list[str]:
    """What Route 53 answers to those who ask for the environment."""
    route53 = aws.client("route53", "dev")
    answer = route53.test_dns_answer(HostedZoneId=zone_id, RecordName=DOMAIN, RecordType="A")
    found: list[str] = answer["RecordData"]
    return found


def networks(aws: Sandbox, key: str, value: str) -> int:
    """The number of VPCs with this tag in both regions."""
    wanted = [{"Name": f"tag:{key}", "Values": [value]}]
    clients = [aws.client("ec2", "dev", region) for region in ("us-east-1", "us-west-1")]
    return sum(len(client.describe_vpcs(Filters=wanted)["Vpcs"]) for client in clients)


def test_the_chapter_on_terraform_works_as_it_is_written(old: OldStack, playbooks: Playbooks, aws: Sandbox) -> None:
    zone_id = json.loads(old.ok("output", "-json", "zone_id"))
    (kind, lines), *commands = steps()
    assert kind == "yaml"
    (variable,) = yaml.safe_load(lines)
    inventory = playbooks.inventory(**{variable: zone_id})
    before = answers(aws, zone_id)
    assert before
    assert networks(aws, "Name", "reference") == 2
    for kind, command in commands:
        assert kind == "shell"
        program, *words = shlex.split(command)
        if program == "terraform":
            old.ok(*words)
        else:
            playbook, _flag, folder, *rest = words
            assert (program, folder) == ("ansible-playbook", "inventories/dev")
            playbooks.ok(playbook.removesuffix(".yml"), *rest, inventory=inventory)
        # At no moment is there no answer.
        assert answers(aws, zone_id)
    assert [program.split()[0] for _kind, program in commands].count("terraform") == 2
    assert answers(aws, zone_id) != before
    assert networks(aws, "Name", "reference") == 0
    assert networks(aws, "ManagedBy", "everlook.failover") == 2
    assert not any(playbooks.ok("site", inventory=inventory).changed.values())
