# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS for HTTPS listeners: the listener's certificate from ACM, or one made here."""

from __future__ import annotations

import ssl
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sandbox.plane.routes import Route
from sandbox.plane.site import Site

_NAME = "sandbox.invalid"


@dataclass(slots=True)
class Certificates:
    """TLS contexts by certificate ARN; one that was made is kept."""

    site: Site
    _contexts: dict[str, ssl.SSLContext] = field(default_factory=dict)

    def context(self, route: Route) -> ssl.SSLContext:
        """The context of an HTTPS listener."""
        known = self._contexts.get(route.certificate)
        if known is None:
            known = self._contexts[route.certificate] = _context(*(self._from_acm(route) or self_signed()))
        return known

    def _from_acm(self, route: Route) -> tuple[bytes, bytes] | None:
        from moto.acm.models import acm_backends  # noqa: PLC0415  # slow, and needed for HTTPS alone

        with self.site.looking():
            bundle = acm_backends[route.account][route.region]._certificates.get(route.certificate)
            return (bundle.cert, bundle.key) if bundle else None


def _context(certificate: bytes, key: bytes) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # The ssl module reads from files alone.
    with tempfile.TemporaryDirectory(prefix="everlook-sandbox-") as folder:
        place = Path(folder) / "certificate.pem"
        place.write_bytes(certificate.rstrip() + b"\n" + key)
        context.load_cert_chain(place)
    return context


def self_signed(domain: str = _NAME) -> tuple[bytes, bytes]:
    """A certificate for a domain and its key, both in PEM."""
    from cryptography import x509  # noqa: PLC0415  # slow, and needed for HTTPS alone
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, domain)])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(domain)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return built.public_bytes(encoding), key.private_bytes(encoding, form, plain)
