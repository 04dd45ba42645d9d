# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local AWS with packets: names are resolved, pages requested, endpoints probed."""

from __future__ import annotations

import socket
import typing as t

import pytest

from sandbox import Sandbox
from tests.integration.plane.visitor import Visitor


# Of a file: probes and name servers of one that nobody needs any more would take processor time to the end.
@pytest.fixture(scope="module")
def _plane() -> t.Iterator[Sandbox]:
    with Sandbox(plane=True, speed=20) as running:
        yield running


@pytest.fixture
def aws(_plane: Sandbox) -> t.Iterator[Sandbox]:
    """The local AWS with its seed and nothing else, and packets; jobs run against it too."""
    _plane.reset()
    yield _plane
    # What is deployed is probed for as long as it is there.
    _plane.reset()


@pytest.fixture
def visitor(_plane: Sandbox) -> Visitor:
    """A user of what is deployed."""
    return Visitor.of(_plane.credentials())


@pytest.fixture
def dead_port() -> t.Iterator[int]:
    """A port of 127.0.0.1 where nothing listens while the test lasts."""
    with socket.socket() as bound:  # and never told to listen: connections are refused
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]
