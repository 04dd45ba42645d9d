# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of this layer: addresses, and what each carries from plan to apply."""

from __future__ import annotations

import dataclasses
import typing as t

from .._engine.plan import Wait
from .spec import GROUP, LOGS, Spec
from .spec_roles import EXECUTION, TASK

LOG_GROUP: t.Final = f"log_group/{LOGS}"
CLUSTER: t.Final = "cluster/main"
DEFINITION: t.Final = "task_definition/main"
SERVICE: t.Final = "service/main"
SECURITY_GROUP: t.Final = f"security_group/{GROUP}"
EXECUTION_ROLE: t.Final = f"iam_role/{EXECUTION}"
TASK_ROLE: t.Final = f"iam_role/{TASK}"
ROLLOUT: t.Final = "rollout/main"
DRAINED: t.Final = "service_drained/main"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Repair:
    """Attributes and tags to set on something that is there."""

    arn: str
    values: t.Mapping[str, t.Any]
    tags: t.Mapping[str, str]


@dataclasses.dataclass(frozen=True)
class Revision:
    """A revision to register."""

    spec: Spec


@dataclasses.dataclass(frozen=True, kw_only=True)
class ServiceCreation:
    """A service to create. ``values`` by the names in fields.py; may hold placeholders."""

    spec: Spec
    values: t.Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ServiceUpdate:
    """Fields and tags to set on the service.

    :param force: start a rollout even if no field does.
    :param deploys: whether a rollout starts.
    """

    spec: Spec
    arn: str
    values: t.Mapping[str, t.Any]
    tags: t.Mapping[str, str]
    force: bool
    deploys: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rollout:
    """What to wait for.

    :param follows: whether this run starts a deployment, and it is to be followed. Otherwise one that someone else
        started, or none, has to leave the service with the right revision and all of its tasks.
    :param task_definition_arn: what should run in the end; empty if this run registers it.
    """

    cluster: str
    service: str
    target_group_arn: str
    follows: bool
    task_definition_arn: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Drained:
    """The service that has to be gone."""

    cluster: str
    service: str


def kind_and_name(address: str) -> tuple[str, str]:
    """Both halves of an address."""
    kind, _slash, name = address.partition("/")
    return kind, name


def drained_wait(spec: Spec, *, needs: t.Iterable[str]) -> Wait:
    """Until the service is INACTIVE: its name is free then, and no task is left."""
    kind, name = kind_and_name(DRAINED)
    return Wait(
        kind=kind,
        name=name,
        what=f"the former service {spec.names.service} to be gone",
        timeout=spec.wait_timeout,
        needs=frozenset(needs),
        data=Drained(cluster=spec.names.cluster, service=spec.names.service),
    )
