# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of the layer, ordered so that the name never stops answering."""

from __future__ import annotations

import functools
import typing as t

from .._engine.resource import plan_all
from .resources import health_check, record_set, switch_alarm, switch_schedule

RESOURCES: t.Final = (
    record_set.RESOURCE,
    switch_alarm.RESOURCE,
    switch_schedule.RESOURCE,
    health_check.RESOURCE,
)
plan: t.Final = functools.partial(plan_all, RESOURCES)
