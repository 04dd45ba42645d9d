# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The identifiers of resources, completed while a plan is applied."""

from __future__ import annotations

import threading
import typing as t

from .errors import FailoverError
from .unknown import unknown


class Known:
    """Attributes that AWS has assigned to resources, by address. Thread-safe.

    :param scope: of the addresses, for placeholders: a region, or ``global``.
    :param observed: known before the apply: address → attributes (``{"vpc/main": {"id": "vpc-1"}}``).
    """

    def __init__(self, scope: str, observed: t.Mapping[str, t.Mapping[str, str]] | None = None) -> None:
        self._scope = scope
        self._lock = threading.Lock()
        self._attributes = {address: dict(attributes) for address, attributes in (observed or {}).items()}

    def put(self, address: str, **attributes: str) -> None:
        """Record attributes of a resource, usually at least ``id``."""
        with self._lock:
            self._attributes.setdefault(address, {}).update(attributes)

    def forget(self, address: str) -> None:
        """Remove a deleted resource."""
        with self._lock:
            self._attributes.pop(address, None)

    def get(self, address: str, attribute: str = "id") -> str:
        """The attribute. Raises FailoverError if it is not known: the plan lacks a ``needs``."""
        with self._lock:
            try:
                return self._attributes[address][attribute]
            except KeyError:
                raise FailoverError(f"{self._scope}/{address}: {attribute} is not known at this point") from None

    def describe(self, address: str, attribute: str = "id") -> str:
        """The attribute, or its placeholder."""
        with self._lock:
            return self._attributes.get(address, {}).get(attribute) or unknown(self._scope, address, attribute)

    def has(self, address: str) -> bool:
        with self._lock:
            return address in self._attributes
