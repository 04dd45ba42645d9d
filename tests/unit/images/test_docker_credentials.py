# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credential helpers of Docker: programs that are asked for the credentials of a registry."""

from __future__ import annotations

import base64
import json
import pathlib
import typing as t
from collections.abc import Callable, Iterator

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._images import docker_credentials
from ansible_collections.everlook.failover.plugins.module_utils._images.distribution import ask
from ansible_collections.everlook.failover.plugins.module_utils._images.docker_credentials import (
    Credentials,
    HelperError,
    find_credentials,
)
from ansible_collections.everlook.failover.plugins.module_utils._images.reference import parse
from tests.registry import Registry, serving

HOST = "registry.example.com"
SECRET = "s3cr:t"
BASIC = base64.b64encode(f"me:{SECRET}".encode()).decode()

Helper = Callable[[str, str], None]


@pytest.fixture
def configure(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., object]:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return lambda **found: (tmp_path / "config.json").write_text(json.dumps(found))


@pytest.fixture
def helper(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Helper:
    """Makes a helper of a shell's commands, which have its standard input in ``$asked``."""
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    def make(name: str, commands: str) -> None:
        file = tmp_path / f"docker-credential-{name}"
        file.write_text(f'#!/bin/sh\n[ "$*" = get ] || exit 9\nread -r asked\n{commands}\n')
        file.chmod(0o700)

    return make


def answer(**more: str) -> str:
    return f"echo '{json.dumps({'ServerURL': HOST, 'Username': 'me', 'Secret': SECRET, **more})}'"


def test_the_helper_of_the_registry_goes_before_that_of_all(configure: t.Any, helper: Helper) -> None:
    configure(credHelpers={HOST: "own"}, credsStore="all", auths={HOST: {"auth": "b2xkOm9sZA=="}})
    helper("own", answer())
    helper("all", answer(Username="other"))
    assert find_credentials(HOST) == Credentials(basic=BASIC)
    assert find_credentials("elsewhere.example.com").basic == base64.b64encode(f"other:{SECRET}".encode()).decode()


def test_docker_hub_has_a_name_of_its_own(configure: t.Any, helper: Helper) -> None:
    configure(credsStore="all")
    helper("all", f'[ "$asked" = https://index.docker.io/v1/ ] || exit 1\n{answer()}')
    assert find_credentials("registry-1.docker.io") == Credentials(basic=BASIC)


def test_what_a_helper_does_not_know_has_no_credentials(configure: t.Any, helper: Helper) -> None:
    configure(credsStore="all")
    helper("all", "echo credentials not found in native keychain; exit 1")
    assert find_credentials(HOST) == Credentials()


@pytest.mark.parametrize(
    ("commands", "says"),
    [
        (f"echo {SECRET}; exit 3", f"docker-credential-all fails with exit code 3: see `echo {HOST} | "),
        (f"echo {SECRET}", "docker-credential-all answers with no JSON of Username and Secret"),
        ("exec sleep 30", "docker-credential-all did not answer within 0.2 s"),
    ],
    ids=["fails", "no JSON", "too late"],
)
def test_a_helper_that_fails_is_named_and_says_no_secret(
    configure: t.Any, helper: Helper, monkeypatch: pytest.MonkeyPatch, commands: str, says: str
) -> None:
    if "sleep" in commands:
        monkeypatch.setattr(docker_credentials, "_SECONDS", 0.2)
    configure(credsStore="all")
    helper("all", commands)
    with pytest.raises(HelperError) as refused:
        find_credentials(HOST)
    assert says in str(refused.value)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("name", ["missing", "../all", "a/b", "-x"])
def test_a_helper_that_is_not_there_is_named(configure: t.Any, helper: Helper, name: str) -> None:
    configure(credsStore=name)
    helper("all", answer())
    with pytest.raises(
        HelperError, match=r"which Docker's configuration names for registry.example.com, is not in PATH"
    ):
        find_credentials(HOST)


@pytest.mark.parametrize("found", [[], {"credHelpers": []}, {"auths": {HOST: []}}, {"auths": {HOST: {"auth": "!"}}}])
def test_a_configuration_that_is_none_has_nothing(tmp_path: pathlib.Path, configure: t.Any, found: t.Any) -> None:
    configure()
    (tmp_path / "config.json").write_text(json.dumps(found))
    assert find_credentials(HOST) == Credentials()


@pytest.fixture
def registry(configure: t.Any) -> Iterator[Registry]:
    with serving() as found:
        found.tags["team/shop:1"] = f"sha256:{'1' * 64}"
        found.token = "paid"
        configure(credHelpers={found.host: "own"})
        yield found


def test_a_registry_is_asked_with_what_the_helper_says(registry: Registry, helper: Helper) -> None:
    helper("own", f'[ "$asked" = {registry.host} ] || exit 1\n{answer()}')
    assert ask(parse(registry.image("team/shop:1"))).digest
    assert registry.basic == f"Basic {BASIC}"


def test_an_identity_token_is_exchanged(registry: Registry, helper: Helper) -> None:
    helper("own", answer(Username="<token>", Secret="refresh"))
    assert ask(parse(registry.image("team/shop:1"))).digest
    assert (registry.granted["grant_type"], registry.granted["refresh_token"]) == (["refresh_token"], ["refresh"])


def test_what_is_public_needs_no_helper_and_else_it_is_named(registry: Registry) -> None:
    assert ask(parse(registry.image("team/shop:1"))).digest, "its tokens are for everybody"
    gone = ask(parse(registry.image("team/other:1")))
    assert not gone.missing
    assert "requires credentials for team/other ('docker-credential-own', which Docker's" in gone.unanswered
