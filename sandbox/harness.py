# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests hold in their hands: a local AWS with clients, its request log and faults."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.loaders import create_loader

from sandbox import accounts
from sandbox.api import NO_DNS, ControlApi
from sandbox.faults import Kind
from sandbox.handles import Fault, Requests
from sandbox.process import Options, Process, start
from sandbox.resources import Resource
from sandbox.template import VARIABLE, fork

_TEST_TTL_SECONDS = 1800.0


class Sandbox:
    """A local AWS. As a context manager it runs a server of its own that ends with the block.

    `speed` divides every waiting time of the local AWS, and `timings` names the table of them (see `sandbox.timings`).
    `plane` adds the data plane: tasks, load balancers, probers and name servers that really run, and with
    `allow_commands` it runs the commands of task definitions.
    `Sandbox.at(url, token)` is the same for a server that runs already, which it leaves running.
    """

    def __init__(
        self,
        *,
        speed: float = 1.0,
        timings: str = "quick",
        ttl: float = _TEST_TTL_SECONDS,
        plane: bool = False,
        allow_commands: bool = False,
    ) -> None:
        self._options = Options(speed=speed, timings=timings, ttl=ttl, plane=plane, allow_commands=allow_commands)
        self._process: Process | None = None
        self._owner_fd: int | None = None
        # What the server printed; kept only if there is something in it.
        self._output: Path | None = None
        self._url = ""
        # What the control API asks for.
        self.token = ""
        self._network: dict[str, str] | None = None
        self._loader = create_loader()
        self._sessions: dict[str, Any] = {}
        self._clients: dict[tuple[str, str, str], Any] = {}

    @classmethod
    def at(cls, url: str, token: str) -> Sandbox:
        """The sandbox that answers at this address, whose control API asks for this token."""
        sandbox = cls()
        sandbox._url = url
        sandbox.token = token
        return sandbox

    def start(self) -> Sandbox:
        """Start the server. Raises `sandbox.process.StartError`."""
        kept_alive, self._owner_fd = os.pipe()
        handle, name = tempfile.mkstemp(prefix="everlook-sandbox-", suffix=".log")
        os.close(handle)
        self._output = Path(name)
        try:
            options = replace(self._options, owner_fd=kept_alive, output=self._output)
            self._process = start(options, fork if VARIABLE in os.environ else None)
        finally:
            os.close(kept_alive)
        self._url, self.token = self._process.url, self._process.token
        return self

    def stop(self) -> None:
        """End the server that `start` started."""
        if self._owner_fd is not None:
            os.close(self._owner_fd)
            self._owner_fd = None
        if self._process:
            self._process.stop()
            self._process = None
            if self._output and not self._output.stat().st_size:
                self._output.unlink()

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where the local AWS answers."""
        if not self._url:
            raise RuntimeError("the sandbox is not started")
        return self._url

    @property
    def api(self) -> ControlApi:
        """The control API."""
        return ControlApi(self.url, self.token)

    @property
    def requests(self) -> Requests:
        """The request log."""
        return Requests(self.api)

    def credentials(self, account: str = "dev", region: str = "us-east-1") -> dict[str, str]:
        """The environment variables that lead a process to an account, by name or id, and to the data plane.

        Without one they say that there is no DNS. Raises UnknownAccountError.
        """
        known = replace(accounts.credentials(account), region=region)
        return known.environment(self.url) | (self.network() or NO_DNS)

    def network(self) -> dict[str, str]:
        """The environment variables that lead a process to the data plane; none when it is off."""
        if self._network is None:
            self._network = dict(self.api.get("plane")["environment"])
        return dict(self._network)

    def session(self, account: str = "dev") -> Any:
        """A boto3 session of the account's user; the same one every time."""
        known = accounts.credentials(account)
        if known.account_id not in self._sessions:
            # What makes a new session slow is parsing the service models: once is enough.
            core = botocore.session.Session()
            core.register_component("data_loader", self._loader)
            self._sessions[known.account_id] = boto3.session.Session(
                known.access_key_id, known.secret_access_key, botocore_session=core
            )
        return self._sessions[known.account_id]

    def client(self, service: str, account: str = "dev", region: str = "us-east-1") -> Any:
        """A boto3 client of the account's user; it does not retry, so that faults are seen."""
        key = (service, account, region)
        if key not in self._clients:
            config = Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=5)
            self._clients[key] = self.session(account).client(service, region, endpoint_url=self.url, config=config)
        return self._clients[key]

    def hold(self, nth: int = 1, *, write: bool = True, **match: Any) -> Fault:
        """Hold back the reply to the nth matching call from now on, which has taken effect.

        The reply is sent when the fault is released, never when the client is gone before.
        `match` takes service, operation, account and region.
        """
        return self._fault("hold", nth=nth, write=write, **match)

    def fail(self, code: str, message: str = "Injected by the sandbox.", **match: Any) -> Fault:
        """Answer matching calls with an error instead of executing them.

        `match` takes service, operation, account, region, write, nth (from 1), count
        (how many calls in a row) and status (the HTTP status, 400 unless said).
        """
        return self._fault("error", code=code, message=message, **match)

    def fail_some(self, seed: int, *, throttled: float = 0.0, reset: float = 0.0, lost: float = 0.0) -> list[Fault]:
        """From now on refuse this share of all calls as too many, cut some off before, and some after they took effect.

        Which ones, the seed says. The shares are of calls: a call that is repeated is drawn for anew.
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
        """Refuse what an account calls more often, as AWS does (Throttling)."""
        self.api.post("rates", service=service, calls_per_second=calls_per_second)

    def clear_faults(self) -> None:
        """Take every fault out of force, latency and limited rates too."""
        self.api.delete("faults")

    def observe(self, kind: str, identifier: str, state: str | None) -> None:
        """Set what probers see: see `sandbox.observations`. None means well again."""
        self.api.post("observations", kind=kind, id=identifier, state=state)

    def set_quota(self, code: str, value: int, *, account: str = "dev", region: str = "us-east-1") -> None:
        """Let the account have this much of a quota: less than the default, too, as young accounts do."""
        self.api.post("quotas", account=accounts.account_id(account), region=region, code=code, value=value)

    def disable_region(self, region: str) -> None:
        """Let no account have enabled the region: its endpoints know no credentials."""
        self.api.post("disabled_regions", region=region)

    def constrain_zone(self, zone: str) -> None:
        """Let the zone take no NAT gateway."""
        self.api.post("constrained_zones", zone=zone)

    def reset_places(self) -> None:
        """Enable every region, and let every zone take NAT gateways."""
        self.api.delete("places")

    def word_metric_checks(self, healthy: str, unhealthy: str) -> None:
        """Let GetHealthCheckStatus say this of checks that follow a metric; AWS documents no words for them."""
        self.api.post("metric_words", healthy=healthy, unhealthy=unhealthy)

    def test_dns_answer_ignores_health(self, ignores: bool = True) -> None:
        """Let TestDNSAnswer answer as if everything were healthy: nobody has said otherwise."""
        self.api.post("test_dns_answer", ignores=ignores)

    def refuse_aliases_of_one_batch(self) -> None:
        """Until the next reset, refuse an alias to a record made in the same batch. AWS documents neither."""
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

    def snapshot(self) -> list[Resource]:
        """Every resource of every account, ordered."""
        return [Resource(**resource) for resource in self.api.get("snapshot")["resources"]]

    def reset(self, *, seed: bool = True) -> None:
        """Forget everything but the request log; faults and latency end. Plant the seed again."""
        self.api.post("reset", seed=seed)
