# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Undoing a fault: only what is still as the fault left it, as often as one likes. The standard library alone.

What somebody has changed meanwhile is theirs: rules that a firewall was given since are not joined by the old ones, a
service that was scaled is not scaled again.
"""

from __future__ import annotations

import contextlib
import typing as t

from .._engine.aws_errors import error_code
from .._engine.errors import FailoverError
from .._route53.health import is_healthy
from . import fault as kinds
from .command import run_command
from .fault import CallAws, Tagged, Undo, data_point, untag_call

with contextlib.suppress(ImportError):  # see _engine/clients.py
    import botocore.exceptions as botocore_errors

# How long a switch is told to let go, at most.
_SWITCH_MOST_SECONDS: t.Final = 600.0
_GONE: t.Final = "is not there any more"
# Beside those that end in NotFound or NotFoundException
_MISSING: t.Final = ("NoSuchHealthCheck", "ServiceNotActiveException")


class HealingError(FailoverError):
    """It could not be undone. The message says what was tried."""


class Pace(t.Protocol):
    """Waiting, and knowing when there is no need to any more."""

    def pause(self, seconds: float) -> None:
        """Wait. Raises whatever ends the wait early."""

    def moved_back(self) -> bool:
        """True once traffic is seen where it was before: a switch has let go. False where nobody looks."""


def heal(undo: Undo, call: CallAws, pace: Pace) -> str:
    """Undo, and say what was done. Raises HealingError, and what botocore raises."""
    healers: dict[str, t.Callable[[Undo, CallAws, Pace], str]] = {
        kinds.STOP_TASKS: _start_tasks,
        kinds.BLOCK_ALB: _unblock,
        kinds.UNHEALTHY_APP: _restore_check,
        kinds.SWITCH: _release_switch,
        kinds.EXTERNAL: _run_command,
    }
    return healers[undo.kind](undo, call, pace)


def untag(tagged: Tagged, call: CallAws) -> None:
    """Take the mark of the drill away; what is gone carries none."""
    request = untag_call(tagged)
    try:
        call(request.service, request.region, request.method, request.parameters)
    except botocore_errors.ClientError as error:
        if not _is_missing(error):
            raise


def _start_tasks(undo: Undo, call: CallAws, _pace: Pace) -> str:
    names = {"cluster": undo.data["cluster"], "service": undo.data["service"]}
    what, count = f"service {names['service']} in {undo.region}", undo.data["desired_count"]
    try:
        found = call(
            "ecs", undo.region, "describe_services", {"cluster": names["cluster"], "services": [names["service"]]}
        )["services"]
    except botocore_errors.ClientError as error:
        if not _is_missing(error):
            raise
        found = []
    active = [item for item in found if item["status"] == "ACTIVE"]
    if not active:
        return f"{what} {_GONE}"
    if active[0]["desiredCount"] != 0:
        return f"{what} has a desired count of {active[0]['desiredCount']} already"
    call("ecs", undo.region, "update_service", {**names, "desiredCount": count})
    return f"{what} runs {count} tasks again"


def _unblock(undo: Undo, call: CallAws, _pace: Pace) -> str:
    groups: t.Mapping[str, t.Any] = undo.data["groups"]
    return "; ".join(_authorize(undo.region, group_id, rules, call) for group_id, rules in groups.items())


def _authorize(region: str, group_id: str, rules: t.Sequence[t.Mapping[str, t.Any]], call: CallAws) -> str:
    what = f"security group {group_id} in {region}"
    try:
        group = call("ec2", region, "describe_security_groups", {"GroupIds": [group_id]})["SecurityGroups"][0]
        # The fault took all in one call. Where there are some, somebody has decided since who gets in.
        if group.get("IpPermissions"):
            return f"{what} has ingress rules already"
        call("ec2", region, "authorize_security_group_ingress", {"GroupId": group_id, "IpPermissions": list(rules)})
    except botocore_errors.ClientError as error:
        if error_code(error) == "InvalidPermission.Duplicate":
            return f"{what} has its ingress rules already"
        if not _is_missing(error):
            raise
        return f"{what} {_GONE}"
    return f"{what} lets in again whom it let in before"


def _restore_check(undo: Undo, call: CallAws, _pace: Pace) -> str:
    arn, path, matcher = undo.data["arn"], undo.data["path"], undo.data["matcher"]
    what = f"target group {arn.split('/')[-2]} in {undo.region}"
    try:
        group = call("elbv2", undo.region, "describe_target_groups", {"TargetGroupArns": [arn]})["TargetGroups"][0]
        if group["HealthCheckPath"] != undo.data["broken_path"]:
            return f"{what} looks at {group['HealthCheckPath']} already"
        restored = {"TargetGroupArn": arn, "HealthCheckPath": path, "Matcher": {"HttpCode": matcher}}
        call("elbv2", undo.region, "modify_target_group", restored)
    except botocore_errors.ClientError as error:
        if not _is_missing(error):
            raise
        return f"{what} {_GONE}"
    return f"{what} looks at {path} again"


def _release_switch(undo: Undo, call: CallAws, pace: Pace) -> str:
    """Publish 0 until the switch is seen to have let go, and for long enough that no earlier 1 can still arrive."""
    request = data_point(undo.data, 0.0)
    passed, step = 0.0, float(undo.data["repeat_seconds"])
    while True:
        call("cloudwatch", undo.region, "put_metric_data", request)
        if pace.moved_back():
            break
        if passed >= float(undo.data["least_seconds"]) and _switch_is_healthy(undo, call):
            break
        if passed >= _SWITCH_MOST_SECONDS:
            raise HealingError(f"the switch in {undo.region} still evicts after {passed:.0f} s of publishing 0")
        pace.pause(step)
        passed += step
    return f"the switch in {undo.region} lets health decide again"


def _switch_is_healthy(undo: Undo, call: CallAws) -> bool:
    """What the switch's check says. Route 53's control plane may be away: then data points alone have to do."""
    try:
        answer = call("route53", undo.region, "get_health_check_status", {"HealthCheckId": undo.data["check_id"]})
    except botocore_errors.ClientError as error:
        return _is_missing(error)
    except botocore_errors.BotoCoreError:
        return False
    return is_healthy(answer["HealthCheckObservations"])


def _run_command(undo: Undo, _call: CallAws, _pace: Pace) -> str:
    command = [str(word) for word in undo.data["command"]]
    if not command:
        return f"whoever has broken {undo.region} has to heal it"
    run_command(command)
    return f"{' '.join(command)} ended well"


def _is_missing(error: botocore_errors.ClientError) -> bool:
    """True if AWS says that there is no such thing."""
    code = error_code(error)
    return code.endswith(("NotFound", "NotFoundException")) or code in _MISSING
