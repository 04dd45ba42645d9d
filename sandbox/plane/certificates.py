# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS for HTTPS listeners: the listener's certificate for the client's SNI name, from ACM or created here."""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sandbox.plane.client_certificates import demand, trust
from sandbox.plane.routes import Mutual, Route
from sandbox.plane.site import Site

_NAME = "sandbox.invalid"


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate as clients get it, and the names that it is good for."""

    context: ssl.SSLContext
    names: frozenset[str]

    def fits(self, name: str) -> bool:
        """Whether it is valid for a name; a wildcard matches one label."""
        return bool({name, f"*.{name.partition('.')[2]}"} & self.names)


@dataclass(slots=True)
class Certificates:
    """TLS contexts of listeners. Created certificates are kept, and renewed ones of ACM are read again."""

    site: Site
    _known: dict[tuple[str, bytes, Mutual], Shown] = field(default_factory=dict)
    _made: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)

    def context(self, route: Route, current: Callable[[], Route]) -> ssl.SSLContext:
        """The context of an HTTPS listener, which may have other certificates at each connection."""
        context = _context(*self_signed())
        demand(context, route.mutual)
        if route.only_tls_1_3:
            context.minimum_version = ssl.TLSVersion.TLSv1_3

        asked = route.mutual

        def choose(connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
            nonlocal asked
            now = current()
            # A client that was asked for a certificate just before the listener stopped asking is still verified.
            asked = now.mutual if now.mutual.mode != "off" else asked
            connection.context = self._chosen(replace(now, mutual=asked), (name or "").lower()).context

        context.sni_callback = choose
        return context

    def _chosen(self, route: Route, name: str) -> Shown:
        """The one that has the name, and the default one if none has."""
        shown = [self._shown(route, arn) for arn in route.certificates or ("",)]
        return next((each for each in shown if each.fits(name)), shown[0])

    def _shown(self, route: Route, arn: str) -> Shown:
        found = self._from_acm(route, arn)
        if found is None:
            found = self._made.setdefault(arn, self_signed())
        key = (arn, found[0], route.mutual)
        if key not in self._known:
            context = _context(*found)
            trust(context, route.mutual)
            self._known[key] = Shown(context, _names(found[0]))
        return self._known[key]

    def _from_acm(self, route: Route, arn: str) -> tuple[bytes, bytes] | None:
        from moto.acm.models import acm_backends  # noqa: PLC0415  # slow, and needed for HTTPS alone

        with self.site.looking():
            bundle = acm_backends[route.account][route.region]._certificates.get(arn)
            return (bundle.cert, bundle.key) if bundle else None


def _names(certificate: bytes) -> frozenset[str]:
    from cryptography import x509  # noqa: PLC0415  # slow, and needed for HTTPS alone

    loaded = x509.load_pem_x509_certificate(certificate)
    try:
        found = loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset()
    return frozenset(name.lower() for name in found.get_values_for_type(x509.DNSName))


def _context(certificate: bytes, key: bytes) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # The ssl module reads only files.
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
