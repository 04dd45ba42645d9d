# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries DNS for what users get, and for a request that goes where users' requests go."""

from __future__ import annotations

import os
import typing as t

from .._engine.errors import FailoverError
from .._probe.answers import Answer
from .._probe.network import NOBODY, Network
from .._probe.regions import Regions
from .._route53.names import readable
from .._route53.records import RecordSet
from .status import Dns
from .status_details import name_servers_of


def resolve(zone: str, record_name: str, regions: t.Sequence[str], start: str, over_https: str) -> Dns:
    """Resolve the name without a cache, and read the zone's delegation.

    :param regions: those whose addresses may be the answer.
    :param start: the zone from which names are resolved.
    :param over_https: URL of the resolver to use where port 53 is closed.
    """
    # Importing dnspython takes as long as several calls, and few runs query DNS.
    from .._probe.resolver import IterativeResolver  # noqa: PLC0415

    resolver = IterativeResolver(Network.from_environment(os.environ, over_https), start)
    answer, region = Regions(resolver, readable(record_name), regions).resolve_each()
    return Dns(
        parent_zone=resolver.zone if resolver.zone != readable(zone) else None,
        delegation=resolver.delegation(readable(zone)),
        answer=answer,
        region=region,
    )


def ask_zone(zone: str, record_name: str, records: t.Sequence[RecordSet], over_https: str) -> Answer:
    """Query every name server of the zone, whether it is delegated or not. Never raises.

    TestDNSAnswer is no substitute: AWS does not say that it takes health checks into account (Route 53 API Reference,
    TestDNSAnswer), so it may return a region that users do not get.

    :param records: of the zone, with the NS record set at its apex.
    :param over_https: URL of the resolver to use where port 53 is closed.
    """
    servers = name_servers_of(zone, records)
    if not servers:
        return Answer(problem=f"{readable(zone)} has no name servers")
    try:
        network = Network.from_environment(os.environ, over_https)
        if not network.dns:
            return Answer(problem=NOBODY)
        # See resolve().
        from .._probe.resolver import IterativeResolver  # noqa: PLC0415

        resolver = IterativeResolver(network, readable(zone), servers=servers)
    except FailoverError as error:
        return Answer(problem=str(error))
    return resolver.ask_each(readable(record_name))
