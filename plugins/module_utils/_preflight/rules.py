# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers' own rules, asked of an inventory's values without AWS."""

from __future__ import annotations

import re
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from .._alb.layer import LAYER as ALB
from .._ecs_service.layer import LAYER as ECS_SERVICE
from .._engine.errors import SpecError
from .._engine.layer import Layer
from .._route53_failover.layer import LAYER as ROUTE53_FAILOVER
from .._route53_zone.layer import LAYER as ROUTE53_ZONE
from .._route53_zone_delegation.layer import LAYER as ROUTE53_ZONE_DELEGATION
from .._vpc.layer import LAYER as VPC
from .._vpc.spec import VpcSpec
from . import names
from .problem import Problem

Options = t.Mapping[str, t.Any]

LAYERS: t.Final[t.Sequence[Layer[t.Any, t.Any]]] = (
    *(ROUTE53_ZONE, ROUTE53_ZONE_DELEGATION, VPC, ALB, ECS_SERVICE, ROUTE53_FAILOVER),
)
_OF_ROLES: t.Final = ("region", "profile")
_MOST_PROBLEMS: t.Final = 10
_NOT_SET: t.Final = ("is not set.", "Set it in the inventory.")

# What stands in for a value that cannot be used, so that the rest can be looked at.
_SAMPLES: t.Final[Options] = {
    "stack": "sample",
    "environment": "sample",
    "cidr": "10.0.0.0/16",
    "name": "sample.example.com",
    "zone": "sample.example.com",
    "parent_zone": "example.com",
    "name_servers": ["ns-1.example.net"],
    "vpc_id": "vpc-0",
    "subnet_ids": ["subnet-0", "subnet-1"],
    "alb_security_group_id": "sg-0",
    "listener_arn": "arn:aws:elasticloadbalancing:us-east-1:111111111111:listener/app/sample/0/0",
    "services": ["sample"],
    "regions": [],
    "containers": [{"name": "sample", "image": "sample", "port_mappings": [{"container_port": 80}]}],
}
# Options that say something about another one
_BELONGS_TO: t.Final = {"containers": ("container_name", "container_port"), "role_arn": ("external_id",)}


def options_of(layer: Layer[t.Any, t.Any]) -> tuple[str, ...]:
    """The options that a role passes to the layer's module."""
    return (*layer.job.argument_spec, *_OF_ROLES)


def check_values(
    region: str,
    values: t.Mapping[str, Options],
    services: t.Sequence[Options],
    given: t.Container[str],
    skip: t.Container[str] = (),
) -> list[Problem]:
    """Everything that the layers would refuse in a region.

    :param values: layer → what its role would pass to its module.
    :param services: options of each service, which count more than those of the layer ecs_service.
    :param given: the variables that the inventory sets.
    :param skip: layers that are not asked.
    """
    problems: dict[str, Problem] = {}
    for layer in LAYERS:
        own = values.get(layer.name, {})
        if layer.name in skip or not own or (layer is ROUTE53_ZONE_DELEGATION and not own.get("parent_zone")):
            continue
        for service in services if layer is ECS_SERVICE else [{}]:
            for error in _refused(layer, {**own, **service}, region):
                variable = _variable(layer, service, error.option, given)
                # A variable that several layers refuse is reported once.
                problems.setdefault(variable, Problem(names.of_region(variable, region), error.problem, error.remedy))
    return list(problems.values())


def _variable(layer: Layer[t.Any, t.Any], service: Options, option: str, given: t.Container[str]) -> str:
    # What a service does not say itself is said for all of them.
    if "app_services" in given and names.root(option) in service:
        return names.of_service(service["name"], option)
    return names.source(layer.name, option, given)


def parse_network(values: t.Mapping[str, Options], region: str) -> VpcSpec:
    """What the network of a region is to be, from values that the layer accepts."""
    params, _errors = _validated(VPC.job.argument_spec, values["vpc"])
    spec: VpcSpec = VPC.parse(params, region)
    return spec


def _refused(layer: Layer[t.Any, t.Any], options: Options, region: str) -> list[SpecError]:
    """What the layer refuses: each option that is refused gets another value, until the layer is content."""
    spec = layer.job.argument_spec
    params, errors = _validated(spec, options)
    errors += _missing(layer, params)
    for error in errors:
        _replace(params, error.option, spec)
    while len(errors) < _MOST_PROBLEMS:
        try:
            layer.parse(params, region)
        except SpecError as error:
            if any(other.option == error.option for other in errors):
                break
            errors.append(error)
            _replace(params, error.option, spec)
        else:
            break
    return errors


def _validated(spec: t.Mapping[str, Options], options: Options) -> tuple[dict[str, t.Any], list[SpecError]]:
    """All options of the argument spec, converted; one by one, to tell which of them is wrong."""
    params: dict[str, t.Any] = {}
    errors = []
    for option, rules in spec.items():
        loose = {key: value for key, value in rules.items() if key != "required"}
        given = {option: _without_nulls(options[option])} if options.get(option) is not None else {}
        result = ArgumentSpecValidator({option: loose}).validate(given)
        if result.error_messages:
            errors.append(_error(option, result.error_messages[0]))
        params[option] = result.validated_parameters.get(option)
    return params, errors


def _without_nulls(value: t.Any) -> t.Any:
    """A copy. A suboption that is null is one that is not set."""
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _error(option: str, message: str) -> SpecError:
    """Ansible's message without the value, which may be secret, and told of the suboption that it is about."""
    missing = re.match(r"missing required arguments: (\w+)(?:.* found in (.*))?", message)
    if missing:
        return SpecError(".".join([*_path(missing[2]), missing[1]]), *_NOT_SET)
    wrong_type = re.match(r"argument '(\w+)' is of type \w+(?: found in '(.*)'\.?)? .* to (\w+): ", message)
    if wrong_type:
        return SpecError(".".join([*_path(wrong_type[2]), wrong_type[1]]), f"is not of type {wrong_type[3]}.")
    return SpecError(option, f"{re.sub(r'^value of [^:]+ must be', 'must be', message).partition(', got: ')[0]}.")


def _path(found: str | None) -> list[str]:
    return found.split(" -> ") if found else []


def _missing(layer: Layer[t.Any, t.Any], params: Options) -> list[SpecError]:
    spec = layer.job.argument_spec
    wanted = [option for option, rules in spec.items() if rules.get("required")]
    for when, value, options in layer.required_if:
        wanted += [option for option in options if params.get(when) == value]
    return [SpecError(option, *_NOT_SET) for option in dict.fromkeys(wanted) if params.get(option) in (None, "", [])]


def _replace(params: dict[str, t.Any], option: str, spec: t.Mapping[str, Options]) -> None:
    root = names.root(option)
    params.update(dict.fromkeys(_BELONGS_TO.get(root, ())))
    if root in spec:
        fresh, _errors = _validated({root: spec[root]}, {root: _SAMPLES[root]} if root in _SAMPLES else {})
        params.update(fresh)
