# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A field of a resource, declared once: how to read it, how to set it, and its default. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

Answer: t.TypeAlias = "t.Mapping[str, t.Any]"


class _NoDefault:
    """Equal to nothing but itself."""

    def __repr__(self) -> str:
        return "NO_DEFAULT"


NO_DEFAULT: t.Final = _NoDefault()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Field:
    """One compared field of a resource.

    :param name: the option that sets it, and its name in reasons and diffs.
    :param read: AWS's answer → the value, in a form in which equal means the same.
    :param write: value → parameters of a request.
    :param default: AWS's default, in the form of ``read``; NO_DEFAULT if the request has to set it.
    :param immutable: whether AWS cannot change it, so that a difference needs another resource.
    :param traits: names that the resource gives to groups of fields.
    """

    name: str
    read: t.Callable[[Answer], t.Any]
    write: t.Callable[[t.Any], dict[str, t.Any]]
    default: t.Any = NO_DEFAULT
    immutable: bool = False
    traits: frozenset[str] = frozenset()


def parameter(name: str, key: str, default: t.Any = NO_DEFAULT, *, immutable: bool = False, **more: t.Any) -> Field:
    """A field that is one parameter, with the same name in answers and requests.

    AWS may omit it or return null or an empty string for the default.
    """

    def read(answer: Answer) -> t.Any:
        value = answer.get(key)
        return default if default is not NO_DEFAULT and value in (None, "") else value

    return Field(name=name, read=read, write=lambda value: {key: value}, default=default, immutable=immutable, **more)


def attribute(name: str, key: str, default: str) -> Field:
    """A field that is one of Elastic Load Balancing's attributes: a string under a key.

    :param default: AWS's, also for a region that does not support the attribute yet.
    """
    return Field(
        name=name, read=lambda answer: answer.get(key, default), write=lambda value: {key: value}, default=default
    )


def attribute_value(value: object) -> str:
    """An option's value as such an attribute: ``true``, ``60``."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def read(fields: t.Iterable[Field], answer: Answer) -> dict[str, t.Any]:
    """The values of all fields, by name."""
    return {field.name: field.read(answer) for field in fields}


def write(fields: t.Iterable[Field], values: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The parameters that set the fields to their ``values``. Mappings that fields share are merged."""
    parameters: dict[str, t.Any] = {}
    for field in fields:
        if field.name in values:
            parameters = _merged(parameters, field.write(values[field.name]))
    return parameters


def write_new(fields: t.Iterable[Field], values: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """As write, without AWS's defaults."""
    return write([field for field in fields if values.get(field.name, NO_DEFAULT) != field.default], values)


def differing(
    fields: t.Iterable[Field], found: t.Mapping[str, t.Any], wanted: t.Mapping[str, t.Any]
) -> dict[str, t.Any]:
    """The wanted values of the fields that differ."""
    return {
        field.name: wanted[field.name]
        for field in fields
        if field.name in wanted and found.get(field.name) != wanted[field.name]
    }


def names(fields: t.Iterable[Field], trait: str) -> frozenset[str]:
    """The names of the fields with this trait."""
    return frozenset(field.name for field in fields if trait in field.traits)


def _merged(one: t.Mapping[str, t.Any], other: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    both = {key for key in one.keys() & other.keys() if isinstance(one[key], dict) and isinstance(other[key], dict)}
    return {**one, **other, **{key: _merged(one[key], other[key]) for key in both}}
