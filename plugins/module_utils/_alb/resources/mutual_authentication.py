# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutual authentication of an HTTPS listener's clients (MutualAuthenticationAttributes). Pure."""

from __future__ import annotations

import re
import typing as t

from ..._engine.errors import SpecError
from ..._engine.field import Answer, Field
from ..._engine.unknown import is_unknown

_OPTION: t.Final = "mutual_authentication"
_VERIFY: t.Final = "verify"
_STORE: t.Final = re.compile(
    r"arn:aws[a-z-]*:elasticloadbalancing:([a-z0-9-]+):\d{12}:truststore/[A-Za-z0-9-]+/[0-9a-f]+", re.ASCII
)
OFF: t.Final[t.Mapping[str, t.Any]] = {"mode": "off"}
# Options of the mode ``verify`` only.
_OF_VERIFY: t.Final = ("trust_store_arn", "ignore_client_certificate_expiry", "advertise_ca_names")


def _read(answer: Answer) -> dict[str, t.Any]:
    """The value; AWS omits what is not set. Modes other than ``verify`` have no settings."""
    found = answer.get("MutualAuthentication") or {}
    mode = found.get("Mode") or "off"
    if mode != _VERIFY:
        return {"mode": mode}
    return {
        "mode": mode,
        "trust_store_arn": found.get("TrustStoreArn"),
        "ignore_client_certificate_expiry": bool(found.get("IgnoreClientCertificateExpiry")),
        "advertise_ca_names": found.get("AdvertiseTrustStoreCaNames") == "on",
    }


def _write(value: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    if value["mode"] != _VERIFY:
        return {"MutualAuthentication": {"Mode": value["mode"]}}
    return {
        "MutualAuthentication": {
            "Mode": value["mode"],
            "TrustStoreArn": value["trust_store_arn"],
            "IgnoreClientCertificateExpiry": value["ignore_client_certificate_expiry"],
            "AdvertiseTrustStoreCaNames": "on" if value["advertise_ca_names"] else "off",
        }
    }


FIELD: t.Final = Field(name=_OPTION, read=_read, write=_write, default=OFF)


def verifies(values: t.Mapping[str, t.Any]) -> bool:
    """Whether a listener with these values requires a client certificate."""
    return bool(values.get(_OPTION, OFF)["mode"] == _VERIFY)


def trust_store_in(values: t.Mapping[str, t.Any]) -> str:
    """The trust store's ARN in the values of a listener's fields; empty for none."""
    return str(values.get(_OPTION, OFF).get("trust_store_arn") or "")


def parse_mutual_authentication(options: t.Mapping[str, t.Any] | None, region: str) -> t.Mapping[str, t.Any]:
    """The value of the field. Raises SpecError."""
    if not options or not options.get("mode"):
        return OFF
    mode, store = options["mode"], options.get("trust_store_arn") or ""
    if mode != _VERIFY:
        for option in _OF_VERIFY:
            if options.get(option):
                raise SpecError(
                    f"{_OPTION}.{option}", f"has no effect with mode {mode}.", "Use verify, or leave it out."
                )
        return {"mode": mode}
    if not store:
        raise SpecError(f"{_OPTION}.trust_store_arn", "is not set.", "Name the trust store that verify needs.")
    match = _STORE.fullmatch(store)
    if not match and not is_unknown(store):
        raise SpecError(f"{_OPTION}.trust_store_arn", f"{store!r} is not the ARN of a trust store.")
    if match and match[1] != region:
        raise SpecError(
            f"{_OPTION}.trust_store_arn",
            f"{store} is in {match[1]}.",
            f"A load balancer takes those of its region, {region}: set it for each region in its host variables.",
        )
    return {
        "mode": mode,
        "trust_store_arn": store,
        "ignore_client_certificate_expiry": bool(options.get("ignore_client_certificate_expiry")),
        "advertise_ca_names": bool(options.get("advertise_ca_names")),
    }
