# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong, as types. Layers raise; only the two hosts (module, action plugin) turn these into a failure."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from .plan import Change, Step


class FailoverError(Exception):
    """Base of everything that is reported to the user as a message rather than a traceback.

    :param option: what to change, as in SpecError; empty if no option is to blame.
    """

    option = ""


class SpecError(FailoverError):
    """An option has a value that cannot work.

    :param option: the option as the user writes it, dotted for suboptions (``health_check.path``).
    :param problem: what is wrong with it.
    :param remedy: what to write instead.
    """

    def __init__(self, option: str, problem: str, remedy: str = "") -> None:
        super().__init__(f"{option}: {problem}" + (f" {remedy}" if remedy else ""))
        self.option = option
        self.problem = problem
        self.remedy = remedy


class ConflictError(FailoverError):
    """Something that is not ours is where ours should be. The message says what to do about it."""

    def __init__(self, message: str, *, option: str = "") -> None:
        super().__init__(message)
        self.option = option


class AwsError(FailoverError):
    """An AWS call failed. The message names resource, region, API call, AWS's answer and, where known, the remedy.

    :param refused: whether the caller lacks a right, so that asking again does not help.
    """

    def __init__(
        self, message: str, *, code: str = "", operation: str = "", option: str = "", refused: bool = False
    ) -> None:
        super().__init__(message)
        self.option = option
        self.code = code
        self.operation = operation
        self.refused = refused


class WaitError(FailoverError):
    """Something we waited for cannot come true any more (a rollout was rolled back), or did not in time."""


class NotReady(FailoverError):
    """What was asked for would send users to something that cannot serve them. The message names what is missing."""


class Stopped(FailoverError):
    """No further call is made: another step failed, the task timed out, or the run was interrupted."""


class DryRunError(FailoverError):
    """A writing call was about to be made in check mode. Always a defect of the collection."""


class ApplyError(FailoverError):
    """An apply ended before all its changes were made. The next run converges from there.

    :param errors: what failed, with the first cause first.
    :param done: the changes that were made.
    :param not_done: the steps that were not, or not wholly.
    """

    def __init__(
        self, errors: t.Sequence[tuple[Step, BaseException]], done: t.Sequence[Change], not_done: t.Sequence[Step]
    ) -> None:
        self.errors = tuple(errors)
        self.done = tuple(done)
        self.not_done = tuple(not_done)
        super().__init__(self._message())

    def _message(self) -> str:
        causes = "; ".join(f"{step.address}: {_describe(error)}" for step, error in self.errors) or "stopped"
        return (
            f"{causes.removesuffix('.')}. Done before that: {_names(self.done)}. Not done: {_names(self.not_done)}. "
            "Nothing was undone: once the cause is gone, the same command goes on from here."
        )


def _describe(error: BaseException) -> str:
    # Anything else is a bug: its type is half of its message.
    return str(error) if isinstance(error, FailoverError) else repr(error)


def _names(steps: t.Sequence[Step]) -> str:
    return ", ".join(step.address for step in steps) or "nothing"
