# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client certificates: requested in handshakes, verified or passed through, and forwarded to targets.

User Guide of Application Load Balancers, "Mutual authentication with TLS". The names of a trust store's authorities are
not advertised to clients.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from weakref import WeakKeyDictionary

from sandbox.plane.messages import Headers
from sandbox.plane.routes import Mutual

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_PREFIX = "X-Amzn-Mtls-Clientcert"
# X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which the ssl module has no name for
_NO_CHECK_TIME = 0x200000
# RFC 8446, 4: a handshake's record, and its message certificate
_HANDSHAKE, _CERTIFICATE = 22, 11
_VERIFYING = {"verify": ssl.CERT_REQUIRED, "passthrough": ssl.CERT_OPTIONAL}
# The chains that clients have shown, leaf first, in DER.
_shown: WeakKeyDictionary[Any, list[bytes]] = WeakKeyDictionary()


def demand(context: ssl.SSLContext, mutual: Mutual) -> None:
    """Set a context for new connections to request client certificates as the listener does."""
    context.verify_mode = _VERIFYING.get(mutual.mode, ssl.CERT_NONE)
    context.verify_flags &= ~(_NO_CHECK_TIME | ssl.VERIFY_X509_PARTIAL_CHAIN)
    if mutual.mode == "passthrough":
        context.verify_flags |= _NO_CHECK_TIME | ssl.VERIFY_X509_PARTIAL_CHAIN
    elif mutual.ignores_expiry:
        context.verify_flags |= _NO_CHECK_TIME
    if mutual.mode != "off":
        # "Session resumption is not supported": a resumed session has no certificate.
        context.options |= ssl.OP_NO_TICKET
        context.num_tickets = 0


def trust(context: ssl.SSLContext, mutual: Mutual) -> None:
    """Set a context to trust the listener's trust store; with passthrough, every certificate."""
    if mutual.mode == "off":
        return
    if mutual.authorities:
        context.load_verify_locations(cadata=mutual.authorities)

    def see(connection: Any, direction: str, version: Any, content: int, message: int, data: bytes) -> None:
        if (direction, content, message) != ("read", _HANDSHAKE, _CERTIFICATE):
            return
        _shown[connection] = chain = _chain(data[4:], version == ssl.TLSVersion.TLSv1_3)
        if chain and mutual.mode == "passthrough":
            # OpenSSL verifies the certificate, and the ssl module cannot turn that off.
            context.load_verify_locations(cadata=b"".join(chain))

    # No other way leads to the chain before Python 3.13, and none to one that is not to be verified.
    context._msg_callback = see  # type: ignore[attr-defined]


def _chain(body: bytes, extended: bool) -> list[bytes]:
    """The certificates of a message (RFC 5246, 7.4.2; RFC 8446, 4.4.2, where each has extensions)."""
    rest = body[1 + body[0] :] if extended else body
    rest = rest[3:]
    found = []
    while rest:
        length = int.from_bytes(rest[:3], "big")
        found.append(rest[3 : 3 + length])
        rest = rest[3 + length :]
        if extended:
            rest = rest[2 + int.from_bytes(rest[:2], "big") :]
    return found


def headers_of(connection: Any, mutual: Mutual) -> Headers:
    """The headers that describe a client's certificate to targets; none without one."""
    chain = _shown.get(connection) if connection is not None else None
    if not chain or mutual.mode == "off":
        return ()
    if mutual.mode == "passthrough":
        return ((_PREFIX, _quoted(*chain)),)
    from cryptography import x509  # noqa: PLC0415  # slow, and needed for certificates alone

    leaf = x509.load_der_x509_certificate(chain[0])
    return (
        (f"{_PREFIX}-Serial-Number", _hexadecimal(leaf.serial_number)),
        (f"{_PREFIX}-Issuer", leaf.issuer.rfc4514_string()),
        (f"{_PREFIX}-Subject", leaf.subject.rfc4514_string()),
        (f"{_PREFIX}-Validity", _validity(leaf)),
        (f"{_PREFIX}-Leaf", _quoted(chain[0])),
    )


def _validity(leaf: Certificate) -> str:
    begin, end = (f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in (leaf.not_valid_before_utc, leaf.not_valid_after_utc))
    return f"NotBefore={begin};NotAfter={end}"


def _hexadecimal(number: int) -> str:
    return number.to_bytes((number.bit_length() + 7) // 8, "big").hex().upper()


def _quoted(*chain: bytes) -> str:
    """URL-encoded PEM, with +=/ as safe characters."""
    return quote("".join(ssl.DER_cert_to_PEM_cert(each) for each in chain), safe="+=/")
