# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request as users make it, to an address of the DNS answer."""

from __future__ import annotations

import itertools
import os
import typing as t

from .._probe.http import Reply, ask
from .._probe.network import NOBODY, Network
from . import health_checks
from .health_checks import Check
from .status import Request
from .status_details import url_of

# Browsers try another address, too. A machine that reaches none of them should not wait for all.
_MOST_ADDRESSES: t.Final = 2
_SECONDS: t.Final = 2.0
_NOT_MADE: t.Final = Reply(ok=False, status=None, error=NOBODY, ms=0)


def request(record: str, checks: t.Sequence[Check], answer: t.Mapping[str, t.Any] | None) -> Request | None:
    """GET the health path at the record's URL. None if the URL or the address is not known.

    Like health checkers, it does not verify the certificate, whose CA may be known only to users.

    :param answer: of DNS, or of TestDNSAnswer where DNS cannot be queried: see status_calls.readers.
    """
    endpoint = next((check for check in checks if check.role == health_checks.ENDPOINT), None)
    if endpoint is None or not answer:
        return None
    url = url_of(endpoint, record, endpoint.config.get("ResourcePath") or "/")
    network = Network.from_environment(os.environ)
    if not network.dns:
        # A local AWS without a data plane: requests to its addresses would leave this machine.
        return Request(url=url, address="", reply=_NOT_MADE, note=answer["note"])
    found: Request | None = None
    for address in itertools.islice(answer["values"], _MOST_ADDRESSES):
        asked, reply = ask(network, url, address, seconds=_SECONDS, verify=False)
        found = Request(url=asked, address=address, reply=reply, note=answer["note"])
        if found.reply.ok:
            break
    return found
