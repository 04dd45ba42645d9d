# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control API, on the same port as the local AWS, under /_sandbox/. JSON in and out."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sandbox.local_aws import LocalAws
from sandbox.overlay.route53.sights import lost_checkers
from sandbox.overview import overview

_LONGEST_WAIT = 60.0


class NotFoundError(Exception):
    """There is no such thing under /_sandbox/."""


class Control:
    """Answers control requests. One method a route, so that the API can be read off."""

    def __init__(self, aws: LocalAws, stop: Callable[[], None], instance: str = "") -> None:
        self._aws = aws
        self._stop = stop
        self._instance = instance
        self._routes: dict[tuple[str, str], Callable[[dict[str, Any]], Any]] = {
            ("GET", "health"): self._health,
            ("GET", "requests"): self._requests,
            ("GET", "snapshot"): self._snapshot,
            ("GET", "faults"): self._fault,
            ("POST", "faults"): self._add_fault,
            ("DELETE", "faults"): self._remove_fault,
            ("GET", "latency"): self._show_latency,
            ("POST", "latency"): self._latency,
            ("POST", "rates"): self._limit_rate,
            ("GET", "plane"): self._plane,
            ("GET", "regions"): self._regions,
            ("POST", "regions"): self._break_region,
            ("DELETE", "regions"): self._heal_region,
            ("POST", "checkers"): self._lose_checkers,
            ("DELETE", "checkers"): self._find_checkers,
            ("POST", "observations"): self._observe,
            ("POST", "policies"): self._restrict,
            ("POST", "reset"): self._reset,
            ("POST", "stop"): self._shut_down,
        }

    def answer(self, method: str, target: str, body: bytes) -> tuple[int, bytes]:
        """Status and JSON content for a control request."""
        parts = urlsplit(target)
        name = parts.path.removeprefix("/_sandbox/").strip("/")
        arguments: dict[str, Any] = {key: values[0] for key, values in parse_qs(parts.query).items()}
        try:
            arguments |= json.loads(body) if body else {}
            route = self._routes.get((method, name))
            if route is None:
                raise NotFoundError(f"no {method} /_sandbox/{name}")
            return 200, json.dumps(route(arguments)).encode()
        except NotFoundError as error:
            return 404, json.dumps({"error": str(error)}).encode()
        except (ValueError, TypeError, KeyError) as error:
            return 400, json.dumps({"error": f"{type(error).__name__}: {error}"}).encode()

    def _health(self, _arguments: dict[str, Any]) -> Any:
        mark = self._aws.gateway.log.mark
        return {"pid": os.getpid(), "instance": self._instance, "mark": mark}

    def _requests(self, arguments: dict[str, Any]) -> Any:
        log = self._aws.gateway.log
        records = log.since(int(arguments.get("since", 0)))
        return {"records": [asdict(record) for record in records]}

    def _snapshot(self, _arguments: dict[str, Any]) -> Any:
        return {"resources": [asdict(resource) for resource in self._aws.snapshot()]}

    def _fault(self, arguments: dict[str, Any]) -> Any:
        faults = self._aws.gateway.faults
        rule = faults.get(int(arguments["id"]))
        if rule is None:
            raise NotFoundError(f"no rule {arguments['id']}")
        seconds = min(float(arguments.get("wait", 0)), _LONGEST_WAIT)
        if seconds:
            faults.wait_held(rule, seconds)
        return asdict(rule)

    def _add_fault(self, arguments: dict[str, Any]) -> Any:
        return asdict(self._aws.gateway.faults.add(arguments))

    def _remove_fault(self, arguments: dict[str, Any]) -> Any:
        faults = self._aws.gateway.faults
        if "id" in arguments:
            faults.remove(int(arguments["id"]))
        else:
            faults.clear()
            self._aws.gateway.rates.clear()
        return {}

    def _limit_rate(self, arguments: dict[str, Any]) -> Any:
        self._aws.gateway.rates.limit(str(arguments["service"]), float(arguments["calls_per_second"]))
        return {}

    def _show_latency(self, _arguments: dict[str, Any]) -> Any:
        return {"seconds": self._aws.gateway.faults.latency}

    def _latency(self, arguments: dict[str, Any]) -> Any:
        self._aws.gateway.faults.latency = float(arguments["seconds"])
        return {}

    def _plane(self, _arguments: dict[str, Any]) -> Any:
        return overview(self._aws)

    def _regions(self, _arguments: dict[str, Any]) -> Any:
        return {"broken": self._aws.gateway.outages.all()}

    def _break_region(self, arguments: dict[str, Any]) -> Any:
        self._aws.gateway.outages.begin(arguments["region"], arguments.get("how", "cut"))
        return {}

    def _heal_region(self, arguments: dict[str, Any]) -> Any:
        self._aws.gateway.outages.end(arguments.get("region"))
        return {}

    def _lose_checkers(self, arguments: dict[str, Any]) -> Any:
        if self._aws.world.addresses is None:
            raise ValueError("there are no health checkers without a data plane")
        lost_checkers(self._aws.world).add(str(arguments["region"]))
        return {}

    def _find_checkers(self, arguments: dict[str, Any]) -> Any:
        lost = lost_checkers(self._aws.world)
        lost.intersection_update(lost - {arguments["region"]} if "region" in arguments else ())
        return {}

    def _observe(self, arguments: dict[str, Any]) -> Any:
        self._aws.observations.set(arguments["kind"], arguments["id"], arguments.get("state"))
        return {}

    def _restrict(self, arguments: dict[str, Any]) -> Any:
        policies = self._aws.gateway.authorizer.user_policies
        policies[str(arguments["account"])] = list(arguments["documents"])
        return {}

    def _reset(self, arguments: dict[str, Any]) -> Any:
        self._aws.reset(seed=bool(arguments.get("seed", True)))
        return {}

    def _shut_down(self, _arguments: dict[str, Any]) -> Any:
        self._stop()
        return {}
