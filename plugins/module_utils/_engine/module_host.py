# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host of a job that runs as an ordinary Ansible module."""

from __future__ import annotations

import dataclasses
import os
import select
import signal
import sys
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.amazon.aws.plugins.module_utils.botocore import HAS_BOTO3, check_sdk_version_supported
from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleBotocoreError
from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec

from .aws_errors import translate
from .context import new_context
from .errors import FailoverError
from .job import Job
from .layer import describe_failure
from .lease import parse_terms
from .lease_calls import Lease
from .printable import one_line
from .progress_pipe import VARIABLE, progress_writer
from .waiting import reporting_slow_calls

# As in requirements.txt.
NO_BOTO3: t.Final = (
    f"boto3 is not installed for {sys.executable}: run {sys.executable} -m pip install 'boto3>=1.40.0', or set "
    "ansible_python_interpreter to a Python that has it."
)

_ENDING: t.Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# Between a module and its action plugin: the terms of the lease in the environment, and the outcome in the result.
LEASE_VARIABLE: t.Final = "EVERLOOK_FAILOVER_LEASE"
LEASE_RESULT: t.Final = "lease"
# In the environment: defer a plan that replaces running tasks.
HOLDS_VARIABLE: t.Final = "EVERLOOK_FAILOVER_HOLDS"


class _QuietModule(AnsibleModule):
    """Hides its parameters, because -vvv would print a container's environment.

    Not AnsibleAWSModule, which reports an invalid parameter with all others while it is constructed.
    """

    _INVOCATION: t.Final = {"module_args": "not shown"}

    def exit_json(self, **result: t.Any) -> None:
        super().exit_json(**result, invocation=self._INVOCATION)

    def fail_json(self, msg: str, **result: t.Any) -> None:
        super().fail_json(msg, **result, invocation=self._INVOCATION)


def _has_no_reader(output: t.TextIO | None) -> t.Callable[[], bool]:
    """Whether the other end of the pipe for the result is closed: the task is over.

    Always False for something else, such as the file of an asynchronous task.
    """
    descriptor = None if output is None else output.fileno()

    def look() -> bool:
        # A new one each time, since a poll object is not thread-safe.
        poll = select.poll()
        if descriptor is not None:
            # poll(2): POLLERR of a pipe without readers is always reported.
            poll.register(descriptor, 0)
        # Not POLLNVAL, which macOS reports for a terminal.
        return any(events & (select.POLLERR | select.POLLHUP) for _descriptor, events in poll.poll(0))

    return look


def _lease(found: dict[str, str]) -> Lease | None:
    """The lease by the terms that the action plugin has put into the environment.

    :param found: gets the outcome for the action plugin.
    """
    text = os.environ.get(LEASE_VARIABLE)
    if not text:
        return None
    return Lease(lambda: parse_terms(text), lambda outcome: found.update({LEASE_RESULT: outcome}))


def _interrupt_once() -> None:
    """Raise KeyboardInterrupt at the first signal that ends a process, and ignore all later ones.

    A module gets several: Ansible passes on what the terminal has sent to every process. A second exception while the
    first is handled would cut off writes in flight, and could leave a lock acquired for which other threads wait.
    """

    def interrupt(_number: int, _frame: object) -> None:
        for number in _ENDING:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in _ENDING:
        signal.signal(number, interrupt)


def run_module(job: Job) -> None:
    """Run the job as the main() of a module."""
    module = _QuietModule(
        argument_spec={**aws_argument_spec(), **job.argument_spec},
        required_if=list(job.required_if),
        supports_check_mode=True,
    )
    found: dict[str, str] = {}
    lease = _lease(found)
    _interrupt_once()
    if not HAS_BOTO3:
        module.fail_json(msg=f"{job.name}: {NO_BOTO3}")
    try:
        check_sdk_version_supported(warn=module.warn)
        ctx = new_context(
            module.params,
            check_mode=module.check_mode,
            warn=module.warn,
            progress=progress_writer(os.environ.get(VARIABLE)),
            is_abandoned=_has_no_reader(sys.__stdout__),
            lease=lease,
        )
        ctx = dataclasses.replace(ctx, holds=lambda: HOLDS_VARIABLE in os.environ)
        with translate(ctx.region or "the default region"), reporting_slow_calls(ctx) as reporting:
            result = job.run(reporting)
    except AnsibleBotocoreError as error:
        module.fail_json(msg=one_line(f"{job.name}: {error}"))
    except FailoverError as error:
        module.fail_json(msg=one_line(f"{job.name}: {error}"), **describe_failure(error), **found)
    except KeyboardInterrupt:
        module.fail_json(msg=f"{job.name}: interrupted; no further change was started", **found)
    else:
        module.exit_json(**result, **found)
