# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which region an address belongs to, learned from the regions' own names."""

from __future__ import annotations

import dataclasses
import threading
import typing as t

from .answers import Answer, ServerAnswer, differing


class Resolver(t.Protocol):
    """An IterativeResolver."""

    def ask(self, name: str, rtype: str = "A") -> Answer: ...

    def ask_each(self, name: str) -> Answer: ...


class Regions:
    """The addresses of each region's load balancer, from the answers for ``<region>.<record>``.

    A load balancer's addresses change, and each answer has only some of them. Known addresses are kept, and an unknown
    one triggers new queries. Thread-safe.

    :param record: the name that users resolve; the regions' names are below it.
    """

    def __init__(self, resolver: Resolver, record: str, regions: t.Sequence[str]) -> None:
        self._resolver = resolver
        self._record = record
        self._regions = tuple(regions)
        self._lock = threading.Lock()
        self._by_address: dict[str, str] = {}

    def name_of(self, region: str) -> str:
        """The region's own name: ``us-east-1.dev.example.com``."""
        return f"{region}.{self._record}"

    def resolve_all(self) -> dict[str, Answer]:
        """Resolve every region's name. Returns the answers by region. Addresses may move to another region."""
        answers = {region: self._resolver.ask(self.name_of(region)) for region in self._regions}
        with self._lock:
            for region, answer in answers.items():
                self._by_address.update(dict.fromkeys(answer.addresses, region))
        return answers

    def resolve(self) -> tuple[Answer, str | None]:
        """(The answer that a client gets for the record now, the region of its addresses)."""
        answer = self._resolver.ask(self._record)
        return answer, self.region_of(answer.addresses)

    def resolve_each(self) -> tuple[Answer, str | None]:
        """(The answer for the record now, the region of the answers of all name servers of the zone).

        The region is None if they differ; see Answer.differing. Servers without an answer do not count.
        """
        answer = self._resolver.ask_each(self._record)
        if not answer.others:
            return answer, self.region_of(answer.addresses)
        said = [ServerAnswer(answer.name_servers[-1], answer.addresses, answer.problem), *answer.others]
        regions = {item.server: self.region_of(item.addresses) for item in said}
        # By region, since each answer has only some of a load balancer's addresses.
        labels = {
            item.server: regions[item.server] or ", ".join(sorted(item.addresses)) or item.problem for item in said
        }
        found = dataclasses.replace(answer, differing=differing(labels))
        answering = {regions[item.server] for item in said if item.addresses}
        return found, answering.pop() if len(answering) == 1 else None

    def region_of(self, addresses: t.Sequence[str]) -> str | None:
        """The region that has all these addresses; None if none has, or without addresses."""
        found = self._known(addresses)
        if None in found:
            self.resolve_all()
            found = self._known(addresses)
        return found.pop() if len(found) == 1 else None

    def _known(self, addresses: t.Sequence[str]) -> set[str | None]:
        with self._lock:
            return {self._by_address.get(address) for address in addresses}
