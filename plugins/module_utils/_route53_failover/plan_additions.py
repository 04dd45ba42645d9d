# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others have attached to alarms of ours. Pure."""

from __future__ import annotations

import typing as t

from . import alarms
from .snapshot import Alarm, Snapshot


def additions(snapshot: Snapshot) -> t.Iterator[str]:
    """One sentence a region. It is told and left alone: Route 53 follows an alarm's data, whatever its actions do."""
    for seat, found in sorted(snapshot.alarms.items()):
        attached = {alarm.address: words for alarm in found if alarm.owned and (words := _attached(alarm))}
        if attached:
            listed = ", ".join(f"{address} ({words})" for address, words in sorted(attached.items()))
            yield f"alarms in {seat} have settings of actions that this stack did not give them: {listed}."


def _attached(alarm: Alarm) -> str:
    differ = {key: value for key, value in alarm.actions.items() if value != alarms.ACTIONS[key]}
    return "; ".join(
        f"{key}: {', '.join(value) if isinstance(value, list) else value}" for key, value in differ.items()
    )
