# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for tests that make the local AWS fail, hang or lose a reply."""

from __future__ import annotations

import random
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, get_args

Kind = Literal["hold", "error", "cut_before", "cut_after"]


@dataclass(slots=True)
class Rule:
    """A rule for matching calls.

    `nth` counts matching calls from 1; the rule fires for `count` calls from there, 0 for all that follow, and of
    those for a `share` (0 to 1) drawn by `seed`. Empty fields match everything. `write` true means only writing calls
    match.
    """

    id: int
    kind: Kind
    service: str = ""
    operation: str = ""
    account: str = ""
    region: str = ""
    write: bool = False
    nth: int = 1
    count: int = 1
    share: float = 1.0
    seed: int = 0
    code: str = "InternalFailure"
    message: str = "Injected by the sandbox."
    status: int = 400
    seen: int = 0
    fired: int = 0
    held: int = 0
    released: bool = False

    def due(self, name: str) -> bool:
        """Whether the rule fires for the last call, which has this name.

        The draw depends only on seed and name: it does not change with the order of threads.
        """
        in_turn = self.nth <= self.seen and (not self.count or self.seen < self.nth + self.count)
        return in_turn and (self.share >= 1 or random.Random(f"{self.seed}/{name}").random() < self.share)

    def matches(self, service: str, operation: str, account: str, region: str, write: bool) -> bool:
        """Whether a call is of the kind this rule counts."""
        wanted = (self.service, self.operation, self.account, self.region)
        actual = (service, operation, account, region)
        fits = all(not want or want == have for want, have in zip(wanted, actual, strict=True))
        return fits and (write or not self.write)


@dataclass(slots=True)
class Faults:
    """The rules in force. Thread-safe."""

    latency: float = 0.0
    _rules: dict[int, Rule] = field(default_factory=dict)
    _last_id: int = 0
    # How many calls of each kind and place there were for rules that draw.
    _calls: Counter[str] = field(default_factory=Counter)
    _condition: threading.Condition = field(default_factory=threading.Condition)

    def add(self, fields: dict[str, object]) -> Rule:
        """Put a rule in force, from now on. Raises ValueError for an unknown kind, TypeError for a field."""
        if fields.get("kind") not in get_args(Kind):
            raise ValueError(f"kind must be one of {', '.join(get_args(Kind))}, not {fields.get('kind')!r}")
        with self._condition:
            self._last_id += 1
            rule = Rule(id=self._last_id, **fields)  # type: ignore[arg-type]
            self._rules[rule.id] = rule
            self._calls.clear()
        return rule

    def fire(self, service: str, operation: str, account: str, region: str, write: bool) -> Rule | None:
        """The rule that applies to this call, having counted the call for every rule."""
        chosen: Rule | None = None
        with self._condition:
            place = f"{service}:{operation} {account} {region}"
            self._calls[place] += 1
            name = f"{place} {self._calls[place]}"
            for rule in self._rules.values():
                if not rule.matches(service, operation, account, region, write):
                    continue
                rule.seen += 1
                if rule.due(name) and chosen is None:
                    rule.fired += 1
                    chosen = rule
        return chosen

    def holding(self, rule: Rule, change: int) -> None:
        """Count a reply that is being held back (+1) or no longer is (-1)."""
        with self._condition:
            rule.held += change
            self._condition.notify_all()

    def get(self, rule_id: int) -> Rule | None:
        """The rule with that id."""
        return self._rules.get(rule_id)

    def wait_held(self, rule: Rule, timeout: float) -> bool:
        """Wait up to `timeout` seconds until the rule holds back a reply."""
        with self._condition:
            return self._condition.wait_for(lambda: rule.held > 0, timeout)

    def wait_released(self, rule: Rule, timeout: float) -> bool:
        """Wait up to `timeout` seconds until the rule is released."""
        with self._condition:
            return self._condition.wait_for(lambda: rule.released, timeout)

    def remove(self, rule_id: int) -> None:
        """Remove a rule and release the call that it holds."""
        with self._condition:
            rule = self._rules.pop(rule_id, None)
            if rule:
                rule.released = True
            self._condition.notify_all()

    def clear(self) -> None:
        """Remove all rules and the delay."""
        for rule_id in list(self._rules):
            self.remove(rule_id)
        self.latency = 0.0


@dataclass(slots=True)
class Rates:
    """How many calls a second AWS answers: off by default, since a refused call is retried.

    A token bucket for each account and service that has a limit: a second's calls at once, and then that rate; below
    one call a second, one call at once.
    """

    _limits: dict[str, float] = field(default_factory=dict)
    _buckets: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def limit(self, service: str, calls_per_second: float) -> None:
        """Limit the rate of answers from now on. Raises ValueError for a rate of 0."""
        if calls_per_second <= 0:
            raise ValueError("calls_per_second must be more than 0")
        with self._lock:
            self._limits[service] = calls_per_second
            self._buckets.clear()

    def admits(self, service: str, account: str, now: float) -> bool:
        """Whether a call at the time `now`, in seconds, is answered. Counts it if it is."""
        rate = self._limits.get(service)
        if rate is None:
            return True
        with self._lock:
            most = max(1.0, rate)
            tokens, since = self._buckets.get((service, account), (most, now))
            tokens = min(most, tokens + (now - since) * rate)
            admitted = tokens >= 1
            self._buckets[service, account] = (tokens - admitted, now)
            return admitted

    def clear(self) -> None:
        """Remove all limits."""
        with self._lock:
            self._limits.clear()
            self._buckets.clear()
