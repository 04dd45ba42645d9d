# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import ipaddress
import re
import typing as t
from pathlib import Path

import hypothesis
import hypothesis.strategies as st
import pytest
import yaml

from ansible_collections.everlook.failover.plugins.module_utils._preflight import names
from ansible_collections.everlook.failover.plugins.module_utils._preflight.checks import check_inventory
from ansible_collections.everlook.failover.plugins.module_utils._preflight.spec import PreflightSpec, Region

ROOT = Path(__file__).resolve().parents[3]
EAST = Region(name="us-east-1", priority=1, cidr="10.10.0.0/16")
WEST = Region(name="us-west-1", priority=2, cidr="10.20.0.0/16")
OWN: dict[str, t.Any] = {"stack": "hello", "environment": "dev", "account_id": "111111111111", "tags": {}}
CONTAINER = {"name": "hello", "image": "nginx", "port_mappings": [{"container_port": 80}]}
# What the roles pass to their modules for inventories/dev, before anything is there.
VALUES: dict[str, dict[str, t.Any]] = {
    "vpc": {**OWN, "cidr": "10.10.0.0/16"},
    "alb": {
        **OWN,
        "vpc_id": "(known after apply: vpc/main)",
        "subnet_ids": ["(known after apply: subnet/public-a)", "(known after apply: subnet/public-b)"],
    },
    "ecs_service": {
        **OWN,
        "name": "hello",
        "vpc_id": "(known after apply: vpc/main)",
        "subnet_ids": ["(known after apply: subnet/private-a)"],
        "alb_security_group_id": "(known after apply: security_group/alb)",
        "listener_arn": "(known after apply: listener/http)",
        "health_check": {"path": "/health"},
        "container_name": "hello",
        "container_port": 80,
        "containers": [CONTAINER],
    },
    "route53_zone": {**OWN, "name": "dev.example.com"},
    "route53_zone_delegation": {
        **OWN,
        "zone": "dev.example.com",
        "parent_zone": "example.com",
        "name_servers": ["(known after apply: zone/main.name_servers)"],
        "role_arn": "arn:aws:iam::999999999999:role/dns-delegation-dev",
        "external_id": "everlook-failover-dev",
    },
    "route53_failover": {
        **OWN,
        "zone": "dev.example.com",
        "zone_id": "(known after apply: zone/main)",
        "services": ["hello"],
        "regions": [{"name": "us-east-1", "priority": 1}, {"name": "us-west-1", "priority": 2}],
        "health_check": {"path": "/health"},
    },
}
GOOD = PreflightSpec(
    stack="hello",
    environment="dev",
    state="present",
    account_id="111111111111",
    regions=(EAST, WEST),
    only=("us-east-1",),
    values=VALUES,
)


def problems(*, given: t.Iterable[str] = (), **changed: t.Any) -> list[str]:
    changed.setdefault("variables", dict.fromkeys(given))
    changed["given"] = changed.pop("variables")
    return [str(problem) for problem in check_inventory(dataclasses.replace(GOOD, **changed))]


def with_options(**options: t.Any) -> dict[str, dict[str, t.Any]]:
    """The good values with other ones for some options: ``vpc__cidr`` is cidr of vpc; None leaves it out."""
    values = {layer: dict(own) for layer, own in VALUES.items()}
    for name, value in options.items():
        layer, _, option = name.partition("__")
        for changed in (layer,) if layer != "every" else values:
            values[changed][option] = value
    return values


def east(**changed: t.Any) -> tuple[Region, ...]:
    return (dataclasses.replace(EAST, **changed), WEST)


def test_a_good_inventory_has_no_problems() -> None:
    assert problems() == []
    assert (
        problems(values=with_options(route53_zone_delegation__parent_zone=None, route53_zone_delegation__role_arn=None))
        == []
    )


@pytest.mark.parametrize(
    ("changed", "variable", "words"),
    [
        ({"account_id": "11111111111"}, "app_account_id", "12 digits in quotes"),
        ({"regions": (dataclasses.replace(EAST, name="virginia"), WEST)}, "regions (virginia)", "us-east-1"),
        ({"regions": east(priority=2)}, "failover_priority of us-east-1, us-west-1", "a priority of its own"),
        ({"regions": east(priority=None)}, "failover_priority of us-east-1", "is not set"),
        ({"regions": east(priority=0)}, "failover_priority of us-east-1", "whole number from 1"),
        ({"regions": east(priority=-1)}, "failover_priority of us-east-1", "is -1"),
        ({"regions": east(priority="1")}, "failover_priority of us-east-1", "is '1'"),
        ({"regions": east(priority=1.5)}, "failover_priority of us-east-1", "is 1.5"),
        ({"regions": east(priority=True)}, "failover_priority of us-east-1", "is True"),
        ({"regions": east(cidr="10.20.0.0/16")}, "vpc_cidr of us-east-1, us-west-1", "overlap"),
        ({"regions": east(cidr="10.20.128.0/20")}, "vpc_cidr of us-east-1, us-west-1", "overlap"),
    ],
)
def test_a_problem_of_all_regions_names_its_variable_and_the_remedy(
    changed: dict[str, t.Any], variable: str, words: str
) -> None:
    (message,) = problems(**changed)
    assert message.startswith(f"{variable}: ")
    assert words in message
    assert message.endswith((".", ")"))


@pytest.mark.parametrize(
    ("options", "variable", "words"),
    [
        ({"every__stack": "hello_world"}, "app_name", "letters, digits and single hyphens"),
        ({"every__stack": "h" * 33}, "app_name", "up to 32"),
        ({"every__environment": "dev-"}, "app_environment", "single hyphens"),
        ({"every__tags": {"Stack": "other"}}, "app_tags", "is reserved"),
        ({"vpc__cidr": None}, "vpc_cidr of us-east-1", "is not set"),
        ({"vpc__cidr": "10.10.0.0/33"}, "vpc_cidr of us-east-1", "is not an IPv4 network"),
        ({"vpc__cidr": "10.10.1.0/16"}, "vpc_cidr of us-east-1", "has host bits set"),
        ({"vpc__cidr": "fd00::/56"}, "vpc_cidr of us-east-1", "is not an IPv4 network"),
        ({"vpc__cidr": "10.0.0.0/15"}, "vpc_cidr of us-east-1", "too large for a VPC"),
        ({"vpc__cidr": "10.10.0.0/24"}, "vpc_cidr of us-east-1", "too small"),
        ({"vpc__zones": ["us-east-1a"]}, "vpc_zones of us-east-1", "two or more"),
        ({"vpc__zone_count": "two"}, "vpc_zone_count", '"two" is not a whole number. Write digits, such as 2.'),
        ({"vpc__nat_gateways": "many"}, "vpc_nat_gateways", '"many" is not one of per_zone, single, regional, none.'),
        ({"alb__idle_timeout": 99999}, "alb_idle_timeout", "1 to 4000"),
        ({"alb__vpc_id": None}, "alb_vpc_id", "is not set"),
        ({"ecs_service__cpu": 100}, "app_cpu", "256, 512"),
        ({"ecs_service__containers": [{**CONTAINER, "image": None}]}, "app_image", "is not set"),
        ({"ecs_service__containers": [{**CONTAINER, "image": ""}]}, "app_image", "is not an image"),
        ({"ecs_service__containers": [{**CONTAINER, "port_mappings": [{}]}]}, "app_port", "is not set"),
        (
            {"ecs_service__containers": [{**CONTAINER, "port_mappings": [{"container_port": "http"}]}]},
            "app_port",
            '"http" is not a whole number. Write digits.',
        ),
        ({"ecs_service__desired_count": -1}, "app_desired_count", "negative"),
        ({"ecs_service__log_retention_days": 8}, "ecs_service_log_retention_days", "8 is not one of 0, 1, 3"),
        ({"route53_zone__name": "localhost_"}, "app_domain", "name"),
        ({"route53_zone_delegation__zone": "dev.example.org"}, "app_domain", "not below app_parent_domain"),
        ({"route53_zone_delegation__zone": "devexample.com"}, "app_domain", "not below app_parent_domain"),
        ({"route53_zone_delegation__zone": "example.com"}, "app_domain", "not below app_parent_domain"),
        ({"route53_failover__zone": f"{'a' * 64}.example.com"}, "app_domain", "63"),
        ({"route53_failover__zone": f"{'a.' * 118}example.com"}, "app_domain", "longer than 255"),
        ({"route53_failover__health_check": {"path": "health"}}, "app_health_path", "slash"),
        ({"route53_failover__health_check": {"path": "/" + "h" * 255}}, "app_health_path", "255"),
        ({"route53_failover__health_check": {"port": 70000}}, "alb_listener_port", "1 to 65535"),
        ({"route53_zone_delegation__role_arn": "dns-dev"}, "dns_delegation_role_arn", "role/dns-delegation-dev"),
    ],
)
def test_what_a_layer_refuses_is_told_by_the_inventorys_name_for_it(
    options: dict[str, t.Any], variable: str, words: str
) -> None:
    (message,) = problems(values=with_options(**options))
    assert message.startswith(f"{variable}: ")
    assert words in message


def test_a_variable_of_the_role_itself_is_named_where_the_inventory_sets_it() -> None:
    values = with_options(ecs_service__cpu=100, route53_failover__health_check={"path": "health"})
    messages = problems(values=values, given=("ecs_service_cpu", "route53_failover_health_check"))
    assert [message.partition(":")[0] for message in messages] == [
        "ecs_service_cpu",
        "route53_failover_health_check.path",
    ]


def test_every_mistake_is_told_and_not_the_first_one_alone() -> None:
    values = with_options(
        every__stack="-", vpc__cidr="10.0.0.0/8", vpc__zone_count=99, alb__idle_timeout=0, alb__client_keep_alive=0
    )
    found = problems(
        values=values, regions=east(priority=0), given=("vpc_nat_gatways", "app_imgae", "mine", "vpc_result")
    )
    assert [message.partition(":")[0].partition(" of ")[0] for message in found] == [
        "failover_priority",
        "app_imgae",
        "vpc_nat_gatways",
        "app_name",
        "vpc_zone_count",
        "vpc_cidr",
        "alb_idle_timeout",
        "alb_client_keep_alive",
    ]


def test_a_misspelled_variable_has_a_suggestion() -> None:
    (message,) = problems(given=("ecs_service_desired_cuont",))
    assert message.endswith("Did you mean ecs_service_desired_count?")
    (message,) = problems(given=("alb_health_check",))
    assert message.endswith("Did you mean ecs_service_health_check?")
    (message,) = problems(given=("report_directory",))
    assert message.endswith("Did you mean reports_directory?")
    assert problems(given=("shop_name", "ansible_connection", "ecs_service_result", "alb_listener_port")) == []


def test_values_that_may_be_secret_are_not_told() -> None:
    values = with_options(ecs_service__containers=[{**CONTAINER, "environment": "correct-horse"}])
    assert "correct-horse" not in " ".join(problems(values=values))


def test_a_layer_that_is_left_out_is_not_asked() -> None:
    values = with_options(alb__vpc_id=None)
    assert problems(values=values) == ["alb_vpc_id: is not set. Set it in the inventory."]
    assert problems(values=values, skip=("alb",)) == []


def test_every_service_is_asked_and_named() -> None:
    services = ({"name": "api", "desired_count": 1}, {"name": "worker", "desired_count": -1, "log_retention_days": 8})
    found = problems(
        values=with_options(ecs_service__cpu=100), services=services, variables={"app_services": list(services)}
    )
    assert [message.partition(": ")[0] for message in found] == [
        "app_services[worker].log_retention_days",
        "app_cpu",
        "app_services[worker].desired_count",
    ]


def test_a_misspelled_option_of_a_service_has_a_suggestion() -> None:
    services = [{"name": "worker", "desired_cuont": 2}]
    (message,) = problems(services=tuple(services), variables={"app_services": services})
    assert message == "app_services[worker].desired_cuont: is not a known key. Did you mean desired_count?"


def test_one_service_at_least_decides_the_failover() -> None:
    (message,) = problems(values=with_options(route53_failover__services=[]), given=("app_services",))
    assert message.startswith("app_services: ")


def test_taking_down_needs_no_network_and_no_values() -> None:
    assert problems(state="absent", regions=east(cidr="10.20.0.0/16"), values={}) == []
    assert problems(state="absent", account_id="1") != []
    assert problems(state="absent", stack="-") != []
    assert problems(state="absent", regions=east(priority=2)) != []


def test_sources_are_what_the_role_application_binds() -> None:
    text = (ROOT / "roles" / "application" / "defaults" / "main.yml").read_text()
    bound = yaml.safe_load(text)
    for layer, sources in names._SOURCES.items():
        for option, variable in sources.items():
            # The zone of the delegation is by default that of the layer route53_zone.
            found = bound.get(f"{layer}_{option.partition('.')[0]}", variable).replace("route53_zone_name", variable)
            assert variable in found, (layer, option)
        for option, variable in names._OF_EVERY_LAYER.items():
            found = bound.get(f"{layer}_{option}", variable).replace(f"route53_zone_{option}", variable)
            assert variable in found, (layer, option)
    used = set(re.findall(r"\b(?:app|dns)_\w+", text))
    assert used - names._OTHERS == set()


@hypothesis.given(
    st.lists(
        st.tuples(st.integers(0, 255), st.integers(16, 23)).map(
            lambda pair: ipaddress.ip_network((f"10.{pair[0]}.0.0", pair[1]))
        ),
        min_size=1,
        max_size=6,
    )
)
def test_networks_are_refused_exactly_when_two_share_an_address(networks: list[ipaddress.IPv4Network]) -> None:
    regions = tuple(
        Region(name=f"us-east-{number}", priority=number, cidr=str(network))
        for number, network in enumerate(networks, start=1)
    )
    total = sum(network.num_addresses for network in networks)
    distinct = sum(network.num_addresses for network in ipaddress.collapse_addresses(networks))
    assert bool(problems(regions=regions)) == (total != distinct)
