# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that are forked from a template are like those that are started."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import Sandbox
from sandbox.process import Options, StartError, start
from sandbox.template import VARIABLE, Template, fork
from tests.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def template(monkeypatch: pytest.MonkeyPatch) -> Iterator[Template]:
    made = Template()
    monkeypatch.setenv(VARIABLE, str(made.path))
    yield made
    made.stop()


@pytest.mark.usefixtures("template")
def test_its_servers_are_apart_and_end_one_by_one() -> None:
    with Sandbox() as one:
        with Sandbox(speed=5, plane=True) as other:
            assert one.url != other.url
            assert other.network()
            assert not one.network()
            ids = [aws.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"] for aws in (one, other)]
            assert ids[0] != ids[1]
            process = other._process
        assert process
        assert not process.owns_pid()
        assert one.snapshot()


@pytest.mark.usefixtures("template")
@pytest.mark.exhaustive
def test_what_a_server_prints_is_in_its_own_output(tmp_path: Path) -> None:
    output = tmp_path / "log"
    with pytest.raises(StartError, match=str(output)):
        start(Options(timings="nonsense", output=output), fork)
    assert "KeyError: 'nonsense'" in output.read_text()


def test_a_server_outlives_its_template_and_ends_with_its_owner(template: Template) -> None:
    with Sandbox() as aws:
        template.stop()
        assert aws.snapshot()
        with pytest.raises(OSError, match="No such file"):
            start(Options(), fork)


OWNER = """
import sys
from sandbox.template import Template
template = Template()
print(template._process.pid, flush=True)
sys.stdin.read()
"""


def test_a_template_ends_with_its_owner_however_that_ends(tmp_path: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert owner.stdout
    folder = Path("/proc") / owner.stdout.readline().strip()
    assert folder.exists()
    owner.kill()
    owner.communicate()
    eventually(lambda: not folder.exists(), what="the end of the template")
