# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: the steps of all resources. Pure."""

from __future__ import annotations

import functools
import typing as t

from .._engine.resource import plan_all
from .resources import listener, load_balancer, log_bucket, security_group, web_acl_association

RESOURCES: t.Final = (
    log_bucket.RESOURCE,
    load_balancer.RESOURCE,
    listener.RESOURCE,
    security_group.RESOURCE,
    web_acl_association.RESOURCE,
)
plan: t.Final = functools.partial(plan_all, RESOURCES)
