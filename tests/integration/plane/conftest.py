# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local AWS with packets: names are resolved, pages requested, endpoints probed."""

from __future__ import annotations

import typing as t

import pytest

from sandbox import Sandbox
from tests.integration.plane.visitor import Visitor


@pytest.fixture(scope="session")
def _plane() -> t.Iterator[Sandbox]:
    with Sandbox(plane=True, speed=20) as running:
        yield running


@pytest.fixture
def aws(_plane: Sandbox) -> Sandbox:
    """The local AWS with its seed and nothing else, and packets; jobs run against it too."""
    _plane.reset()
    return _plane


@pytest.fixture
def visitor(_plane: Sandbox) -> Visitor:
    """A user of what is deployed."""
    return Visitor.of(_plane.credentials())
