# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local AWS with its data plane in a process of its own, for tests of what carries packets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox import Sandbox
from tests.sandbox.plane.dns_client import Dns


@pytest.fixture(scope="session")
def _plane() -> Iterator[Sandbox]:
    with Sandbox(plane=True, speed=20, allow_commands=True) as running:
        yield running


@pytest.fixture
def plane(_plane: Sandbox) -> Iterator[Sandbox]:
    """The local AWS with its seed and nothing else, and packets."""
    _plane.reset()
    yield _plane
    # What a test has made is probed for as long as it is there.
    _plane.reset()


@pytest.fixture
def names(plane: Sandbox) -> Dns:
    """A DNS client that uses the sandbox's resolver."""
    return Dns.of(plane.credentials())
