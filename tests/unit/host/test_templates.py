# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiled templates are kept where bytecode is: the page's, those of roles, and those that only name variables."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import jinja2
import pytest
from jinja2.sandbox import SandboxedEnvironment

from ansible_collections.everlook.failover.plugins.plugin_utils.worker import templates


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Python would keep the bytecode of the module; not there yet."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    return tmp_path.joinpath(*Path(templates.__file__).parent.parts[1:])


def test_where_python_has_kept_it(folder: Path) -> None:
    assert templates.cache() is None
    folder.mkdir(parents=True)
    assert isinstance(cache := templates.cache(), jinja2.FileSystemBytecodeCache)
    assert cache.directory == str(folder)


def test_not_where_no_bytecode_is_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(parents=True)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert templates.cache() is None


def test_not_with_the_switch_off(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(parents=True)
    monkeypatch.setenv("EVERLOOK_FAILOVER_IN_WORKER", "false")
    assert templates.cache() is None


NAMES = "{{ item.cpu | default(service_cpu) | default(cpu) }}"
ARN = "arn:aws:ssm:{{ region }}:1:parameter/key"
# roles/vpc/tasks/wait.yml and playbooks/tasks/preflight.yml
EXPRESSION = "not vpc_result.pending | default([])"
OF_A_PLAYBOOK = "{{ app_name | default('', true) }}"


@pytest.fixture
def compiled(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What Jinja2 has compiled, since templates were told to be kept."""
    folder.mkdir(parents=True)
    done: list[str] = []
    own: Any = jinja2.Environment.compile
    plain = getattr(own, "__wrapped__", own)

    def compile_and_note(environment: jinja2.Environment, source: Any, *rest: Any, **more: Any) -> Any:
        done.append(source)
        return plain(environment, source, *rest, **more)

    monkeypatch.setattr(jinja2.Environment, "compile", compile_and_note)
    expression: Any = jinja2.Environment.compile_expression
    monkeypatch.setattr(jinja2.Environment, "compile_expression", getattr(expression, "__wrapped__", expression))
    templates.install()
    templates.install()
    return done


def test_names_and_their_defaults_are_compiled_once(compiled: list[str], folder: Path) -> None:
    for values, expected in (
        ({"item": {}, "cpu": 1}, "1"),
        ({"item": {"cpu": 2}, "cpu": 1}, "2"),
        ({"item": {}, "service_cpu": 3}, "3"),
    ):
        assert jinja2.Environment().from_string(NAMES).render(values) == expected
    assert compiled == [NAMES]
    assert len(list(folder.iterdir())) == 1


def test_arns_are_compiled_once(compiled: list[str], folder: Path) -> None:
    for region in ("us-east-1", "us-west-1"):
        assert jinja2.Environment().from_string(ARN).render(region=region) == f"arn:aws:ssm:{region}:1:parameter/key"
    assert compiled == [ARN]
    assert len(list(folder.iterdir())) == 1


def test_what_roles_and_playbooks_say_is_compiled_once(compiled: list[str], folder: Path) -> None:
    for name in ("hello", None):
        assert jinja2.Environment().from_string(OF_A_PLAYBOOK).render(app_name=name) == (name or "")
    for pending in (["nat_gateway/a"], []):
        found = jinja2.Environment().compile_expression(EXPRESSION, undefined_to_none=False)
        assert found(vpc_result={"pending": pending}) is (not pending)
    assert compiled == [OF_A_PLAYBOOK, f"{{% set result = {EXPRESSION} %}}"]
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize(
    "source", ["secret == 's3cret'", "secret is defined and secret", "vpc_result.pending == '\\\\'"]
)
def test_no_other_expression_is_kept(compiled: list[str], folder: Path, source: str) -> None:
    for _ in range(2):
        jinja2.Environment().compile_expression(source)(secret="", vpc_result={})
    assert len(compiled) == 2
    assert not list(folder.iterdir())


def test_an_environment_of_another_kind_has_its_own(compiled: list[str]) -> None:
    assert SandboxedEnvironment().from_string(NAMES).render(item={}, cpu=1) == "1"
    assert jinja2.Environment().from_string(NAMES).render(item={}, cpu=1) == "1"
    assert jinja2.Environment(variable_start_string="<<").from_string(NAMES).render(item={}, cpu=1) == NAMES
    assert compiled == [NAMES] * 3


@pytest.mark.parametrize(
    "source",
    [
        "s3cret",
        "{{ 's3cret' }}",
        "{{ 53 }}",
        "{{ name }} s3cret",
        "arn: {{ name }}",
        "arn:{{ name }}?s3cret",
        "arn:{{ name | upper }}",
        "{{ name | upper }}",
        "{{ name | default('s3cret') }}",
    ],
)
def test_nothing_else_is_kept(compiled: list[str], folder: Path, source: str) -> None:
    for _ in range(2):
        jinja2.Environment().from_string(source).render(name="")
    assert compiled == [source] * 2
    assert not list(folder.iterdir())


def test_a_mistake_is_said_each_time(compiled: list[str]) -> None:
    for _ in range(2):
        with pytest.raises(jinja2.UndefinedError, match="'item' is undefined"):
            jinja2.Environment().from_string("{{ item.cpu }}").render()
    assert compiled == ["{{ item.cpu }}"]
