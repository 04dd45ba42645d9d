# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is needed is said in several files, each for its own tool: they agree."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.everlook.failover.plugins.plugin_utils import requirements
from tests.integration.page import fonts

ROOT = Path(__file__).resolve().parents[2]


def _yaml(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text())


def _requirements(path: str) -> set[str]:
    return {line for line in (ROOT / path).read_text().splitlines() if line and not line.startswith("#")}


def test_execution_environments_install_what_the_collection_imports() -> None:
    files = _yaml("meta/execution-environment.yml")["dependencies"]
    assert {(ROOT / name).is_file() for name in files.values()} == {True}
    names = {re.split("[<>=]", line)[0] for line in _requirements(files["python"])}
    assert names == {"boto3", "botocore", "dnspython"}


def test_the_readme_installs_the_same() -> None:
    command = next(line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("pip install "))
    core, *others = re.findall("'([^']+)'", command)
    assert core == "ansible-core" + _yaml("meta/runtime.yml")["requires_ansible"].removesuffix(".0")
    assert set(others) == _requirements("requirements.txt")


def test_galaxy_and_requirements_name_the_same_collections() -> None:
    collections = {entry["name"]: entry["version"] for entry in _yaml("requirements.yml")["collections"]}
    assert collections == _yaml("galaxy.yml")["dependencies"]
    assert collections == {requirements.COLLECTION: requirements.VERSIONS}


def test_a_missing_collection_is_a_sentence_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def import_module(name: str) -> None:
        raise ModuleNotFoundError(name)

    assert requirements.problem() == ""
    requirements.problem.cache_clear()
    monkeypatch.setattr(importlib, "import_module", import_module)
    try:
        assert requirements.problem().endswith(
            "amazon.aws, which is not installed: run ansible-galaxy collection install 'amazon.aws:>=10.1.0,<13.0.0'"
        )
    finally:
        requirements.problem.cache_clear()


def test_workflows_run_on_each_ansible_core_that_can_be_installed() -> None:
    cores = {path.stem.removeprefix("ansible-core-") for path in (ROOT / "tests" / "requirements").glob("*.txt")}
    assert set(_yaml(".github/workflows/test.yml")["jobs"]["unit"]["strategy"]["matrix"]["core"]) == cores
    nightly = _yaml(".github/workflows/nightly.yml")["jobs"]["whole"]["strategy"]["matrix"]["version"]
    assert {version["core"] for version in nightly} == cores


def test_workflows_call_make_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    called = {
        target
        for name in ("test", "nightly")
        for job in _yaml(f".github/workflows/{name}.yml")["jobs"].values()
        for target in [job["with"]["target"], *job["strategy"]["matrix"].get("target", [])]
    }
    # What follows are variables of make.
    assert {target.split()[0] for target in called if not target.startswith("${{")} <= targets


def test_what_the_tests_need_of_the_system_is_installed_wherever_they_run() -> None:
    """A browser is on GitHub's runners; make and git are what runs this."""
    needed = set(re.findall(r"^(\S+) \[test platform:dpkg\]", (ROOT / "bindep.txt").read_text(), re.MULTILINE))
    assert needed >= set(fonts.PACKAGES.split())
    workflow = (ROOT / ".github" / "workflows" / "make.yml").read_text()
    for name in sorted(needed - {"chromium"}):
        assert name in workflow, name
        assert name in (ROOT / ".ci" / "run").read_text(), name


LOCKED = ROOT / "tests" / "requirements" / "locked"


def _pins(text: str) -> dict[str, str]:
    """Package → version, of lines like ``moto[server]==5.2.5 ; python_version < "3.12"``."""
    found = re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==([^\s;]+)", text, re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


@pytest.mark.parametrize(
    "core", sorted(path.name for path in (ROOT / "tests" / "requirements").glob("ansible-core-*.txt"))
)
def test_the_lock_has_what_the_requirements_ask_for(core: str) -> None:
    """After a change: make lock."""
    wanted = _pins((ROOT / "requirements-dev.txt").read_text())
    wanted |= _pins((ROOT / "tests" / "requirements" / core).read_text())
    locked = _pins((LOCKED / core).read_text())
    assert {name: locked.get(name) for name in wanted} == wanted


@pytest.mark.parametrize("path", sorted(LOCKED.glob("*.txt")), ids=lambda path: path.name)
def test_what_is_locked_has_hashes_and_no_address(path: Path) -> None:
    entries = re.split(r"\n(?=\S)", "\n".join(line for line in path.read_text().splitlines() if line[:1] != "#"))
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert re.search(r"://|@ |--(?:find-links|index|extra)", path.read_text()) is None
