# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer route53_zone_delegation."""

from __future__ import annotations

import typing as t

from .._engine.layer import Layer
from .._engine.resource import handlers_of, identify_all
from .observe import observe
from .options import OPTIONS, REQUIRED_IF
from .outputs import outputs
from .plan import RESOURCES, plan
from .resources import name_server_record_calls
from .snapshot import Snapshot
from .spec import DelegationSpec, parse

LAYER: t.Final[Layer[DelegationSpec, Snapshot]] = Layer(
    name="route53_zone_delegation",
    options=OPTIONS,
    required_if=REQUIRED_IF,
    parse=parse,
    observe=observe,
    plan=plan,
    identify=lambda snapshot: identify_all(RESOURCES, snapshot),
    outputs=outputs,
    handlers=handlers_of([name_server_record_calls.CALLS]),
)
