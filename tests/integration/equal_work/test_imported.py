# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Terraform over what this collection has deployed of the inventory for production: it finds all as its
HCL has it. checkov reads that plan."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import typing as t
from pathlib import Path

import pytest

from benchmarks.compare import INSTANT
from benchmarks.contenders import MIRROR_VARIABLE, Phase, Terraform, ours
from benchmarks.measure import run
from benchmarks.stacks import PRODUCTION
from sandbox import Sandbox
from tests.integration.test_checkov import CHECKOV, answered, findings

from .imports import every

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.exhaustive,
    pytest.mark.once,
    pytest.mark.skipif(not Terraform.available(), reason="terraform is not on PATH"),
]

# A wait of Terraform's own, which nothing in AWS is; and whom SNS has asked, but who has not confirmed, has no ARN.
_NOT_IMPORTED = ("aws_acm_certificate_validation.", "aws_sns_topic_subscription.")
# Whose it is, and what people read.
_WORDS = {"tags", "tags_all", "description", "alarm_description", "comment", "dashboard_body", "input_transformer"}
# What Terraform does, and AWS does not know.
_TERRAFORMS_OWN = {"force_destroy", "wait_for_steady_state"}
# Another way to say the same, for which Terraform replaces a flow log, or sets a rule again: the log group by its name
# or by its ARN, and all objects by no filter or by an empty prefix.
_SAID_OTHERWISE = {"aws_flow_log": {"log_destination"}, "aws_s3_bucket_lifecycle_configuration": {"rule"}}
_NOTHING: t.Final = (None, "", [], {}, False)


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`terraform show -json` of a plan that imports all of the stack."""
    folder = tmp_path_factory.mktemp("imported")
    with Sandbox(speed=INSTANT, timings="quick") as aws:
        given = PRODUCTION.given(aws)
        stack = dataclasses.replace(PRODUCTION, given=lambda _aws: given)
        mine, terraform = ours(stack=stack), Terraform(stack=stack)
        for contender in (mine, terraform):
            (folder / contender.name).mkdir()
        mine.prepare(aws, folder / mine.name)
        try:
            terraform.prepare(aws, folder / terraform.name)
        except RuntimeError as error:
            pytest.skip(f"{error} ({MIRROR_VARIABLE})")
        run(mine.command(Phase.FIRST))
        command = terraform.command(Phase.NOTHING)
        imports = [{"to": address, "id": identifier} for address, identifier in every(aws).items()]
        (command.folder / "imports.tf.json").write_text(json.dumps({"import": imports}))
        run(dataclasses.replace(command, words=[*command.words, "-out=imported"], codes=(2,)))
        shown = subprocess.run(
            ["terraform", "show", "-json", "imported"],
            cwd=command.folder,
            env=dict(command.environment),
            capture_output=True,
            check=True,
        )
    (folder / "plan.json").write_bytes(shown.stdout)
    return folder / "plan.json"


def plain(value: t.Any) -> t.Any:
    """A value without what means nothing: members that say nothing, the form of JSON, and the dot of a name server."""
    if isinstance(value, dict):
        members = {key: plain(item) for key, item in value.items()}
        return {key: item for key, item in members.items() if item not in _NOTHING}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, str) and value[:1] in ("{", "["):
        return plain(json.loads(value))
    return value.rstrip(".") if isinstance(value, str) else value


def differing(resource: t.Mapping[str, t.Any]) -> set[str]:
    """The attributes that Terraform would change, and that mean something."""
    change = resource["change"]
    unknown = change["after_unknown"]
    before, after = (
        plain({key: item for key, item in (change[side] or {}).items() if not unknown.get(key)})
        for side in ("before", "after")
    )
    names = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    return names - _WORDS - _TERRAFORMS_OWN - _SAID_OTHERWISE.get(resource["type"], set())


def test_terraform_would_change_nothing_but_words(plan: Path) -> None:
    changes = {each["address"]: each for each in json.loads(plan.read_text())["resource_changes"]}
    assert len(changes) > 150
    created = {address for address, each in changes.items() if each["change"]["actions"] == ["create"]}
    assert [address for address in created if not any(kind in address for kind in _NOT_IMPORTED)] == []
    others = {address: each for address, each in changes.items() if address not in created}
    found = {address: differing(each) for address, each in others.items()}
    assert {address: names for address, names in found.items() if names} == {}
    replaced = {each["type"] for each in others.values() if "delete" in each["change"]["actions"]}
    assert replaced <= _SAID_OTHERWISE.keys()


@pytest.mark.skipif(CHECKOV is None, reason="checkov is not on PATH")
def test_every_finding_of_checkov_is_answered(plan: Path) -> None:
    found = findings("--file", str(plan), "--framework", "terraform_plan")
    assert found
    assert {key: text for key, text in found.items() if key not in answered()} == {}
