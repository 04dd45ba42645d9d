# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Undoes a fault, any number of times, where the resources are still as the fault left them.

Later changes stay: rules that a security group was given since are not mixed with its old ones, and a service that was
scaled since is not scaled again. Needs only the standard library.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import functools
import subprocess
import typing as t

from .._engine.aws_errors import error_code, unless
from .._engine.errors import FailoverError
from .._route53 import status_metric
from .._route53.health import is_healthy
from . import fault as kinds
from .fault import CallAws, Tagged, Undo, data_point, scaling_call, untag_call

with contextlib.suppress(ImportError):  # see _engine/clients.py
    import botocore.exceptions as botocore_errors

# How long 0 is published for a switch at most
_SWITCH_MOST_SECONDS: t.Final = 600.0
# How long a command may take, and how much of its output goes into an error
_COMMAND_SECONDS: t.Final = 300.0
_LONGEST: t.Final = 500
_GONE: t.Final = "no longer exists"
# Besides codes that end in NotFound or NotFoundException
_MISSING: t.Final = ("NoSuchHealthCheck", "ServiceNotActiveException")

Result = t.TypeVar("Result")


class UndoError(FailoverError):
    """The fault could not be undone. The message says what was tried."""


class CommandError(FailoverError):
    """A command could not be run, or failed. The message has the end of its output."""


class Pace(t.Protocol):
    """How to wait while healing."""

    def pause(self, seconds: float) -> None:
        """Wait. May raise to stop healing."""

    def moved_back(self) -> bool:
        """Whether traffic is seen to have returned, so that a switch was released. False if traffic is not watched."""


@dataclasses.dataclass(frozen=True)
class PaceWithoutTraffic:
    """A Pace without probes of traffic."""

    wait: t.Callable[[float], None]

    def pause(self, seconds: float) -> None:
        self.wait(seconds)

    def moved_back(self) -> bool:
        return False


def undo_fault(undo: Undo, call: CallAws, pace: Pace, command: t.Sequence[str] = ()) -> str:
    """Undo the fault, and return what was done, for people. Raises UndoError, CommandError, and botocore's errors.

    :param command: what heals the fault ``external``.
    """
    if undo.kind == kinds.SWITCH:
        return _release_switch(undo, call, pace)
    if undo.kind == kinds.EXTERNAL:
        return _run_heal_command(undo, command)
    return "; ".join(f"{what} in {undo.region} {unless_missing(step, _GONE)}" for what, step in _steps(undo, call))


def _steps(undo: Undo, call: CallAws) -> t.Iterator[tuple[str, t.Callable[[], str]]]:
    """(name of the resource, function that restores it and returns its state) of each resource."""
    for service in undo.data.get("services", ()):
        yield f"service {service['service']}", functools.partial(_start_tasks, undo.region, service, call)
        # Journals of earlier releases do not have it.
        if service.get("scales"):
            yield f"scaling of {service['service']}", functools.partial(_resume, undo.region, service, call)
    for group_id, rules in undo.data.get("groups", {}).items():
        yield f"security group {group_id}", functools.partial(_unblock, undo.region, group_id, rules, call)
    for check in undo.data.get("target_groups", ()):
        name = check["arn"].split("/")[-2]
        yield f"target group {name}", functools.partial(_restore_check, undo, check, call)


def untag(tagged: Tagged, call: CallAws) -> None:
    """Remove the tag of the drill, unless the resource is gone."""
    request = untag_call(tagged)
    unless_missing(lambda: call(request.service, request.region, request.method, request.parameters), None)


def _start_tasks(region: str, stopped: t.Mapping[str, t.Any], call: CallAws) -> str:
    cluster, name, count = stopped["cluster"], stopped["service"], stopped["desired_count"]
    found = call("ecs", region, "describe_services", {"cluster": cluster, "services": [name]})["services"]
    active = [item for item in found if item["status"] == "ACTIVE"]
    if not active:
        return _GONE
    if active[0]["desiredCount"] != 0:
        return f"already has a desired count of {active[0]['desiredCount']}"
    call("ecs", region, "update_service", {"cluster": cluster, "service": name, "desiredCount": count})
    return f"has a desired count of {count} again"


def _resume(region: str, stopped: t.Mapping[str, t.Any], call: CallAws) -> str:
    request = scaling_call(region, stopped, suspended=False)
    place = {"ServiceNamespace": "ecs", "ResourceIds": [request.parameters["ResourceId"]]}
    # RegisterScalableTarget would create a missing one, or fail without its limits.
    if not call(request.service, region, "describe_scalable_targets", place)["ScalableTargets"]:
        return _GONE
    call(request.service, region, request.method, request.parameters)
    return "is resumed"


def _unblock(region: str, group_id: str, rules: t.Sequence[t.Mapping[str, t.Any]], call: CallAws) -> str:
    group = call("ec2", region, "describe_security_groups", {"GroupIds": [group_id]})["SecurityGroups"][0]
    # The fault removed all rules in one call, so these were added on purpose since.
    if group.get("IpPermissions"):
        return "already has ingress rules"
    request = {"GroupId": group_id, "IpPermissions": list(rules)}
    made = unless(
        {"InvalidPermission.Duplicate"}, lambda: call("ec2", region, "authorize_security_group_ingress", request)
    )
    return "already has its ingress rules" if made is None else "has its ingress rules again"


def _restore_check(undo: Undo, check: t.Mapping[str, str], call: CallAws) -> str:
    arn, path = check["arn"], check["path"]
    group = call("elbv2", undo.region, "describe_target_groups", {"TargetGroupArns": [arn]})["TargetGroups"][0]
    if group["HealthCheckPath"] != undo.data["broken_path"]:
        return f"already requests {group['HealthCheckPath']}"
    restored = {"TargetGroupArn": arn, "HealthCheckPath": path, "Matcher": {"HttpCode": check["matcher"]}}
    call("elbv2", undo.region, "modify_target_group", restored)
    return f"requests {path} again"


def _release_switch(undo: Undo, call: CallAws, pace: Pace) -> str:
    """Publish 0 until the switch is released and no earlier 1 can still arrive."""
    request = data_point(undo.data, 0.0)
    passed, step = 0.0, float(undo.data["repeat_seconds"])
    while True:
        call("cloudwatch", undo.region, "put_metric_data", request)
        if pace.moved_back():
            break
        if passed >= float(undo.data["least_seconds"]) and _switch_is_healthy(undo, call):
            break
        if passed >= _SWITCH_MOST_SECONDS:
            raise UndoError(f"the switch in {undo.region} still evicts after 0 was published for {passed:.0f} s")
        pace.pause(step)
        passed += step
    return f"the switch in {undo.region} is released, health decides again"


def _switch_is_healthy(undo: Undo, call: CallAws) -> bool:
    """Whether the switch's check is healthy, or gone. False if Route 53's control plane does not answer."""
    try:
        answer = call("route53", undo.region, "get_health_check_status", {"HealthCheckId": undo.data["check_id"]})
    except botocore_errors.ClientError as error:
        return _is_missing(error)
    except botocore_errors.BotoCoreError:
        return False
    seen = answer["HealthCheckObservations"]
    if is_healthy(seen) is None:
        request = status_metric.metric_request(undo.data["check_id"], datetime.datetime.now(datetime.UTC))
        seen = status_metric.with_metric_status(
            seen, call("cloudwatch", status_metric.REGION, "get_metric_data", request)
        )
    return is_healthy(seen) is True


def _run_heal_command(undo: Undo, command: t.Sequence[str]) -> str:
    if not command:
        return f"{undo.region} was broken by hand, and has to be healed by hand"
    run_command(command)
    return f"{' '.join(command)} succeeded"


def run_command(command: t.Sequence[str]) -> None:
    """Run a command of the options, without a shell and without input. Raises CommandError."""
    text = " ".join(command)
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            # Its output need not be text, and must not keep it from healing.
            errors="replace",
            timeout=_COMMAND_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CommandError(f"{text}: {error}") from error
    if done.returncode:
        raise CommandError(f"{text} failed with {done.returncode}: {(done.stderr or done.stdout).strip()[-_LONGEST:]}")


def unless_missing(step: t.Callable[[], Result], otherwise: Result) -> Result:
    """Return the step's result, or ``otherwise`` if AWS says that the resource does not exist."""
    try:
        return step()
    except botocore_errors.ClientError as error:
        if not _is_missing(error):
            raise
        return otherwise


def _is_missing(error: botocore_errors.ClientError) -> bool:
    code = error_code(error)
    return code.endswith(("NotFound", "NotFoundException")) or code in _MISSING
