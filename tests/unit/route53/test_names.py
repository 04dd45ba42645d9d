# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import string

import hypothesis
import hypothesis.strategies as st
import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import SpecError
from ansible_collections.everlook.failover.plugins.module_utils._engine.unknown import unknown
from ansible_collections.everlook.failover.plugins.module_utils._route53.names import (
    is_within,
    normalise,
    parse_name,
    readable,
)

# Whatever someone may have put into a zone: Route 53 takes every octet.
names = st.lists(st.text(min_size=1, max_size=12).filter(lambda label: "." not in label), min_size=1, max_size=5).map(
    ".".join
)
hosts = st.lists(st.text(string.ascii_letters + string.digits, min_size=1, max_size=10), min_size=2, max_size=4).map(
    ".".join
)


@pytest.mark.parametrize(
    ("name", "normal"),
    [
        ("Dev.Example.COM", "dev.example.com."),
        ("dev.example.com.", "dev.example.com."),
        ("*.example.com", r"\052.example.com."),
        (r"\052.example.com.", r"\052.example.com."),
        (r"\101.example.com", "a.example.com."),
        ("_dmarc.example.com", "_dmarc.example.com."),
        (r"a\056b.example.com", r"a\056b.example.com."),
        (r"a\b.example.com", r"a\134b.example.com."),
        ("bücher.example", r"b\303\274cher.example."),
    ],
)
def test_a_name_has_one_normal_form(name: str, normal: str) -> None:
    assert normalise(name) == normal


@hypothesis.given(names)
def test_a_normal_form_is_its_own(name: str) -> None:
    assert normalise(normalise(name)) == normalise(name)


@hypothesis.given(hosts)
def test_case_and_trailing_dot_do_not_matter(name: str) -> None:
    assert normalise(name.upper() + ".") == normalise(name.lower())
    assert readable(normalise(name)) == name.lower()


@pytest.mark.parametrize(("normal", "shown"), [(r"\052.example.com.", "*.example.com"), (r"a\056b.c.", r"a\056b.c")])
def test_a_name_is_shown_as_people_write_it(normal: str, shown: str) -> None:
    assert readable(normal) == shown


@pytest.mark.parametrize(
    ("name", "zone", "within"),
    [
        ("dev.example.com", "dev.example.com.", True),
        ("a.b.DEV.example.com", "dev.example.com", True),
        ("xdev.example.com", "dev.example.com", False),
        ("example.com", "dev.example.com", False),
        (r"x\056dev.example.com", "dev.example.com", False),
        (r"*.dev.example.com", "dev.example.com", True),
    ],
)
def test_within_respects_labels(name: str, zone: str, within: bool) -> None:
    assert is_within(name, zone) is within


@pytest.mark.parametrize(
    "name", ["", "com", "a..b", "-a.example.com", "a-.example.com", "*.example.com", "a b.example.com", "é.example.com",
             f"{'a' * 64}.example.com", ".".join(["a" * 63] * 4 + ["b"])]
)  # fmt: skip
def test_what_route53_or_a_resolver_would_refuse_is_refused(name: str) -> None:
    with pytest.raises(SpecError, match=r"^name: "):
        parse_name("name", name)


@pytest.mark.parametrize("name", ["a.b", "xn--bcher-kva.example", "_acme.example.com", f"{'a' * 63}.example.com"])
def test_names_that_are_right_are_normalised(name: str) -> None:
    assert parse_name("name", name) == name + "."


def test_a_wildcard_is_for_the_leftmost_label_of_records() -> None:
    assert parse_name("name", "*.example.com", wildcard=True) == r"\052.example.com."
    with pytest.raises(SpecError):
        parse_name("name", "a.*.example.com", wildcard=True)


def test_placeholders_pass() -> None:
    placeholder = unknown("us-east-1", "load_balancer/main", "dns_name")
    assert parse_name("name", placeholder) == placeholder == normalise(placeholder)
