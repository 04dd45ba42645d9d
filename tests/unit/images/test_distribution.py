# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking up tags in a registry, over HTTP."""

from __future__ import annotations

import base64
import hashlib
import json
import pathlib
import socket
import types
import typing as t
from collections.abc import Iterator

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import SpecError
from ansible_collections.everlook.failover.plugins.module_utils._images.digests import find_digests, look_up
from ansible_collections.everlook.failover.plugins.module_utils._images.distribution import ask
from ansible_collections.everlook.failover.plugins.module_utils._images.reference import parse
from tests.registry import Registry, serving

ONE = f"sha256:{'1' * 64}"


@pytest.fixture
def registry(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with serving() as found:
        found.tags["team/shop:1"] = ONE
        yield found


def test_a_tag_is_looked_up_by_head(registry: Registry) -> None:
    assert ask(parse(registry.image("team/shop:1"))).digest == ONE
    assert registry.asked == ["HEAD /v2/team/shop/manifests/1"]


def test_without_the_header_the_manifest_is_hashed(registry: Registry) -> None:
    registry.names_digests = False
    assert ask(parse(registry.image("team/shop:1"))).digest == f"sha256:{hashlib.sha256(b'1').hexdigest()}"


def test_a_token_is_fetched_without_credentials(registry: Registry) -> None:
    registry.token = "free"
    assert ask(parse(registry.image("team/shop:1"))).digest == ONE
    assert registry.basic == ""
    assert ask(parse(registry.image("team/shop:2"))).missing


def test_and_with_those_of_a_docker_login(registry: Registry, tmp_path: pathlib.Path) -> None:
    registry.token = "paid"
    auth = base64.b64encode(b"me:secret").decode()
    (tmp_path / "config.json").write_text(json.dumps({"auths": {registry.host: {"auth": auth}}}))
    assert ask(parse(registry.image("team/shop:1"))).digest == ONE
    assert registry.basic == f"Basic {auth}"


@pytest.mark.parametrize(
    ("status", "says"), [(500, "answers with HTTP 500"), (429, "answers with HTTP 429"), (401, "requires credentials")]
)
def test_a_registry_that_does_not_say_is_no_answer(registry: Registry, status: int, says: str) -> None:
    registry.status = status
    answer = ask(parse(registry.image("team/shop:1")))
    assert says in answer.unanswered
    assert not answer.missing


def test_nobody_there_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    assert "cannot be queried" in ask(parse(f"127.0.0.1:{port}/shop:1")).unanswered


def test_a_registry_that_never_ends_its_answer_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        image = f"127.0.0.1:{mute.getsockname()[1]}/shop:1"
        answer = find_digests(t.cast("t.Any", None), [image], seconds=0.2)[image]
    assert answer.unanswered == "its registry did not answer within 0.2 s"


def test_a_tag_that_there_is_not_is_refused_and_silence_is_a_warning(registry: Registry) -> None:
    warnings: list[str] = []
    ctx = t.cast("t.Any", types.SimpleNamespace(warn=warnings.append))
    image = registry.image("team/shop:1")
    assert look_up(ctx, {image: "image", f"other@{ONE}": "image"}) == {image: ONE}
    with pytest.raises(SpecError, match=r"there is no image .*shop:7") as refused:
        look_up(ctx, {registry.image("team/shop:7"): "containers[app].image"})
    assert refused.value.option == "containers[app].image"
    registry.status = 503
    assert look_up(ctx, {image: "image"}) == {image: ""}
    assert f"The digest of {image} could not be found" in warnings[0]
