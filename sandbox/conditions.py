# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions that a `Sandbox` can simulate: faults, outages, limits, and behaviour that AWS does not document."""

from __future__ import annotations

from typing import Any

from sandbox import accounts
from sandbox.api import ControlApi
from sandbox.faults import Kind
from sandbox.handles import Fault


class Conditions:
    """Requests to the control API, in effect until they are undone, or until the next reset."""

    @property
    def api(self) -> ControlApi:
        """The control API."""
        raise NotImplementedError

    def hold(self, nth: int = 1, *, write: bool = True, **match: Any) -> Fault:
        """Hold back the reply to the nth matching call from now on. The call takes effect.

        The reply is sent when the fault is released, unless the client has gone.
        `match` takes service, operation, account and region.
        """
        return self._fault("hold", nth=nth, write=write, **match)

    def fail(self, code: str, message: str = "Injected by the sandbox.", **match: Any) -> Fault:
        """Answer matching calls with an error instead of executing them.

        `match` takes service, operation, account, region, write, nth (from 1), count
        (number of calls in a row) and status (the HTTP status, by default 400).
        """
        return self._fault("error", code=code, message=message, **match)

    def fail_some(self, seed: int, *, throttled: float, reset: float, lost: float) -> list[Fault]:
        """From now on throttle this share of all calls, and cut some off before and some after they take effect.

        The seed decides which. A repeated call is a new draw.
        """
        drawn = {"nth": 1, "count": 0}
        return [
            self._fault("error", code="Throttling", message="Rate exceeded", share=throttled, seed=seed, **drawn),
            self._fault("cut_before", share=reset, seed=seed + 1, **drawn),
            self._fault("cut_after", share=lost, seed=seed + 2, **drawn),
        ]

    def cut(self, *, after: bool, **match: Any) -> Fault:
        """Close the connection of matching calls without an answer.

        The call has taken effect with `after`, and has not without. `match` as in `fail`.
        """
        return self._fault("cut_after" if after else "cut_before", **match)

    def _fault(self, kind: Kind, **fields: Any) -> Fault:
        return Fault(self.api, int(self.api.post("faults", kind=kind, **fields)["id"]))

    def latency(self, seconds: float) -> None:
        """Answer every call that much later."""
        self.api.post("latency", seconds=seconds)

    def limit_rate(self, service: str, calls_per_second: float) -> None:
        """Throttle an account's calls above this rate, as AWS does."""
        self.api.post("rates", service=service, calls_per_second=calls_per_second)

    def clear_faults(self) -> None:
        """Remove all faults, latency and rate limits."""
        self.api.delete("faults")

    def observe(self, kind: str, identifier: str, state: str | None) -> None:
        """Set what probers see: see `sandbox.observations`. None means healthy again."""
        self.api.post("observations", kind=kind, id=identifier, state=state)

    def load(self, service: str, *, region: str | None = None, **said: float | None) -> None:
        """Have the tasks of an ECS service be that busy now: `cpu` and `memory` in percent, None to forget it."""
        self.api.post("load", service=service, region=region, **said)

    def set_quota(self, code: str, value: int, *, region: str = "us-east-1") -> None:
        """Set the account's quota, also below the default, as in new accounts."""
        self.api.post("quotas", account=accounts.account_id("dev"), region=region, code=code, value=value)

    def disable_region(self, region: str) -> None:
        """Let no account have enabled the region: its endpoints know no credentials."""
        self.api.post("disabled_regions", region=region)

    def constrain_zone(self, zone: str) -> None:
        """Refuse NAT gateways in the zone."""
        self.api.post("constrained_zones", zone=zone)

    def reset_places(self) -> None:
        """Enable every region, and allow NAT gateways in every zone."""
        self.api.delete("places")

    def word_metric_checks(self, healthy: str, unhealthy: str) -> None:
        """Set GetHealthCheckStatus's texts for checks that follow a metric, which AWS does not document."""
        self.api.post("metric_words", healthy=healthy, unhealthy=unhealthy)

    def test_dns_answer_ignores_health(self, ignores: bool = True) -> None:
        """Let TestDNSAnswer ignore health: AWS does not document whether it does."""
        self.api.post("test_dns_answer", ignores=ignores)

    def refuse_aliases_of_one_batch(self) -> None:
        """Until the next reset, refuse an alias to a record of the same batch, which AWS does not document."""
        self.api.post("alias_rules", same_batch=False)

    def restrict(self, account: str, *documents: dict[str, Any]) -> None:
        """Give the account's user these policies, and no other right, until the next reset."""
        self.api.post("policies", account=accounts.account_id(account), documents=list(documents))

    def break_region(self, region: str, how: str = "cut") -> None:
        """Break a region, `global`, or `dns` (port 53), in a way for which AWS has no API: see `sandbox.outages`."""
        self.api.post("regions", region=region, how=how)

    def heal_region(self, region: str | None = None) -> None:
        """Heal a region, or all of them."""
        self.api.delete("regions", **({"region": region} if region else {}))

    def lose_checkers(self, region: str) -> None:
        """Cut Route 53's health checkers in a region off from every endpoint; needs a data plane."""
        self.api.post("checkers", region=region)

    def find_checkers(self, region: str | None = None) -> None:
        """Let the health checkers of a region, or of all, see again."""
        self.api.delete("checkers", **({"region": region} if region else {}))
