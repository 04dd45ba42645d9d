# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: the steps of all resources. Pure."""

from __future__ import annotations

import functools
import typing as t

from .._engine.resource import plan_all
from .resources import certificate, validation_records

RESOURCES: t.Final = (certificate.RESOURCE, validation_records.RESOURCE)
plan: t.Final = functools.partial(plan_all, RESOURCES)
