# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role's first pass leaves for later, because it has to wait, the second one does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._alb.resources import listener, web_acl_association

TASKS = Path(__file__).resolve().parents[3] / "roles" / "alb" / "tasks" / "wait.yml"


@pytest.mark.parametrize("address", [listener.address(listener.HTTPS), web_acl_association.ADDRESS])
def test_a_change_that_had_to_wait_is_not_forgotten(address: str) -> None:
    (pattern,) = re.findall(r"select\('match', '(.*)'\)", TASKS.read_text(encoding="utf-8"))
    assert re.match(pattern, address)
