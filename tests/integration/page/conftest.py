# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A browser for the tests of the page."""

from __future__ import annotations

import os
import typing as t

import pytest

from tests.integration.page.browser import NAMES, Browser, find
from tests.integration.page.fonts import WIDE, configure


@pytest.fixture(scope="package")
def _browsers(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[t.Callable[[str], Browser]]:
    """One for each font. A fixture with parameters would start another one for nearly every test: 1.4 s each."""
    program = find()
    if program is None:
        reason = f"none of {', '.join(NAMES)} is on PATH; on Debian: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    running: dict[str, Browser] = {}

    def with_font(font: str) -> Browser:
        if font not in running:
            running[font] = Browser(program, configure(tmp_path_factory.mktemp("fonts"), font))
        return running[font]

    yield with_font
    for browser in running.values():
        browser.close()


@pytest.fixture
def browser(request: pytest.FixtureRequest, _browsers: t.Callable[[str], Browser]) -> Browser:
    """With the font that a test asks for by ``indirect``, else with a wide one."""
    return _browsers(getattr(request, "param", WIDE))
