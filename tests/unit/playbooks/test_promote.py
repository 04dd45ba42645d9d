# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is promoted is what was looked at, whoever writes the report meanwhile."""

from __future__ import annotations

from .plays import PLAYBOOKS, Plays


def test_the_report_is_read_by_one_task() -> None:
    assert (PLAYBOOKS / "promote.yml").read_text().count("promoted_images(") == 1
    (reader,) = [task for _play, task in Plays("promote").tasks() if "release_promoted" in task.args]
    assert reader.run_once
