# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of every API call: identify, injected faults, execute under one lock, record."""

from __future__ import annotations

import json
import re
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.core.responses import ActionResult, BaseResponse

from sandbox.authorization import Authorizer, unknown_key
from sandbox.faults import Faults, Rates
from sandbox.outages import Outages
from sandbox.overlay.base import AwsError, World
from sandbox.overlay.ec2.places import disabled_regions
from sandbox.requestlog import RequestLog, describe_params, is_write, tags_of

# Where rules for the time after the call wait in the WSGI environment for the server: a list.
AFTER_KEY = "sandbox.after"

Reply = tuple[int, dict[str, Any], Any]
_ERROR_CODE = re.compile(r"<Code>([^<]+)</Code>|\"__type\":\s*\"(?:[^\"#]*#)?([^\"]+)\"")


_TOO_MANY = AwsError("Throttling", "Rate exceeded")
# In place of an allowed call (EC2 API reference, "Common query parameters", DryRun).
_DRY_RUN = AwsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")


class ConnectionCut(Exception):
    """The server closes the connection without an answer."""


@dataclass(slots=True)
class Gateway:
    """Every AWS request passes here; the only place where moto is entered."""

    world: World
    log: RequestLog
    authorizer: Authorizer = field(default_factory=Authorizer)
    faults: Faults = field(default_factory=Faults)
    outages: Outages = field(default_factory=Outages)
    rates: Rates = field(default_factory=Rates)
    # One lock makes every call atomic. It costs little: moto is quick, and bound to the interpreter lock.
    lock: threading.RLock = field(default_factory=threading.RLock)
    _tokens: dict[tuple[str, ...], tuple[str, Reply]] = field(default_factory=dict)

    def install(self) -> None:
        """Put this gateway in front of every operation of moto."""
        original = BaseResponse.call_action

        def call_action(response: BaseResponse) -> Reply:
            return self.handle(response, original)

        BaseResponse.call_action = call_action

    def reset(self) -> None:
        """Forget idempotency tokens and users' policies."""
        self._tokens.clear()
        self.authorizer.user_policies.clear()

    def handle(self, response: BaseResponse, execute: Callable[[BaseResponse], Reply]) -> Reply:
        """Answer one call. Raises ConnectionCut if a rule requires it."""
        service = response.service_name or "unknown"
        operation = response._get_action() or "unknown"
        scope = (service, operation, response.current_account, response.region)
        write = is_write(operation) and not _is_dry_run(response)
        place = self.outages.place(service, response.region)
        late = self.faults.latency + self.outages.late(place)
        if late:
            time.sleep(late)
        if not self.rates.admits(service, response.current_account, time.monotonic()):
            reply = _serialized(response, _TOO_MANY, 400)
            self._record(response, scope, reply)
            return reply
        rule = self.faults.fire(*scope, write)
        if self.outages.of(place) == "cut" or (rule and rule.kind == "cut_before"):
            self._record(response, scope, (0, {}, ""), "ConnectionCut")
            raise ConnectionCut
        if rule and rule.kind == "error":
            reply = _serialized(response, AwsError(rule.code, rule.message), rule.status)
            self._record(response, scope, reply)
            return reply
        with self.lock, self.world.current():
            try:
                refusal = self._not_enabled(response) or self.authorizer.refusal(response, operation, _params(response))
                if refusal:
                    reply = _serialized(response, refusal, 403)
                elif _is_dry_run(response):
                    reply = _serialized(response, _DRY_RUN, 412)
                else:
                    reply = self._idempotent(response, scope, execute)
            except Exception as error:  # noqa: BLE001  # as AWS: an answer, whatever broke
                reply = _broken(response, error)
            if write:
                self.world.changed()
            self._record(response, scope, reply)
        if rule:
            response.normalized_request.environ[AFTER_KEY].append(rule)
        return reply

    def _not_enabled(self, response: BaseResponse) -> AwsError | None:
        """Endpoints of a region that is not enabled know no credentials of the account."""
        service = response.service_name or ""
        place = self.outages.place(service, response.region)
        return unknown_key(service) if place in disabled_regions(self.world) else None

    def _idempotent(
        self,
        response: BaseResponse,
        scope: tuple[str, str, str, str],
        execute: Callable[[BaseResponse], Reply],
    ) -> Reply:
        """A repeated client token repeats the first answer, as EC2 and ECS document it."""
        params = _params(response)
        token = params.get("ClientToken") or params.get("clientToken")
        if not token:
            return execute(response)
        key = (*scope, str(token))
        content = repr(sorted(params.items()))
        known = self._tokens.get(key)
        if known and known[0] != content:
            mismatch = AwsError(
                "IdempotentParameterMismatch",
                "The request uses the same client token as a previous, but non-identical request.",
            )
            return _serialized(response, mismatch, 400)
        reply = known[1] if known else execute(response)
        if reply[0] < 300:
            self._tokens[key] = (content, reply)
        return reply

    def _record(
        self,
        response: BaseResponse,
        scope: tuple[str, str, str, str],
        reply: Reply,
        error: str = "",
    ) -> None:
        service, operation, account, region = scope
        status, _headers, body = reply
        params = _params(response)
        self.log.append(
            time=time.time(),
            account=account,
            region=region,
            service=service,
            operation=operation,
            write=is_write(operation) and not _is_dry_run(response),
            status=status,
            error=error or (error_code(body) if status >= 400 else ""),
            params=describe_params(params),
            tags=tags_of(params),
        )


def _is_dry_run(response: BaseResponse) -> bool:
    return response.service_name == "ec2" and str(_params(response).get("DryRun", "")).lower() == "true"


def error_code(body: Any) -> str:
    """The AWS error code in an answer of any wire format."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
    match = _ERROR_CODE.search(text)
    return next((group for group in match.groups() if group), "") if match else "Unknown"


def _params(response: BaseResponse) -> Mapping[str, Any]:
    if response.automated_parameter_parsing or response.service_name == "s3":
        return {**(getattr(response, "uri_match", None) or {}), **(getattr(response, "params", None) or {})}
    try:
        # CloudWatch Logs and others speak JSON, which moto parses field by field.
        params = json.loads(response.body) if str(response.body).startswith("{") else response._get_params()
    except Exception:  # noqa: BLE001  # the body is neither a form nor JSON: nothing to describe
        return {}
    # The resource's name is in the path of services that speak REST, and moto takes it from there.
    named = {"Name": response.uri.partition("?")[0].rpartition("/")[2]} if response.service_name == "scheduler" else {}
    return {**params, **named} if isinstance(params, Mapping) else {}


def _broken(response: BaseResponse, error: Exception) -> Reply:
    """The answer to a call that nothing here can execute; the details go to the server's output."""
    if isinstance(error, NotImplementedError):
        return _serialized(response, AwsError("NotImplemented", f"Not in the sandbox: {error}"), 501)
    traceback.print_exception(error)
    return _serialized(response, AwsError("InternalFailure", f"In the sandbox: {error!r}"), 500)


def _serialized(response: BaseResponse, error: AwsError, status: int) -> Reply:
    _status, headers, body = response.serialized(ActionResult(error))
    headers["status"] = str(status)
    return status, headers, body
