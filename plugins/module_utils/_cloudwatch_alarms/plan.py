# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The resources of the layer, and its plan. Pure."""

from __future__ import annotations

import functools
import typing as t

from .._engine.resource import plan_all
from .resources import composite_alarm, dashboard, deployment_alarms, metric_alarm, rollout_rule, subscription, topic

RESOURCES: t.Final = (
    topic.RESOURCE,
    subscription.RESOURCE,
    metric_alarm.RESOURCE,
    composite_alarm.RESOURCE,
    deployment_alarms.RESOURCE,
    rollout_rule.RESOURCE,
    dashboard.RESOURCE,
)
plan: t.Final = functools.partial(plan_all, RESOURCES)
