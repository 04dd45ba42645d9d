# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients that answer from a script, and write down what they were asked."""

from __future__ import annotations

import threading
import typing as t

from botocore.exceptions import ClientError

from ansible_collections.everlook.failover.plugins.module_utils._engine.context import Context

REGION = "us-east-1"


def error(code: str, message: str = "", operation: str = "Call", status: int = 400) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        operation,
    )


class Script:
    """One answer after another for each call; the last one stays. An exception is raised, a list of pages is paged."""

    region = REGION

    def __init__(self, **answers: t.Any) -> None:
        self.answers = {name: list(given) if isinstance(given, tuple) else [given] for name, given in answers.items()}
        self.calls: list[tuple[str, dict[str, t.Any]]] = []

    def get(self, _service: str, **_options: t.Any) -> t.Any:
        return self

    def __getattr__(self, operation: str) -> t.Any:
        def call(**request: t.Any) -> t.Any:
            self.calls.append((operation, request))
            assert operation in self.answers, f"{operation} was not expected"
            left = self.answers[operation]
            answer = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(answer, BaseException):
                raise answer
            return answer

        return call

    def get_paginator(self, operation: str) -> t.Any:
        script = self

        class Paginator:
            def paginate(self, **request: t.Any) -> list[t.Any]:
                return [getattr(script, operation)(**request)]

        return Paginator()

    def of(self, operation: str) -> list[dict[str, t.Any]]:
        """The requests of one operation."""
        return [request for name, request in self.calls if name == operation]

    @property
    def names(self) -> list[str]:
        return [name for name, _request in self.calls]


def context(script: Script) -> Context:
    return Context(
        params={"wait": True, "wait_timeout": 5},
        check_mode=False,
        clients=t.cast("t.Any", script),
        warn=lambda _text: None,
        progress=lambda _text: None,
        stop=threading.Event(),
    )


def no_sleep(_self: Context, _seconds: float) -> None:
    """In place of Context.sleep."""
