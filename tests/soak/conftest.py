# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local AWS with its data plane, for the soak alone."""

from __future__ import annotations

import typing as t

import pytest

from sandbox import Sandbox
from tests.integration.conftest import contexts, run_job
from tests.soak.stack import SPEED

__all__ = ["contexts", "run_job"]


# Of the file: such files are begun first, and this one lasts longest.
@pytest.fixture(scope="module")
def aws() -> t.Iterator[Sandbox]:
    with Sandbox(speed=SPEED, plane=True, checkers_per_region=1, ttl=4 * 3600) as running:
        yield running
