# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes mistakes: in the play of site.yml that looks for them, or in a run of a playbook."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import os
import typing as t
from pathlib import Path
from unittest import mock

import pytest
import yaml

from sandbox import RequestRecord, Sandbox
from tests.playbook_server import ROOT, PlaybookServer

from .mistake import Mistake

if t.TYPE_CHECKING:
    from .preflight import Preflight

_ENDLESS: t.Final = 10**6


@dataclasses.dataclass(frozen=True, kw_only=True)
class Outcome:
    """Whether the mistake stopped the run, what was said, and the writing calls that were made."""

    refused: bool
    text: str
    writes: t.Sequence[RequestRecord]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Mistakes:
    """A place to make them."""

    aws: Sandbox
    server: PlaybookServer
    preflight: Preflight
    folder: Path

    def make(self, mistake: Mistake) -> Outcome:
        """In the play that looks, if that is where the mistake is noticed, else in a run of its playbook."""
        if not mistake.is_for_preflight:
            return self.play(mistake)
        warnings = io.StringIO()
        with (
            self._writes(mistake) as writes,
            mock.patch.dict(os.environ, self.aws.credentials()),
            contextlib.redirect_stdout(warnings),
            contextlib.redirect_stderr(warnings),
        ):
            refusal = self.preflight.refusal(_inventory(mistake, self.folder))
        return Outcome(refused=bool(refusal), text=f"{warnings.getvalue()}\n{refusal}", writes=writes)

    def play(self, mistake: Mistake) -> Outcome:
        """In a run of its playbook; no writing call of it succeeds."""
        output = self.folder / "output"
        refusing = self.aws.fail("Refused", "Too late: the mistake was not seen.", write=True, count=_ENDLESS)
        with self._writes(mistake) as writes, refusing:
            rc = self.server.run(
                output,
                f"{mistake.playbook}.yml",
                "-i",
                str(_inventory(mistake, self.folder)),
                *([] if "reports_directory" in mistake.everywhere else self._reports()),
                *mistake.arguments,
            )
        return Outcome(refused=rc != 0, text=output.read_text(encoding="utf-8"), writes=writes)

    @contextlib.contextmanager
    def _writes(self, mistake: Mistake) -> t.Iterator[list[RequestRecord]]:
        """Prepare the account; after the block the list has the writing calls of it, and the account is as before."""
        if mistake.prepare is not None:
            self.aws.reset()
            mistake.prepare(self.aws)
        writes: list[RequestRecord] = []
        mark = self.aws.requests.mark()
        yield writes
        writes += [record for record in self.aws.requests.writes(mark) if record.operation != "AssumeRole"]
        if writes or mistake.prepare is not None:
            self.aws.reset()

    def _reports(self) -> list[str]:
        return ["-e", json.dumps({"reports_directory": str(self.folder / "reports")})]


def _inventory(mistake: Mistake, folder: Path) -> Path:
    """A copy of inventories/dev, or of the management account's, with the mistake in it."""
    original = ROOT / "inventories" / ("management" if mistake.management else "dev")
    inventory = folder / "inventory"
    (inventory / "group_vars").mkdir(parents=True, exist_ok=True)
    for name in ("hosts.yml", "group_vars/all.yml"):
        lines = (original / name).read_text(encoding="utf-8").splitlines(keepends=True)
        kept = (line for line in lines if line.partition(":")[0] not in mistake.without)
        (inventory / name).write_text("".join(kept), encoding="utf-8")
    for group in ("regions", "management"):
        (inventory / "group_vars" / f"{group}.yml").write_text(mistake.everywhere, encoding="utf-8")
    if mistake.hosts:
        (inventory / "hosts.yml").write_text(mistake.hosts, encoding="utf-8")
    if mistake.west:
        hosts = yaml.safe_load((inventory / "hosts.yml").read_text(encoding="utf-8"))
        hosts["regions"]["hosts"]["us-west-1"].update(yaml.safe_load(mistake.west))
        (inventory / "hosts.yml").write_text(yaml.safe_dump(hosts), encoding="utf-8")
    return inventory


@pytest.fixture(scope="session")
def mistakes(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Mistakes]:
    # Half a second, which every process that collects these tests would take.
    from .preflight import Preflight  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("mistakes")
    with Sandbox(speed=10) as aws:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "ANSIBLE_"))}
        places = {"TMPDIR": str(folder), "ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCAL_TEMP": str(folder / "local")}
        with PlaybookServer({**inherited, **aws.credentials(), **places}) as server:
            yield Mistakes(aws=aws, server=server, preflight=Preflight(), folder=folder)
