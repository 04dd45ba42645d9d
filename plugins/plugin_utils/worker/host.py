# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host of a job that runs inside the Ansible worker, without a module process."""

from __future__ import annotations

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
from ...module_utils._engine.printable import one_line
from ...module_utils._engine.waiting import telling
from ...module_utils._preflight.values import validate
from ..terminal import show
from .process import SWITCH, is_on
from .shared_clients import SHARED

_CONNECTION: t.Final = aws_argument_spec()


def run_action(action: ActionBase, job: Job, task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
    """The run() of an action plugin: the job in this worker where that is safe, else as a module."""
    variables = task_vars or {}
    if not _may_run_here(action, variables):
        if action._connection.transport == "local":
            # A module would run in the folder of its playbook, and look for reports and journals of drills there.
            action._loader.set_basedir(str(pathlib.Path.cwd()))  # of this worker alone
            if not action._play_context.become:
                # Its options, some of them secret, would be in a file otherwise, which stays if the run is killed.
                action._connection.set_option("pipelining", True)
        result: dict[str, t.Any] = action._execute_module(
            module_name=f"everlook.failover.{job.name}", task_vars=variables, wrap_async=bool(action._task.async_val)
        )
        return result
    try:
        _validation, params = action.validate_argument_spec(
            argument_spec={**_CONNECTION, **job.argument_spec}, required_if=job.required_if
        )
    except AnsibleActionFail:
        _params, errors = validate(job.argument_spec, action._task.args)
        if not errors:
            raise
        return {"failed": True, "changed": False, "msg": f"{job.name}: {' '.join(map(str, errors))}"}
    try:
        ctx = _context(action, job, params, variables)
        with translate(ctx.region or "the default region"), telling(ctx) as told:
            return job.run(told)
    except FailoverError as error:
        return {"failed": True, "msg": one_line(f"{job.name}: {error}"), **describe_failure(error)}


def _context(action: ActionBase, job: Job, params: t.Mapping[str, t.Any], variables: t.Mapping[str, t.Any]) -> Context:
    display, host = Display(), variables.get("inventory_hostname", "localhost")
    return new_context(
        params,
        check_mode=action._task.check_mode,
        warn=display.warning,
        progress=lambda message: show([f"[{host}] {job.name}: {message}"]),
        is_abandoned=_has_no_parent,
        new_clients=SHARED,
    )


def _has_no_parent() -> bool:
    """Whether ansible-playbook has ended. A worker is in a session of its own: it lives on when that was killed."""
    parent = multiprocessing.parent_process()
    return parent is not None and os.getppid() != parent.pid


def _may_run_here(action: ActionBase, variables: t.Mapping[str, t.Any]) -> bool:
    """True if the worker would do exactly what the module does: same machine, user, environment and interpreter."""
    task = action._task
    return (
        is_on()
        and boolean(_templated(action, variables, SWITCH, True))
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
