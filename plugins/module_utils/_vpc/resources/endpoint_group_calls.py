# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The security group of the interface endpoints in EC2. It is read and repaired with the default one."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._engine.context import Context
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from ..._resources.security_group import KIND, GroupChange
from ..._resources.security_group_calls import create_group, delete_group
from . import vpc


def create(ctx: Context, change: Change, known: Known) -> None:
    """Create the group in the VPC, which this run may have created."""
    data: GroupChange = change.data
    spec = dataclasses.replace(data.spec, vpc_id=known.get(vpc.ADDRESS))
    create_group(ctx, dataclasses.replace(change, data=dataclasses.replace(data, spec=spec)), known)


CALLS: t.Final = Calls(kind=KIND, create=create, delete=delete_group)
