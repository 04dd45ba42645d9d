# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether one empty target group makes an alias to its load balancer unhealthy."""

from __future__ import annotations

import os
from typing import Any

from ansible_collections.everlook.failover.plugins.module_utils._probe.network import Network
from ansible_collections.everlook.failover.plugins.module_utils._probe.regions import Regions
from ansible_collections.everlook.failover.plugins.module_utils._probe.resolver import IterativeResolver
from tests.account.experiment import Experiment, Finding
from tests.account.lab import Lab, NotInTimeError, equals
from tests.account.policies import APP, ENVIRONMENT
from tests.account.stack_uses import STACK

_NAME = f"{APP}-{ENVIRONMENT}-empty"
# By these a service does not decide the failover.
_OFF = [
    {"Key": f"target_group_health.dns_failover.minimum_healthy_targets.{unit}", "Value": "off"}
    for unit in ("count", "percentage")
]


def _add_empty_group(lab: Lab) -> str:
    """A target group without targets behind a rule of the first region's load balancer. Its ARN."""
    elb = lab.client("elbv2")
    balancer = elb.describe_load_balancers(Names=[f"{APP}-{ENVIRONMENT}"])["LoadBalancers"][0]
    listener = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"][0]["ListenerArn"]
    made = elb.create_target_group(
        Name=_NAME, Protocol="HTTP", Port=80, VpcId=balancer["VpcId"], TargetType="ip", Tags=lab.tags
    )
    group: str = made["TargetGroups"][0]["TargetGroupArn"]
    lab.later(f"target group {_NAME}", lambda: elb.delete_target_group(TargetGroupArn=group))
    condition: Any = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/empty/*"]}}
    action: Any = {"Type": "forward", "TargetGroupArn": group}
    rule = elb.create_rule(
        ListenerArn=listener, Priority=40000, Conditions=[condition], Actions=[action], Tags=lab.tags
    )
    arn = rule["Rules"][0]["RuleArn"]
    lab.later("the rule of the empty target group", lambda: elb.delete_rule(RuleArn=arn))
    return group


def _run(lab: Lab) -> Finding:
    options = lab.options
    resolver = IterativeResolver(Network.from_environment(os.environ), options.parent)
    regions = Regions(resolver, options.domain, options.regions)

    def serving() -> str | None:
        return regions.resolve_each()[1]

    first = options.regions[0]
    lab.until(serving, equals(first), "the first region serves")
    group = _add_empty_group(lab)
    try:
        lab.until(serving, lambda region: region not in (first, None), "a move", options.watch)
    except NotInTimeError:
        text = f"{first} goes on serving with an empty target group beside a healthy one"
        return Finding(answer=text, as_expected=True)
    text = "an empty target group evicts its region"
    lab.client("elbv2").modify_target_group_attributes(TargetGroupArn=group, Attributes=_OFF)
    try:
        lab.until(serving, equals(first), "the first region serves again", options.watch)
    except NotInTimeError:
        return Finding(answer=f"{text}, also one that does not decide the failover", as_expected=False)
    return Finding(answer=f"{text}, but not one that does not decide the failover", as_expected=False)


EXPERIMENT = Experiment(
    name="empty_target_group",
    question="Does one target group without targets make an alias to its load balancer unhealthy?",
    source=(
        "Route 53 Developer Guide, EvaluateTargetHealth: every target group that has targets needs a healthy one. "
        "Elastic Load Balancing: a target group without registered targets is unhealthy. With dns_failover off a group "
        "without healthy targets does not take a zone out of the DNS; of one without any the guide says nothing."
    ),
    does=(
        "Adds an empty target group and a rule to the load balancer that serves, and asks DNS for three minutes. If "
        "users leave, it has the group not decide the failover, and asks for three more."
    ),
    expected="the region goes on serving: groups without targets do not count beside others",
    minutes=5,
    uses=STACK,
    deployed=True,
    run=_run,
)
