# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host of a job that runs as an ordinary Ansible module."""

from __future__ import annotations

import signal

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from .aws_errors import translate
from .context import new_context
from .errors import FailoverError
from .job import Job
from .layer import describe_failure


def run_module(job: Job) -> None:
    """The main() of a module: run the job, then exit_json or fail_json."""
    module = AnsibleAWSModule(
        argument_spec=dict(job.argument_spec), required_if=list(job.required_if), supports_check_mode=True
    )
    # Otherwise a container's environment would be readable in the output of -vvv.
    quiet = {"invocation": {"module_args": "not shown: may hold values of a container's environment"}}
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        ctx = new_context(module.params, check_mode=module.check_mode, warn=module.warn, progress=lambda _message: None)
        with translate(ctx.region or "the default region"):
            result = job.run(ctx)
    except FailoverError as error:
        module.fail_json(msg=f"{job.name}: {error}", **describe_failure(error), **quiet)
    except KeyboardInterrupt:
        module.fail_json(msg=f"{job.name}: interrupted; no further change was started", **quiet)
    else:
        module.exit_json(**result, **quiet)
