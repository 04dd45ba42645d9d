# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate of a release between two regions: the inventory's smoke tests, and a pause."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shlex
import signal
import subprocess
import typing as t

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase

from ...module_utils._engine.printable import one_line
from .smoke_request import SmokeRequest, smoke_request_of

_SECONDS: t.Final = 300.0
# Characters of a command's output
_LONGEST: t.Final = 500


@dataclasses.dataclass(frozen=True, kw_only=True)
class Gate:
    """The variables app_smoke_request, app_smoke_test, app_release_pause and release_continue.

    :param command: with ``{region}`` for the region to test; empty for none.
    :param pauses: whether the release stops before the next region.
    """

    request: SmokeRequest | None = None
    command: str = ""
    pauses: bool = False

    def obstacle(self, regions: t.Sequence[str], say: t.Callable[[str], None]) -> str:
        """Why the release may not go on from these regions; empty if it may.

        :param say: shows the user what happens.
        """
        for region in regions if self.request or self.command else ():
            longest = (self.request.timeout if self.request else 0) + (_SECONDS if self.command else 0)
            say(f"smoke test of {region} (for {longest:g} s at most)")
            problem = (self.request.problem(region) if self.request else "") or _run(
                [word.replace("{region}", region) for word in shlex.split(self.command)]
            )
            if problem:
                return f"the smoke test of {region} failed: {problem}"
        if self.pauses:
            return (
                f"it pauses, because app_release_pause is true and {', '.join(regions)} has it now. Check it there; "
                "to continue, repeat the command with -e release_continue=true"
            )
        return ""


def gate_of(action: ActionBase, variables: t.Mapping[str, t.Any]) -> Gate:
    """The gate of a task's host."""

    def value(name: str) -> t.Any:
        return action._templar.template(variables.get(name))

    goes_on = boolean(value("release_continue") or False, strict=False)
    return Gate(
        request=smoke_request_of(value),
        command=str(value("app_smoke_test") or ""),
        pauses=boolean(value("app_release_pause") or False, strict=False) and not goes_on,
    )


def _run(command: t.Sequence[str]) -> str:
    """Why the command failed, with its last line of output; empty if it succeeded, or if there is no command."""
    if not command:
        return ""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        output, errors = _communicate(process)
    except subprocess.TimeoutExpired:
        # Python's message quotes the command, which may contain a token.
        return f"it has not ended after {_SECONDS:g} s"
    except OSError as error:
        return one_line(str(error))[:_LONGEST]
    if not process.returncode:
        return ""
    said = (errors.strip() or output.strip()).splitlines()
    return one_line(f"exit code {process.returncode}{': ' + said[-1] if said else ''}")[:_LONGEST]


def _communicate(process: subprocess.Popen[str]) -> tuple[str, str]:
    """The command's output. On a timeout or interrupt, kill it with all its children. Raises TimeoutExpired."""
    try:
        return process.communicate(timeout=_SECONDS)
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
