# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors. Layers raise them; only the two hosts (module, action plugin) turn them into a failed result."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from .plan import Change, Step


class FailoverError(Exception):
    """Base of errors that are reported as a message rather than a traceback.

    :param option: the option to change, as in SpecError; empty for none.
    """

    option = ""


class SpecError(FailoverError):
    """An option has an invalid value.

    :param option: the option as the user writes it, dotted for suboptions (``health_check.path``).
    :param problem: what is wrong with it.
    :param remedy: what to do.
    """

    def __init__(self, option: str, problem: str, remedy: str = "") -> None:
        super().__init__(f"{option}: {problem}" + (f" {remedy}" if remedy else ""))
        self.option = option
        self.problem = problem
        self.remedy = remedy


class ConflictError(FailoverError):
    """Something foreign is in the way. The message says what to do about it."""

    def __init__(self, message: str, *, option: str = "") -> None:
        super().__init__(message)
        self.option = option


class AwsError(FailoverError):
    """An AWS call failed. The message names region, API call, AWS's answer and, if known, a remedy.

    :param refused: whether the caller lacks a permission, so that a retry does not help.
    :param silent: whether AWS did not answer at all.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        operation: str = "",
        option: str = "",
        refused: bool = False,
        silent: bool = False,
    ) -> None:
        super().__init__(message)
        self.option = option
        self.code = code
        self.operation = operation
        self.refused = refused
        self.silent = silent


class WaitError(FailoverError):
    """A wait can no longer succeed (a rollout was rolled back), or timed out."""


class NotReady(FailoverError):
    """The requested change would send users to something that cannot serve them. The message names what is missing."""


class Stopped(FailoverError):
    """No further call is made, because another step failed, the task timed out, or the run was interrupted."""


class DryRunError(FailoverError):
    """A writing call was attempted in check mode: a defect of the collection."""


class ApplyError(FailoverError):
    """An apply ended before all its changes were made. The next run continues from there.

    :param errors: the failed steps, in order of time.
    :param done: the changes that were made.
    :param not_done: the steps that were not finished.
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
            "Nothing was undone: once the cause is gone, the same command continues from here."
        )


def _describe(error: BaseException) -> str:
    # Anything else is a bug: show its type.
    return str(error) if isinstance(error, FailoverError) else repr(error)


def _names(steps: t.Sequence[Step]) -> str:
    return ", ".join(step.address for step in steps) or "nothing"
