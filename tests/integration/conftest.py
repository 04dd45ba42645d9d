# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local AWS for every test process, emptied before every test, and a way to run a job against it."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec

from ansible_collections.everlook.failover.plugins.module_utils._engine.aws_errors import translate
from ansible_collections.everlook.failover.plugins.module_utils._engine.clients import Clients
from ansible_collections.everlook.failover.plugins.module_utils._engine.context import Context, new_context
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import SpecError
from ansible_collections.everlook.failover.plugins.module_utils._engine.job import Job
from ansible_collections.everlook.failover.plugins.module_utils._engine.lease_calls import Lease
from ansible_collections.everlook.failover.plugins.plugin_utils.worker.models import loader
from sandbox import Sandbox

from .contexts import Contexts


@pytest.fixture(scope="session")
def _sandbox() -> t.Iterator[Sandbox]:
    with Sandbox(speed=10) as running:
        yield running


@pytest.fixture
def aws(_sandbox: Sandbox) -> Sandbox:
    """The local AWS as `python -m sandbox up` leaves it: the seed and nothing else."""
    _sandbox.reset()
    return _sandbox


class RunJob(t.Protocol):
    """Runs a job as the worker would. Raises FailoverError."""

    def __call__(
        self,
        job: Job,
        *,
        account: str = "dev",
        region: str = "us-east-1",
        check_mode: bool = False,
        warnings: list[str] | None = None,
        lease: Lease | None = None,
        **params: t.Any,
    ) -> dict[str, t.Any]: ...


@pytest.fixture(scope="session")
def contexts() -> Contexts:
    return Contexts()


@pytest.fixture
def run_job(aws: Sandbox, contexts: Contexts) -> RunJob:
    return job_runner(aws, contexts)


def job_runner(aws: Sandbox, contexts: Contexts | None = None) -> RunJob:
    """Runs jobs against this local AWS as it is."""
    known = contexts or Contexts()

    def run(
        job: Job,
        *,
        account: str = "dev",
        region: str = "us-east-1",
        check_mode: bool = False,
        warnings: list[str] | None = None,
        lease: Lease | None = None,
        **params: t.Any,
    ) -> dict[str, t.Any]:
        validated = _validated(aws, job, account, region, params)
        connection = {name: validated.get(name) for name in aws_argument_spec()}
        # The session of a role that was assumed ends when the local AWS is emptied.
        idle = Contexts() if ":role/" in repr(validated) else known
        key = (check_mode, repr(connection))
        with idle.borrowed(key, lambda: _context(validated, check_mode)) as ctx, translate(ctx.region):
            warn = (warnings if warnings is not None else []).append
            return job.run(dataclasses.replace(ctx, params=validated, warn=warn, unread=[], lease=lease))

    return run


def _validated(aws: Sandbox, job: Job, account: str, region: str, params: dict[str, t.Any]) -> dict[str, t.Any]:
    credentials = aws.credentials(account)
    connection = {
        "endpoint_url": aws.url,
        "access_key": credentials["AWS_ACCESS_KEY_ID"],
        "secret_key": credentials["AWS_SECRET_ACCESS_KEY"],
        "session_token": credentials.get("AWS_SESSION_TOKEN"),
        "region": region,
    }
    owner = {"stack": "hello", "environment": "dev"} if "stack" in job.argument_spec else {}
    if "confirm" in job.argument_spec:
        owner["confirm"] = params.get("environment", "dev")
    validated = ArgumentSpecValidator(
        {**aws_argument_spec(), **job.argument_spec}, required_if=list(job.required_if)
    ).validate({**owner, **connection, **params})
    if validated.error_messages:
        raise SpecError("parameters", "; ".join(validated.error_messages))
    return dict(validated.validated_parameters)


def _context(params: dict[str, t.Any], check_mode: bool) -> Context:
    return new_context(
        params,
        check_mode=check_mode,
        warn=lambda _message: None,
        progress=lambda _message: None,
        is_abandoned=lambda: False,
        new_clients=functools.partial(Clients, new_loader=loader),
    )
