# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared by the corrections of Elastic Load Balancing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from moto.elbv2.models import elbv2_backends

from sandbox.overlay.base import AwsError, Call, World


def invalid(message: str) -> AwsError:
    """A parameter with a value that is not allowed."""
    return AwsError("ValidationError", message)


def conflict(message: str) -> AwsError:
    """A request that does not fit the load balancer."""
    return AwsError("InvalidConfigurationRequest", message)


def every_balancer() -> Iterator[tuple[Any, Any]]:
    """Every load balancer of every account and region, with the backend that it is in."""
    for _account, _region, elb in elbv2_backends.iter_backends():
        for balancer in elb.load_balancers.values():
            yield elb, balancer


def balancer_of(call: Call) -> Any:
    """The load balancer that a call names. Raises LoadBalancerNotFound."""
    balancer = call.backend.load_balancers.get(call.get("LoadBalancerArn"))
    if balancer is None:
        raise AwsError("LoadBalancerNotFound", "One or more load balancers not found")
    return balancer


def group_of(call: Call) -> Any:
    """The target group that a call names. Raises TargetGroupNotFound."""
    group = call.backend.target_groups.get(call.get("TargetGroupArn"))
    if group is None:
        raise AwsError("TargetGroupNotFound", "One or more target groups not found")
    return group


def tags_of(elb: Any, arn: str) -> dict[str, str]:
    """The tags of a load balancer, target group, listener or rule."""
    tags: dict[str, str] = elb.tagging_service.get_tag_dict_for_resource(arn)
    return tags


def given_tags(call: Call) -> dict[str, str]:
    """The tags in a creating call."""
    return {tag["Key"]: tag.get("Value", "") for tag in call.get("Tags") or []}


def forget_tags(elb: Any, arn: str) -> None:
    """Remove all tags of a deleted resource."""
    elb.tagging_service.delete_all_tags_for_resource(arn)


def nodes_of(world: World, balancer_arn: str) -> dict[str, Any]:
    """The network interfaces of a load balancer, by subnet."""
    return world.store(dict, "load balancer interfaces", balancer_arn)


def in_order(rules: Iterable[Any]) -> list[Any]:
    """Rules by priority; the default one is the last."""
    return sorted(rules, key=lambda rule: (rule.is_default, 0 if rule.is_default else int(rule.priority)))


def forwarding(elb: Any) -> Iterator[tuple[Any, str]]:
    """Every load balancer with every target group that one of its rules forwards to."""
    for balancer in elb.load_balancers.values():
        for listener in balancer.listeners.values():
            for rule in listener.rules.values():
                for action in rule.actions:
                    for group_arn in elb._get_target_group_arns_from(action_data=action.data):
                        yield balancer, group_arn


def relink(world: World, elb: Any) -> None:
    """Update the load balancers of target groups by the listeners' rules."""
    for group in elb.target_groups.values():
        arns = dict.fromkeys(balancer.arn for balancer, arn in forwarding(elb) if arn == group.arn)
        if arns:
            used_since(world).setdefault(group.arn, world.moment())
        else:
            used_since(world).pop(group.arn, None)
        group.load_balancer_arns = list(arns)


def used_since(world: World) -> dict[str, float]:
    """When a target group was last put into use, by ARN."""
    return world.store(dict, "target groups used since")


def active_from(world: World) -> dict[str, float]:
    """When a load balancer is active, by ARN."""
    return world.store(dict, "load balancers active from")


def default_certificates(listener: Any) -> list[str]:
    """The ARN of a listener's default certificate; none if it speaks no TLS."""
    known = listener.certificates or []
    return [str(each.get("CertificateArn", "") if isinstance(each, dict) else each) for each in known[:1]]


def more_certificates(world: World, listener_arn: str) -> list[str]:
    """The ARNs of a listener's other certificates. A list to be changed."""
    return world.store(list, "listener certificates", listener_arn)
