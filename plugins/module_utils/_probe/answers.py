# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What DNS has answered, as data: without dnspython, which takes a while to import."""

from __future__ import annotations

import dataclasses
import typing as t


@dataclasses.dataclass(frozen=True)
class Said:
    """What one name server says of a name.

    :param server: ``ns-1.awsdns-2.com (192.0.2.1)``.
    :param problem: why there are no addresses; empty if there are some.
    """

    server: str
    addresses: tuple[str, ...] = ()
    problem: str = ""


@dataclasses.dataclass(frozen=True)
class Answer:
    """What DNS says of a name.

    :param rcode: ``NOERROR``, ``NXDOMAIN``, ``SERVFAIL``, …; empty when nobody answered.
    :param addresses: what the records of the wanted type say, in their order; addresses unless another type was asked.
    :param ttl: seconds, None without records.
    :param name_servers: who was asked, from the parent zone down: ``ns-1.awsdns-2.com (192.0.2.1)``.
    :param problem: why there are no records; empty if there are some.
    :param others: what the zone's other name servers say, if all were asked.
    :param differing: what each name server says, if they do not say the same; see Regions.
    :param over_https: the URL of the resolver that was asked over HTTPS, since port 53 is closed; empty otherwise.
    """

    rcode: str = ""
    addresses: tuple[str, ...] = ()
    ttl: int | None = None
    name_servers: tuple[str, ...] = ()
    problem: str = ""
    others: tuple[Said, ...] = ()
    differing: tuple[str, ...] = ()
    over_https: str = ""

    @property
    def note(self) -> str:
        """How it was asked, if that was not of the name servers themselves."""
        return f"asked over HTTPS ({self.over_https}), since port 53 is closed here" if self.over_https else ""


@dataclasses.dataclass(frozen=True)
class Delegation:
    """What the servers of the parent zone say of a zone.

    :param name_servers: lower case, without trailing dots, sorted; all that any of them names.
    :param problem: why there are none; empty if there are some.
    :param differing: what each server says, if they do not say the same.
    """

    rcode: str = ""
    name_servers: tuple[str, ...] = ()
    problem: str = ""
    differing: tuple[str, ...] = ()


def differing(labels: t.Mapping[str, str]) -> tuple[str, ...]:
    """What each server says, by its name, as sentences; nothing if all say the same."""
    # A problem names its server already, at its begin or at its end.
    said = {
        server: label.removesuffix(f", says {server}").removeprefix(f"{server} ") for server, label in labels.items()
    }
    if len(set(said.values())) == 1:
        return ()
    return tuple(
        label if label.startswith(server) else f"{server} says {said[server]}" for server, label in labels.items()
    )
