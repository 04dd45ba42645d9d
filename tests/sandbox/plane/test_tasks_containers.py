# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs for a task, from its definition."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.plane.containers import Container, Where, containers, version

WHERE = Where("us-east-1", "abc", "127.10.128.0", lambda port: port + 10000 if port < 1024 else port)
INHERITED = {"PATH": "/bin", "AWS_SECRET_ACCESS_KEY": "of the server", "LANG": "C"}


def made(*definitions: dict[str, Any], **overrides: Any) -> list[Container]:
    return containers(definitions, overrides, WHERE, INHERITED, lambda word: word in ("sh", "python3"))


def definition(**more: Any) -> dict[str, Any]:
    return {"name": "app", "image": "repo/hello:2", "portMappings": [{"containerPort": 80}]} | more


def test_an_image_is_the_built_in_app() -> None:
    (container,) = made(definition())
    assert container.command[-5:] == (
        "--host=127.10.128.0",
        "--ports=10080",
        "--region=us-east-1",
        "--task=abc",
        "--version=2",
    )
    assert (container.ports, container.essential) == ((10080,), True)


@pytest.mark.parametrize(
    ("settings", "run"),
    [
        ({"command": ["sh", "-c", "x"]}, ("sh", "-c", "x")),
        ({"entryPoint": ["python3"], "command": ["-m", "x"]}, ("python3", "-m", "x")),
        ({"command": ["not-there", "x"]}, None),
        ({"command": []}, None),
        ({"entryPoint": ["/docker-entrypoint.sh"], "command": ["sh"]}, None),
    ],
)
def test_a_command_runs_where_its_program_exists(settings: dict[str, Any], run: tuple[str, ...] | None) -> None:
    (container,) = made(definition(**settings))
    words = container.command
    assert (words[words.index("--run") + 1 :] if "--run" in words else None) == run


def test_the_environment_is_the_definition_and_where_to_listen() -> None:
    values = [{"name": "GREETING", "value": "hi"}, {"name": "PORT", "value": "1"}, {"name": "PATH", "value": "/own"}]
    (container,) = made(definition(environment=values))
    assert container.environment == {
        "PATH": "/own",
        "LANG": "C",
        "AWS_REGION": "us-east-1",
        "GREETING": "hi",
        "HOST": "127.10.128.0",
        "PORT": "10080",
    }


def test_what_has_no_port_and_no_program_has_no_process() -> None:
    sidecar = {"name": "agent", "image": "agent:1"}
    assert [container.name for container in made(definition(), sidecar)] == ["app"]
    (worker,) = made({**sidecar, "command": ["sh", "-c", "x"], "essential": False})
    assert (worker.name, worker.ports, worker.essential) == ("agent", (), False)
    assert "PORT" not in worker.environment


def test_a_run_can_change_command_and_environment() -> None:
    override = {"name": "app", "command": ["sh"], "environment": [{"name": "A", "value": "2"}]}
    (container,) = made(definition(environment=[{"name": "A", "value": "1"}]), containerOverrides=[override])
    assert container.command[-2:] == ("--run", "sh")
    assert container.environment["A"] == "2"


@pytest.mark.parametrize(
    ("image", "tag"),
    [
        ("nginx", "latest"),
        ("public.ecr.aws/nginx/nginx:1.29-alpine", "1.29-alpine"),
        ("registry:5000/hello", "latest"),
        ("hello:broken", "broken"),
        ("hello@sha256:0123456789abcdef", "0123456789ab"),
        ("registry:5000/hello:1@sha256:0123456789abcdef", "0123456789ab"),
    ],
)
def test_versions(image: str, tag: str) -> None:
    assert version(image) == tag
