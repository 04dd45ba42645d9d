# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Security groups: duplicates, dependencies, and the characters that AWS takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import signature
from typing import Any

from moto.ec2.models.security_groups import SecurityGroup, SecurityGroupBackend, SecurityGroupRule
from moto.ec2.responses import EC2Response

from sandbox.overlay.base import AwsError, Call, corrects

_CHARACTERS = r"a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$\*"
_VALID = re.compile(rf"[{_CHARACTERS}]{{0,255}}")
_SET = "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
_PEERS = ("IpRanges", "Ipv6Ranges", "UserIdGroupPairs", "PrefixListIds")


@corrects(EC2Response, "CreateSecurityGroup")
def create(call: Call) -> Any:
    """CreateSecurityGroup checks name and description."""
    name, description = call.get("GroupName", ""), call.get("Description", "")
    if name.startswith("sg-"):
        raise AwsError("InvalidParameterValue", "Group names may not be in the format sg-*.")
    for value, what in ((name, "group name"), (description, "group description")):
        if not _VALID.fullmatch(value):
            raise _invalid(f"security {what}", f"{what.removeprefix('group ')}s")
    return call.proceed()


def _invalid(what: str, many: str) -> AwsError:
    return AwsError(
        "InvalidParameterValue",
        f"Invalid {what}. Valid {many} are strings less than 256 characters from the following set:  {_SET}",
    )


@corrects(EC2Response, "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress")
def authorize(call: Call) -> Any:
    """AuthorizeSecurityGroup*: all rules or none, and only the new ones are returned."""
    for description in _descriptions(call):
        if not _VALID.fullmatch(description):
            raise _invalid("rule description", "descriptions")
    group = call.backend.get_security_group_from_id(call.get("GroupId"))
    if group is None:
        return call.proceed()
    before = (list(group.ingress_rules), list(group.egress_rules))
    try:
        result = call.proceed()
    except Exception:
        group.ingress_rules, group.egress_rules = before
        raise
    known = {rule.id for rules in before for rule in rules}
    rules = [rule for rule in (*group.ingress_rules, *group.egress_rules) if rule.id not in known]
    return {**result, "SecurityGroupRules": rules}


def _descriptions(call: Call) -> Iterator[str]:
    for permission in call.get("IpPermissions") or []:
        for peers in _PEERS:
            for peer in permission.get(peers) or []:
                yield peer.get("Description") or ""


@corrects(EC2Response, "DeleteSecurityGroup")
def delete(call: Call) -> Any:
    """DeleteSecurityGroup refuses default groups and those in use or in rules of others."""
    ec2, identifier = call.backend, call.get("GroupId")
    group = ec2.get_security_group_from_id(identifier) if identifier else None
    if group is None:
        return call.proceed()
    if group.is_default:
        raise AwsError(
            "CannotDelete", f'the specified group: "{identifier}" name: "default" cannot be deleted by a user'
        )
    used = any(group in interface._group_set for interface in ec2.enis.values())
    if used or any(_names(other, identifier) for other in _others(ec2, group)):
        raise AwsError("DependencyViolation", f"resource {identifier} has a dependent object")
    result = call.proceed()
    for rule in (*group.ingress_rules, *group.egress_rules):
        ec2.tags.pop(rule.id, None)
    return result


def _others(ec2: Any, group: Any) -> Iterator[Any]:
    for groups in ec2.groups.values():
        for other in groups.values():
            if other is not group:
                yield other


def _names(group: Any, identifier: str) -> bool:
    rules = (*group.ingress_rules, *group.egress_rules)
    return any(rule.source_group.get("GroupId") == identifier for rule in rules)


def _identity(rule: SecurityGroupRule) -> tuple[Any, ...]:
    """The identity of a rule: without its description, and without ports if it is for all traffic."""
    ports = (None, None) if rule.ip_protocol == "-1" else (rule.from_port, rule.to_port)
    peer = (
        rule.ip_range.get("CidrIp"),
        rule.ip_range.get("CidrIpv6"),
        rule.source_group.get("GroupId"),
        rule.prefix_list_id,
    )
    return (rule.ip_protocol, *ports, *peer)


def _equal(rule: SecurityGroupRule, other: object) -> bool:
    return isinstance(other, SecurityGroupRule) and _identity(rule) == _identity(other)


def _description(rule: SecurityGroupRule) -> str | None:
    told = (rule.ip_range.get("Description"), rule.source_group.get("Description"), rule.prefix_list_description)
    return next((text for text in told if text), None)


def patch() -> None:
    """moto compares descriptions too, and finds few rules."""
    SecurityGroupRule.__eq__ = _equal
    SecurityGroupRule.description = property(_description)
    _keep_descriptions_of_prefix_lists()


def _keep_descriptions_of_prefix_lists() -> None:
    """A rule for a prefix list has a description (API PrefixListId), which moto leaves out."""
    init, views = SecurityGroupRule.__init__, SecurityGroup._flattened_rules
    change = SecurityGroupBackend._sg_update_description

    def remember(rule: Any, *args: Any, **more: Any) -> None:
        init(rule, *args, **more)
        given = signature(init).bind(rule, *args, **more).arguments.get("prefix_list_id") or {}
        rule.prefix_list_description = given.get("Description")

    def tell(group: Any, rules: list[Any]) -> Any:
        known = {(*_identity(rule)[:3], rule.prefix_list_id): rule.prefix_list_description for rule in rules}
        found = views(group, rules)
        for view in found:
            for entry in view.prefix_list_ids:
                text = known[view.ip_protocol, view.from_port, view.to_port, entry["PrefixListId"]]
                entry.update({"Description": text} if text else {})
        return found

    def redescribe(backend: Any, wanted: Any, rule: Any) -> None:
        change(backend, wanted, rule)
        if wanted.prefix_list_description is not None:
            rule.prefix_list_description = wanted.prefix_list_description

    SecurityGroupRule.__init__ = remember
    SecurityGroup._flattened_rules = tell
    SecurityGroupBackend._sg_update_description = redescribe
