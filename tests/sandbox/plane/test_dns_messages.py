# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages: what is no question, what does not fit, and what every type looks like on its way there and back."""

from __future__ import annotations

import pytest
from dnslib import CLASS, OPCODE, QTYPE, RCODE, DNSHeader, DNSQuestion, DNSRecord
from hypothesis import given
from hypothesis import strategies as st

from sandbox.overlay.route53.answers import Answer, RRset
from sandbox.plane.dns_messages import Question, fitted, make_query, parse_answer, parse_question, reply_to

NAME = "dev.example.com."
VALUES = {
    "A": ("192.0.2.1", "192.0.2.2"),
    "AAAA": ("2001:db8::1",),
    "CAA": ('0 issue "amazon.com"',),
    "CNAME": ("other.example.com.",),
    "DS": ("123 8 2 ABCDEF",),
    "HTTPS": ("1 . alpn=h2",),
    "MX": ("10 mail.example.com.",),
    "NAPTR": ('100 50 "s" "http" "" a.example.com.',),
    "NS": ("ns-1.awsdns-02.com.", "ns-3.awsdns-04.net."),
    "PTR": ("a.example.com.",),
    "SOA": ("ns-1.awsdns-02.com. host.example.com. 1 7200 900 1209600 86400",),
    "SRV": ("1 2 3 a.example.com.",),
    "SSHFP": ("1 1 ABCD",),
    "TLSA": ("3 1 1 ABCD",),
    "TXT": ('"v=spf1 -all" "more"',),
}

WHOLE = bytes(make_query(NAME, "A").pack())


def question(name: str = NAME, kind: str = "A") -> Question:
    parsed = parse_question(bytes(make_query(name, kind).pack()))
    assert isinstance(parsed, Question)
    return parsed


@pytest.mark.parametrize("kind", list(VALUES))
def test_every_type_goes_there_and_back(kind: str) -> None:
    answer = Answer("NOERROR", (RRset(NAME, kind, 60, VALUES[kind]),))
    packed = reply_to(question(kind=kind), answer, {}, recursive=False).pack()
    back = parse_answer(DNSRecord.parse(packed))
    assert (back.code, back.authoritative, back.authority) == ("NOERROR", True, ())
    assert [(rrset.name, rrset.kind, rrset.ttl) for rrset in back.answer] == [(NAME, kind, 60)]
    assert sorted(back.answer[0].values) == sorted(VALUES[kind])


def test_spf_is_written_like_txt() -> None:
    answer = Answer("NOERROR", (RRset(NAME, "SPF", 60, ('"v=spf1 -all"',)),))
    reply = reply_to(question(kind="SPF"), answer, {}, recursive=False)
    assert [record.rdata.toZone() for record in reply.rr] == ['"v=spf1 -all"']


def test_a_referral_brings_the_addresses_that_are_known() -> None:
    answer = Answer("NOERROR", (), (RRset(NAME, "NS", 300, VALUES["NS"]),), authoritative=False)
    reply = reply_to(question(), answer, {"ns-1.awsdns-02.com.": "127.10.1.1"}, recursive=False)
    assert [(str(record.rname), str(record.rdata)) for record in reply.ar if record.rtype == QTYPE.A] == [
        ("ns-1.awsdns-02.com.", "127.10.1.1")
    ]
    back = parse_answer(DNSRecord.parse(reply.pack()))
    assert back.referral == answer.authority[0]
    assert not reply.header.aa


@pytest.mark.parametrize(
    "answer",
    [
        Answer("NXDOMAIN", (), (RRset(NAME, "SOA", 900, VALUES["SOA"]),)),
        Answer("NOERROR", (), (RRset(NAME, "SOA", 900, VALUES["SOA"]),)),
        Answer("NOERROR", (RRset(NAME, "NS", 60, VALUES["NS"]),)),
        Answer("REFUSED", authoritative=False),
    ],
)
def test_what_is_no_referral(answer: Answer) -> None:
    assert answer.referral is None


def test_a_resolver_does_not_speak_for_the_zone() -> None:
    reply = reply_to(question(), Answer("NOERROR", (RRset(NAME, "A", 60, VALUES["A"]),)), {}, recursive=True)
    assert (reply.header.aa, reply.header.ra) == (0, 1)


def test_nothing_is_said_to_be_authenticated() -> None:
    query = make_query(NAME, "A")
    query.header.ad = 1  # dig asks so
    parsed = parse_question(bytes(query.pack()))
    assert isinstance(parsed, Question)
    assert reply_to(parsed, Answer("NOERROR"), {}, recursive=False).header.ad == 0


def test_what_is_too_long_is_cut_and_says_so() -> None:
    asked = question(kind="TXT")
    values = tuple(f'"{number:0200d}"' for number in range(10))
    reply = reply_to(asked, Answer("NOERROR", (RRset(NAME, "TXT", 60, values),)), {}, recursive=False)
    assert len(fitted(reply, 65535)) > 1232
    short = DNSRecord.parse(fitted(reply, asked.size))
    assert (short.header.tc, short.header.id, short.rr) == (1, asked.request.header.id, [])
    assert str(short.q.qname) == NAME


@pytest.mark.parametrize(("said", "size"), [(0, 512), (400, 512), (1000, 1000), (4096, 1232)])
def test_the_largest_reply_is_what_the_client_takes(said: int, size: int) -> None:
    query = DNSRecord.question(NAME)
    if said:
        query = make_query(NAME, "A")
        query.ar[0].rclass = said
    parsed = parse_question(bytes(query.pack()))
    assert isinstance(parsed, Question)
    assert parsed.size == size
    reply = reply_to(parsed, Answer("NOERROR"), {}, recursive=False)
    assert bool(reply.ar) == bool(said)  # EDNS is answered with EDNS


def test_names_are_compared_in_lower_case_and_echoed_as_they_came() -> None:
    parsed = question("DEV.Example.com")
    assert parsed.name == NAME
    reply = reply_to(parsed, Answer("NOERROR"), {}, recursive=False)
    assert str(reply.q.qname) == "DEV.Example.com."


@pytest.mark.parametrize("message", [b"", b"short", b"\x00\x01\x84\x00" + b"\xff" * 8, DNSRecord().reply().pack()])
def test_what_deserves_no_reply(message: bytes) -> None:
    assert parse_question(message) is None


def refusals() -> dict[str, DNSRecord]:
    update = DNSRecord.question(NAME)
    update.header.opcode = OPCODE.UPDATE
    chaos = DNSRecord(DNSHeader(), q=DNSQuestion("version.bind", QTYPE.TXT, CLASS.CH))
    two = DNSRecord(DNSHeader(), questions=[DNSQuestion(NAME), DNSQuestion(NAME)])
    return {
        "update": update,
        "chaos": chaos,
        "two": two,
        "none": DNSRecord(DNSHeader()),
        "any": DNSRecord.question(NAME, "ANY"),
        "transfer": DNSRecord.question(NAME, "AXFR"),
    }


@pytest.mark.parametrize(
    ("which", "code"),
    [
        ("update", "NOTIMP"),
        ("chaos", "REFUSED"),
        ("two", "FORMERR"),
        ("none", "FORMERR"),
        ("any", "NOTIMP"),
        ("transfer", "NOTIMP"),
    ],
)
def test_questions_that_are_refused(which: str, code: str) -> None:
    request = refusals()[which]
    reply = parse_question(bytes(request.pack()))
    assert isinstance(reply, DNSRecord)
    assert (RCODE[reply.header.rcode], reply.header.id, reply.header.qr) == (code, request.header.id, 1)


@given(st.binary(max_size=80) | st.binary(max_size=40).map(lambda more: WHOLE[:-3] + more))
def test_whatever_comes_is_a_question_or_refused_or_nothing(message: bytes) -> None:
    parsed = parse_question(message)
    if isinstance(parsed, Question):
        reply = fitted(reply_to(parsed, Answer("NXDOMAIN"), {}, recursive=False), parsed.size)
        assert reply[:2] == message[:2]
    elif parsed is not None:
        assert bytes(parsed.pack())[:2] == message[:2]


def test_a_broken_question_is_told_so() -> None:
    packed = bytes(DNSRecord.question(NAME).pack())
    reply = parse_question(packed[:-3])
    assert isinstance(reply, DNSRecord)
    assert (RCODE[reply.header.rcode], reply.header.id) == ("FORMERR", int.from_bytes(packed[:2], "big"))
