# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every drift there is."""

from __future__ import annotations

import typing as t

from . import balancer, dns, holding, network, service  # noqa: F401  # they fill the registry
from .drifts import Drift, drift

DRIFTS: t.Final[t.Mapping[str, Drift]] = drift.all
