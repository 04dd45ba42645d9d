# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whoever copies a resource in a console copies its tags: what is not used goes with the network only."""

from __future__ import annotations

import dataclasses
import ipaddress

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Action, Plan
from ansible_collections.everlook.failover.plugins.module_utils._vpc.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources import elastic_ip, internet_gateway
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.elastic_ip import Address
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.internet_gateway import InternetGateway
from ansible_collections.everlook.failover.plugins.module_utils._vpc.snapshot import Snapshot
from ansible_collections.everlook.failover.plugins.module_utils._vpc.spec import VpcSpec
from ansible_collections.everlook.failover.plugins.module_utils._vpc.zones import lay_out
from tests.unit.vpc.cloud import OWNER, REGION, Cloud, in_order

PRESENT = VpcSpec(owner=OWNER, region=REGION, absent=False, cidr=ipaddress.IPv4Network("10.10.0.0/16"))
ABSENT = dataclasses.replace(PRESENT, absent=True, cidr=None)
FREE = Address(id="eipalloc-x", public_ip="198.51.100.9", tags=OWNER.tags("elastic_ip/nat-a"))
DETACHED = InternetGateway(id="igw-x", tags=OWNER.tags("internet_gateway/main"))


@pytest.fixture
def there() -> Snapshot:
    """A network as it should be, with copies of an address and of its internet gateway."""
    cloud = Cloud()
    cloud.carry_out(plan(PRESENT, cloud.snapshot()), in_order)
    found = cloud.snapshot()
    assert plan(PRESENT, found) == Plan()
    return dataclasses.replace(
        found, addresses=(*found.addresses, FREE), gateways=(*found.gateways, DETACHED), interfaces=()
    )


def test_a_run_that_takes_nothing_down_names_them_and_leaves_them(there: Snapshot) -> None:
    assert plan(PRESENT, there) == Plan()
    told = [*elastic_ip.additions(lay_out(PRESENT, there), there), *internet_gateway.additions(there)]
    assert [text.partition(" has this stack's tags")[0] for text in told] == [
        f"eipalloc-x (198.51.100.9) in {REGION}",
        f"igw-x in {REGION}",
    ]


def test_what_a_run_that_was_cut_off_has_left_is_no_copy(there: Snapshot) -> None:
    left = dataclasses.replace(FREE, tags=OWNER.tags("elastic_ip/nat-c"))
    snapshot = dataclasses.replace(there, addresses=(*there.addresses[:-1], left))
    (change,) = plan(PRESENT, snapshot).changes
    assert (change.action, change.data.id) == (Action.DELETE, left.id)


def test_a_removal_takes_them_too(there: Snapshot) -> None:
    going = {change.data.id for change in plan(ABSENT, there).changes if hasattr(change.data, "id")}
    assert {FREE.id, DETACHED.id} <= going


def test_a_removal_is_refused_while_others_use_one(there: Snapshot) -> None:
    used = dataclasses.replace(FREE, associated=True, interface_id="eni-x")
    snapshot = dataclasses.replace(there, addresses=(*there.addresses[:-1], used))
    assert plan(PRESENT, snapshot) == Plan()
    with pytest.raises(ConflictError, match=r"eipalloc-x: 198\.51\.100\.9 in us-east-1 .* in use by eni-x"):
        plan(ABSENT, snapshot)
