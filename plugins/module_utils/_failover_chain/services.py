# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services that decide the failover: those whose targets must be healthy where the name leads. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws import stack_names
from .._aws.owner import Owner, parse_service_name


def parse_services(names: t.Sequence[str]) -> tuple[str, ...]:
    """The names of services, each once. Raises SpecError."""
    return tuple(dict.fromkeys(parse_service_name("services", name) for name in names))


def target_group(owner: Owner, service: str) -> str:
    """The name of a service's target group."""
    return stack_names.target_group(dataclasses.replace(owner, component=service))
