# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request as users make it, to an address that DNS has answered."""

from __future__ import annotations

import itertools
import os
import typing as t

from .._probe.answers import Answer
from .._probe.http import Site
from .._probe.network import Network
from . import health_checks
from .health_checks import Check
from .status import Request
from .status_details import url_of

# Browsers try another address, too; a machine that may not reach any of them should not wait for all.
_MOST_ADDRESSES: t.Final = 2
_SECONDS: t.Final = 2.0


def request(
    record: str, checks: t.Sequence[Check], asked: Answer | None, answer: t.Mapping[str, t.Any] | None
) -> Request | None:
    """GET the health path at the record's URL. None if nobody knows of a URL or an address.

    A certificate is not verified, as health checkers do not: its authority may be known to users alone.

    :param asked: the answer of DNS.
    :param answer: what TestDNSAnswer says, for where DNS cannot be asked. It need not be the region that serves.
    """
    endpoint = next((check for check in checks if check.role == health_checks.ENDPOINT), None)
    addresses = asked.addresses if asked and asked.rcode else tuple((answer or {}).get("values", ()))
    if endpoint is None or not addresses:
        return None
    url = url_of(endpoint, record, endpoint.config.get("ResourcePath") or "/")
    site = Site(Network.from_environment(os.environ), url, seconds=_SECONDS, verify=False)
    found: Request | None = None
    for address in itertools.islice(addresses, _MOST_ADDRESSES):
        found = Request(url=url, address=address, reply=site.get(address), note=_note(asked))
        if found.reply.ok:
            break
    return found


def _note(asked: Answer | None) -> str:
    """Who has said the address, if it was not the zone's name servers."""
    if asked is None or asked.rcode:
        return asked.note if asked else ""
    return f"it cannot be asked here ({asked.problem}), so TestDNSAnswer was, which need not follow health checks"
