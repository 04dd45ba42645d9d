# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployments that shift traffic from one target group to another: BLUE_GREEN, CANARY and LINEAR.

From the ECS Developer Guide, "Amazon ECS blue/green service deployments workflow", "canary deployments" and "linear
deployments", and the API types DeploymentConfiguration, AdvancedConfiguration and ServiceDeployment: the next revision
scales up beside the one that serves, in the target group that it does not use. Then ECS sets the weights of the
production rule, at once or in steps, waits for the bake time, and stops the former tasks. The next deployment goes the
other way. A failure until then restores the weights first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.iam.models import iam_backends

from sandbox.identity import Identity
from sandbox.overlay.base import World
from sandbox.overlay.ecs.common import elb_of
from sandbox.overlay.ecs.model import Rollout, Service, Shift
from sandbox.overlay.elbv2.common import relink
from sandbox.overlay.elbv2.listeners import in_full
from sandbox.overlay.iam import role_known
from sandbox.policies import Request, allowed

ROLLING = "ROLLING"
_ALL = 100.0
_LAST = "CLEAN_UP"
# TargetGroupTuple, Weight.
_MOST_WEIGHT = 999
_ECS = "ecs.amazonaws.com"


def shift_of_next(service: Service) -> Shift | None:
    """How the deployment that begins now shifts traffic; None if it is a rolling one."""
    config = service.settings["deploymentConfiguration"]
    if config["strategy"] == ROLLING:
        return None
    if serving(service) is None:
        # There is no revision to take traffic from.
        return Shift([("PRODUCTION_TRAFFIC_SHIFT", _ALL, 0), (_LAST, _ALL, 0)])
    bake = float(config.get("bakeTimeInMinutes") or 0)
    return Shift([*_steps(config), ("BAKE_TIME", _ALL, bake), (_LAST, _ALL, 0)])


def _steps(config: dict[str, Any]) -> Iterator[tuple[str, float, float]]:
    stage = "PRODUCTION_TRAFFIC_SHIFT"
    if config["strategy"] == "CANARY":
        canary = config["canaryConfiguration"]
        yield stage, canary["canaryPercent"], canary["canaryBakeTimeInMinutes"]
    if config["strategy"] == "LINEAR":
        linear = config["linearConfiguration"]
        share = linear["stepPercent"]
        while share < _ALL:
            yield stage, share, linear["stepBakeTimeInMinutes"]
            share += linear["stepPercent"]
    # "This bake time is not applied after reaching 100 percent traffic."
    yield stage, _ALL, 0


def serving(service: Service) -> Rollout | None:
    """The newest deployment with the production traffic, or the last one that had it."""
    return next((rollout for rollout in service.rollouts if not holds(rollout)), service.last_completed)


def groups_of_next(service: Service) -> dict[str, str]:
    """The target group for the next revision, by the service's first one.

    Of a pair, a deployment that shifts traffic takes the unused group; a rolling one keeps the group in use.
    """
    former = serving(service)
    used = set(former.revision.groups.values()) if former else set()
    rolling = service.settings["deploymentConfiguration"]["strategy"] == ROLLING
    found = {}
    for balancer in service.settings.get("loadBalancers") or []:
        first = balancer["targetGroupArn"]
        second = (balancer.get("advancedConfiguration") or {}).get("alternateTargetGroupArn") or first
        stays = second if second in used and first not in used else first
        moves = second if first in used else first
        found[first] = stays if rolling else moves
    return found


def holds(rollout: Rollout) -> bool:
    """Whether the former revision still runs beside this one, and may get its traffic back."""
    return rollout.shift is not None and not rollout.completed and rollout.shift.stage != _LAST


def advance(world: World, service: Service, rollout: Rollout) -> str:
    """All tasks are healthy: whatever is due. Returns why ECS cannot go on; empty if it can."""
    shift, minute = rollout.shift, world.timings.of("deployment_minute")
    if shift is None or not holds(rollout):
        return ""
    while shift.steps and world.moment() >= shift.until:
        stage, share, minutes = shift.steps[0]
        if share != shift.share and (problem := _set_weights(world, service, rollout, share)):
            return problem
        shift.steps.pop(0)
        shift.stage, shift.share, shift.until = stage, share, world.moment() + minutes * minute
    return ""


def back(world: World, service: Service, rollout: Rollout) -> None:
    """Return the production traffic to the former revision."""
    shift = rollout.shift
    if shift is not None and shift.share and not rollout.completed:
        _set_weights(world, service, rollout, 0.0)
        shift.share = 0.0


def _set_weights(world: World, service: Service, rollout: Rollout, share: float) -> str:
    """Send `share` percent to the revision's target groups. Returns why that is not possible; empty if it is done."""
    elb = elb_of(service.ecs)
    balancers = rollout.revision.settings.get("loadBalancers") or []
    pairs = [(balancer, balancer["advancedConfiguration"]) for balancer in balancers]
    for balancer, advanced in pairs:
        if problem := _problem(world, service, balancer, advanced):
            return problem
    for balancer, advanced in pairs:
        pair = [balancer["targetGroupArn"], advanced["alternateTargetGroupArn"]]
        new = rollout.revision.groups[balancer["targetGroupArn"]]
        weights = dict(zip((new, next(arn for arn in pair if arn != new)), _weights(share), strict=True))
        tuples = [{"TargetGroupArn": arn, "Weight": weights[arn]} for arn in pair]
        action = in_full({"Type": "forward", "ForwardConfig": {"TargetGroups": tuples}})
        elb.modify_rule(rule_arn=advanced["productionListenerRule"], conditions=[], actions=[action])
    relink(world, elb)
    world.changed()
    return ""


def _weights(share: float) -> tuple[int, int]:
    """Weights of the next and the former target group: whole numbers, so tenths of a percent need ten times as much."""
    scale = 1 if share == int(share) else 10
    return min(round(share * scale), _MOST_WEIGHT), min(round((_ALL - share) * scale), _MOST_WEIGHT)


def _problem(world: World, service: Service, balancer: dict[str, Any], advanced: dict[str, Any]) -> str:
    """Why ECS cannot shift traffic: the rule, or the permissions of the role that it assumes."""
    elb, production = elb_of(service.ecs), advanced["productionListenerRule"]
    groups = {balancer["targetGroupArn"], advanced["alternateTargetGroupArn"]}
    known = _rules(elb)
    asked = [known[arn] for arn in (production, advanced.get("testListenerRule")) if arn in known]
    forwarded = {arn for rule in asked for action in rule.actions for arn in _forwards(action.data)}
    if production not in known or groups - forwarded:
        return (
            "invalid networking configuration: both targetGroup and alternateTargetGroup must be associated with the "
            "productionListenerRule or testListenerRule"
        )
    role = assumed(world, service.ecs.account_id, advanced["roleArn"])
    if role is None:
        return f"ECS was unable to assume the role {advanced['roleArn']}"
    for action, arns in (("ModifyRule", [production]), ("RegisterTargets", groups), ("DeregisterTargets", groups)):
        for arn in sorted(arns):
            wish = Request(f"elasticloadbalancing:{action}", arn, role.principal, role.account)
            if not allowed(role.policies(), wish):
                return f"{role.arn} is not authorized to perform: elasticloadbalancing:{action} on resource: {arn}"
    return ""


def _rules(elb: Any) -> dict[str, Any]:
    return {
        rule.arn: rule
        for balancer in elb.load_balancers.values()
        for listener in balancer.listeners.values()
        for rule in listener.rules.values()
    }


def _forwards(action: dict[str, Any]) -> list[str]:
    listed = (action.get("ForwardConfig") or {}).get("TargetGroups") or []
    return [str(group["TargetGroupArn"]) for group in listed]


def assumed(world: World, account: str, arn: str) -> Identity | None:
    """The role, if it is known and trusts ECS."""
    role = next((item for item in iam_backends[account]["aws"].roles.values() if item.arn == arn), None)
    if role is None or not role_known(world, account, role.name):
        return None
    context = {"aws:sourceaccount": (account,)}
    request = Request(action="sts:AssumeRole", principal=_ECS, account=account, context=context)
    trusts = allowed([role.assume_role_policy_document], request)
    return Identity(account, role.id, role.arn, role.arn, role.name) if trusts else None
