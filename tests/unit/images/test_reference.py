# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the names of images mean."""

from __future__ import annotations

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._images.answer import Answer
from ansible_collections.everlook.failover.plugins.module_utils._images.pinning import moved, named, pin, unanswered
from ansible_collections.everlook.failover.plugins.module_utils._images.reference import LABEL, parse, pinned

ONE, TWO = (f"sha256:{digit * 64}" for digit in "12")


@pytest.mark.parametrize(
    ("image", "registry", "repository", "tag", "digest"),
    [
        ("nginx", "registry-1.docker.io", "library/nginx", "latest", ""),
        ("nginx:1.28", "registry-1.docker.io", "library/nginx", "1.28", ""),
        ("docker.io/library/nginx:1.28", "registry-1.docker.io", "library/nginx", "1.28", ""),
        ("index.docker.io/shop/web", "registry-1.docker.io", "shop/web", "latest", ""),
        ("shop/web:2", "registry-1.docker.io", "shop/web", "2", ""),
        ("public.ecr.aws/nginx/nginx:1.29", "public.ecr.aws", "nginx/nginx", "1.29", ""),
        ("localhost:5000/shop", "localhost:5000", "shop", "latest", ""),
        ("registry.example.com:443/a/b:1", "registry.example.com:443", "a/b", "1", ""),
        (f"quay.io/a/b@{ONE}", "quay.io", "a/b", "", ONE),
        (f"quay.io/a/b:3@{ONE}", "quay.io", "a/b", "3", ONE),
    ],
)
def test_parts(image: str, registry: str, repository: str, tag: str, digest: str) -> None:
    found = parse(image)
    assert (found.registry, found.repository, found.tag, found.digest) == (registry, repository, tag, digest)


def test_a_digest_takes_the_place_of_the_tag_and_the_port_stays() -> None:
    assert pinned("localhost:5000/shop:1", ONE) == (f"localhost:5000/shop@{ONE}", "localhost:5000/shop:1")
    assert pinned("localhost:5000/shop", ONE) == (f"localhost:5000/shop@{ONE}", "localhost:5000/shop")
    assert pinned(f"shop:1@{ONE}") == (f"shop@{ONE}", "shop:1")
    assert pinned(f"shop@{ONE}") == (f"shop@{ONE}", "")
    assert pinned("shop:1") == ("shop:1", "")


def test_what_runs_stays_while_nobody_knows_a_newer_digest() -> None:
    runs = {"image": f"shop@{ONE}", "dockerLabels": {LABEL: "shop:1"}}
    assert pin("shop:1", {"shop:1": ""}, runs) == (f"shop@{ONE}", "shop:1")
    assert pin("shop:1", {"shop:1": TWO}, runs) == (f"shop@{TWO}", "shop:1")
    assert pin("shop:2", {"shop:2": ""}, runs) == ("shop:2", "")
    assert pin("shop:2", {}, None) == ("shop:2", "")


def test_a_tag_that_moved_is_said() -> None:
    before, after = ({"image": f"shop@{digest}", "dockerLabels": {LABEL: "shop:1"}} for digest in (ONE, TWO))
    assert moved(before, after) == f"shop:1 now points to {TWO}"
    assert moved(before, before) == ""
    assert moved({"image": "shop:1"}, after) == ""
    assert named(after) == f"shop:1@{TWO}"
    assert named({"image": "shop:1"}) == "shop:1"


def test_a_warning_says_what_becomes_of_it() -> None:
    text = unanswered("shop:1", Answer(unanswered="nobody is there"))
    assert "because nobody is there. What runs under this name stays" in text
