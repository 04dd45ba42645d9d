# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the collection importable from the checkout, and shares tests out among processes."""

from __future__ import annotations

import functools
import gc
import importlib
import os
import re
from pathlib import Path

import pytest
from ansible.plugins.loader import init_plugin_loader
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from sandbox.template import VARIABLE, Template
from tests.sampling import choose_examples

COLLECTIONS = Path(__file__).resolve().parents[1] / ".ansible" / "collections"

# ansible-test brings a collection loader of its own.
if "ANSIBLE_CONTROLLER_MIN_PYTHON_VERSION" not in os.environ:
    init_plugin_loader([str(COLLECTIONS)])
    # Ansible would compile the whole collection in every process of a run.
    importlib.import_module("ansible_collections.everlook.failover.plugins.plugin_utils.worker.bytecode").install()


class Scheduling(LoadScopeScheduling):
    """Tests of a file that makes something for all of them run in one process, every other one wherever there is room.

    So some wait while others compute, and all processes end together. loadgroup, which is meant for this, groups
    nothing with pytest 9.2 (pytest-xdist, issue 1386).
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if _shares(self.config.rootpath / file) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling | None:
    return Scheduling(config, log) if config.getoption("dist") == "loadscope" else None


def pytest_configure(config: pytest.Config) -> None:
    """The processes of a run, which start many local AWSes, have a template of them."""
    gc.set_threshold(100_000, 50, 50)
    choose_examples(config.getoption("markexpr", ""))
    if config.getoption("numprocesses", None):
        template = Template()
        config.add_cleanup(template.stop)
        os.environ[VARIABLE] = str(template.path)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What runs in one process comes first, then what may take long: who wrote it knows. The short ones fill gaps."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: (not _shares(item.path), -_longest(item)))


def pytest_collection_finish() -> None:
    """What has been loaded by now stays. To search it for garbage again and again is a tenth of what tests compute."""
    gc.collect()
    gc.freeze()


@functools.cache
def _shares(path: Path) -> bool:
    """Whether the file, or its folder's conftest.py, has fixtures that are made once for all its tests."""
    sources = [file.read_text(encoding="utf-8") for file in (path, path.with_name("conftest.py")) if file.exists()]
    return any(re.search(r'scope="(module|package)"', source) for source in sources)


def _longest(item: pytest.Item) -> float:
    """Its timeout in seconds; 0 if it has none of its own."""
    marker = item.get_closest_marker("timeout")
    return float(marker.args[0]) if marker else 0.0
