# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of all API calls, which shows what a run did."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sandbox.private import private

_READS = (
    "Describe", "List", "Get", "Lookup", "Test", "AssumeRole", "BatchGet", "Filter", "Search",
    "Simulate", "Check", "Query", "Preview", "Estimate", "Head",
)  # fmt: skip
_SECRET = ("secret", "password", "token", "policydocument", "userdata", "certificate", "privatekey")
_LONGEST_VALUE = 200


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One API call as the local AWS saw it."""

    sequence: int
    time: float
    account: str
    region: str
    service: str
    operation: str
    write: bool
    status: int
    error: str = ""
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def call(self) -> str:
        """`service:Operation`."""
        return f"{self.service}:{self.operation}"


def is_write(operation: str) -> bool:
    """Whether an API operation changes anything, judged by AWS's naming of operations."""
    return not operation.startswith(_READS)


def describe_params(params: Mapping[str, Any]) -> dict[str, str]:
    """The scalar parameters of a call, without secret and nested values."""
    described: dict[str, str] = {}
    for name, value in params.items():
        if name.lower().endswith("tags") or any(word in name.lower() for word in _SECRET):
            continue
        if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
            described[name] = ",".join(value)[:_LONGEST_VALUE]
        elif isinstance(value, str | int | float | bool):
            described[name] = str(value)[:_LONGEST_VALUE]
    batch = params.get("ChangeBatch")
    if isinstance(batch, Mapping):
        described["Changes"] = "; ".join(_describe_changes(batch))
    return described


def _describe_changes(batch: Mapping[str, Any]) -> Iterator[str]:
    for change in batch.get("Changes", []):
        record = change.get("ResourceRecordSet", {})
        words = (change.get("Action"), *(record.get(name) for name in ("Name", "Type", "SetIdentifier")))
        yield " ".join(str(word) for word in words if word)


def tags_of(params: Mapping[str, Any]) -> dict[str, str]:
    """The tags that a call sets, whatever the service calls the parameter."""
    pairs: list[Any] = []
    for name in ("Tags", "tags", "AddTags", "Tag"):
        value = params.get(name)
        if isinstance(value, Mapping):
            return {str(key): str(item) for key, item in value.items()}
        pairs += value or []
    for specification in params.get("TagSpecifications") or []:
        pairs += specification.get("Tags") or []
    found: dict[str, str] = {}
    for pair in pairs:
        if isinstance(pair, Mapping):
            key = pair.get("Key", pair.get("key"))
            found[str(key)] = str(pair.get("Value", pair.get("value", "")))
    return found


class RequestLog:
    """Append-only and thread-safe; every record is also written to a file as a JSON line."""

    def __init__(self, path: Path | None = None) -> None:
        self._records: list[RequestRecord] = []
        self._lock = threading.Lock()
        self._file = open(path, "a", encoding="utf-8", opener=private) if path else None  # noqa: SIM115  # for good

    def append(self, **fields: Any) -> RequestRecord:
        """Add a record; its sequence number is the next one, counted from 1."""
        with self._lock:
            record = RequestRecord(sequence=len(self._records) + 1, **fields)
            self._records.append(record)
            if self._file:
                self._file.write(json.dumps(asdict(record)) + "\n")
                self._file.flush()
        return record

    def since(self, mark: int) -> list[RequestRecord]:
        """The records after the mark, which is the sequence number of the last one known."""
        return self._records[mark:]

    @property
    def mark(self) -> int:
        """The sequence number of the last record."""
        return len(self._records)
