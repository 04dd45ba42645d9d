# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that has made all that servers have in common, and forks one for each start: two seconds less of computing.

For runs of many tests: every `Sandbox` of a process whose environment names the template's socket is started so.
"""

from __future__ import annotations

import gc
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from dataclasses import asdict, replace
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.process import ROOT, Options, StartError, environment, new_instance

if TYPE_CHECKING:
    from sandbox.local_aws import LocalAws

VARIABLE = "EVERLOOK_SANDBOX_TEMPLATE"
# The services that a stack with all its options calls, by moto's names
_SERVICES = (
    *("acm", "applicationautoscaling", "cloudwatch", "ec2", "ecr", "ecs", "elbv2", "events", "iam", "logs", "route53"),
    *("resourcegroupstaggingapi", "s3", "scheduler", "servicequotas", "sns", "ssm", "sts", "wafv2"),
)
_LONGEST = 65536


class Template:
    """The process. It ends with `stop`, and with the process that started it."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="everlook-")
        self.path = Path(self._folder.name) / "template"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self.path))
            listener.listen()
            # It need not be ready for the first that connects.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "sandbox.template", new_instance(), str(listener.fileno())],
                cwd=ROOT,
                env=environment(),
                stdin=subprocess.PIPE,
                pass_fds=[listener.fileno()],
                start_new_session=True,
            )

    def stop(self) -> None:
        """End it. Servers that it forked live on."""
        self._process.terminate()
        self._process.communicate()
        self._folder.cleanup()


def fork(options: Options, announce: int, output: int) -> tuple[int, str]:
    """Have the template of this environment begin a server: a `sandbox.process.Launch`."""
    owner = [options.owner_fd] if options.owner_fd is not None else []
    with socket.socket(socket.AF_UNIX) as channel:
        channel.connect(os.environ[VARIABLE])
        content = json.dumps(asdict(replace(options, owner_fd=None)), default=str).encode()
        socket.send_fds(channel, [content], [announce, output, *owner])
        answer = channel.recv(_LONGEST)
    if not answer:
        raise StartError("the template of local AWSes has ended")
    pid, instance = json.loads(answer)
    return int(pid), str(instance)


def _serve(instance: str, listener: socket.socket) -> None:
    """Fork until this process is ended, or its starter is gone."""
    aws = _prepared()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel sees servers off
    while sys.stdin.fileno() not in wait([listener, sys.stdin.fileno()]):
        channel, _address = listener.accept()
        with channel:
            content, passed, _flags, _from = socket.recv_fds(channel, _LONGEST, 3)
            pid = os.fork()
            if pid == 0:
                listener.close()
                _run_as_instance(instance, aws, Options(**json.loads(content)), *passed)
            for descriptor in passed:
                os.close(descriptor)
            channel.sendall(json.dumps([pid, instance]).encode())


def _prepared() -> LocalAws:
    """A local AWS with all that takes a while to read or to make, and is the same in all servers."""
    # Not in the process that only connects
    from moto.core.routing import get_service_router  # noqa: PLC0415
    from moto.core.utils import get_service_model, service_name_from_moto_package_name  # noqa: PLC0415

    import sandbox.plane  # noqa: F401, PLC0415
    from sandbox.local_aws import LocalAws  # noqa: PLC0415

    aws = LocalAws()
    for service in _SERVICES:
        get_service_model(service_name_from_moto_package_name(service))
    # The operations of services that speak REST, by their paths
    get_service_router("route53")._get_router("rest-xml")
    get_service_router("scheduler")._get_router("rest-json")
    # Without S3's, which hardly any needs. Load balancers of both kinds are served by "elb".
    for service in {*_SERVICES, "elb"} - {"s3"}:
        aws.application.app_instances[service] = aws.application.create_app(service)
    gc.freeze()
    return aws


def _run_as_instance(
    instance: str, aws: LocalAws, options: Options, announce: int, output: int, owner: int | None = None
) -> None:
    """Be a server, in a process that was just forked. Never returns."""
    from moto.moto_api._internal import mock_random  # noqa: PLC0415

    from sandbox.server import main  # noqa: PLC0415

    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for here, there in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(here, there)
        os.close(nothing)
        os.close(output)
        # Servers must not create the same IDs.
        mock_random.seed(random.SystemRandom().getrandbits(128))
        main(instance, announce, replace(options, owner_fd=owner), aws)
        code = 0
    except SystemExit:
        code = 0
    except BaseException:  # noqa: BLE001  # there is nobody to raise it to
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve(sys.argv[1], socket.socket(fileno=int(sys.argv[2])))
