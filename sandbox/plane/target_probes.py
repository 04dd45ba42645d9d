# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The probers of load balancers: one a target, with the settings of its target group."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from moto.elbv2.models import elbv2_backends

from sandbox.overlay.base import World
from sandbox.overlay.ecs.services import reconsider
from sandbox.overlay.elbv2.common import active_from
from sandbox.overlay.elbv2.targets import Health, Target, registered
from sandbox.plane.messages import MalformedError, Place, Request, connect, exchange
from sandbox.plane.routes import target_address
from sandbox.plane.site import Part, Site
from sandbox.plane.verdicts import FAILED, TIMEOUT, WELL, Finding, Verdict, of_status

_LOOK_SECONDS = 0.1
# Between the registration of a target and its first probe. AWS does not say; short, so that tests are fast.
_FIRST_SECONDS = 0.5
_AGENT = ("User-Agent", "ELB-HealthChecker/2.0")


@dataclass(frozen=True, slots=True)
class Key:
    """A registration of a target: the same address registered again is probed afresh."""

    account: str
    region: str
    group: str
    address: str
    port: int
    since: float


@dataclass(frozen=True, slots=True)
class Check:
    """The current probe of a target; seconds are those of the target group, at speed 1."""

    place: Place
    protocol: str
    path: str
    matcher: str
    interval: float
    timeout: float
    healthy_threshold: int
    unhealthy_threshold: int


@dataclass(slots=True)
class TargetProbes(Part):
    """Probes every target in use by a load balancer."""

    site: Site
    _watchers: dict[Key, asyncio.Task[None]] = field(default_factory=dict)

    async def run(self) -> None:
        """Keep a watcher for each target."""
        try:
            read: int | None = None
            while True:
                revision = self.site.revision()
                if revision != read or any(task.done() for task in self._watchers.values()):
                    self._align(self._targets())
                    read = revision
                await asyncio.sleep(_LOOK_SECONDS)
        finally:
            for task in self._watchers.values():
                task.cancel()
            self._watchers.clear()

    def _align(self, wanted: set[Key]) -> None:
        for key in [known for known, task in self._watchers.items() if known not in wanted or task.done()]:
            self._watchers.pop(key).cancel()
        for key in wanted - self._watchers.keys():
            self._watchers[key] = asyncio.create_task(self._watch(key))

    def _targets(self) -> set[Key]:
        found = set()
        with self.site.looking() as world:
            for _account, _region, elb in elbv2_backends.iter_backends():
                for group in elb.target_groups.values():
                    if _is_used(world, elb, group):
                        found |= {
                            Key(elb.account_id, elb.region_name, group.arn, target.address, target.port, target.since)
                            for target in registered(world, group.arn).values()
                            if target.draining_until is None
                        }
        return found

    async def _watch(self, key: Key) -> None:
        loop, verdict = asyncio.get_running_loop(), Verdict()
        await asyncio.sleep(self.site.seconds(_FIRST_SECONDS))
        while True:
            check, began = self._check(key), loop.time()
            if check is None:
                return
            finding = await self._probe(check)
            verdict = verdict.after(finding, check.healthy_threshold, check.unhealthy_threshold)
            self._store(key, verdict, finding)
            await asyncio.sleep(max(began + self.site.seconds(check.interval) - loop.time(), 0.0))

    def _check(self, key: Key) -> Check | None:
        with self.site.looking() as world:
            group, target = _find(world, key)
            if group is None or target is None:
                return None
            checked = group.health_check_port
            port = key.port if checked in (None, "traffic-port") else int(checked)
            address = target_address(self.site, group.vpc_id, key.address)
            tls = group.health_check_protocol == "HTTPS"
            return Check(
                place=Place(address, self.site.addresses.port(port), tls),
                protocol=group.health_check_protocol,
                path=group.health_check_path or "/",
                matcher=(group.matcher or {}).get("HttpCode") or "200",
                interval=float(group.health_check_interval_seconds),
                timeout=float(group.health_check_timeout_seconds),
                healthy_threshold=int(group.healthy_threshold_count),
                unhealthy_threshold=int(group.unhealthy_threshold_count),
            )

    async def _probe(self, check: Check) -> Finding:
        # Not divided by the speed: this machine is no faster.
        seconds = check.timeout
        request = Request("GET", check.path, (("Host", check.place.address), _AGENT, ("Connection", "close")))
        try:
            if check.protocol not in ("HTTP", "HTTPS"):
                _reader, writer = await connect(check.place, seconds)
                writer.transport.abort()
                return WELL
            async with asyncio.timeout(seconds):
                response = await exchange(check.place, request, seconds, seconds)
        except TimeoutError:
            return TIMEOUT
        except (OSError, MalformedError):
            return FAILED
        return of_status(response.status, check.matcher)

    def _store(self, key: Key, verdict: Verdict, finding: Finding) -> None:
        """Store the target's verdict, and notify its services of a new one."""
        if verdict.healthy is None:
            return
        seen = Health("healthy") if verdict.healthy else None
        with self.site.looking() as world:
            _group, target = _find(world, key)
            if target is None:
                return
            before = target.seen
            if seen is None and not finding.well:
                seen = Health("unhealthy", finding.reason, finding.description)
            target.seen = seen or before
            if before is None or target.seen is None or before.state != target.seen.state:
                reconsider(world, key.account, key.region)
            if target.seen != before:
                world.changed()


def _is_used(world: World, elb: Any, group: Any) -> bool:
    """Whether an existing load balancer sends to the group. AWS probes only such groups."""
    used = [arn for arn in group.load_balancer_arns if arn in elb.load_balancers]
    return group.target_type == "ip" and any(active_from(world).get(arn, 0.0) <= world.moment() for arn in used)


def _find(world: World, key: Key) -> tuple[Any, Target | None]:
    group = elbv2_backends[key.account][key.region].target_groups.get(key.group)
    target = registered(world, key.group).get((key.address, key.port)) if group else None
    return group, target if target and target.since == key.since else None
