# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a playbook says in the end is said once, and in lines, whatever the callback."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from tests.playbook_server import PlaybookServer

from .conftest import ROOT, Playbooks, printing

pytestmark = [pytest.mark.timeout(300), pytest.mark.once, pytest.mark.worker]

# Playbook, arguments, whether it is to succeed, what it says
ENDS = [
    ("site", ["--check"], True, "This run would make changes: "),
    ("destroy", [], False, "repeat the command with -e confirm=dev"),
    ("switch", ["-e", "to=us-wst-1"], False, '- to: "us-wst-1" is not one of us-east-1, us-west-1, auto.'),
    ("drill", ["-e", "drill_allowed=false"], False, "No drill is allowed in dev: "),
    ("site", ["-e", "app_port=http"], False, 'app_port: "http" is not a whole number.'),
    ("bootstrap", ["-i", str(ROOT / "inventories" / "dev")], False, "The inventory has no hosts in the group"),
]


@pytest.fixture(scope="module", params=["minimal", "oneline"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[PlaybookServer]:
    with printing(request.param, tmp_path_factory.mktemp("local")) as server:
        yield server


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("playbook", "arguments", "works", "says"), ENDS, ids=[f"{end[0]} {end[1][-1:]}" for end in ENDS]
)
def test_its_end_is_said_once(
    playbooks: Playbooks, server: PlaybookServer, playbook: str, arguments: list[str], works: bool, says: str
) -> None:
    outcome = dataclasses.replace(playbooks, server=server).run(playbook, *arguments)
    assert (outcome.rc == 0) == works, outcome.text
    assert outcome.flat().count(says) == 1, outcome.text
    assert "TASK [" not in outcome.text, "the default callback prints that"
