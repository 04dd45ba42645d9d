# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EventBridge Scheduler: schedules with a role that it may assume, and their calls.

EventBridge Scheduler User Guide, "Using universal targets": a target `arn:aws:scheduler:::aws-sdk:<service>:<action>`,
with the request as its input; "Setting up the execution role": its trust policy names scheduler.amazonaws.com, and
aws:SourceArn is the group's ("Confused deputy prevention"). Only rates of minutes to cloudwatch:putMetricData are
carried out.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from moto.iam.models import iam_backends
from moto.scheduler.models import scheduler_backends
from moto.scheduler.responses import EventBridgeSchedulerResponse

from sandbox.identity import Identity
from sandbox.overlay import cloudwatch
from sandbox.overlay.base import AwsError, Call, World, corrects
from sandbox.overlay.iam import role_known
from sandbox.policies import Request, allowed

_SERVICE = "scheduler.amazonaws.com"
_PUT_METRIC_DATA = "arn:aws:scheduler:::aws-sdk:cloudwatch:putMetricData"
_RATE = re.compile(r"rate\((\d+) minutes?\)")
_NOT_ASSUMED = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."


@corrects(EventBridgeSchedulerResponse, "CreateSchedule", "UpdateSchedule")
def put(call: Call) -> Any:
    """Both check the role. "UpdateSchedule uses all values, including empty values", and ENABLED is the default."""
    target, group = call.get("Target"), call.get("GroupName") or "default"
    if _assumed(call.world, call.account, call.region, group, target["RoleArn"]) is None:
        raise AwsError("ValidationException", _NOT_ASSUMED)
    result = call.proceed()
    name = call.response.uri.partition("?")[0].rpartition("/")[2]
    call.backend.get_schedule(group, name).state = call.get("State") or "ENABLED"
    _Run(call.world, call.account, call.region, group, name).start()
    return result


@dataclass(frozen=True, slots=True)
class _Run:
    """A schedule that is carried out."""

    world: World
    account: str
    region: str
    group: str
    name: str

    def start(self) -> None:
        """Run the schedule from now on, replacing the former one."""
        versions = self._versions()
        versions[self._key()] = versions.get(self._key(), 0) + 1
        self._again(versions[self._key()])

    def _again(self, version: int) -> None:
        schedule = self._schedule()
        rate = _RATE.fullmatch(schedule.schedule_expression) if schedule else None
        if schedule and rate and schedule.state == "ENABLED":
            minutes = int(rate[1]) * self.world.timings.of("schedule_minute")
            self.world.again(minutes, lambda: self._fire(version))

    def _fire(self, version: int) -> None:
        schedule = self._schedule()
        if schedule is None or schedule.state != "ENABLED" or self._versions().get(self._key()) != version:
            return
        if schedule.target["Arn"] == _PUT_METRIC_DATA:
            self._publish(schedule.target)
        self._again(version)

    def _publish(self, target: dict[str, Any]) -> None:
        """Make the call with the role's current permissions. A refused call is lost, as without a dead-letter queue."""
        request = json.loads(target.get("Input") or "{}")
        role = _assumed(self.world, self.account, self.region, self.group, target["RoleArn"])
        if role is None or not request.get("Namespace"):
            return
        keys = {"cloudwatch:namespace": (request["Namespace"],), "aws:requestedregion": (self.region,)}
        wish = Request("cloudwatch:PutMetricData", "*", role.principal, self.account, keys)
        if allowed(role.policies(), wish):
            cloudwatch.publish(self.world, self.account, self.region, request)

    def _schedule(self) -> Any:
        group = scheduler_backends[self.account][self.region].schedule_groups.get(self.group)
        return group.schedules.get(self.name) if group else None

    def _versions(self) -> dict[tuple[str, str, str, str], int]:
        return self.world.store(dict, "schedules")

    def _key(self) -> tuple[str, str, str, str]:
        return self.account, self.region, self.group, self.name


def _assumed(world: World, account: str, region: str, group: str, arn: str) -> Identity | None:
    """The role, if it is known and trusts schedules of the group."""
    roles = iam_backends[account]["aws"].roles.values()
    role = next((item for item in roles if item.arn == arn), None)
    if role is None or not role_known(world, account, role.name):
        return None
    context = {
        "aws:sourceaccount": (account,),
        "aws:sourcearn": (f"arn:aws:scheduler:{region}:{account}:schedule-group/{group}",),
    }
    request = Request(action="sts:AssumeRole", principal=_SERVICE, account=account, context=context)
    trusts = allowed([role.assume_role_policy_document], request)
    return Identity(account, role.id, role.arn, role.arn, role.name) if trusts else None
