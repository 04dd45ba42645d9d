# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The listeners that the options describe. Pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._aws.limits import PORTS
from .._aws.validation import check_range
from .._engine.errors import SpecError
from .._engine.unknown import is_unknown
from .resources.listener import HTTP, HTTPS, MORE_CERTIFICATES, redirect
from .resources.mutual_authentication import FIELD as MUTUAL_AUTHENTICATION
from .resources.mutual_authentication import parse_mutual_authentication

# FixedResponseActionConfig, MessageBody.
_BODY_LENGTH: t.Final = 1024
# Besides the default one: Elastic Load Balancing's quota, "Certificates per Application Load Balancer".
_MOST_CERTIFICATES: t.Final = 25
# Elastic Load Balancing User Guide, "Security policies": each name ends in a year and month.
_POLICY: t.Final = re.compile(r"ELBSecurityPolicy-([A-Za-z0-9]+-)*20\d\d-\d\d")
_USUAL_POLICY: t.Final = "ELBSecurityPolicy-TLS13-1-2-2021-06"
# TLS 1.3 only: ELBSecurityPolicy-TLS13-1-3-2021-06, …-FIPS-2023-04, …-PQ-2025-09.
_ONLY_TLS_1_3: t.Final = re.compile(r"ELBSecurityPolicy-TLS13-1-3-.*")
# RFC 6797, 6.1, and the directive preload.
_HSTS: t.Final = re.compile(r"max-age=\d+(\s*;\s*(includeSubDomains|preload))*", re.IGNORECASE)
_CERTIFICATE: t.Final = re.compile(
    r"arn:aws[a-z-]*:(?:acm:([a-z0-9-]+)|iam:):\d{12}:(?:server-)?certificate/.+", re.ASCII
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class ListenerSpec:
    """A listener as it should be.

    :param name: logical name, one for each protocol (``http``, ``https``).
    :param values: of its fields, by name.
    """

    name: str
    port: int
    values: t.Mapping[str, t.Any]


def parse_listeners(params: t.Mapping[str, t.Any], region: str) -> tuple[ListenerSpec, ...]:
    """The listeners that the options describe. Raises SpecError."""
    body, port = _parse_body(params["not_found_body"]), check_range("listener_port", params["listener_port"], *PORTS)
    certificate = params["certificate_arn"]
    https_port = check_range("https_port", params["https_port"], *PORTS)
    # Parsed even without a certificate, to report mistakes before HTTPS is turned on.
    values = {
        "protocol": "HTTPS",
        "port": https_port,
        "not_found_body": body,
        "ssl_policy": _parse_policy(params["ssl_policy"]),
        "certificate_arn": _parse_certificate("certificate_arn", certificate, region) if certificate else "",
        "strict_transport_security": _parse_hsts(params["strict_transport_security"]),
        MORE_CERTIFICATES: _parse_more(params[MORE_CERTIFICATES], certificate, region),
        MUTUAL_AUTHENTICATION.name: parse_mutual_authentication(params[MUTUAL_AUTHENTICATION.name], region),
    }
    if not certificate:
        return (_http(port, body),)
    if https_port == port:
        raise SpecError("https_port", f"is {port}, as listener_port is.", "A port has one listener.")
    first = redirect(https_port) if params["redirect_http"] else body
    return (_http(port, first), ListenerSpec(name=HTTPS, port=https_port, values=values))


def _http(port: int, body: str | dict[str, t.Any]) -> ListenerSpec:
    return ListenerSpec(name=HTTP, port=port, values={"protocol": "HTTP", "port": port, "not_found_body": body})


def unused(params: t.Mapping[str, t.Any]) -> tuple[str, ...]:
    """Warnings about options of an HTTPS listener, if there is none."""
    if params["certificate_arn"]:
        return ()
    options = ("strict_transport_security", MORE_CERTIFICATES, MUTUAL_AUTHENTICATION.name)
    said = [option for option in options if params[option]]
    return tuple(f"{option} is of the HTTPS listener, and there is none without certificate_arn" for option in said)


def _parse_body(body: str) -> str:
    if len(body) > _BODY_LENGTH:
        raise SpecError("not_found_body", f"has {len(body)} characters.", f"AWS allows {_BODY_LENGTH}.")
    return body


def _parse_policy(policy: str) -> str:
    if not _POLICY.fullmatch(policy):
        raise SpecError("ssl_policy", f"{policy!r} is not a security policy.", f"Use one such as {_USUAL_POLICY}.")
    if _ONLY_TLS_1_3.fullmatch(policy):
        raise SpecError(
            "ssl_policy",
            f"{policy} is of TLS 1.3 alone, which Route 53's health checkers do not speak: every region would count as "
            "unhealthy.",
            f"Take one that has TLS 1.2 as well, such as {_USUAL_POLICY}.",
        )
    return policy


def _parse_hsts(value: str | None) -> str:
    if value and not _HSTS.fullmatch(value):
        raise SpecError(
            "strict_transport_security",
            f"{value!r} is not valid for this header.",
            "Write it as in max-age=31536000; includeSubDomains.",
        )
    return value or ""


def _parse_more(values: t.Sequence[str], default: str, region: str) -> list[str]:
    arns = sorted({_parse_certificate(MORE_CERTIFICATES, value, region) for value in values} - {default})
    if len(arns) > _MOST_CERTIFICATES:
        raise SpecError(MORE_CERTIFICATES, f"has {len(arns)} certificates.", f"AWS allows {_MOST_CERTIFICATES}.")
    return arns


def _parse_certificate(option: str, value: str, region: str) -> str:
    match = _CERTIFICATE.fullmatch(value)
    if not match and not is_unknown(value):
        raise SpecError(option, f"{value!r} is not the ARN of a certificate in ACM or IAM.")
    if match and match[1] not in (None, region):
        raise SpecError(option, f"{value} is in {match[1]}.", f"A load balancer takes those of its region, {region}.")
    return value


def certificates_in(values: t.Mapping[str, t.Any]) -> tuple[str, ...]:
    """The ARNs in the values of a listener's fields, the default one first."""
    found = (values.get("certificate_arn"), *(values.get(MORE_CERTIFICATES) or ()))
    return tuple(arn for arn in found if arn)
