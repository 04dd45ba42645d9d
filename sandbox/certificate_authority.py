# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate authority of a local AWS: real certificates, verified by clients that trust its root."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, CertificateBuilder

_YEARS = timedelta(days=3650)
_EARLIER = timedelta(minutes=5)  # for clocks that are late


@dataclass(slots=True)
class CertificateAuthority:
    """A root, created on first use. All certificates of an algorithm share a key: RSA is slow."""

    _root: tuple[Any, Certificate] | None = None
    _keys: dict[str, Any] = field(default_factory=dict)

    def root(self) -> bytes:
        """The root certificate, in PEM."""
        return _pem(self._known_root()[1])

    def issue(self, names: Sequence[str], algorithm: str, valid: timedelta) -> tuple[bytes, bytes]:
        """A certificate for the names, the first of which is its subject, and its key, both in PEM."""
        from cryptography import x509  # noqa: PLC0415  # slow, and needed for certificates alone

        root_key, root = self._known_root()
        key = self._key(algorithm)
        built = (
            _builder(names[0], root.subject, key.public_key(), valid)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        )
        return _pem(_signed(built, root_key)), _key_pem(key)

    def _known_root(self) -> tuple[Any, Certificate]:
        if self._root is None:
            from cryptography import x509  # noqa: PLC0415  # as above

            key = _new_key("EC_prime256v1")
            name = _name("The local AWS of everlook.failover")
            built = (
                _builder("The local AWS of everlook.failover", name, key.public_key(), _YEARS)
                .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
                .add_extension(_usage(), critical=True)
                .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            )
            self._root = (key, _signed(built, key))
        return self._root

    def _key(self, algorithm: str) -> Any:
        if algorithm not in self._keys:
            self._keys[algorithm] = _new_key(algorithm)
        return self._keys[algorithm]


def _builder(subject: str, issuer: Any, public_key: Any, valid: timedelta) -> CertificateBuilder:
    from cryptography import x509  # noqa: PLC0415  # as above

    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder(issuer, _name(subject), public_key, x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + valid)
    )


def _name(common_name: str) -> Any:
    from cryptography import x509  # noqa: PLC0415  # as above

    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])


def _usage() -> Any:
    from cryptography import x509  # noqa: PLC0415  # as above

    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _new_key(algorithm: str) -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: PLC0415  # as above

    curves = {"EC_prime256v1": ec.SECP256R1(), "EC_secp384r1": ec.SECP384R1()}
    if algorithm in curves:
        return ec.generate_private_key(curves[algorithm])
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _signed(built: CertificateBuilder, key: Any) -> Certificate:
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415  # as above

    return built.sign(key, hashes.SHA256())


def _pem(certificate: Certificate) -> bytes:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  # as above

    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: Any) -> bytes:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  # as above

    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
