# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The local AWS: moto, corrected by the overlay, behind the gateway."""

from __future__ import annotations

import sandbox.quickstart  # before moto is imported

# isort: split
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moto import settings
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from sandbox import rendering
from sandbox import seed as seeding
from sandbox.certificate_authority import CertificateAuthority
from sandbox.commands import Commands
from sandbox.gateway import Gateway
from sandbox.observations import Observations
from sandbox.outages import Outages
from sandbox.overlay import World, install
from sandbox.requestlog import RequestLog
from sandbox.resources import Resource
from sandbox.services import only_served
from sandbox.snapshot import snapshot
from sandbox.timings import Timings

if TYPE_CHECKING:
    from flask import Flask

    from sandbox.plane.addresses import Addresses


class LocalAws:
    """One local AWS with all its accounts. moto's state is global: one a process.

    It may be made before it is known what for, in a process from which servers are forked: see `begin`.
    """

    def __init__(self, timings: Timings | None = None) -> None:
        timings = timings or Timings()
        self.commands = Commands()
        self.observations = Observations()
        self.world = World(timings, self.observations, outages=Outages(timings.speed))
        self.gateway = Gateway(self.world, RequestLog(None), outages=self.world.outages)
        install(self.world)
        # Certificates are issued by the overlay.
        settings.ACM_VALIDATION_WAIT = sys.maxsize
        self.gateway.install()
        self._has_s3 = False
        rendering.patch()
        self.application: Any = DomainDispatcherApplication(only_served(self._service))
        seeding.seed()
        sandbox.quickstart.done()

    def begin(
        self, timings: Timings, *, log: Path | None = None, addresses: Addresses | None = None, commands: Commands
    ) -> None:
        """Be as the options of a server say, with accounts, identifiers and a certificate authority of its own."""
        self.commands = commands
        self.gateway.log = RequestLog(log)
        self.gateway.outages = self.world.outages = Outages(timings.speed)
        self.world.timings = timings
        self.world.addresses = addresses
        self.world.authority = CertificateAuthority()
        self.reset()

    def reset(self, seed: bool = True) -> None:
        """Forget everything but the request log, and plant the seed again."""
        with self.gateway.lock:
            for backends in BackendDict._instances:
                backends.clear()
                # S3's, of which bucket is whose.
                getattr(backends, "bucket_accounts", {}).clear()
            BackendDict._instances.clear()
            reset_model_data()
            self.world.reset()
            self.observations.clear()
            self.gateway.reset()
            self.gateway.faults.clear()
            self.gateway.rates.clear()
            self.gateway.outages.end()
            if seed:
                seeding.seed()

    def _service(self, name: Any) -> Flask:
        """moto's application of a service, without debugging, which creates a class for each request."""
        if name == "s3" and not self._has_s3:
            from sandbox.overlay import s3  # noqa: PLC0415  # slow, and hardly ever needed

            s3.install(self.gateway.handle)
            self._has_s3 = True
        application: Flask = create_backend_app(name)
        application.debug = False
        # A call that is cut off ends with an exception, which is the server's to handle.
        application.config["PROPAGATE_EXCEPTIONS"] = True
        return application

    def snapshot(self) -> list[Resource]:
        """Every resource of every account."""
        with self.gateway.lock, self.world.current():
            return snapshot()
