# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles pass every option, from the right variable."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from scripts.options.document import Option, read_fragment, read_module
from scripts.options.roles import CONNECTION, FIRST, ROLES, Part, Role, options_of

ROOT = Path(__file__).resolve().parents[3]
LAYER = read_fragment(ROOT / "plugins/doc_fragments/layer.py")
PARTS = [(role, part) for role in ROLES for part in role.parts]
each_part = pytest.mark.parametrize(("role", "part"), PARTS, ids=[part.module for _role, part in PARTS])
each_role = pytest.mark.parametrize("role", ROLES, ids=[role.name for role in ROLES])


def load(role: Role, path: str) -> t.Any:
    return yaml.safe_load((ROOT / "roles" / role.name / path).read_text())


def options(part: Part) -> tuple[Option, ...]:
    return options_of(read_module(ROOT / f"plugins/modules/{part.module}.py"), LAYER)


def task(role: Role, part: Part, file: str = "") -> dict[str, t.Any]:
    found: dict[str, t.Any] = load(role, f"tasks/{file or part.file}.yml")[0]
    return found


def value(expression: str, **variables: t.Any) -> t.Any:
    return Templar(DataLoader(), variables=variables).template(trust_as_template(expression))


def test_there_is_a_declaration_for_each_role_that_runs_a_layer() -> None:
    layers = {path.stem for path in (ROOT / "plugins/modules").glob("*.py") if read_module(path).is_layer}
    assert {part.module for _role, part in PARTS} == layers


@each_part
def test_a_role_passes_every_option_once(role: Role, part: Part) -> None:
    documented = [option.name for option in (*LAYER, *read_module(ROOT / f"plugins/modules/{part.module}.py").options)]
    passed = list(task(role, part)[f"everlook.failover.{part.module}"])
    assert sorted(passed) == sorted([*documented, *(option.name for option in CONNECTION)])
    # YAML keeps the last of two equal keys: count them in the text.
    text = (ROOT / f"roles/{role.name}/tasks/{part.file}.yml").read_text()
    assert all(len(re.findall(rf"^    {name}: ", text, re.MULTILINE)) == 1 for name in passed)


@each_part
def test_the_value_of_an_option_is_its_variable(role: Role, part: Part) -> None:
    for name, expression in task(role, part)[f"everlook.failover.{part.module}"].items():
        if not (role.each and name == "wait"):
            assert (
                value(expression, **{f"{part.module}_{name}": "mine"}, ecs_service_item={}, ecs_service_index=0)
                == "mine"
            )


@each_part
def test_the_module_decides_where_no_variable_is_defined(role: Role, part: Part) -> None:
    for expression in task(role, part)[f"everlook.failover.{part.module}"].values():
        assert value(expression, ecs_service_item={}, ecs_service_index=0, omit="left out") == "left out"


@each_part
def test_a_role_registers_what_its_modules_return(role: Role, part: Part) -> None:
    assert task(role, part)["register"] == f"{part.module}_result"


@each_role
def test_no_default_is_set(role: Role) -> None:
    """Otherwise it would beat the defaults of the role ``application``, whichever role comes first."""
    assert load(role, "defaults/main.yml") is None


@each_role
def test_every_variable_is_documented_where_users_look(role: Role) -> None:
    wanted = {f"{part.module}_{option.name}" for part in role.parts for option in options(part)}
    wanted |= {role.each} if role.each else set()
    specified = load(role, "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    assert set(specified) == wanted
    readme = (ROOT / "roles" / role.name / "README.md").read_text()
    assert {name for name in wanted if f"\n| `{name}` |" not in readme} == set()
    assert all(option["description"] for option in specified.values())


def test_the_delegation_is_the_zone_s_where_nothing_else_is_said() -> None:
    (role,) = (role for role in ROLES if role.name == "route53_zone")
    zone, delegation = role.parts
    passed = task(role, delegation)["everlook.failover.route53_zone_delegation"]
    assert value(passed["stack"], route53_zone_stack="hello") == "hello"
    assert value(passed["zone"], route53_zone_name="dev.example.com") == "dev.example.com"
    assert value(passed["name_servers"], route53_zone_result={"name_servers": ["ns.example.net"]}) == ["ns.example.net"]
    # Another account: its profile is not the zone's.
    assert value(passed["profile"], route53_zone_profile="dev", omit="left out") == "left out"
    assert zone.fallbacks == {}


EACH = next(role for role in ROLES if role.each)
SERVICE = EACH.parts[0]


def passed(file: str = "") -> dict[str, t.Any]:
    found: dict[str, t.Any] = task(EACH, SERVICE, file)["everlook.failover.ecs_service"]
    return found


def test_a_service_has_options_of_its_own_and_the_others_of_all() -> None:
    cpu = passed()["cpu"]
    assert value(cpu, ecs_service_item={"cpu": 512}, ecs_service_cpu=1024) == 512
    assert value(cpu, ecs_service_item={}, ecs_service_cpu=1024) == 1024
    assert value(passed()["stack"], ecs_service_item={}, ecs_service_stack="hello") == "hello"


def test_what_may_be_secret_is_not_in_the_item_that_ansible_shows() -> None:
    services: list[dict[str, t.Any]] = [
        {"name": "api"},
        {"name": "web", "containers": [{"environment": {"PASSWORD": "hunter2"}}]},
    ]
    loop = load(EACH, "tasks/main.yml")[0]["loop"]
    assert value(loop, ecs_service_services=services) == [{"name": "api"}, {"name": "web"}]
    assert value(loop) == [{}]
    for file in ("", "wait"):
        containers = passed(file)["containers"]
        assert value(containers, ecs_service_services=services, ecs_service_index=1) == services[1]["containers"]
        assert value(containers, ecs_service_services=services, ecs_service_index=0, ecs_service_containers=[1]) == [1]
        assert value(containers, ecs_service_index=0, omit="left out") == "left out"


def test_a_value_that_is_false_counts() -> None:
    assert value(passed()["rollback"], ecs_service_item={"rollback": False}, ecs_service_rollback=True) is False


@pytest.mark.parametrize(
    ("services", "expected"),
    [([{}], "left out"), ([{"wait": True}], True), ([{}, {"wait": True}], False), (None, "left out")],
)
def test_several_services_are_started_before_one_is_waited_for(services: t.Any, expected: t.Any) -> None:
    variables = {} if services is None else {"ecs_service_services": services}
    assert value(passed()["wait"], ecs_service_item=(services or [{}])[-1], omit="left out", **variables) == expected


def test_a_second_pass_goes_on_from_the_first() -> None:
    first = {"pending": ["rollout/service"]}
    again = passed("wait")
    assert again["wait"] is True
    results = {"results": [{}, first]}
    assert value(again["continue_from"], ecs_service_result=results, ecs_service_index=1) == first
    assert value(again["cpu"], ecs_service_item={"cpu": 512}, ecs_service_cpu=1024) == 512


def test_the_results_of_both_passes_have_the_same_keys() -> None:
    first, second = task(EACH, SERVICE), task(EACH, SERVICE, "wait")
    assert (first["loop"], first["loop_control"]) == (second["loop"], second["loop_control"])


def test_a_service_that_is_not_to_be_waited_for_is_not() -> None:
    conditions = task(EACH, SERVICE, "wait")["when"]

    def waits(item: dict[str, t.Any], pending: list[str], **variables: t.Any) -> bool:
        variables |= {"ecs_service_item": item, "ecs_service_index": 0}
        variables["ecs_service_result"] = {"results": [{"pending": pending}]}
        return all(value(f"{{{{ {condition} }}}}", **variables) for condition in conditions)

    assert waits({}, ["rollout/service"])
    assert not waits({}, [])
    assert not waits({"wait": False}, ["rollout/service"], ecs_service_wait=True)
    assert not waits({}, ["rollout/service"], ecs_service_wait=False)


@pytest.mark.parametrize(
    ("pending", "skip_tags", "expected"),
    [(["rollout/service"], [], False), ([], [], True), ([], ["always"], False)],
    ids=["pending", "nothing pending", "roles cannot end"],
)
def test_the_role_ends_where_nothing_is_pending(pending: list[str], skip_tags: list[str], expected: bool) -> None:
    ends = load(EACH, "tasks/main.yml")[1]
    assert ends["ansible.builtin.meta"] == "end_role"
    result = {"results": [{"pending": pending}]}
    ended = value(f"{{{{ {ends['when']} }}}}", ansible_skip_tags=skip_tags, ecs_service_result=result)
    assert ended is expected


def test_the_results_are_those_of_the_last_pass_of_each_service() -> None:
    expression = load(EACH, "tasks/wait.yml")[1]["ansible.builtin.set_fact"]["ecs_service_result"]
    first = {"changed": True, "results": [{"n": 1, "pass": 1}, {"n": 2, "pass": 1}]}
    second = {"results": [{"n": 1, "pass": 2}, {"skipped": True}]}
    found = value(expression, ecs_service_result=first, ecs_service_waited=second)
    assert found == {"changed": True, "results": [{"n": 1, "pass": 2}, {"n": 2, "pass": 1}]}


def test_an_item_may_have_any_option_and_nothing_else() -> None:
    items = load(EACH, "meta/argument_specs.yml")["argument_specs"]["main"]["options"][EACH.each]["options"]
    assert set(items) == {option.name for option in options(SERVICE)}
    assert not any(item.get("required") for item in items.values())
    specified = load(EACH, "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    required = {name for name, option in specified.items() if option.get("required")}
    assert required == {SERVICE.variable(name) for name in FIRST}
