# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the changes of this layer carry for the functions that make them (``Change.data``)."""

from __future__ import annotations

import dataclasses
import typing as t

Tags: t.TypeAlias = t.Mapping[str, str]


@dataclasses.dataclass(frozen=True, kw_only=True)
class NewVpc:
    cidr: str
    tags: Tags


@dataclasses.dataclass(frozen=True, kw_only=True)
class NewGateway:
    tags: Tags


@dataclasses.dataclass(frozen=True, kw_only=True)
class NewSubnet:
    cidr: str
    zone: str
    tags: Tags


@dataclasses.dataclass(frozen=True, kw_only=True)
class NewTable:
    tags: Tags


@dataclasses.dataclass(frozen=True, kw_only=True)
class NewAddress:
    """:param besides: ids of those that have the same tags and cannot be used."""

    tags: Tags
    besides: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True, kw_only=True)
class NewNat:
    """:param subnet: its address, as that of ``elastic_ip``."""

    subnet: str
    elastic_ip: str
    tags: Tags


@dataclasses.dataclass(frozen=True, kw_only=True)
class Repair:
    """:param tags: those to set.
    :param values: other attributes to set, in the names of the diff.
    """

    id: str
    tags: Tags = dataclasses.field(default_factory=dict)
    values: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Link:
    """A subnet's association with a route table.

    :param subnet: its address, as that of ``table``.
    :param association_id: the association to replace; empty if the subnet has none.
    """

    subnet: str
    table: str
    association_id: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class DefaultRoute:
    """:param table: its address, as that of ``target``.
    :param target: an internet gateway or NAT gateway; empty for no route at all.
    """

    table: str
    target: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class EndpointTables:
    """Which route tables an endpoint is in.

    :param endpoint_id: empty for a new one.
    :param add: addresses of route tables.
    :param remove: ids of route tables.
    """

    service: str
    tags: Tags
    endpoint_id: str = ""
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    open_policy: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Removal:
    """:param id: what to delete.
    :param vpc_id: of an internet gateway, the VPC to detach it from first.
    """

    id: str
    vpc_id: str = ""
