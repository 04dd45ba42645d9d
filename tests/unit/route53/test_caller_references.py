# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CallerReferences and SetIdentifiers: one stack's are never taken for another's, nor one region's for another."""

from __future__ import annotations

import time
import typing as t

import hypothesis
import hypothesis.strategies as st

from ansible_collections.everlook.failover.plugins.module_utils._aws.owner import Owner
from ansible_collections.everlook.failover.plugins.module_utils._aws.stack_names import record_set_identifier
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain import health_checks, record_names
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.regions import REGION_LENGTH
from ansible_collections.everlook.failover.plugins.module_utils._route53.caller_references import (
    caller_reference,
    made_at,
    reference_role,
)

REGIONS = ("us-east-1", "us-west-1", "ap-southeast-2", "ap-northeast-1")
OWNERS = st.builds(
    Owner,
    stack=st.sampled_from(["hello", "hello-dev", "HELLO", "h"]),
    environment=st.sampled_from(["dev", "dev-eu", "Dev", "d"]),
    component=st.sampled_from(["dns", "entrance", "api"]),
)
PLACES: t.Final = st.one_of(
    st.just(("global", "zone")),
    st.tuples(
        st.sampled_from(REGIONS),
        st.one_of(
            st.sampled_from([health_checks.ENDPOINT, health_checks.CALCULATED]),
            st.sampled_from(REGIONS).map(health_checks.switch),
        ),
    ),
)


def stack_of(owner: Owner) -> tuple[str, str]:
    return owner.stack, owner.environment


@hypothesis.given(OWNERS, OWNERS, PLACES)
def test_a_reference_says_whose_it_is_and_what_for(owner: Owner, other: Owner, place: tuple[str, str]) -> None:
    reference = caller_reference(owner, *place)
    assert len(reference) <= 64, "HealthCheckNonce"
    expected = place if stack_of(owner) == stack_of(other) else None
    assert reference_role(other, reference) == expected


@hypothesis.given(OWNERS, PLACES)
def test_of_two_references_the_earlier_one_comes_first(owner: Owner, place: tuple[str, str]) -> None:
    before = time.time()
    first, second = caller_reference(owner, *place), caller_reference(owner, *place)
    assert first != second
    # It counts hundredths of a second.
    assert before - 0.01 <= made_at(first) <= made_at(second) <= time.time()


@hypothesis.given(OWNERS, OWNERS, st.sampled_from(REGIONS), st.integers(1, 9))
def test_a_set_identifier_says_whose_it_is_and_where(owner: Owner, other: Owner, region: str, level: int) -> None:
    same = stack_of(owner) == stack_of(other)
    identifier, link = record_set_identifier(owner, region), record_names.link_identifier(owner, level)
    assert record_names.region_of(other, identifier) == (region if same else None)
    assert record_names.region_of(other, link) is None
    assert record_names.owns_identifier(other, identifier) is same
    assert record_names.owns_identifier(other, link) is same


def test_regions_are_as_long_as_references_have_room_for() -> None:
    assert max(map(len, REGIONS)) == REGION_LENGTH
