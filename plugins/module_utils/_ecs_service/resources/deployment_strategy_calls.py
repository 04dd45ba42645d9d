# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The strategy of a service in ECS: a part of the service."""

from __future__ import annotations

import typing as t

from ..._engine.resource import Calls
from . import service_calls
from .deployment_strategy import KIND

CALLS: t.Final = Calls(kind=KIND, update=service_calls.update)
