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
from .progress_pipe import VARIABLE, teller
from .waiting import telling

# As in requirements.txt
NO_BOTO3: t.Final = (
    f"boto3 is not installed for {sys.executable}: run {sys.executable} -m pip install 'boto3>=1.40.0', or set "
    "ansible_python_interpreter to a Python that has it."
)

_ENDING: t.Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# Between a module and its action plugin: the terms of the lease in the environment, and in the result what became of it
LEASE_VARIABLE: t.Final = "EVERLOOK_FAILOVER_LEASE"
LEASE_RESULT: t.Final = "lease"
# In the environment: what replaces running tasks is put off.
HOLDS_VARIABLE: t.Final = "EVERLOOK_FAILOVER_HOLDS"


class _QuietModule(AnsibleModule):
    """Keeps its parameters to itself: a container's environment would be readable in the output of -vvv.

    AnsibleAWSModule reports bad parameters with all the others before anyone could ask it not to.
    """

    _INVOCATION: t.Final = {"module_args": "not shown"}

    def exit_json(self, **result: t.Any) -> None:
        super().exit_json(**result, invocation=self._INVOCATION)

    def fail_json(self, msg: str, **result: t.Any) -> None:
        super().fail_json(msg, **result, invocation=self._INVOCATION)


def _nobody_reads(output: t.TextIO | None) -> t.Callable[[], bool]:
    """Whether the other end of the pipe is closed to which the result goes: its task is over.

    What is no pipe, as the file of an asynchronous task, has no other end.
    """
    descriptor = None if output is None else output.fileno()

    def look() -> bool:
        # A new one each time: several threads look, and one poll object is for one of them.
        poll = select.poll()
        if descriptor is not None:
            # poll(2): of a pipe without readers POLLERR is reported, wanted or not.
            poll.register(descriptor, 0)
        # Not POLLNVAL, which macOS says of a terminal.
        return any(events & (select.POLLERR | select.POLLHUP) for _descriptor, events in poll.poll(0))

    return look


def _lease(found: dict[str, str]) -> Lease | None:
    """By the terms that the action plugin has put into the environment.

    :param found: gets what the action plugin wants to know of it.
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
    """The main() of a module: run the job, then exit_json or fail_json."""
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
            progress=teller(os.environ.get(VARIABLE)),
            is_abandoned=_nobody_reads(sys.__stdout__),
            lease=lease,
        )
        ctx = dataclasses.replace(ctx, holds=HOLDS_VARIABLE in os.environ)
        with translate(ctx.region or "the default region"), telling(ctx) as told:
            result = job.run(told)
    except AnsibleBotocoreError as error:
        module.fail_json(msg=one_line(f"{job.name}: {error}"))
    except FailoverError as error:
        module.fail_json(msg=one_line(f"{job.name}: {error}"), **describe_failure(error), **found)
    except KeyboardInterrupt:
        module.fail_json(msg=f"{job.name}: interrupted; no further change was started", **found)
    else:
        module.exit_json(**result, **found)
