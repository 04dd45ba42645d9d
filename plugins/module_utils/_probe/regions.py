# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which region an address belongs to, learnt from the regions' own names."""

from __future__ import annotations

import dataclasses
import threading
import typing as t

from .answers import Answer, Said, differing


class Asks(t.Protocol):
    """What is needed of a Walker."""

    def ask(self, name: str, rtype: str = "A") -> Answer: ...

    def ask_each(self, name: str, rtype: str = "A") -> Answer: ...


class Regions:
    """The addresses of each region's load balancer, as ``<region>.<record>`` answers.

    A load balancer's addresses change, and a name answers with some of them at a time. What was once learnt is kept,
    and an address that is not known makes it ask again. Several threads may use one.

    :param record: the name that users ask for; the regions' names are below it.
    """

    def __init__(self, walker: Asks, record: str, regions: t.Sequence[str]) -> None:
        self._walker = walker
        self._record = record
        self._regions = tuple(regions)
        self._lock = threading.Lock()
        self._by_address: dict[str, str] = {}

    def name_of(self, region: str) -> str:
        """The region's own name: ``us-east-1.dev.example.com``."""
        return f"{region}.{self._record}"

    def learn(self) -> dict[str, Answer]:
        """Ask the name of every region. What they answer, by region; an address that moved belongs to its new one."""
        answers = {region: self._walker.ask(self.name_of(region)) for region in self._regions}
        with self._lock:
            for region, answer in answers.items():
                self._by_address.update(dict.fromkeys(answer.addresses, region))
        return answers

    def resolve(self) -> tuple[Answer, str | None]:
        """(what a client gets for the record now, the region of its addresses)."""
        answer = self._walker.ask(self._record)
        return answer, self.region_of(answer.addresses)

    def resolve_each(self) -> tuple[Answer, str | None]:
        """(what the record answers now, the region that every name server of the zone answers with).

        Without a region when they differ, which ``differing`` says; those that say nothing do not count.
        """
        answer = self._walker.ask_each(self._record)
        if not answer.others:
            return answer, self.region_of(answer.addresses)
        said = [Said(answer.name_servers[-1], answer.addresses, answer.problem), *answer.others]
        regions = {item.server: self.region_of(item.addresses) for item in said}
        # A load balancer answers with some of its addresses at a time.
        labels = {
            item.server: regions[item.server] or ", ".join(sorted(item.addresses)) or item.problem for item in said
        }
        found = dataclasses.replace(answer, differing=differing(labels))
        answering = {regions[item.server] for item in said if item.addresses}
        return found, answering.pop() if len(answering) == 1 else None

    def region_of(self, addresses: t.Sequence[str]) -> str | None:
        """The region whose addresses these are; None if they are no region's, or if there are none."""
        found = self._known(addresses)
        if None in found:
            self.learn()
            found = self._known(addresses)
        return found.pop() if len(found) == 1 else None

    def _known(self, addresses: t.Sequence[str]) -> set[str | None]:
        with self._lock:
            return {self._by_address.get(address) for address in addresses}
