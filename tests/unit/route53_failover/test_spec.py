# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the options may be, and what is said of those that may not."""

from __future__ import annotations

import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.everlook.failover.plugins.module_utils._aws.stack_names import record_set_identifier
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import SpecError
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain import health_checks, record_names
from ansible_collections.everlook.failover.plugins.module_utils._route53.caller_references import (
    caller_reference,
    reference_role,
)
from ansible_collections.everlook.failover.plugins.module_utils._route53_failover.layer import JOB
from ansible_collections.everlook.failover.plugins.module_utils._route53_failover.spec import (
    CHECKER_REGIONS,
    Spec,
    parse,
)

REGIONS = [{"name": "us-west-1", "priority": 2}, {"name": "us-east-1", "priority": 1}]
LONGEST = "ap-southeast-2"


def parsed(**params: t.Any) -> Spec:
    given = {
        "stack": "hello",
        "environment": "dev",
        "zone": "dev.example.com",
        "regions": REGIONS,
        "services": ["hello"],
        **params,
    }
    validated = ArgumentSpecValidator(dict(JOB.argument_spec)).validate(given)
    assert not validated.error_messages
    return parse(validated.validated_parameters, "us-east-1")


def test_the_lowest_priority_comes_first_and_the_name_is_the_apex() -> None:
    spec = parsed()
    assert spec.names == ("us-east-1", "us-west-1")
    assert spec.record_name == spec.zone == "dev.example.com."
    assert (spec.endpoint.type, spec.endpoint.port) == ("HTTP", 80)


def test_https_has_its_own_port_and_a_search_string_its_own_type() -> None:
    endpoint = parsed(health_check={"protocol": "HTTPS", "search_string": "well"}).endpoint
    assert (endpoint.type, endpoint.port) == ("HTTPS_STR_MATCH", 443)


def test_all_checker_regions_are_as_none() -> None:
    assert parsed(health_check={"checker_regions": list(CHECKER_REGIONS)}).endpoint.checker_regions == frozenset()


def test_a_placeholder_is_a_zone_id() -> None:
    unknown = "(known after apply: us-east-1/hosted_zone/main)"
    assert parsed(zone_id=unknown).zone_id == unknown


def test_regions_to_take_out_need_no_priority() -> None:
    assert parsed(state="absent", regions=[{"name": "us-west-1"}]).names == ("us-west-1",)
    assert parsed(state="absent", regions=None).names == ()


REFUSED: list[tuple[str, dict[str, t.Any]]] = [
    ("regions", {"regions": []}),
    ("regions", {"regions": [*REGIONS, {"name": "us-east-1", "priority": 3}]}),
    ("regions.priority", {"regions": [{"name": "us-east-1"}]}),
    ("regions.priority", {"regions": [*REGIONS, {"name": "us-west-2", "priority": 2}]}),
    ("regions.name", {"regions": [{"name": "virginia", "priority": 1}]}),
    ("regions.name", {"regions": [{"name": "us-east-1a", "priority": 1}]}),
    ("record_name", {"record_name": "example.com"}),
    ("record_name", {"record_name": "xdev.example.com"}),
    ("record_name", {"record_name": "*.dev.example.com"}),
    ("record_name", {"record_name": "standby-1.dev.example.com"}),
    ("zone", {"zone": "dev"}),
    ("services", {"services": []}),
    ("services", {"services": ["api", "-"]}),
    ("services", {"services": ["network"]}),
    ("stack", {"stack": "-"}),
    ("health_check.path", {"health_check": {"path": "health"}}),
    ("health_check.path", {"health_check": {"path": "/" + "x" * 255}}),
    ("health_check.path", {"health_check": {"path": "/a b"}}),
    ("health_check.port", {"health_check": {"port": 65536}}),
    ("health_check.failure_threshold", {"health_check": {"failure_threshold": 11}}),
    ("health_check.failure_threshold", {"health_check": {"failure_threshold": 0}}),
    ("health_check.search_string", {"health_check": {"search_string": "x" * 256}}),
    ("health_check.checker_regions", {"health_check": {"checker_regions": ["us-east-1", "us-west-1"]}}),
]


@pytest.mark.parametrize(("option", "params"), REFUSED)
def test_what_aws_would_refuse_is_refused_by_option(option: str, params: dict[str, t.Any]) -> None:
    with pytest.raises(SpecError) as error:
        parsed(**params)
    assert error.value.option == option


def test_a_name_that_leaves_no_room_for_regions_is_refused() -> None:
    label = "x" * 63
    with pytest.raises(SpecError, match="longer than 255"):
        parsed(record_name=".".join([label, label, label, "y" * 40, "dev.example.com"]))


def test_references_of_the_longest_regions_keep_within_a_health_checks_limit() -> None:
    owner = parsed().owner
    reference = caller_reference(owner, LONGEST, health_checks.switch("ap-northeast-1"))
    assert len(reference) <= 64
    assert reference_role(owner, reference) == (LONGEST, "switch-ap-northeast-1")


def test_set_identifiers_say_whose_they_are() -> None:
    owner = parsed().owner
    other = parsed(stack="hello", environment="dev-eu").owner
    mine = record_set_identifier(owner, "us-east-1")
    assert record_names.region_of(owner, mine) == "us-east-1"
    for foreign in (
        "us-east-1",
        record_set_identifier(other, "us-east-1"),
        "hello/dev/",
        "hello/dev/standby-1",
        None,
    ):
        assert record_names.region_of(owner, foreign) is None
    assert record_names.owns_identifier(owner, record_names.link_identifier(owner, 2))
    assert not record_names.owns_identifier(owner, record_names.link_identifier(other, 2))
    assert not record_names.owns_identifier(owner, "standby-2")


@pytest.mark.parametrize("level", range(4))
def test_names_of_links_are_told_apart(level: int) -> None:
    name = record_names.level_name(level, "dev.example.com.")
    assert record_names.split_level(name) == (level, "dev.example.com.")
