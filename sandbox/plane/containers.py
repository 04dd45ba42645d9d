# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The processes of a task, from its task definition. Pure."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_APP = str(Path(__file__).with_name("app.py"))
_EVERYWHERE = "PATH", "LANG", "TZ"


@dataclass(frozen=True, slots=True)
class Where:
    """Where a task is: its region and id, its loopback address, and how ports are shifted."""

    region: str
    task: str
    address: str
    port: Callable[[int], int]


@dataclass(frozen=True, slots=True)
class Container:
    """A process: its command, its environment, and the ports where it should listen."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    ports: tuple[int, ...]
    essential: bool


def containers(
    definitions: Sequence[Mapping[str, Any]],
    overrides: Mapping[str, Any],
    place: Where,
    inherited: Mapping[str, str],
    runs: Callable[[str], bool],
) -> list[Container]:
    """The processes of a task.

    A container's command runs if its first word names a program that `runs` here; otherwise the built-in app listens
    at its ports. A container without ports whose command does not run has no process.
    """
    changed = {known.get("name"): known for known in overrides.get("containerOverrides") or []}
    found = []
    for definition in definitions:
        override = changed.get(definition["name"], {})
        words = [*(definition.get("entryPoint") or []), *(override.get("command") or definition.get("command") or [])]
        ports = tuple(place.port(int(mapping["containerPort"])) for mapping in definition.get("portMappings") or [])
        own = bool(words) and runs(str(words[0]))
        if not own and not ports:
            continue
        command = ["--run", *words] if own else _app(definition, place, ports)
        found.append(
            Container(
                name=str(definition["name"]),
                command=(sys.executable, "-I", "-S", _APP, *command),
                environment=_environment(definition, override, place, ports, inherited),
                ports=ports,
                essential=bool(definition.get("essential", True)),
            )
        )
    return found


def version(image: str) -> str:
    """The tag of an image, or the beginning of its digest."""
    name, _, digest = image.rpartition("/")[2].partition("@")
    return digest.removeprefix("sha256:")[:12] if digest else name.partition(":")[2] or "latest"


def _app(definition: Mapping[str, Any], place: Where, ports: tuple[int, ...]) -> list[str]:
    options = {
        "host": place.address,
        "ports": ",".join(str(port) for port in ports),
        "region": place.region,
        "task": place.task,
        "version": version(str(definition.get("image", ""))),
    }
    return [f"--{name}={value}" for name, value in options.items()]


def _environment(
    definition: Mapping[str, Any],
    override: Mapping[str, Any],
    place: Where,
    ports: tuple[int, ...],
    inherited: Mapping[str, str],
) -> dict[str, str]:
    """The definition's variables, and where to listen: HOST, and PORT for the first port."""
    kept = {name: inherited[name] for name in _EVERYWHERE if name in inherited}
    given = [*(definition.get("environment") or []), *(override.get("environment") or [])]
    own = {str(known["name"]): str(known.get("value", "")) for known in given}
    listening = {"PORT": str(ports[0])} if ports else {}
    return kept | {"AWS_REGION": place.region} | own | {"HOST": place.address} | listening
