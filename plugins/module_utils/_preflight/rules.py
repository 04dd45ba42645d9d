# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers' own rules, applied to an inventory's values without AWS."""

from __future__ import annotations

import contextlib
import re
import typing as t

from .._acm_certificate.layer import LAYER as ACM_CERTIFICATE
from .._alb.layer import LAYER as ALB
from .._cloudwatch_alarms.layer import LAYER as CLOUDWATCH_ALARMS
from .._ecr.layer import LAYER as ECR
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
from .values import NOT_SET, validate

Options = t.Mapping[str, t.Any]

LAYERS: t.Final[t.Sequence[Layer[t.Any, t.Any]]] = (
    *(ROUTE53_ZONE, ROUTE53_ZONE_DELEGATION, VPC, ACM_CERTIFICATE, ALB, ECR, ECS_SERVICE, CLOUDWATCH_ALARMS),
    ROUTE53_FAILOVER,
)
OF_REGIONS: t.Final = frozenset(
    {VPC.name, ACM_CERTIFICATE.name, ALB.name, ECR.name, ECS_SERVICE.name, CLOUDWATCH_ALARMS.name}
)
# One role runs both modules of the zone.
ROLES: t.Final = tuple(layer.name for layer in LAYERS if layer is not ROUTE53_ZONE_DELEGATION)
_OF_ROLES: t.Final = ("region", "profile")
# Layers whose roles run nothing without the option
ONLY_WITH: t.Final = (
    (ROUTE53_ZONE_DELEGATION, "parent_zone"),
    (CLOUDWATCH_ALARMS, "notify"),
    (ACM_CERTIFICATE, "names"),
    (ECR, "repositories"),
)
_MOST_PROBLEMS: t.Final = 10

# Replacements for values that cannot be used, so that the others can be checked.
_SAMPLES: t.Final[Options] = {
    "stack": "sample",
    "environment": "sample",
    "cidr": "10.0.0.0/16",
    "name": "sample.example.com",
    "names": ["sample.example.com"],
    "zone": "sample.example.com",
    "parent_zone": "example.com",
    "name_servers": ["ns-1.example.net"],
    "vpc_id": "vpc-0",
    "subnet_ids": ["subnet-0", "subnet-1"],
    "alb_security_group_id": "sg-0",
    "listener_arn": "arn:aws:elasticloadbalancing:us-east-1:111111111111:listener/app/sample/0/0",
    "services": ["sample"],
    "repositories": ["sample"],
    "regions": [],
    "containers": [{"name": "sample", "image": "sample", "port_mappings": [{"container_port": 80}]}],
}
# Layers that may run nothing: the application's variables for their options, and replacements for the other options.
_ALARMS: t.Final = {
    "thresholds": "app_alarms",
    "rollback_on_alarms": "app_rollback_on_alarms",
    "dashboard": "app_dashboard",
}
_IDLE: t.Final[t.Mapping[str, tuple[t.Mapping[str, str], Options]]] = {
    CLOUDWATCH_ALARMS.name: (_ALARMS, {"notify": {}, "services": {}}),
    ACM_CERTIFICATE.name: ({"names": "app_certificate_names"}, {}),
    ECR.name: ({}, {}),
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
    given: Options,
    skip: t.Container[str] = (),
) -> list[Problem]:
    """Everything that the layers would refuse in a region.

    :param values: layer → options that its role would pass to its module.
    :param services: options of each service, which override those of the layer ecs_service.
    :param given: the variables that the inventory sets, with their values.
    :param skip: layers that are not checked.
    """
    problems: dict[str, Problem] = {}
    for layer in LAYERS:
        if layer.name in skip:
            continue
        for place, options in enumerate(options_for(layer, values, services) or _idle(layer, values, given)):
            service = services[place] if layer is ECS_SERVICE else {}
            for error in _refused(layer, options, region):
                variable = variable_of(layer, service, place, error.option, given)
                # A variable that several layers refuse is reported once.
                what, remedy = (_with_inventory_names(layer, text, given) for text in (error.problem, error.remedy))
                problems.setdefault(variable, Problem(names.of_region(variable, region), what, remedy))
    return [*problems.values(), *_check_places(values, services, region)]


def _with_inventory_names(layer: Layer[t.Any, t.Any], text: str, given: Options) -> str:
    """The text with the inventory's names for the options that it mentions."""
    options = layer.job.argument_spec
    return re.sub(r"\b[a-z]+_\w+", lambda m: names.source(layer.name, m[0], given) if m[0] in options else m[0], text)


def options_for(
    layer: Layer[t.Any, t.Any], values: t.Mapping[str, Options], services: t.Sequence[Options]
) -> list[dict[str, t.Any]]:
    """The options of each task of the layer's module; none for a layer that does nothing."""
    own = values.get(layer.name, {})
    if not own or any(layer is each and not own.get(option) for each, option in ONLY_WITH):
        return []
    return [{**own, **service} for service in (services if layer is ECS_SERVICE else [{}])]


def _idle(layer: Layer[t.Any, t.Any], values: t.Mapping[str, Options], given: Options) -> list[dict[str, t.Any]]:
    """The options of a layer that does nothing, if the inventory sets some: they are checked all the same."""
    said = {option: given[name] for option, name in idle_variables(layer, given).items()}
    if not said:
        return []
    own = {option: value for option, value in values.get(layer.name, {}).items() if value}
    rest = {option: value for option, value in _SAMPLES.items() if option in layer.job.argument_spec}
    # Names of a certificate are checked against its zone.
    zone = {"names": [own["zone"]]} if isinstance(own.get("zone"), str) else {}
    return [{**rest, **_IDLE[layer.name][1], **zone, **own, **said}]


def idle_variables(layer: Layer[t.Any, t.Any], given: Options) -> dict[str, str]:
    """Option → variable that the inventory sets, of a layer that may do nothing."""
    if layer.name not in _IDLE:
        return {}
    known = {option: f"{layer.name}_{option}" for option in options_of(layer)}
    found = [*_IDLE[layer.name][0].items(), *known.items()]
    return {option: name for option, name in found if given.get(name) is not None}


def _check_places(values: t.Mapping[str, Options], services: t.Sequence[Options], region: str) -> t.Iterator[Problem]:
    """No two services share a name, or a priority of the listener's rules."""
    named: set[t.Any] = set()
    places: dict[int, t.Any] = {}
    for service in services if len(services) > 1 else ():
        name = service.get("name")
        if name in named:
            yield Problem("app_services", f"two services are called {name}.", "Give each a name of its own.")
        named.add(name)
        with contextlib.suppress(SpecError):
            spec = ECS_SERVICE.parse(
                validate(ECS_SERVICE.job.argument_spec, {**values[ECS_SERVICE.name], **service})[0], region
            )
            if not spec.present or not spec.present.routing:
                continue
            rule = spec.present.routing.rule
            other = places.setdefault(rule.priority, name)
            if other != name and (service.get("hosts") or service.get("paths") or service.get("rule_priority")):
                what = f"{rule.priority} is that of {other}, too."
                yield Problem(f"app_services[{name}].rule_priority", what, "Give each a number of its own.")
            elif other != name:
                what = f"takes what no other service claims, as {other} does."
                yield Problem(f"app_services[{name}]", what, "Give one of them paths or hosts.")


def variable_of(layer: Layer[t.Any, t.Any], service: Options, place: int, option: str, given: Options) -> str:
    """The variable of the inventory that an option of a service, or of another layer, gets its value from."""
    # Options that a service does not set are set for all services.
    if "app_services" in given and names.root(option) in service:
        return names.of_service(service, place, option, given["app_services"][place])
    return names.source(layer.name, option, given)


def parse_network(values: t.Mapping[str, Options], region: str) -> VpcSpec:
    """The wanted network of a region, from values that the layer accepts."""
    params, _errors = validate(VPC.job.argument_spec, values["vpc"])
    spec: VpcSpec = VPC.parse(params, region)
    return spec


def _refused(layer: Layer[t.Any, t.Any], options: Options, region: str) -> list[SpecError]:
    """What the layer refuses: each refused option is replaced until it accepts all."""
    spec = layer.job.argument_spec
    params, errors = validate(spec, options)
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


def _missing(layer: Layer[t.Any, t.Any], params: Options) -> list[SpecError]:
    spec = layer.job.argument_spec
    wanted = [option for option, rules in spec.items() if rules.get("required")]
    for when, value, options in layer.required_if:
        wanted += [option for option in options if params.get(when) == value]
    return [SpecError(option, *NOT_SET) for option in dict.fromkeys(wanted) if params.get(option) in (None, "")]


def _replace(params: dict[str, t.Any], option: str, spec: t.Mapping[str, Options]) -> None:
    root = names.root(option)
    params.update(dict.fromkeys(_BELONGS_TO.get(root, ())))
    if root in spec:
        fresh, _errors = validate({root: spec[root]}, {root: _SAMPLES[root]} if root in _SAMPLES else {})
        params.update(fresh)
