# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a job inside the Ansible worker, without a module process."""

from __future__ import annotations

import dataclasses
import functools
import importlib.util
import multiprocessing
import os
import pathlib
import sys
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec

from ...module_utils._engine.aws_errors import translate
from ...module_utils._engine.context import Context, new_context
from ...module_utils._engine.errors import FailoverError
from ...module_utils._engine.job import Job
from ...module_utils._engine.layer import describe_failure
from ...module_utils._engine.lease_calls import Lease
from ...module_utils._engine.module_host import HOLDS_VARIABLE, LEASE_RESULT, LEASE_VARIABLE
from ...module_utils._engine.printable import one_line
from ...module_utils._engine.progress_pipe import VARIABLE
from ...module_utils._engine.waiting import reporting_slow_calls
from ...module_utils._preflight.values import validate
from ..terminal import show
from . import read_ahead, run_lease
from .process import SWITCH, is_on
from .progress import heard
from .records import RECORDS
from .shared_clients import SHARED

_CONNECTION: t.Final = aws_argument_spec()
# A job with one of these options may wait for long.
_WAITS: t.Final = frozenset({"wait_timeout", "timeout", "return_timeout"})


def run_action(
    action: ActionBase,
    job: Job,
    task_vars: dict[str, t.Any] | None,
    *,
    holds: t.Callable[[bool], bool] = lambda _here: False,
) -> dict[str, t.Any]:
    """The run() of an action plugin: runs the job in this worker if that is safe, else as a module.

    :param holds: (whether the job runs in this worker) → whether a plan that replaces running tasks is deferred. Here
        it is called once there is such a plan, and may wait. See Context.
    """
    variables = task_vars or {}
    if not _may_run_here(action, variables):
        RECORDS.spend()
        return _run_module(action, job, variables, holds=holds(False))
    try:
        _validation, params = action.validate_argument_spec(
            argument_spec={**_CONNECTION, **job.argument_spec}, required_if=job.required_if
        )
    except AnsibleActionFail:
        _params, errors = validate(job.argument_spec, action._task.args)
        if not errors:
            raise
        return {"failed": True, "changed": False, "msg": f"{job.name}: {' '.join(map(str, errors))}"}
    lease = Lease(
        lambda: run_lease.terms_of(action, variables), lambda outcome: run_lease.note(action, variables, outcome)
    )
    ahead = read_ahead.ahead_of(action, job.name, variables)
    try:
        ctx = dataclasses.replace(
            _context(action, job, params, variables, lease), holds=functools.partial(holds, True), ahead=ahead
        )
        with translate(ctx.region or "the default region"), reporting_slow_calls(ctx) as reporting:
            result = job.run(reporting)
        read_ahead.note(action, variables, ahead)
        return result
    except FailoverError as error:
        return {"failed": True, "msg": one_line(f"{job.name}: {error}"), **describe_failure(error)}
    finally:
        lease.end()


def _run_module(action: ActionBase, job: Job, variables: dict[str, t.Any], *, holds: bool) -> dict[str, t.Any]:
    """Run the module in its own process, and show its progress if that can be received."""
    say = functools.partial(_say, job, variables)
    local, become = action._connection.transport == "local", action._play_context.become
    if local:
        # A module would run in its playbook's folder, and look for reports and drill journals there.
        action._loader.set_basedir(str(pathlib.Path.cwd()))  # of this worker alone
        if not (become and action._connection.become.expect_prompt()):
            # Otherwise its options, some of them secret, would be in a file, which remains if the run is killed. With a
            # prompt there is a terminal, which sudo's `requiretty` may need.
            action._connection.set_option("pipelining", True)
    if not local or become or action._task.async_val:
        if not action._task.check_mode and _WAITS & job.argument_spec.keys():
            say("runs elsewhere, as another user or asynchronously: what it waits for is not shown before it has ended")
        return _execute(action, job, variables, holds=holds)
    environment = action._task.environment
    try:
        with heard(say) as pipe:
            action._task.environment = [*(environment or ()), {VARIABLE: pipe}]
            return _execute(action, job, variables, holds=holds)
    finally:
        action._task.environment = environment


def _execute(action: ActionBase, job: Job, variables: dict[str, t.Any], *, holds: bool) -> dict[str, t.Any]:
    environment, terms = action._task.environment, run_lease.terms_of(action, variables)
    if terms is not None:
        action._task.environment = [*(environment or ()), {LEASE_VARIABLE: terms.text()}]
    if holds:
        action._task.environment = [*(action._task.environment or ()), {HOLDS_VARIABLE: "true"}]
    try:
        result: dict[str, t.Any] = action._execute_module(
            module_name=f"everlook.failover.{job.name}", task_vars=variables, wrap_async=bool(action._task.async_val)
        )
    finally:
        action._task.environment = environment
    outcome = result.pop(LEASE_RESULT, None)
    if outcome:
        run_lease.note(action, variables, outcome)
    return result


def _say(job: Job, variables: t.Mapping[str, t.Any], message: str) -> None:
    show([f"[{variables.get('inventory_hostname', 'localhost')}] {job.name}: {message}"])


def _context(
    action: ActionBase, job: Job, params: t.Mapping[str, t.Any], variables: t.Mapping[str, t.Any], lease: Lease
) -> Context:
    return new_context(
        params,
        check_mode=action._task.check_mode,
        warn=Display().warning,
        progress=functools.partial(_say, job, variables),
        is_abandoned=has_no_parent,
        new_clients=SHARED,
        lease=lease,
    )


def has_no_parent() -> bool:
    """Whether ansible-playbook has ended. A worker has its own session, and survives when that is killed."""
    parent = multiprocessing.parent_process()
    return parent is not None and os.getppid() != parent.pid


def _may_run_here(action: ActionBase, variables: t.Mapping[str, t.Any]) -> bool:
    """Whether the worker would do what the module does: same machine, user, environment and interpreter."""
    task = action._task
    return (
        is_on()
        # Preflight refuses values that are no booleans, by the variable's name, which Ansible's message lacks.
        and boolean(_templated(action, variables, SWITCH, True), strict=False)
        and action._connection.transport == "local"
        and not action._play_context.become
        and not task.async_val
        and not any(task.environment or ())  # would be ignored here, and the run could land in another account
        and sys.platform != "darwin"  # network calls after fork crash in Apple's libraries
        and importlib.util.find_spec("boto3") is not None
        and _same_interpreter(action, variables)
    )


def _same_interpreter(action: ActionBase, variables: t.Mapping[str, t.Any]) -> bool:
    delegate = action._task.delegate_to
    if delegate:
        variables = variables.get("ansible_delegated_vars", {}).get(delegate, variables)
    wanted = _templated(action, variables, "ansible_python_interpreter", None)
    if wanted is None:
        return True
    # The directory counts: the interpreters of two virtual environments are links to one file.
    here, there = pathlib.Path(sys.executable).absolute(), pathlib.Path(str(wanted)).absolute()
    return here.parent == there.parent and here.resolve() == there.resolve()


def _templated(action: ActionBase, variables: t.Mapping[str, t.Any], name: str, default: t.Any) -> t.Any:
    return action._templar.template(variables[name]) if name in variables else default
