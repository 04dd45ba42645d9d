# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired state of the layer, parsed from the module's options. Pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._aws.owner import ENTRANCE, Owner, parse_owner
from .._engine.errors import SpecError
from .._engine.unknown import is_unknown
from .._route53.names import is_within, parse_name, readable

# RequestCertificate: DomainNameString, the length of DomainName, and SubjectAlternativeNames.
_NAME: t.Final = re.compile(r"(\*\.)?(((?!-)[a-z0-9-]{0,62}[a-z0-9])\.)+((?!-)[a-z0-9-]{1,62}[a-z0-9])")
_FIRST_LENGTH: t.Final = 64
_LENGTH: t.Final = 253
_MOST_NAMES: t.Final = 100
_ARN: t.Final = re.compile(r"arn:aws[a-z-]*:acm:([a-z0-9-]+):\d{12}:certificate/[A-Za-z0-9-]{1,64}", re.ASCII)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Spec:
    """The certificate of one region.

    :param wait_timeout: seconds.
    :param names: in lower case, wildcards with ``*``; the first is the certificate's DomainName.
    :param zone: the zone that contains all names, in normal form.
    :param zone_id: may be a placeholder; None to look it up.
    :param certificate_arn: one to use in place of the stack's own.
    :param other_regions: regions whose certificates may need the same validation records.
    :param continues: whether an earlier pass of the run has done everything except waiting.
    """

    owner: Owner
    region: str
    wait_timeout: float
    absent: bool
    names: tuple[str, ...]
    zone: str
    zone_id: str | None
    key_algorithm: str
    certificate_arn: str | None
    other_regions: tuple[str, ...]
    continues: bool = False

    @property
    def domains(self) -> tuple[str, ...]:
        """The domains to validate."""
        return tuple(dict.fromkeys(domain_of(name) for name in self.names))


def domain_of(name: str) -> str:
    """The domain that validates the name: a wildcard has its parent's (ACM User Guide, "DNS validation")."""
    return name.removeprefix("*.")


def parse(params: t.Mapping[str, t.Any], region: str) -> Spec:
    """The desired state. Raises SpecError."""
    zone = parse_name("zone", params["zone"])
    return Spec(
        owner=parse_owner(params, ENTRANCE),
        region=region,
        wait_timeout=float(params["wait_timeout"]),
        absent=params["state"] == "absent",
        names=_parse_names(params["names"], zone),
        zone=zone,
        zone_id=params["zone_id"] or None,
        key_algorithm=params["key_algorithm"],
        certificate_arn=_parse_arn(params["certificate_arn"], region),
        other_regions=tuple(sorted({*params["other_regions"]} - {region})),
        continues=bool(params["continue_from"]),
    )


def _parse_names(values: t.Sequence[str], zone: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(_parse_one(value, zone) for value in values))
    if not names:
        raise SpecError("names", "is empty.", "A certificate has at least one name.")
    if len(names) > _MOST_NAMES:
        raise SpecError("names", f"has {len(names)} names.", f"AWS allows {_MOST_NAMES} in a certificate.")
    if len(names[0]) > _FIRST_LENGTH:
        raise SpecError(
            "names",
            f"{names[0]!r} has {len(names[0])} characters.",
            f"The first name may have {_FIRST_LENGTH}, the others {_LENGTH}: put a shorter one first.",
        )
    return names


def _parse_one(value: str, zone: str) -> str:
    name = readable(parse_name("names", value, wildcard=True))
    if not _NAME.fullmatch(name) or len(name) > _LENGTH:
        raise SpecError("names", f"{value!r} cannot be in a certificate.", "Labels have letters, digits and hyphens.")
    if not is_within(domain_of(name), zone):
        raise SpecError(
            "names",
            f"{value!r} is not in the zone {readable(zone)!r}, where the records go that validate it.",
            "For names of other zones, make the certificate yourself and name it with certificate_arn.",
        )
    return name


def _parse_arn(value: str | None, region: str) -> str | None:
    if not value or is_unknown(value):
        return value or None
    match = _ARN.fullmatch(value)
    if not match:
        raise SpecError("certificate_arn", f"{value!r} is not the ARN of a certificate in ACM.")
    if match[1] != region:
        raise SpecError(
            "certificate_arn",
            f"{value} is in {match[1]}.",
            f"A load balancer takes certificates of its own region, {region}.",
        )
    return value
