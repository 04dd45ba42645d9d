# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Security groups and their rules: wanted, observed, and the changes. Pure; the calls are in the sister file."""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from .._aws import untagged
from .._aws.changes import shown_tags
from .._aws.owner import Owner, Tags, tags_from
from .._engine.changes import create, delete, update
from .._engine.plan import Change
from .._engine.unknown import is_unknown

KIND: t.Final = "security_group"
# The second half of an update: revoke what only the former tasks needed, once they are gone.
TRIM_KIND: t.Final = "security_group_trim"
ALL_PROTOCOLS: t.Final = "-1"
ANY_PORT: t.Final = -1

Direction = t.Literal["ingress", "egress"]
PeerKind = t.Literal["cidr", "cidr_ipv6", "prefix_list", "group"]

# IANA numbers that EC2 returns as names (API IpPermission, IpProtocol).
_PROTOCOL_NAMES: t.Final = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
# Peer kind → (list in IpPermission, key of the value in it).
_SHAPES: t.Final[dict[PeerKind, tuple[str, str]]] = {
    "cidr": ("IpRanges", "CidrIp"),
    "cidr_ipv6": ("Ipv6Ranges", "CidrIpv6"),
    "prefix_list": ("PrefixListIds", "PrefixListId"),
    "group": ("UserIdGroupPairs", "GroupId"),
}


@dataclasses.dataclass(frozen=True, order=True)
class Peer:
    """The source or destination of a rule.

    :param value: a canonical network, or the id of a prefix list or security group; may be a placeholder.
    """

    kind: PeerKind
    value: str


def network(cidr: str) -> Peer:
    """The peer for an IPv4 or IPv6 network (``10.0.0.0/16``), in EC2's canonical form.

    Raises ValueError if it is not a network, or has host bits set.
    """
    if is_unknown(cidr):
        return Peer("cidr", cidr)
    parsed = ipaddress.ip_network(cidr)
    return Peer("cidr" if parsed.version == 4 else "cidr_ipv6", str(parsed))


def group(group_id: str) -> Peer:
    """The peer for the members of a security group."""
    return Peer("group", group_id)


def prefix_list(prefix_list_id: str) -> Peer:
    """The peer for the networks of a managed prefix list."""
    return Peer("prefix_list", prefix_list_id)


@dataclasses.dataclass(frozen=True, order=True, kw_only=True)
class Rule:
    """One rule. Rules that differ only in the description are equal, as they are for EC2.

    :param protocol: ``tcp``, ``udp``, ``icmp``, ``icmpv6``, a number, or ALL_PROTOCOLS.
    :param from_port: first port (ICMP: type); ANY_PORT for all.
    :param to_port: last port (ICMP: code); ANY_PORT for all.
    """

    direction: Direction
    protocol: str
    from_port: int = ANY_PORT
    to_port: int = ANY_PORT
    peer: Peer
    description: str = dataclasses.field(default="", compare=False)

    def __str__(self) -> str:
        ports = str(self.from_port) if self.from_port == self.to_port else f"{self.from_port}-{self.to_port}"
        if self.protocol == ALL_PROTOCOLS:
            what = "all traffic"
        else:
            what = self.protocol if self.from_port == ANY_PORT else f"{self.protocol} {ports}"
        preposition = "from" if self.direction == "ingress" else "to"
        text = f"{self.direction} {what} {preposition} {self.peer.value}"
        return f"{text} ({self.description})" if self.description else text

    def permission(self) -> dict[str, t.Any]:
        """EC2's IpPermission for this rule."""
        listed, key = _SHAPES[self.peer.kind]
        entry = {key: self.peer.value}
        if self.description:
            entry["Description"] = self.description
        ports = {} if self.protocol == ALL_PROTOCOLS else {"FromPort": self.from_port, "ToPort": self.to_port}
        return {"IpProtocol": self.protocol, **ports, listed: [entry]}


def parse_permissions(direction: Direction, permissions: t.Iterable[t.Mapping[str, t.Any]]) -> frozenset[Rule]:
    """The rules in EC2's IpPermissions, one for each peer."""
    return frozenset(rule for permission in permissions for rule in _rules_of_permission(direction, permission))


def _rules_of_permission(direction: Direction, permission: t.Mapping[str, t.Any]) -> t.Iterator[Rule]:
    protocol = str(permission["IpProtocol"])
    protocol = _PROTOCOL_NAMES.get(protocol, protocol)
    all_ports = protocol == ALL_PROTOCOLS
    for kind, (listed, key) in _SHAPES.items():
        for entry in permission.get(listed) or ():
            yield Rule(
                direction=direction,
                protocol=protocol,
                from_port=ANY_PORT if all_ports else int(permission.get("FromPort", ANY_PORT)),
                to_port=ANY_PORT if all_ports else int(permission.get("ToPort", ANY_PORT)),
                peer=Peer(kind, str(entry.get(key) or entry.get("GroupName", ""))),
                description=str(entry.get("Description") or ""),
            )


@dataclasses.dataclass(frozen=True, kw_only=True)
class RuleDelta:
    """The difference between two sets of rules.

    :param authorize: missing rules. Added first, so that traffic that stays allowed is never interrupted.
    :param redescribe: rules with another description.
    :param revoke: superfluous rules. Revoked last.
    """

    authorize: tuple[Rule, ...] = ()
    redescribe: tuple[Rule, ...] = ()
    revoke: tuple[Rule, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.authorize or self.redescribe or self.revoke)


def compare_rules(observed: t.Collection[Rule], desired: t.Collection[Rule]) -> RuleDelta:
    """The delta from ``observed`` to ``desired``, sorted."""
    there = {rule: rule.description for rule in observed}
    wanted = frozenset(desired)
    return RuleDelta(
        authorize=tuple(sorted(wanted - there.keys())),
        redescribe=tuple(sorted(rule for rule in wanted if there.get(rule, rule.description) != rule.description)),
        revoke=tuple(sorted(there.keys() - wanted)),
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class SecurityGroup:
    """A security group as observed."""

    id: str
    name: str
    vpc_id: str
    tags: Tags
    rules: frozenset[Rule]
    description: str = ""


def parse_group(item: t.Mapping[str, t.Any]) -> SecurityGroup:
    """From DescribeSecurityGroups."""
    return SecurityGroup(
        id=item["GroupId"],
        name=item["GroupName"],
        vpc_id=item.get("VpcId", ""),
        tags=tags_from(item.get("Tags")),
        description=item.get("Description", ""),
        rules=parse_permissions("ingress", item.get("IpPermissions", ()))
        | parse_permissions("egress", item.get("IpPermissionsEgress", ())),
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class GroupSpec:
    """A security group as wanted.

    :param name: logical name; the address is ``security_group/<name>``.
    :param group_name: EC2's name, unique in the VPC and immutable. See ``stack_names.security_group``.
    :param description: EC2's description of a new group. It is immutable, so it is not compared.
    :param rules: all of its rules; others are revoked, including EC2's default egress rule.
    """

    owner: Owner
    name: str
    group_name: str
    description: str
    vpc_id: str
    rules: frozenset[Rule]

    @property
    def address(self) -> str:
        return f"{KIND}/{self.name}"

    @property
    def tags(self) -> dict[str, str]:
        return self.owner.tags(self.address)


@dataclasses.dataclass(frozen=True, kw_only=True)
class GroupChange:
    """``Change.data`` of a creation or update.

    :param group_id: empty for a creation.
    :param tags: tags to set.
    """

    spec: GroupSpec
    group_id: str = ""
    delta: RuleDelta = dataclasses.field(default_factory=RuleDelta)
    tags: Tags = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class GroupDeletion:
    """``Change.data`` of a deletion."""

    owner: Owner
    group_id: str


def own_group(spec: GroupSpec, found: t.Iterable[SecurityGroup]) -> SecurityGroup | None:
    """The owner's group among those with the spec's name (of any VPC), or None.

    Raises ConflictError if a foreign group has the name in the spec's VPC.
    """
    for candidate in sorted(found, key=lambda item: item.id):
        if candidate.vpc_id != spec.vpc_id or candidate.name != spec.group_name:
            continue
        if not spec.owner.owns(candidate.tags):
            what = f"the security group {candidate.id} in {spec.vpc_id} has the name {spec.group_name!r}"
            raise untagged.conflict(spec.owner, spec.address, what)
        return candidate
    return None


def plan_group(spec: GroupSpec, observed: SecurityGroup | None, *, needs: t.Iterable[str] = ()) -> Change | None:
    """The change to the wanted group, or None."""
    if observed is None:
        after = {"group_name": spec.group_name, "vpc_id": spec.vpc_id, "rules": _texts(spec.rules)}
        return create(spec.address, after, data=GroupChange(spec=spec, tags=spec.tags), needs=needs)
    tags = spec.owner.tag_drift(observed.tags, spec.address)
    tags_before, tags_after = shown_tags(observed.tags, tags)
    delta = compare_rules(observed.rules, spec.rules)
    return update(
        spec.address,
        {"rules": _texts(observed.rules), **tags_before},
        {"rules": _texts(spec.rules), **tags_after},
        data=GroupChange(spec=spec, group_id=observed.id, delta=delta, tags=tags),
        needs=needs,
    )


def plan_group_trim(
    spec: GroupSpec, group_id: str, former: t.Collection[Rule], *, needs: t.Iterable[str]
) -> Change | None:
    """The change that revokes the rules that an update of the group has kept for former tasks, or None."""
    change = update(
        f"{TRIM_KIND}/{spec.name}",
        {"rules": _texts({*spec.rules, *former})},
        {"rules": _texts(spec.rules)},
        data=GroupChange(spec=spec, group_id=group_id, delta=RuleDelta(revoke=tuple(sorted(former)))),
        needs=needs,
    )
    return dataclasses.replace(change, reason="closes what only the former tasks use") if change else None


def plan_group_deletion(
    owner: Owner, name: str, observed: SecurityGroup, *, needs: t.Iterable[str] = (), reason: str = "state is absent"
) -> Change:
    """The change that deletes the owner's group."""
    before = {"group_name": observed.name, "vpc_id": observed.vpc_id, "rules": _texts(observed.rules)}
    data = GroupDeletion(owner=owner, group_id=observed.id)
    return delete(f"{KIND}/{name}", before, data=data, needs=needs, reason=reason)


def _texts(rules: t.Iterable[Rule]) -> list[str]:
    return [str(rule) for rule in sorted(rules)]
