# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ECS's checks of a deployment strategy.

From the API types DeploymentConfiguration, CanaryConfiguration, LinearConfiguration and AdvancedConfiguration, and the
Developer Guide, "Troubleshooting Amazon ECS blue/green deployments" and "Update the deployment strategy".
"""

from __future__ import annotations

from typing import Any

from sandbox.overlay.base import World
from sandbox.overlay.ecs.common import elb_of, invalid
from sandbox.overlay.ecs.model import Service
from sandbox.overlay.ecs.shifting import ROLLING, assumed

_STRATEGIES = (ROLLING, "BLUE_GREEN", "LINEAR", "CANARY")
_MOST_MINUTES = 1440
_PERCENT = 100.0
_BAKE = "bakeTimeInMinutes"
# Strategy: its member; the share's name, least and default; the name and default of the minutes.
_STAGED = {
    "CANARY": ("canaryConfiguration", ("canaryPercent", 0.1, 5.0), ("canaryBakeTimeInMinutes", 10)),
    "LINEAR": ("linearConfiguration", ("stepPercent", 3.0, 10.0), ("stepBakeTimeInMinutes", 6)),
}


def complete(config: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """The deployment configuration with its strategy's defaults. Raises InvalidParameterException.

    :param given: that of the call, which must have the bake time of a blue/green strategy.
    """
    strategy = config["strategy"]
    if strategy not in _STRATEGIES:
        raise invalid(f"Invalid deployment strategy: {strategy}")
    if given.get("strategy") == "BLUE_GREEN" and _BAKE not in given:
        raise invalid("bakeTimeInMinutes is required when the deployment strategy is BLUE_GREEN.")
    _check_minutes(_BAKE, config.get(_BAKE) or 0)
    config = dict(config)
    for name, (member, (share, least, usual), (minutes, common)) in _STAGED.items():
        if name != strategy:
            if given.get(member):
                raise invalid(f"{member} can only be specified when the deployment strategy is {name}.")
            config.pop(member, None)
            continue
        found = {share: usual, minutes: common} | (config.get(member) or {})
        tenths = round(float(found[share]) * 10, 6)
        if not least <= float(found[share]) <= _PERCENT or tenths != int(tenths):
            raise invalid(f"{share} must be a multiple of 0.1 between {least} and {_PERCENT}.")
        _check_minutes(minutes, found[minutes])
        config[member] = found
    return config


def _check_minutes(name: str, value: Any) -> None:
    if not 0 <= int(value) <= _MOST_MINUTES:
        raise invalid(f"{name} must be between 0 and {_MOST_MINUTES}.")


def check(world: World, ecs: Any, settings: dict[str, Any]) -> None:
    """Check the load balancers for a strategy. Raises InvalidParameterException."""
    strategy, balancers = settings["deploymentConfiguration"]["strategy"], settings.get("loadBalancers") or []
    if strategy in _STAGED and not balancers:
        raise invalid(f"The deployment strategy {strategy} needs a load balancer or Service Connect.")
    for balancer in balancers:
        advanced = balancer.get("advancedConfiguration")
        if advanced:
            _check_pair(world, ecs, balancer["targetGroupArn"], advanced)
        elif strategy != ROLLING:
            raise invalid(
                "advancedConfiguration field is required for all loadBalancers when using a non-ROLLING deployment "
                "strategy."
            )


def _check_pair(world: World, ecs: Any, group: str, advanced: dict[str, Any]) -> None:
    other = advanced.get("alternateTargetGroupArn")
    if not other or other == group or other not in elb_of(ecs).target_groups:
        raise invalid(f"alternateTargetGroupArn has to be another target group than targetGroupArn. Got: {other}")
    production, test = (advanced.get(name) for name in ("productionListenerRule", "testListenerRule"))
    for name, rule in (("productionListenerRule", production), ("testListenerRule", test)):
        if (rule or name == "productionListenerRule") and ":listener-rule/app/" not in str(rule):
            raise invalid(
                f"{name} has an invalid ARN format. Must be RuleArn for ALB or ListenerArn for NLB. Got: {rule}"
            )
    if production == test:
        raise invalid(f"The following rules cannot be used as both production and test listener rules: {test}")
    if assumed(world, ecs.account_id, str(advanced.get("roleArn"))) is None:
        raise invalid(f"ECS was unable to assume the role '{advanced.get('roleArn')}' that was provided.")


def check_change(service: Service, settings: dict[str, Any]) -> None:
    """A service that is being deployed cannot be migrated: wait for it. Raises InvalidParameterException."""
    wanted, now = (each["deploymentConfiguration"]["strategy"] for each in (settings, service.settings))
    if wanted != now and service.primary.state == "IN_PROGRESS":
        raise invalid("The deployment strategy cannot be changed while a service deployment is in progress.")
