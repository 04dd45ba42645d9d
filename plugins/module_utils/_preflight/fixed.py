# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the inventory changes what AWS cannot change: the network of a VPC, and a target group's protocol.

The layers refuse that, but when other regions have been changed already. The last report is a hint: only where the
inventory differs from it are the layers run dry, which read from AWS.
"""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from .._ecs_service.layer import LAYER as ECS_SERVICE
from .._engine.aws_errors import translate
from .._engine.context import Context
from .._engine.errors import FailoverError, SpecError
from .._engine.gather import gather
from .._engine.layer import Layer, run
from .._vpc.layer import LAYER as VPC
from . import names, rules
from .problem import Problem
from .spec import PreflightSpec, Region
from .values import validate

_CIDR: t.Final = "cidr"
_PROTOCOL: t.Final = "target_protocol"
# Tags that run the network: see playbooks/site.yml
_OF_NETWORK: t.Final = (VPC.name, "alb", ECS_SERVICE.name)


def check_fixed(ctx: Context, spec: PreflightSpec, region: Region) -> list[Problem]:
    """What the layers would refuse. Calls AWS only if the inventory differs from the last report."""
    readers = {
        variable: functools.partial(_refusal, ctx, layer, params, option)
        for variable, layer, params, option in (*_network(spec, region), *_services(spec))
    }
    found = gather(readers)
    return [Problem(variable, error.problem, error.remedy) for variable, error in found.items() if error]


_Suspect: t.TypeAlias = "tuple[str, Layer[t.Any, t.Any], dict[str, t.Any], str]"


def _network(spec: PreflightSpec, region: Region) -> t.Iterator[_Suspect]:
    said = spec.deployed.get(_CIDR)
    if not said or VPC.name in spec.skip or not any(map(spec.selects, _OF_NETWORK)):
        return
    for options in rules.options_for(VPC, spec.values, spec.services):
        if str(rules.parse_network(spec.values, region.name).cidr) != said:
            variable = names.of_region(names.source(VPC.name, _CIDR, spec.given), region.name)
            yield variable, VPC, validate(VPC.job.argument_spec, options)[0], _CIDR


def _services(spec: PreflightSpec) -> t.Iterator[_Suspect]:
    said = spec.deployed.get("target_protocols")
    if not isinstance(said, dict) or not spec.selects(ECS_SERVICE.name):
        return
    for place, options in enumerate(rules.options_for(ECS_SERVICE, spec.values, spec.services)):
        params = validate(ECS_SERVICE.job.argument_spec, options)[0]
        if params[_PROTOCOL] != said.get(params["name"], params[_PROTOCOL]):
            variable = rules.variable_of(ECS_SERVICE, spec.services[place], place, _PROTOCOL, spec.given)
            # Its images do not matter here.
            yield variable, ECS_SERVICE, {**params, "pin_images": False}, _PROTOCOL


def _refusal(ctx: Context, layer: Layer[t.Any, t.Any], params: t.Mapping[str, t.Any], option: str) -> SpecError | None:
    """What a dry run of the layer refuses about the option. The layer itself tells of everything else."""
    dry = dataclasses.replace(ctx, params=params, check_mode=True, warn=lambda _text: None)
    try:
        with translate(ctx.region):
            run(layer, dry)
    except FailoverError as error:
        return error if isinstance(error, SpecError) and error.option == option else None
    return None
