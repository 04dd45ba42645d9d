# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control API, on the same port as the local AWS, under /_sandbox/. JSON in and out.

Requests need the server's token, which `up` stores where only its own user can read it.
"""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sandbox.lateness import lateness, verdict
from sandbox.local_aws import LocalAws
from sandbox.overlay.ec2.places import constrained_zones, disabled_regions
from sandbox.overlay.elbv2.common import every_balancer, nodes_of
from sandbox.overlay.loads import METRICS, load
from sandbox.overlay.quotas import applied
from sandbox.overlay.route53.answers import ignores_health
from sandbox.overlay.route53.changes import alias_rules
from sandbox.overlay.route53.checker_states import lost_checkers
from sandbox.overlay.route53.checks import metric_words
from sandbox.overlay.sns import confirm, pending
from sandbox.policies import refuse_unknown

_LONGEST_WAIT = 60.0


class NotFoundError(Exception):
    """The path does not exist under /_sandbox/."""


class Control:
    """Answers control requests: GET /_sandbox/health with `_get_health`, and so on. Arguments are the request's.

    Those of GET are text.
    """

    def __init__(self, aws: LocalAws, instance: str = "", token: str = "") -> None:
        self._aws = aws
        self._gateway = aws.gateway
        self._instance = instance
        self._token = token

    def admits(self, authorization: str) -> bool:
        """Whether this Authorization header has the token; never without a token."""
        return bool(self._token) and hmac.compare_digest(authorization.encode(), f"Bearer {self._token}".encode())

    def answer(self, method: str, target: str, body: bytes) -> tuple[int, bytes]:
        """Status and JSON content for a control request."""
        parts = urlsplit(target)
        name = parts.path.removeprefix("/_sandbox/").strip("/")
        arguments: dict[str, Any] = {key: values[0] for key, values in parse_qs(parts.query).items()}
        try:
            arguments |= json.loads(body) if body else {}
            route = getattr(self, f"_{method.lower()}_{name}", None)
            if route is None:
                raise NotFoundError(f"no {method} /_sandbox/{name}")
            found = route(**arguments) or {}
            if method != "GET":
                with self._gateway.lock:
                    self._aws.world.changed()
            return 200, json.dumps(found).encode()
        except NotFoundError as error:
            return 404, json.dumps({"error": str(error)}).encode()
        except (ValueError, TypeError, KeyError, NotImplementedError) as error:
            return 400, json.dumps({"error": f"{type(error).__name__}: {error}"}).encode()

    def _get_health(self) -> Any:
        clock = datetime.fromtimestamp(self._aws.world.clock(), UTC).isoformat(timespec="seconds")
        return {"pid": os.getpid(), "instance": self._instance, "mark": self._gateway.log.mark, "clock": clock}

    def _get_requests(self, since: str = "0") -> Any:
        return {"records": [asdict(record) for record in self._gateway.log.since(int(since))]}

    def _get_snapshot(self) -> Any:
        return {"resources": [asdict(resource) for resource in self._aws.snapshot()]}

    def _get_subscriptions(self) -> Any:
        """Subscriptions to be confirmed, by their token."""
        with self._gateway.lock:
            return {"pending": pending(self._aws.world)}

    def _get_subscription(self, token: str) -> Any:
        """The page behind a link in a message of SNS."""
        with self._gateway.lock:
            if token not in pending(self._aws.world):
                raise NotFoundError("nothing waits for this link")
            return {"SubscriptionArn": confirm(self._aws.world, token)}

    def _get_faults(self, id: str, wait: str = "0") -> Any:  # noqa: A002
        rule = self._gateway.faults.get(int(id))
        if rule is None:
            raise NotFoundError(f"no rule {id}")
        if float(wait):
            self._gateway.faults.wait_held(rule, min(float(wait), _LONGEST_WAIT))
        return asdict(rule)

    def _post_faults(self, **fields: Any) -> Any:
        return asdict(self._gateway.faults.add(fields))

    def _delete_faults(self, id: int | None = None) -> None:  # noqa: A002
        if id is not None:
            self._gateway.faults.remove(id)
        else:
            self._gateway.faults.clear()
            self._gateway.rates.clear()

    def _get_latency(self) -> Any:
        return {"seconds": self._gateway.faults.latency}

    def _post_latency(self, seconds: float) -> None:
        self._gateway.faults.latency = float(seconds)

    def _post_rates(self, service: str, calls_per_second: float) -> None:
        self._gateway.rates.limit(service, calls_per_second)

    def _get_plane(self) -> Any:
        """Addresses of the data plane, and what is broken."""
        addresses = self._aws.world.addresses
        with self._gateway.lock:
            return {
                "on": addresses is not None,
                "environment": addresses.environment() if addresses else {},
                "balancers": list(self._balancers()) if addresses else [],
                "broken": self._gateway.outages.all(),
                "refused_commands": sorted(self._aws.commands.refused),
                "slow": verdict(lateness(self._aws.world).looks, self._aws.world.timings.speed),
            }

    def _get_authority(self) -> Any:
        """The root of the certificates that ACM issues."""
        with self._gateway.lock:
            return {"root": self._aws.world.authority.root().decode()}

    def _balancers(self) -> Iterator[dict[str, Any]]:
        for elb, balancer in every_balancer():
            nodes = nodes_of(self._aws.world, balancer.arn).values()
            yield {
                "account": elb.account_id,
                "region": elb.region_name,
                "name": balancer.name,
                "state": balancer.state,
                "addresses": [node.public_ip or node.private_ip_address for node in nodes],
            }

    def _get_regions(self) -> Any:
        return {"broken": self._gateway.outages.all()}

    def _post_regions(self, region: str, how: str = "cut") -> None:
        self._gateway.outages.begin(region, how)

    def _delete_regions(self, region: str | None = None) -> None:
        self._gateway.outages.end(region)

    def _post_checkers(self, region: str) -> None:
        if self._aws.world.addresses is None:
            raise ValueError("there are no health checkers without a data plane")
        lost_checkers(self._aws.world).add(region)

    def _delete_checkers(self, region: str | None = None) -> None:
        lost = lost_checkers(self._aws.world)
        lost.intersection_update(lost - {region} if region else ())

    def _post_observations(self, kind: str, id: str, state: str | None = None) -> None:  # noqa: A002
        self._aws.observations.set(kind, id, state)

    def _post_load(self, service: str, region: str | None = None, **said: float | None) -> Any:
        """How busy the tasks of a service are: `cpu` and `memory` in percent, null to forget one."""
        if unknown := said.keys() - set(METRICS):
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        with self._gateway.lock:
            found = load(self._aws.world, service, region, said)
        if not found:
            raise NotFoundError(f"there is no service {service}{f' in {region}' if region else ''}")
        return {"regions": found}

    def _post_disabled_regions(self, region: str) -> None:
        disabled_regions(self._aws.world).add(region)

    def _post_constrained_zones(self, zone: str) -> None:
        constrained_zones(self._aws.world).add(zone)

    def _delete_places(self) -> None:
        disabled_regions(self._aws.world).clear()
        constrained_zones(self._aws.world).clear()

    def _post_quotas(self, account: str, region: str, code: str, value: int) -> None:
        applied(self._aws.world, account, region)[code] = int(value)

    def _post_metric_words(self, healthy: str, unhealthy: str) -> None:
        metric_words(self._aws.world)[:] = [healthy, unhealthy]

    def _post_test_dns_answer(self, ignores: bool) -> None:
        ignores_health(self._aws.world)[:] = [True] if ignores else []

    def _post_alias_rules(self, same_batch: bool) -> None:
        alias_rules(self._aws.world)["same_batch"] = same_batch

    def _post_policies(self, account: str, documents: list[Any]) -> None:
        refuse_unknown(documents)
        self._gateway.authorizer.user_policies[account] = documents

    def _post_reset(self, seed: bool = True) -> None:
        self._aws.reset(seed=seed)
