# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DNS over HTTPS (RFC 8484), for networks in which port 53 is closed.

The messages are dnspython's. Its own transport would need httpx and h2. A POST by the standard library needs neither,
and respects HTTPS_PROXY and SSL_CERT_FILE.
"""

from __future__ import annotations

import contextlib
import http.client
import typing as t
import urllib.request

with contextlib.suppress(ImportError):  # see resolver.py
    import dns.exception
    import dns.message

_TYPE: t.Final = "application/dns-message"
# No DNS message is longer (RFC 1035, section 4.2.2).
_LARGEST: t.Final = 65535


class OverHttps:
    """A resolver behind a URL. Thread-safe.

    :param seconds: timeout of the connection, and of each part of the answer.
    """

    def __init__(self, url: str, seconds: float) -> None:
        self.url = url
        self._seconds = seconds
        self._opener = urllib.request.build_opener()

    def query(self, message: dns.message.Message) -> dns.message.Message:
        """The reply. Raises OSError without one, DNSException if it is not a DNS message."""
        # So that the same query has the same bytes, and caches may answer it (RFC 8484, section 4.1).
        message.id = 0
        headers = {"Content-Type": _TYPE, "Accept": _TYPE, "User-Agent": "everlook.failover"}
        request = urllib.request.Request(self.url, data=message.to_wire(), headers=headers)
        try:
            with self._opener.open(request, timeout=self._seconds) as answer:
                if answer.headers.get_content_type() != _TYPE:
                    raise OSError(f"{answer.headers.get_content_type()} is not a DNS message")
                return dns.message.from_wire(answer.read(_LARGEST))
        except http.client.HTTPException as error:
            raise OSError(f"{type(error).__name__}: {error}") from error


def describe(error: Exception) -> str:
    """Why there is no reply, in a few words."""
    reason = getattr(error, "reason", None)
    return str(reason or error)[:100] or type(error).__name__
