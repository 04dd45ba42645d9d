# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""release.yml, rollback.yml and promote.yml: the image alone, the standby first."""

from __future__ import annotations

import dataclasses
import json
import sys
import typing as t

import pytest

from sandbox import Sandbox
from tests.playbook_server import PlaybookServer
from tests.processes import of_folder
from tests.registry import serving

from ..whole_stack import IMAGE
from .conftest import Outcome, Playbooks, deploy

pytestmark = [pytest.mark.timeout(900), pytest.mark.once]

EAST, WEST = "us-east-1", "us-west-1"
DIGEST = "registry.example.com/hello@sha256:" + "0" * 64
PINS = ("-e", "app_pin_images=true")


def updated(outcome: Outcome) -> list[str]:
    """The regions whose service was changed, in order."""
    return [record.region for record in outcome.calls if record.operation == "UpdateService"]


def images(playbooks: Playbooks) -> list[t.Any]:
    return [region["ecs_service"]["images"] for region in playbooks.report["regions"].values()]


class Impatient(PlaybookServer):
    """Its runs wait for a smoke test's command for a second."""

    _CODE = (
        "from tests import playbook_server as server\nserver._read_everything()\n"
        "from ansible_collections.everlook.failover.plugins.plugin_utils.worker import release_gate\n"
        "release_gate._SECONDS = 1.0\nserver._serve()"
    )

    def command(self) -> list[str]:
        return [sys.executable, "-c", self._CODE]


@pytest.mark.exhaustive
def test_the_image_alone_and_back_again(playbooks: Playbooks, aws: Sandbox, playbook_server: PlaybookServer) -> None:
    refused = playbooks.run("release", "-e", "image=hello:2")
    assert (
        "has no service hello-dev-hello in us-east-1 yet. Nothing was changed. Deploy it with site.yml"
        in refused.flat()
    )
    assert refused.writes == []

    deploy(aws)
    released = playbooks.ok("release", "-e", f"image={DIGEST}")
    assert updated(released) == [WEST, EAST]
    assert set(released.writes) == {"RegisterTaskDefinition", "UpdateService", "PutParameter"}
    assert f"us-west-1 hello: hello-dev-hello:1 ({IMAGE}) is replaced by a new revision ({DIGEST})" in released.flat()
    assert f"To keep what runs now, put {DIGEST} there" in released.flat()
    assert "alb_ingress_cidrs" not in released.flat()
    assert images(playbooks) == [{"hello": DIGEST}] * 2
    again = playbooks.ok("release", "-e", f"image={DIGEST}")
    assert updated(again) == []

    dry = playbooks.ok("rollback", "--check")
    assert "us-west-1 hello: hello-dev-hello:2" in dry.flat()
    assert f"goes back to hello-dev-hello:1 ({IMAGE})" in dry.flat()
    assert dry.writes == []
    back = playbooks.ok("rollback")
    assert updated(back) == [WEST, EAST]
    assert images(playbooks) == [{"hello": IMAGE}] * 2
    further = playbooks.run("rollback")
    assert "there is nothing to go back to in us-east-1" in further.flat()
    assert further.writes == []

    smoke = json.dumps({"app_smoke_test": "sh -c 'sleep 600; true' token-of-{region}"})
    with Impatient(playbook_server.environment) as server:
        stopped = dataclasses.replace(playbooks, server=server).run("release", "-e", "image=hello:3", "-e", smoke)
    assert stopped.rc != 0
    assert updated(stopped) == [WEST]
    assert "smoke test of us-west-1 (for 1 s at most)" in stopped.flat()
    assert "the smoke test of us-west-1 failed: it has not ended after 1 s" in stopped.flat()
    assert "token" not in stopped.text
    # Nor has anything that it started.
    assert not of_folder(playbooks.folder, b"sleep")


@pytest.mark.exhaustive
def test_a_tag_is_the_same_image_in_every_region(playbooks: Playbooks, aws: Sandbox) -> None:
    deploy(aws)
    with serving() as registry:
        image, digest = registry.image("hello:2"), DIGEST.partition("@")[2]
        registry.tags["hello:1"] = digest
        unknown = playbooks.run("release", "-e", f"image={image}", *PINS)
        assert f"there is no image {image}" in unknown.flat()
        assert unknown.writes == []

        registry.tags["hello:2"] = digest
        released = playbooks.ok("release", "-e", f"image={image}", *PINS)
        assert updated(released) == [WEST, EAST]
        assert images(playbooks) == [{"hello": f"{registry.image('hello')}@{digest}"}] * 2
        assert f"put {image} there" in released.flat()

        # Another name of what runs is no change; a tag that moves is one.
        again = playbooks.ok("site", "--check", "-e", f"app_image={registry.image('hello:1')}", *PINS)
        assert "containers.hello.image" not in again.flat()
        moved = registry.tags["hello:2"] = f"sha256:{'1' * 64}"
        mark = len(registry.asked)
        other = playbooks.ok("site", "--check", "-e", f"app_image={image}", *PINS)
        assert other.flat().count(f"{image} now points to {moved}") >= 2
        # Preflight asks in each region; the services take what it has found.
        assert len(registry.asked) - mark == 2


def test_what_another_environment_runs(playbooks: Playbooks, aws: Sandbox) -> None:
    deploy(aws)
    report = playbooks.folder / "reports" / "test" / "deployment.json"
    missing = playbooks.run("promote", "-e", "from=test")
    assert "There is no report of test (" in missing.flat()
    report.parent.mkdir(parents=True)

    def runs(image: str) -> None:
        found = {"ecs_service": {"component": "hello", "images": {"hello": image}}}
        report.write_text(json.dumps({"stack": "hello", "regions": {EAST: found, WEST: found}}))

    runs(DIGEST.replace("/", "/{{ 7 * 7 }}"))
    forged = playbooks.run("promote", "-e", "from=test")
    assert "hello runs registry.example.com/{{ 7 * 7 }}hello@sha256:0" in forged.flat()
    assert "the inventory here names public.ecr.aws/nginx/nginx" in forged.flat()
    assert forged.writes == []
    own = f"{IMAGE.partition(':')[0]}@{DIGEST.partition('@')[2]}"
    runs(own)
    promoted = playbooks.ok("promote", "-e", "from=test")
    assert updated(promoted) == [WEST, EAST]
    assert images(playbooks) == [{"hello": own}] * 2
