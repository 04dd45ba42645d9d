# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way down to the answer: as the parent zone really delegates, and as dig sees it."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from sandbox import Sandbox
from tests.integration.plane.pairs import EAST, NAME, WEST, Pair
from tests.integration.plane.visitor import Visitor
from tests.sandbox.plane.zones import PARENT, Zone
from tests.waiting import eventually

pytestmark = pytest.mark.once


@pytest.fixture
def pair(aws: Sandbox, visitor: Visitor) -> Pair:
    made = Pair.make(aws, visitor)
    members = [made.member(role, region, check=made.checks[region]) for role, region in ROLES]
    made.zone.change("CREATE", *members)
    return made


ROLES = (("PRIMARY", EAST), ("SECONDARY", WEST))


@pytest.mark.exhaustive
def test_users_come_and_go_with_the_delegation(pair: Pair, aws: Sandbox) -> None:
    parent = Zone.parent(aws)
    delegation = parent.delegate(pair.zone)
    assert pair.visit().region == EAST
    parent.change("DELETE", delegation)
    assert pair.visitor.names.values(NAME) == ["NXDOMAIN"]
    # Checkers resolve as everybody does: without the delegation every region counts as down.
    eventually(lambda: set(pair.seen(EAST)) | set(pair.seen(WEST)) == {"Failure"})
    parent.change("CREATE", delegation)
    assert pair.visitor.visit(NAME).region == EAST  # nothing is healthy, so the primary answers
    eventually(lambda: pair.seen(EAST) == ["Success"] * 16)


def test_a_delegation_that_names_servers_of_another_zone(pair: Pair, aws: Sandbox) -> None:
    other = Zone.make(aws, NAME, account="prod")  # the same name again, with name servers of its own
    other.put(NAME, "A", "192.0.2.66")
    parent = Zone.parent(aws)
    parent.delegate(pair.zone, servers=other.servers)
    assert pair.visitor.names.values(NAME) == ["192.0.2.66"]
    parent.delegate(pair.zone)
    assert pair.visit().region == EAST


def test_dig_says_the_same(pair: Pair) -> None:
    dig = shutil.which("dig")
    if dig is None:
        assert "CI" not in os.environ, "CI installs dig: bind9-dnsutils"
        pytest.skip("dig is not installed (Debian and Ubuntu: bind9-dnsutils)")
    names = pair.visitor.names
    server, parent = names.servers(NAME)[0], names.servers(PARENT)[0]

    def ask(*words: str) -> str:
        command = [dig, "-p", str(names.port), "+tries=1", "+time=5", *words]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout

    addresses = pair.addresses(EAST)
    for transport in ("+notcp", "+tcp"):
        assert sorted(ask(f"@{names.resolver}", "+short", transport, NAME).split()) == addresses
    answer = ask(f"@{server}", "+norecurse", NAME)
    assert "status: NOERROR" in answer
    assert "flags: qr aa;" in answer
    assert all(f"{NAME}\t60\tIN\tA\t{address}" in spaced(answer) for address in addresses)
    referral = ask(f"@{parent}", "+norecurse", NAME)
    assert "flags: qr; QUERY: 1, ANSWER: 0, AUTHORITY: 4, ADDITIONAL: 5" in referral
    assert spaced(referral).count(f"{NAME}\t300\tIN\tNS\tns-") == 4
    nothing = ask(f"@{server}", "+norecurse", f"nothing.{NAME}")
    assert "status: NXDOMAIN" in nothing
    assert f"{NAME}\t900\tIN\tSOA\t{pair.zone.servers[0]} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400" in (
        spaced(nothing)
    )
    no_such_type = ask(f"@{server}", "+norecurse", NAME, "AAAA")
    assert ("status: NOERROR" in no_such_type, "\tSOA\t" in no_such_type) == (True, True)
    assert "status: REFUSED" in ask(f"@{server}", "+norecurse", PARENT)
    pair.bring(EAST, up=False)
    assert sorted(ask(f"@{names.resolver}", "+short", NAME).split()) == pair.addresses(WEST)


def spaced(output: str) -> str:
    """dig's columns with one tab between them."""
    while "\t\t" in output:
        output = output.replace("\t\t", "\t")
    return output
