# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resource record sets in a normal form, in which sets with the same meaning are equal."""

from __future__ import annotations

import dataclasses
import enum
import json
import typing as t

from .names import normalise, readable

# Members of ResourceRecordSet that are fields of RecordSet. The others belong to routing policies that we don't write.
_FIELDS: t.Final = frozenset(
    {"Name", "Type", "TTL", "ResourceRecords", "AliasTarget", "SetIdentifier", "Failover", "HealthCheckId"}
)
_VALUES_ARE_NAMES: t.Final = frozenset({"NS", "CNAME", "PTR"})

# Between two calls of GetChange: Route 53 allows an account five calls a second in all.
SYNC_POLL_SECONDS: t.Final = 1.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class AliasTarget:
    """The target of an alias record. ``zone_id`` is the target's zone, for a load balancer its canonical one."""

    dns_name: str
    zone_id: str
    evaluate_target_health: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "dns_name", normalise(self.dns_name))


@dataclasses.dataclass(frozen=True, kw_only=True)
class RecordSet:
    """A resource record set. Names and values are normalised, so that ``==`` compares as DNS does.

    :param ttl: seconds; None for an alias.
    :param values: as Route 53 writes them, TXT values quoted. Unordered, as in DNS.
    :param failover: ``PRIMARY`` or ``SECONDARY``.
    :param routing: members for other routing policies as (name, JSON), so that others' records survive a round trip.
    :param source: the answer it was read from, since a deletion has to repeat its spelling.
    """

    name: str
    type: str
    ttl: int | None = None
    values: frozenset[str] = frozenset()
    alias: AliasTarget | None = None
    set_identifier: str | None = None
    failover: str | None = None
    health_check_id: str | None = None
    routing: tuple[tuple[str, str], ...] = ()
    source: t.Mapping[str, t.Any] | None = dataclasses.field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", normalise(self.name))
        object.__setattr__(self, "values", frozenset(_normal_value(self.type, value) for value in self.values))

    @property
    def key(self) -> tuple[str, str, str | None]:
        """What is unique in a zone: name, type and set identifier."""
        return self.name, self.type, self.set_identifier

    @property
    def is_simple(self) -> bool:
        """Whether it has no routing policy, and is the only set of its name and type."""
        return self.set_identifier is None

    @classmethod
    def from_api(cls, item: t.Mapping[str, t.Any]) -> RecordSet:
        """From the ResourceRecordSet of an answer."""
        alias = item.get("AliasTarget")
        return cls(
            name=item["Name"],
            type=item["Type"],
            ttl=item.get("TTL"),
            values=frozenset(record["Value"] for record in item.get("ResourceRecords", ())),
            alias=_alias(alias) if alias else None,
            set_identifier=item.get("SetIdentifier"),
            failover=item.get("Failover"),
            health_check_id=item.get("HealthCheckId") or None,
            routing=tuple((key, json.dumps(item[key], sort_keys=True)) for key in sorted(item) if key not in _FIELDS),
            source=item,
        )

    def to_api(self) -> dict[str, t.Any]:
        """The ResourceRecordSet for a request, in normal form."""
        members: dict[str, t.Any] = {
            "Name": self.name,
            "Type": self.type,
            "SetIdentifier": self.set_identifier,
            "Failover": self.failover,
            "HealthCheckId": self.health_check_id,
            "TTL": self.ttl,
        }
        if self.alias:
            members["AliasTarget"] = {
                "HostedZoneId": self.alias.zone_id,
                "DNSName": self.alias.dns_name,
                "EvaluateTargetHealth": self.alias.evaluate_target_health,
            }
        if self.values:
            members["ResourceRecords"] = [{"Value": value} for value in sorted(self.values)]
        members.update((key, json.loads(value)) for key, value in self.routing)
        return {key: value for key, value in members.items() if value is not None}

    def describe(self) -> dict[str, t.Any]:
        """For diffs: the members that are set, in plain types."""
        shown: dict[str, t.Any] = {
            "ttl": self.ttl,
            "values": sorted(self.values) or None,
            "alias": dataclasses.asdict(self.alias) if self.alias else None,
            "set_identifier": self.set_identifier,
            "failover": self.failover,
            "health_check_id": self.health_check_id,
            **dict(self.routing),
        }
        return {key: value for key, value in shown.items() if value is not None}


class RecordAction(enum.Enum):
    """Action of a Change in ChangeResourceRecordSets."""

    CREATE = "CREATE"
    UPSERT = "UPSERT"
    DELETE = "DELETE"


@dataclasses.dataclass(frozen=True)
class RecordChange:
    """One change of a batch. A DELETE needs the record set exactly as it was read."""

    action: RecordAction
    record: RecordSet

    def to_api(self) -> dict[str, t.Any]:
        """The Change for a request."""
        deleted = self.record.source if self.action is RecordAction.DELETE else None
        return {"Action": self.action.value, "ResourceRecordSet": dict(deleted or self.record.to_api())}


def name_records(records: t.Sequence[RecordSet], most: int = 10) -> str:
    """Record sets for a message: ``A www.dev.example.com, … and 3 more``."""
    shown = ", ".join(f"{record.type} {readable(record.name)}" for record in records[:most])
    return shown + (f" and {len(records) - most} more" if len(records) > most else "")


def validation_records(records: t.Iterable[RecordSet]) -> tuple[RecordSet, ...]:
    """The records by which ACM validates certificates (ACM User Guide, "DNS validation")."""
    return tuple(
        record
        for record in records
        if record.type == "CNAME" and all(value.endswith(".acm-validations.aws.") for value in record.values)
    )


def _alias(target: t.Mapping[str, t.Any]) -> AliasTarget:
    return AliasTarget(
        dns_name=target["DNSName"],
        zone_id=target["HostedZoneId"],
        evaluate_target_health=bool(target["EvaluateTargetHealth"]),
    )


def _normal_value(kind: str, value: str) -> str:
    if kind in _VALUES_ARE_NAMES:
        return normalise(value)
    return " ".join(value.lower().split()) if kind == "DS" else value
