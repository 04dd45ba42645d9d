# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Terraform over what this collection has deployed of the inventory for production: it finds all as its
HCL has it. checkov reads that plan."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import typing as t
from pathlib import Path

import pytest

from benchmarks.compare import INSTANT
from benchmarks.contenders import MIRROR_VARIABLE, Phase, Terraform, ours
from benchmarks.measure import run
from benchmarks.stacks import DEFAULT, PRODUCTION, Stack
from sandbox import Sandbox
from sandbox.resources import Resource
from tests.unit.test_security_page import answered

from .imports import every, parts

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.exhaustive,
    pytest.mark.once,
    pytest.mark.skipif(not Terraform.available(), reason="terraform is not on PATH"),
]

CHECKOV = shutil.which("checkov")
# A wait of Terraform's own, which nothing in AWS is; and whom SNS has asked, but who has not confirmed, has no ARN.
_NOT_IMPORTED = ("aws_acm_certificate_validation.", "aws_sns_topic_subscription.")
# Whose it is, and what people read.
_WORDS = {"tags", "tags_all", "description", "alarm_description", "comment", "dashboard_body", "input_transformer"}
# What Terraform does, and AWS does not know.
_TERRAFORMS_OWN = {"force_destroy", "force_delete", "wait_for_steady_state"}
# Another way to say the same, for which Terraform replaces a flow log, or sets a rule again: the log group by its name
# or by its ARN, and all objects by no filter or by an empty prefix.
_SAID_OTHERWISE = {"aws_flow_log": {"log_destination"}, "aws_s3_bucket_lifecycle_configuration": {"rule"}}
# What AWS makes for what the stack has, and a subscription that nobody has confirmed.
_MADE_BY_AWS = {"ec2 enis", "ecs tasks", "sns subscriptions"}
_ALARMS_OF_THE_SCALER = "TargetTracking-"
_NOTHING: t.Final[tuple[t.Any, ...]] = (None, "", [], {}, False)


@dataclasses.dataclass(frozen=True)
class Deployed:
    """What this collection has made of production, the ids of parts that are no resources of their own, and
    `terraform show -json` by stack: of a plan that imports all of that, and of one of the default stack."""

    made: list[Resource]
    parts: list[str]
    plans: dict[str, Path]


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    folder = tmp_path_factory.mktemp("imported")
    with Sandbox(speed=1.0, timings=INSTANT) as aws:
        given = PRODUCTION.given(aws)
        production = dataclasses.replace(PRODUCTION, given=lambda _aws: given)
        mine = ours(stack=production)
        (folder / mine.name).mkdir()
        there = {resource.key for resource in aws.snapshot()}
        mine.prepare(aws, folder / mine.name)
        run(mine.command(Phase.FIRST))
        made = [resource for resource in aws.snapshot() if resource.key not in there]
        imports = [{"to": address, "id": identifier} for address, identifier in every(aws).items()]
        # The repositories are there, with their images.
        imported = dataclasses.replace(production, registry=None)
        plans = {stack.name: planned(aws, folder, stack, imports) for stack in (imported, DEFAULT)}
        return Deployed(made, list(parts(aws)), plans)


def planned(aws: Sandbox, folder: Path, stack: Stack, imports: list[dict[str, str]]) -> Path:
    """A plan of the stack as JSON."""
    terraform, own = Terraform(stack=stack), folder / stack.name
    own.mkdir()
    try:
        terraform.prepare(aws, own)
    except RuntimeError as error:
        pytest.skip(f"{error} ({MIRROR_VARIABLE})")
    command = terraform.command(Phase.NOTHING)
    if stack.name == PRODUCTION.name:
        (command.folder / "imports.tf.json").write_text(json.dumps({"import": imports}))
    run(dataclasses.replace(command, words=[*command.words, "-out=plan"], codes=(2,)))
    shown = subprocess.run(
        ["terraform", "show", "-json", "plan"],
        cwd=command.folder,
        env=dict(command.environment),
        capture_output=True,
        check=True,
    )
    (own / "plan.json").write_bytes(shown.stdout)
    return own / "plan.json"


def plain(value: t.Any) -> t.Any:
    """A value without what means nothing: members that say nothing, the form of JSON and of names."""
    if isinstance(value, dict):
        members = {key: plain(item) for key, item in value.items()}
        return {key: item for key, item in members.items() if item not in _NOTHING}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, str) and value[:1] in ("{", "["):
        return plain(json.loads(value))
    if isinstance(value, str):
        # A revision by its name or by its ARN.
        return value.rstrip(".").rpartition(":task-definition/")[2]
    return value


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


def test_terraform_would_change_nothing_but_words(deployed: Deployed) -> None:
    plan = json.loads(deployed.plans[PRODUCTION.name].read_text())
    changes = {each["address"]: each for each in plan["resource_changes"]}
    assert len(changes) > 150
    created = {address for address, each in changes.items() if each["change"]["actions"] == ["create"]}
    assert [address for address in created if not any(kind in address for kind in _NOT_IMPORTED)] == []
    others = {address: each for address, each in changes.items() if address not in created}
    found = {address: differing(each) for address, each in others.items()}
    assert {address: names for address, names in found.items() if names} == {}
    replaced = {each["type"] for each in others.values() if "delete" in each["change"]["actions"]}
    assert replaced <= _SAID_OTHERWISE.keys()


def texts(value: t.Any) -> t.Iterator[str]:
    """All text in a value."""
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value


def test_terraform_knows_whatever_this_collection_has_made(deployed: Deployed) -> None:
    plan = json.loads(deployed.plans[PRODUCTION.name].read_text())
    known = set(texts([each["change"]["before"] for each in plan["resource_changes"]]))
    made = [
        each
        for each in deployed.made
        if f"{each.service} {each.kind}" not in _MADE_BY_AWS and not each.id.startswith(_ALARMS_OF_THE_SCALER)
    ]
    assert len(made) > 100
    assert len(deployed.parts) > 25
    unknown = [f"{each.service} {each.kind} {each.id}" for each in made if not known & {each.id, _bare(each.id)}]
    assert [*unknown, *(part for part in deployed.parts if part.rstrip(".") not in known)] == []


def _bare(identifier: str) -> str:
    """Without what the local AWS puts before it: the kind, or what it is of."""
    return identifier.rpartition("\t")[2].rpartition("/")[2]


@pytest.mark.skipif(CHECKOV is None, reason="checkov is not on PATH")
@pytest.mark.parametrize("stack", [PRODUCTION.name, DEFAULT.name])
def test_every_finding_of_checkov_is_answered(deployed: Deployed, stack: str) -> None:
    found = findings(deployed.plans[stack])
    assert found
    assert {key: text for key, text in found.items() if key not in answered()} == {}


def findings(plan: Path) -> dict[str, str]:
    """What checkov says of a plan, by its id."""
    command = [str(CHECKOV), "--file", str(plan), "--framework", "terraform_plan"]
    options = ["--output", "json", "--quiet", "--compact", "--skip-download"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False, timeout=240)
    report = json.loads(done.stdout)
    assert report["summary"]["resource_count"] > 50, done.stderr
    assert not report["summary"]["parsing_errors"]
    return {
        finding["check_id"]: f"{finding['check_name']}: {finding['resource']}"
        for finding in report["results"]["failed_checks"]
    }
