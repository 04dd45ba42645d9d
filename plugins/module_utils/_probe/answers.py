# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of DNS as data, without dnspython, which is slow to import."""

from __future__ import annotations

import dataclasses
import typing as t


@dataclasses.dataclass(frozen=True)
class ServerAnswer:
    """What one name server answers for a name.

    :param server: ``ns-1.awsdns-2.com (192.0.2.1)``.
    :param problem: why there are no addresses; empty if there are some.
    """

    server: str
    addresses: tuple[str, ...] = ()
    problem: str = ""


@dataclasses.dataclass(frozen=True)
class Answer:
    """What DNS answers for a name.

    :param rcode: ``NOERROR``, ``NXDOMAIN``, ``SERVFAIL``, …; empty without an answer.
    :param addresses: the values of the records, in order; addresses unless another type was queried.
    :param ttl: seconds, None without records.
    :param name_servers: the servers queried, from the parent zone down: ``ns-1.awsdns-2.com (192.0.2.1)``.
    :param problem: why there are no records; empty if there are some.
    :param others: what the zone's other name servers answer, if all were queried.
    :param differing: what each name server answers, if they differ; see Regions.
    :param over_https: URL of the resolver that was queried over HTTPS, since port 53 is closed; empty otherwise.
    """

    rcode: str = ""
    addresses: tuple[str, ...] = ()
    ttl: int | None = None
    name_servers: tuple[str, ...] = ()
    problem: str = ""
    others: tuple[ServerAnswer, ...] = ()
    differing: tuple[str, ...] = ()
    over_https: str = ""

    @property
    def note(self) -> str:
        """How it was queried, if not from the name servers themselves."""
        return f"queried over HTTPS ({self.over_https}), since port 53 is closed here" if self.over_https else ""


@dataclasses.dataclass(frozen=True)
class Delegation:
    """What the servers of the parent zone answer for a zone.

    :param name_servers: all that any of them names, sorted; lower case, without trailing dots.
    :param problem: why there are none; empty if there are some.
    :param differing: what each server answers, if they differ.
    """

    rcode: str = ""
    name_servers: tuple[str, ...] = ()
    problem: str = ""
    differing: tuple[str, ...] = ()


def differing(labels: t.Mapping[str, str]) -> tuple[str, ...]:
    """What each server answers, as sentences; nothing if all agree.

    :param labels: by server.
    """
    # A problem names its server already, at its beginning or end.
    said = {
        server: label.removesuffix(f", says {server}").removeprefix(f"{server} ") for server, label in labels.items()
    }
    if len(set(said.values())) == 1:
        return ()
    return tuple(
        label if label.startswith(server) else f"{server} says {said[server]}" for server, label in labels.items()
    )
