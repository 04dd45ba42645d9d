# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A region that is in DNS, but not in the inventory, may be the one that serves."""

from __future__ import annotations

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._aws.owner import Owner
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.status import Dns
from ansible_collections.everlook.failover.plugins.module_utils._failover_info import observe
from ansible_collections.everlook.failover.plugins.module_utils._failover_info.spec import Spec
from ansible_collections.everlook.failover.plugins.module_utils._probe.answers import Answer, Delegation

EAST, WEST = "us-east-1", "us-west-1"


def spec(*regions: str) -> Spec:
    return Spec(
        owner=Owner(stack="hello", environment="dev", component="dns"),
        zone="dev.example.com",
        zone_id=None,
        record_name="dev.example.com",
        regions=regions,
        services=("hello",),
        more=frozenset({"dns"}),
        start="example.com",
        over_https="",
        best_effort=False,
        account_id=None,
    )


def dns(region: str | None, *addresses: str) -> Dns:
    answer = Answer(rcode="NOERROR", addresses=addresses)
    return Dns(parent_zone=None, delegation=Delegation(), answer=answer, region=region)


@pytest.mark.parametrize(
    ("listed", "found", "asked", "serving"),
    [
        ((WEST,), dns(None, "192.0.2.1"), [(EAST, WEST)], EAST),
        ((WEST,), dns(WEST, "192.0.2.2"), [], WEST),
        ((WEST,), dns(None), [], None),
        ((EAST, WEST), dns(None, "192.0.2.3"), [], None),
    ],
)
def test_its_addresses_are_looked_up_where_no_listed_region_has_them(
    monkeypatch: pytest.MonkeyPatch, listed: tuple[str, ...], found: Dns, asked: list[object], serving: str | None
) -> None:
    seen: list[object] = []

    def resolve(_zone: str, _record: str, regions: tuple[str, ...], _start: str, _over_https: str) -> Dns:
        seen.append(regions)
        return dns(EAST, "192.0.2.1")

    monkeypatch.setattr(observe, "resolve", resolve)
    answer = observe._of_unlisted(spec(*listed), found, (EAST, WEST))
    assert answer is not None
    assert (answer.region, seen) == (serving, asked)
