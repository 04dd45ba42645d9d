# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads dnspython's messages. Pure."""

from __future__ import annotations

import contextlib

from .answers import Answer

with contextlib.suppress(ImportError):  # see resolver.py
    import dns.flags
    import dns.message
    import dns.name
    import dns.rcode
    import dns.rdatatype


def referral(reply: dns.message.Message, name: dns.name.Name) -> list[dns.name.Name] | None:
    """The name servers of the child zone in a referral; None if the reply is an answer."""
    if reply.rcode() != dns.rcode.NOERROR or reply.answer or reply.flags & dns.flags.AA:
        return None
    names = [
        item.target
        for rrset in reply.authority
        if rrset.rdtype == dns.rdatatype.NS and name.is_subdomain(rrset.name)
        for item in rrset
    ]
    return names or None


def glue(reply: dns.message.Message) -> dict[dns.name.Name, list[str]]:
    """The addresses in a referral: server → addresses."""
    return {
        rrset.name: [str(item.address) for item in rrset]
        for rrset in reply.additional
        if rrset.rdtype == dns.rdatatype.A
    }


def name_servers(reply: dns.message.Message, zone: dns.name.Name) -> tuple[str, ...]:
    """The NS records of exactly this zone, in a referral or an answer, sorted."""
    found = {
        text(item.target)
        for rrset in (*reply.answer, *reply.authority)
        if rrset.rdtype == dns.rdatatype.NS and rrset.name == zone
        for item in rrset
    }
    return tuple(sorted(found))


def answer(
    reply: dns.message.Message, name: dns.name.Name, kind: dns.rdatatype.RdataType, asked: tuple[str, ...]
) -> Answer:
    """The answer in a reply of the last server in ``asked``."""
    rcode = dns.rcode.to_text(reply.rcode())
    records = [rrset for rrset in reply.answer if rrset.rdtype == kind]
    if not records:
        what = "does not exist" if rcode == "NXDOMAIN" else f"has no {dns.rdatatype.to_text(kind)} record"
        problem = f"{text(name)} {what}, says {asked[-1]}"
        return Answer(rcode=rcode, name_servers=asked, problem=problem)
    values = tuple(item.to_text().removesuffix(".") for rrset in records for item in rrset)
    return Answer(rcode=rcode, addresses=values, ttl=min(rrset.ttl for rrset in records), name_servers=asked)


def text(name: dns.name.Name) -> str:
    """The name in lower case, without the trailing dot."""
    return name.to_text(omit_final_dot=True).lower()
