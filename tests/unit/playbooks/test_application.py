# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role application binds the inventory's application, and whatever the inventory says of a role's own counts."""

from __future__ import annotations

import functools
import re
import typing as t

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.everlook.failover.plugins.module_utils._preflight.rules import LAYERS
from ansible_collections.everlook.failover.plugins.plugin_utils.jobs import registry
from scripts.options.roles import ROLES

from .plays import ROOT, Plays

# Where each module's task is. Role route53_zone has two.
TASKS = {
    "vpc": "vpc/tasks/main.yml",
    "acm_certificate": "acm_certificate/tasks/converge.yml",
    "alb": "alb/tasks/main.yml",
    "ecr": "ecr/tasks/converge.yml",
    "ecs_service": "ecs_service/tasks/main.yml",
    "cloudwatch_alarms": "cloudwatch_alarms/tasks/converge.yml",
    "route53_zone": "route53_zone/tasks/zone.yml",
    "route53_zone_delegation": "route53_zone/tasks/delegation.yml",
    "route53_failover": "route53_failover/tasks/main.yml",
}
# What layers return in a run, as far as others take it
RESULTS: dict[str, t.Any] = {
    "vpc_result": {
        "vpc_id": "vpc-0",
        "public_subnet_ids": ["subnet-0", "subnet-1"],
        "private_subnet_ids": ["subnet-2"],
    },
    "acm_certificate_result": {"certificate_arn": "arn:aws:acm:us-east-1:111111111111:certificate/0"},
    "alb_result": {
        "security_group_id": "sg-0",
        "listener_arn": "arn:aws:elasticloadbalancing:us-east-1:111111111111:listener/app/hello-dev/0/0",
    },
    "route53_zone_result": {"zone_id": "Z0123456789", "name_servers": ["ns-1.example.net"]},
}


# What an inventory has to say so that the role does anything
SWITCHES: dict[str, dict[str, t.Any]] = {"ecr": {"app_repositories": ["hello"]}}


@functools.cache
def plays() -> Plays:
    return Plays("site")


def arguments(
    module: str, *, without: t.Collection[str] = (), only: str | None = None, **given: t.Any
) -> dict[str, t.Any]:
    """What the module gets in us-east-1 of inventories/dev, whose inventory sets these variables, or lacks some."""
    play = plays().play("Deployment")
    (found,) = plays().arguments(
        play, ROOT / "roles" / TASKS[module], {**RESULTS, **SWITCHES.get(module, {}), **given}, without, only
    )
    assert found.pop("module") == module
    return found


def spec(module: str, **given: t.Any) -> t.Any:
    """What the layer makes of it."""
    layer = next(layer for layer in LAYERS if layer.name == module)
    params = {key: value for key, value in arguments(module, **given).items() if key in layer.job.argument_spec}
    validated = ArgumentSpecValidator(layer.job.argument_spec, required_if=layer.required_if).validate(params)
    assert not validated.error_messages
    return layer.parse(validated.validated_parameters, "us-east-1")


@functools.cache
def variables() -> list[tuple[str, str]]:
    """(module, option) of every variable of every role that the playbooks run."""
    found = []
    for role in sorted(role.name for role in ROLES):
        options = yaml.load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text(), yaml.CSafeLoader)
        for name in options["argument_specs"]["main"]["options"]:
            module = next((m for m in sorted(TASKS, key=len, reverse=True) if name.startswith(f"{m}_")), role)
            found.append((module, name.removeprefix(f"{module}_")))
    return [pair for pair in found if pair != ("ecs_service", "services")]


def test_there_is_something_to_set() -> None:
    assert {module for module, _option in variables()} == set(TASKS)
    for module in TASKS:
        options = {option for name, option in variables() if name == module}
        assert options == {*registry.load(module).argument_spec, "region", "profile"}


@pytest.mark.parametrize(("module", "option"), variables())
def test_the_inventory_has_the_last_word_on_every_variable(module: str, option: str) -> None:
    marker = [f"what the inventory says of {option}"]
    assert arguments(module, only=option, **{f"{module}_{option}": marker})[option] == marker


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("vpc_zone_count", 3),
        ("vpc_nat_gateways", "single"),
        ("vpc_tags", {"Team": "blue"}),
        ("alb_listener_port", 8080),
        ("alb_idle_timeout", 90),
        ("ecs_service_cpu", 1024),
        ("ecs_service_memory", 1024),
        ("ecs_service_health_check", {"path": "/ready"}),
        ("ecs_service_log_retention_days", 7),
        ("route53_zone_zone_id", "Z9876543210"),
        ("route53_zone_comment", "by hand"),
        ("route53_zone_delegation_ttl", 600),
        ("route53_failover_zone_id", "Z9876543210"),
        ("route53_failover_health_check", {"path": "/ready"}),
        ("route53_failover_record_name", "www.dev.example.com"),
    ],
)
def test_what_the_inventory_says_reaches_the_layer(variable: str, value: t.Any) -> None:
    # Fargate has no task of 1024 CPU units with 512 MiB.
    given = {variable: value, **({"ecs_service_memory": 2048} if variable == "ecs_service_cpu" else {})}
    module = next(m for m in sorted(TASKS, key=len, reverse=True) if variable.startswith(f"{m}_"))
    assert spec(module, **given) != spec(module)


def test_the_application_is_bound_to_the_roles() -> None:
    assert arguments("vpc") == {
        "stack": "hello",
        "environment": "dev",
        "account_id": "111111111111",
        "region": "us-east-1",
        "cidr": "10.10.0.0/16",
    }
    service = arguments("ecs_service")
    assert (service["name"], service["cpu"], service["container_port"]) == ("hello", 256, 80)
    assert service["containers"][0]["image"].startswith("public.ecr.aws/nginx/nginx")
    assert arguments("route53_zone_delegation")["account_id"] == "111111111111"
    assert "account_id" not in arguments("route53_zone_delegation", route53_zone_delegation_profile="management")


def test_https_gives_each_region_its_certificate_and_the_load_balancer_takes_it() -> None:
    found = arguments("acm_certificate", app_certificate_names=["*.dev.example.com"])
    assert found["names"] == ["dev.example.com", "us-east-1.dev.example.com", "*.dev.example.com"]
    assert (found["zone"], found["zone_id"]) == ("dev.example.com", "Z0123456789")
    assert (found["state"], found["other_regions"]) == ("present", ["us-west-1"])
    arn = "arn:aws:acm:us-east-1:111111111111:certificate/1"
    given: dict[str, t.Any] = {"acm_certificate_result": {"certificate_arn": arn}}
    assert arguments("alb", **given)["certificate_arn"] == arn
    assert arguments("route53_failover", **given)["health_check"]["protocol"] == "HTTPS"
    named = arguments("acm_certificate", route53_failover_record_name="www.dev.example.com")["names"]
    assert named == ["www.dev.example.com", "us-east-1.www.dev.example.com"]


def test_a_run_without_the_role_of_the_certificate_does_not_go_back_to_http() -> None:
    given: dict[str, t.Any] = {"acm_certificate_result": {}}
    assert "left out" in arguments("alb", **given)["certificate_arn"]
    assert arguments("route53_failover", **given)["health_check"]["protocol"] == "HTTPS"


def test_https_that_is_off_takes_down_and_that_is_not_set_does_nothing() -> None:
    off, unset = arguments("acm_certificate", app_https=False), arguments("acm_certificate", without=["app_https"])
    assert (off["state"], unset["state"]) == ("absent", "present")
    assert (bool(off["names"]), unset["names"]) == (True, [])
    assert (off["confirm"], "confirm" in unset) == ("dev", False)
    assert arguments("alb", app_https=False)["certificate_arn"] == ""
    assert arguments("alb", without=["app_https"])["certificate_arn"] == ""


def test_the_endpoint_is_asked_as_users_ask_where_there_is_a_certificate() -> None:
    given: dict[str, t.Any] = {
        "alb_certificate_arn": "arn:aws:acm:us-east-1:111111111111:certificate/1",
        "alb_listener_port": 8080,
    }
    found = arguments("route53_failover", **given)["health_check"]
    assert found == {"path": "/", "protocol": "HTTPS", "port": 443}
    assert arguments("route53_failover", **given, alb_https_port=8443)["health_check"]["port"] == 8443


def test_the_port_of_the_listener_is_the_port_of_the_endpoint() -> None:
    found = arguments("route53_failover", without=["app_https"], alb_listener_port=8080)["health_check"]
    assert found == {"path": "/", "port": 8080}
    assert arguments("route53_failover", without=["app_https"])["health_check"] == {"path": "/"}
    other = {"port": 81, "interval": 30}
    given: dict[str, t.Any] = {"alb_listener_port": 8080, "app_endpoint_health_check": other}
    found = arguments("route53_failover", without=["app_https"], **given)
    assert found["health_check"] == {"path": "/", **other}


def test_a_zone_that_is_named_is_that_of_the_records_too() -> None:
    assert arguments("route53_failover")["zone_id"] == "Z0123456789"
    assert arguments("route53_failover", route53_zone_zone_id="Z9")["zone_id"] == "Z9"


def test_the_services_that_decide_are_those_of_the_list() -> None:
    assert arguments("route53_failover")["services"] == ["hello"]
    services = [
        {"name": "api", "image": "api:1", "port": 80},
        {"name": "admin", "image": "admin:1", "port": 80, "decides_failover": False},
        {"name": "worker", "image": "worker:1"},
    ]
    assert arguments("route53_failover", app_services=services)["services"] == ["api"]


def test_what_is_not_set_or_not_there_yet_is_left_out() -> None:
    found = arguments("alb", vpc_result={})
    assert not {"vpc_id", "subnet_ids", "idle_timeout"} & set(found)


# Options whose examples need others beside them
CONTAINERS = [{"name": "web", "image": "web:1", "port_mappings": [{"container_port": port} for port in (80, 8080)]}]
BESIDE: dict[str, dict[str, t.Any]] = {
    "alb_ingress_ipv6_cidrs": {"ip_address_type": "dualstack"},
    "ecs_service_cpu": {"memory": 1024},
    "ecs_service_operating_system": {"cpu": 1024, "memory": 2048},
    "ecs_service_anomaly_mitigation": {"algorithm": "weighted_random"},
    "ecs_service_containers": {"container_name": "web"},
    "ecs_service_container_name": {"containers": CONTAINERS},
    "ecs_service_deployment_strategy": {"decides_failover": False},
    "ecs_service_log_buffer_size": {"log_mode": "non-blocking"},
    "ecs_service_container_port": {"containers": CONTAINERS, "container_name": "web"},
}


@functools.cache
def examples() -> dict[str, t.Any]:
    """Variable → example of docs/inventory.md, without those of a run and of the management account."""
    text = (ROOT / "docs" / "inventory.md").read_text().replace("{{ inventory_hostname }}", "us-east-1")
    rows = re.findall(r"^\| `((?!management_)\w+)` \| (.*?)\|$", text, re.MULTILINE)
    cells = ((name, [cell.strip() for cell in row.split(" | ")]) for name, row in rows)
    return {name: yaml.safe_load(cell[2].strip("`")) for name, cell in cells if len(cell) == 5 and cell[3] != "`-e`"}


@pytest.mark.parametrize("module", TASKS)
def test_what_the_reference_gives_as_an_example_is_accepted(module: str) -> None:
    layer = next(layer for layer in LAYERS if layer.name == module)
    found = arguments(module)
    base = {key: value for key, value in found.items() if key in layer.job.argument_spec}
    others = tuple(other for other in TASKS if other.startswith(f"{module}_"))
    own = {name: value for name, value in examples().items() if name.startswith(f"{module}_")}
    for name, value in own.items():
        option = name.removeprefix(f"{module}_")
        if not name.startswith(others) and option in layer.job.argument_spec:
            validator = ArgumentSpecValidator(layer.job.argument_spec, required_if=layer.required_if)
            validated = validator.validate({**base, option: value, **BESIDE.get(name, {})})
            assert not validated.error_messages, name
            layer.parse(validated.validated_parameters, "us-east-1")


@pytest.mark.parametrize("module", TASKS)
def test_the_examples_of_an_application_are_accepted_together(module: str) -> None:
    short = {name: value for name, value in examples().items() if name.startswith(("app_", "dns_"))}
    containers = short.pop("app_containers")
    del short["app_services"]
    spec(module, **short)
    spec(module, app_name="shop", app_containers=containers)


NOTIFY = {"email": ["ops@example.com"]}


@pytest.mark.parametrize(
    ("inventory", "expected"),
    [
        ({"app_desired_count": 3}, {"hello": 3}),
        ({"app_desired_count": 3, "app_scaling": {"minimum": 2, "maximum": 9}}, {"hello": 2}),
        ({"app_scaling": {"minimum": 4, "maximum": 9}}, {"hello": 4}),
        (
            {
                "app_services": [
                    {"name": "web", "container_port": 80, "scaling": {"minimum": 5, "maximum": 9}},
                    {"name": "api", "container_port": 80, "desired_count": 6},
                    {"name": "mail", "container_port": None, "scaling": {"minimum": 0, "maximum": 9}},
                ]
            },
            {"web": 5, "api": 6, "mail": 0},
        ),
    ],
)
def test_alarms_ring_below_the_least_number_of_tasks(inventory: dict[str, t.Any], expected: dict[str, int]) -> None:
    found = arguments("cloudwatch_alarms", app_notify=NOTIFY, **inventory)["services"]
    assert {name: int(least) for name, least in found.items()} == expected


def test_alarms_are_about_the_certificates_that_the_run_knows() -> None:
    arn = RESULTS["acm_certificate_result"]["certificate_arn"]
    assert arguments("cloudwatch_alarms", app_notify=NOTIFY, app_https=True)["certificate_arns"] == [arn]
    assert arguments("cloudwatch_alarms", app_notify=NOTIFY, app_https=False)["certificate_arns"] == []
    left_out = arguments("cloudwatch_alarms", app_notify=NOTIFY, app_https=True, acm_certificate_result={})
    assert "certificate_arns" not in left_out


def test_repositories_know_what_is_about_to_be_deployed_and_where_images_are_pushed() -> None:
    image = "111111111111.dkr.ecr.{region}.amazonaws.com/hello:1"
    found = arguments("ecr", app_image=image)
    assert (found["repositories"], found["services"], found["images"]) == (["hello"], ["hello"], [image])
    assert found["replicate_to"] == []
    assert arguments("ecr", app_replicate_images=True)["replicate_to"] == ["us-west-1"]
    services = [{"name": "api", "image": "api:1", "port": 80}, {"name": "worker", "image": image}]
    several = arguments("ecr", app_services=services)
    assert (several["services"], several["images"]) == (["api", "worker"], ["api:1", image])
    assert arguments("ecr", without=["app_image"])["images"] == []


def test_one_variable_says_how_regions_are_judged() -> None:
    assert "evaluate_target_health" not in arguments("route53_failover")
    for module in ("route53_failover", "ecs_service"):
        assert arguments(module, dns_evaluate_target_health=False)["evaluate_target_health"] is False


def test_a_service_that_shifts_its_releases_has_alarms_for_both_target_groups() -> None:
    notify: dict[str, t.Any] = {"app_notify": {"email": ["ops@example.com"]}}
    strategy: dict[str, t.Any] = {"ecs_service_deployment_strategy": {"type": "canary"}}
    assert arguments("cloudwatch_alarms", **notify)["paired"] == []
    assert arguments("cloudwatch_alarms", **notify, **strategy)["paired"] == ["hello"]
    services = [{"name": "api", "port": 80}, {"name": "jobs"}]
    of_all = arguments("cloudwatch_alarms", **notify, **strategy, app_services=services)
    assert of_all["paired"] == ["api"]
