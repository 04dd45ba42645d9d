# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DNS names in one form, the one Route 53 answers with: lower case, absolute, unusual characters as octal escapes.

The rules are the Route 53 Developer Guide's, "DNS domain name format".
"""

from __future__ import annotations

import re
import typing as t

from .._engine.errors import SpecError
from .._engine.unknown import is_unknown

_ESCAPE = re.compile(r"\\([0-3][0-7]{2})")
_ESCAPED_OCTET = re.compile(rb"\\([0-3][0-7]{2})")
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_WILDCARD = r"\052"
_MOST_OCTETS = 255


def normalise(name: str) -> str:
    """The name as Route 53 returns it: ``*.Example.com`` becomes ``\\052.example.com.``.

    A placeholder is returned unchanged. All spellings of a name have the same, idempotent result.
    """
    if is_unknown(name):
        return name
    labels = (_normal_label(label) for label in name.removesuffix(".").split("."))
    return ".".join(labels) + "."


def readable(name: str) -> str:
    """The name for people: no trailing dot, printable characters unescaped. Not for comparisons."""
    return _ESCAPE.sub(_printable, name).removesuffix(".")


def parse_zone_and_record(params: t.Mapping[str, t.Any]) -> tuple[str, str]:
    """The options ``zone`` and ``record_name``, which has to be in the zone. Raises SpecError."""
    zone = parse_name("zone", params["zone"])
    record_name = parse_name("record_name", params["record_name"] or zone)
    if not is_within(record_name, zone):
        raise SpecError("record_name", f"{params['record_name']!r} is not in the zone {params['zone']!r}.")
    return zone, record_name


def parse_parent_zone(params: t.Mapping[str, t.Any], zone: str) -> str:
    """The zone that delegates ``zone``, or ``zone`` if the option is empty. Raises SpecError."""
    parent = parse_name("parent_zone", params["parent_zone"] or zone)
    if not is_within(zone, parent):
        raise SpecError("parent_zone", f"{params['zone']!r} is not in {params['parent_zone']!r}.")
    return parent


def is_within(name: str, zone: str) -> bool:
    """Whether ``name`` is ``zone`` or below it, at a label boundary (``xdev.example.com`` isn't in ``dev…``)."""
    child, parent = normalise(name), normalise(zone)
    return child == parent or child.endswith(f".{parent}")


def zones_between(name: str, zone: str) -> list[str]:
    """The names of all zones below ``zone`` that could have this name, which is within it."""
    labels = normalise(name).removesuffix(normalise(zone)).rstrip(".").split(".")
    return [".".join([*labels[place:], normalise(zone)]) for place, label in enumerate(labels) if label]


def parse_name(option: str, value: str, *, wildcard: bool = False) -> str:
    """A name from the user, in normal form. A placeholder is valid.

    :param wildcard: whether the leftmost label may be ``*``, as in record names.
    Raises SpecError if Route 53 would refuse the name, or if it cannot be a host's name.
    """
    if is_unknown(value):
        return value
    name = normalise(value)
    parts = name[:-1].split(".")
    checked = parts[1:] if wildcard and parts[0] == _WILDCARD else parts
    bad = [part for part in checked if not _LABEL.fullmatch(part)]
    if bad:
        raise SpecError(
            option,
            f"{value!r} is not a DNS name: {readable(bad[0])!r} is not a label.",
            "Labels have up to 63 letters, digits, hyphens and underscores, no hyphen at an end; "
            "write an internationalised name in Punycode (xn--…).",
        )
    if len(name) > _MOST_OCTETS:
        raise SpecError(option, f"{value!r} is longer than {_MOST_OCTETS} octets.", "Use a shorter name.")
    if len(parts) < 2:  # AWS hosts no top-level domains
        raise SpecError(option, f"{value!r} has fewer than 2 labels.", "Write the whole name.")
    return name


def _normal_label(label: str) -> str:
    # Labels are split before unescaping, since a dot that is written as \056 belongs to its label.
    octets = _ESCAPED_OCTET.sub(lambda match: bytes([int(match[1], 8)]), label.encode()).lower()
    return "".join(chr(octet) if octet in _PLAIN else f"\\{octet:03o}" for octet in octets)


def _printable(match: re.Match[str]) -> str:
    character = chr(int(match[1], 8))
    return character if character.isascii() and character.isprintable() and character not in ".\\" else match[0]
