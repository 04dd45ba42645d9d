# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers as DNS messages, and back. Pure. From RFC 1035, 2181 and 6891."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from dnslib import CLASS, EDNS0, OPCODE, QTYPE, RCODE, RR, DNSError, DNSHeader, DNSRecord

from sandbox.overlay.route53.answers import Answer, RRset
from sandbox.overlay.route53.records import normal_name, readable_name

# Without EDNS; and the size that fits into a datagram on every path (RFC 9715)
_SMALLEST, _LARGEST = 512, 1232
_ADDRESSES = ("A", "AAAA")


@dataclass(frozen=True, slots=True)
class Question:
    """A client's question, and the largest reply over UDP in bytes."""

    name: str
    kind: str
    request: DNSRecord
    size: int


def parse_question(message: bytes) -> Question | DNSRecord | None:
    """The question in a message, or the reply that refuses it; None for no reply."""
    try:
        request = DNSRecord.parse(message)
    except DNSError:
        # No reply to a fragment or a reply, so that two servers never answer each other endlessly.
        if len(message) < 12 or message[2] & 0x80:
            return None
        return DNSRecord(DNSHeader(id=int.from_bytes(message[:2], "big"), qr=1, rcode=RCODE.FORMERR))
    if request.header.qr:
        return None
    refusal = _refusal(request)
    if refusal:
        reply = request.reply(ra=0, aa=0)
        reply.header.rcode = getattr(RCODE, refusal)
        return reply
    size = next((int(option.rclass) for option in request.ar if option.rtype == QTYPE.OPT), 0)
    kind = str(QTYPE[request.q.qtype])
    return Question(normal_name(str(request.q.qname)), kind, request, min(max(size, _SMALLEST), _LARGEST))


def _refusal(request: DNSRecord) -> str:
    """The response code that refuses a message which is no plain question; empty when it is one."""
    if request.header.opcode != OPCODE.QUERY:
        return "NOTIMP"
    if len(request.questions) != 1:
        return "FORMERR"
    if request.q.qclass != CLASS.IN:
        return "REFUSED"
    # Zone transfers are refused, and so is ANY (RFC 8482).
    return "NOTIMP" if request.q.qtype in (QTYPE.ANY, QTYPE.AXFR, QTYPE.IXFR) else ""


def reply_to(question: Question, answer: Answer, glue: Mapping[str, str], *, recursive: bool) -> DNSRecord:
    """The reply. `glue` has the addresses of name servers by name; `recursive` is for the resolver."""
    reply = question.request.reply(ra=int(recursive), aa=int(answer.authoritative and not recursive))
    reply.header.rcode = getattr(RCODE, answer.code)
    # dnslib echoes it. Nothing here is authenticated (RFC 4035, 3.1.6).
    reply.header.ad = 0
    for rrset in answer.answer:
        reply.add_answer(*_records(rrset))
    for rrset in answer.authority:
        reply.add_auth(*_records(rrset))
    servers = [name for rrset in (*answer.answer, *answer.authority) if rrset.kind == "NS" for name in rrset.values]
    for name in servers:
        if normal_name(name) in glue:
            reply.add_ar(*_records(RRset(normal_name(name), "A", 172800, (glue[normal_name(name)],))))
    if any(option.rtype == QTYPE.OPT for option in question.request.ar):
        reply.add_ar(EDNS0(udp_len=_LARGEST))
    return reply


def _records(rrset: RRset) -> list[RR]:
    """The values of addresses in an order that changes, as Route 53 does it."""
    values = random.sample(rrset.values, len(rrset.values)) if rrset.kind in _ADDRESSES else rrset.values
    kind = "TXT" if rrset.kind == "SPF" else rrset.kind
    records: list[RR] = []
    for value in values:
        records += RR.fromZone(f"{readable_name(rrset.name)} {rrset.ttl} IN {kind} {value}")
    return records


def fitted(reply: DNSRecord, size: int) -> bytes:
    """The message; if it does not fit, one with the TC bit, so that the client uses TCP."""
    packed = bytes(reply.pack())
    if len(packed) <= size:
        return packed
    short = DNSRecord(DNSHeader(id=reply.header.id, bitmap=reply.header.bitmap), questions=reply.questions)
    short.header.tc = 1
    return bytes(short.pack())


def make_query(name: str, kind: str) -> DNSRecord:
    """A question to a name server."""
    query = DNSRecord.question(readable_name(name), kind)
    query.header.rd = 0
    query.add_ar(EDNS0(udp_len=_LARGEST))
    return query


def parse_answer(reply: DNSRecord) -> Answer:
    """A name server's answer, without glue: the resolver knows every name server's address."""
    return Answer(
        str(RCODE[reply.header.rcode]),
        _rrsets(reply.rr),
        _rrsets(reply.auth),
        authoritative=bool(reply.header.aa),
    )


def _rrsets(records: list[RR]) -> tuple[RRset, ...]:
    values: dict[tuple[str, str], list[str]] = {}
    ttls: dict[tuple[str, str], int] = {}
    for record in records:
        key = (normal_name(str(record.rname)), str(QTYPE[record.rtype]))
        values.setdefault(key, []).append(record.rdata.toZone())
        ttls[key] = record.ttl
    return tuple(RRset(name, kind, ttls[name, kind], tuple(found)) for (name, kind), found in values.items())
