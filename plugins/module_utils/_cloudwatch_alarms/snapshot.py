# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What exists, as observed."""

from __future__ import annotations

import dataclasses
import typing as t

from .dashboard_body import Entrance
from .resources.dashboard import Dashboard
from .resources.deployment_alarms import Deployments
from .resources.metric_alarm import Alarm
from .resources.rollout_rule import Rule
from .resources.subscription import Subscription
from .resources.topic import Topic


@dataclasses.dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What exists under the names of the layer, whoever owns it.

    :param account: the account's ID.
    :param load_balancer: its ARN or placeholder; empty if it was not read.
    :param target_groups: the same by service; without workers.
    :param subscriptions: all of the topic.
    :param alarms: all that have the stack's prefix.
    :param services: the services that alarms roll back, or did.
    :param entrances: of the dashboard's regions; None if one cannot be read, or none was.
    """

    account: str
    load_balancer: str = ""
    target_groups: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    topic: Topic | None = None
    subscriptions: tuple[Subscription, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    rule: Rule | None = None
    dashboard: Dashboard | None = None
    services: t.Mapping[str, Deployments | None] = dataclasses.field(default_factory=dict)
    entrances: t.Mapping[str, Entrance] | None = None
