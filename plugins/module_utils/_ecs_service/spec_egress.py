# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tasks may reach: the outbound rules of their security group, from the options. Pure."""

from __future__ import annotations

import ipaddress
import re
import typing as t

from .._aws.limits import ECR_IMAGE, PORTS
from .._aws.validation import check_range
from .._engine.errors import SpecError
from .._engine.unknown import is_unknown
from .._resources.security_group import ALL_PROTOCOLS, ANY_PORT, Peer, Rule, group, network, prefix_list
from .spec_task import Task
from .spec_volumes import NFS

_HTTPS: t.Final = 443
# Amazon VPC quotas, "Outbound rules per security group" by IP version.
_RULES_MOST: t.Final = 60
# EC2 API, IpRange, Description.
_DESCRIPTION: t.Final = re.compile(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}")
_PEERS: t.Final = ("cidr", "prefix_list_id", "security_group_id")
_IDS: t.Final = {"prefix_list_id": "pl-", "security_group_id": "sg-"}
_EVERYTHING: t.Final = Rule(
    direction="egress", protocol=ALL_PROTOCOLS, peer=network("0.0.0.0/0"), description="Images, logs, secrets"
)


def parse_egress(params: t.Mapping[str, t.Any], task: Task) -> frozenset[Rule]:
    """The outbound rules. Raises SpecError, also if no task could start with them."""
    if params["egress"] is None:
        return frozenset({_EVERYTHING})
    rules = [_rule(item, f"egress[{number}]") for number, item in enumerate(params["egress"])]
    for number, rule in enumerate(rules):
        if rule in rules[:number]:
            raise SpecError(f"egress[{number}]", f"is there before: {rule}.")
    for version in ("cidr", "cidr_ipv6"):
        if sum(rule.peer.kind in (version, "group") for rule in rules) > _RULES_MOST:
            raise SpecError(
                "egress", f"has more than {_RULES_MOST} rules.", "That is AWS's quota for a security group."
            )
    if not _open(rules, _HTTPS):
        raise SpecError(
            "egress",
            "allows TCP port 443 to nowhere, so no task could start: its image, logs and secrets come from there.",
            "Add {cidr: 0.0.0.0/0, port: 443}, or the VPC's network if it has interface endpoints for them.",
        )
    if any(volume.file_system for volume in task.volumes) and not _open(rules, NFS):
        raise SpecError("egress", f"allows TCP port {NFS} to nowhere, which volumes on EFS need.", "Add a rule for it.")
    return frozenset(rules)


def egress_warnings(rules: t.Iterable[Rule], task: Task) -> tuple[str, ...]:
    """Warnings about images on the internet if tasks cannot reach it, which needs a mirror or a proxy."""
    public = [rule for rule in _open(rules, _HTTPS) if _is_public(rule.peer)]
    # A registry with a port number is a private one.
    images = [
        container.image
        for container in task.containers
        if not ECR_IMAGE.match(container.image)
        and not is_unknown(container.image)
        and ":" not in _host(container.image)
    ]
    if public or not images:
        return ()
    return (f"egress allows TCP port 443 to private addresses only, and {', '.join(images)}: not an image in ECR.",)


def _rule(item: t.Mapping[str, t.Any], where: str) -> Rule:
    protocol, port, last = item["protocol"], item["port"], item["to_port"]
    if protocol == "all" and (port or last):
        raise SpecError(where, "has a port with protocol all.", "Use tcp or udp.")
    if last is not None and port is None:
        raise SpecError(where, "has to_port without port.")
    for option, value in (("port", port), ("to_port", last)):
        if value is not None:
            check_range(f"{where}.{option}", value, *PORTS)
    if last is not None and last < port:
        raise SpecError(where, f"to_port {last} is less than port {port}.")
    description = item["description"] or ""
    if not _DESCRIPTION.fullmatch(description):
        raise SpecError(f"{where}.description", "has a character that EC2 does not take, or more than 255.")
    # EC2 has no other notation for all ports of TCP or UDP.
    first = 0 if port is None else port
    final = 65535 if port is None else last or port
    return Rule(
        direction="egress",
        protocol=ALL_PROTOCOLS if protocol == "all" else protocol,
        from_port=ANY_PORT if protocol == "all" else first,
        to_port=ANY_PORT if protocol == "all" else final,
        peer=_peer(item, where),
        description=description,
    )


def _peer(item: t.Mapping[str, t.Any], where: str) -> Peer:
    given = [option for option in _PEERS if item[option]]
    if len(given) != 1:
        raise SpecError(where, f"has {len(given)} of {', '.join(_PEERS)}.", "A rule takes one of them.")
    option, value = given[0], item[given[0]]
    if option == "cidr":
        try:
            return network(value)
        except ValueError as error:
            raise SpecError(f"{where}.cidr", f"{error}.", "Write a network such as 10.0.0.0/16 or ::/0.") from error
    if not is_unknown(value) and not value.startswith(_IDS[option]):
        raise SpecError(f"{where}.{option}", f"{value!r} is not an id.", f"It starts with {_IDS[option]!r}.")
    return group(value) if option == "security_group_id" else prefix_list(value)


def _open(rules: t.Iterable[Rule], port: int) -> list[Rule]:
    """The rules that allow this TCP port."""
    return [
        rule
        for rule in rules
        if rule.protocol == ALL_PROTOCOLS or (rule.protocol == "tcp" and rule.from_port <= port <= rule.to_port)
    ]


def _is_public(peer: Peer) -> bool:
    """Whether it may include public addresses."""
    if peer.kind not in ("cidr", "cidr_ipv6") or is_unknown(peer.value):
        return False
    return not ipaddress.ip_network(peer.value).is_private


def _host(image: str) -> str:
    return image.partition("/")[0] if "/" in image else ""
