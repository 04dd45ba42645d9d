# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What DNS has answered, as data: without dnspython, which takes a while to import."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Answer:
    """What DNS says of a name.

    :param rcode: ``NOERROR``, ``NXDOMAIN``, ``SERVFAIL``, …; empty when nobody answered.
    :param addresses: what the records of the wanted type say, in their order; addresses unless another type was asked.
    :param ttl: seconds, None without records.
    :param name_servers: who was asked, from the parent zone down: ``ns-1.awsdns-2.com (192.0.2.1)``.
    :param problem: why there are no records; empty if there are some.
    """

    rcode: str = ""
    addresses: tuple[str, ...] = ()
    ttl: int | None = None
    name_servers: tuple[str, ...] = ()
    problem: str = ""


@dataclasses.dataclass(frozen=True)
class Delegation:
    """What the servers of the parent zone say of a zone.

    :param name_servers: lower case, without trailing dots, sorted.
    :param problem: why there are none; empty if there are some.
    """

    rcode: str = ""
    name_servers: tuple[str, ...] = ()
    problem: str = ""
