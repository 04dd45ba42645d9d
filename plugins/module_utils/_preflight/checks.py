# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of an inventory that need no AWS. Pure: every check returns its problems."""

from __future__ import annotations

import collections
import contextlib
import ipaddress
import itertools
import re
import typing as t

from .._aws.limits import ACCOUNT_ID, REGION_NAME
from .._aws.owner import parse_part
from .._engine.errors import SpecError
from .._engine.unknown import is_unknown
from .consequences import without_consequences
from .egress import check_egress
from .names import misspelled, suggestion
from .problem import Problem
from .rules import LAYERS, ONLY_WITH, ROLES, check_values, idle_variables, options_of
from .settings import refused
from .spec import ABSENT, PreflightSpec, Region
from .templates import check_templates
from .values import NOT_SET

Network = ipaddress.IPv4Network
# The largest of the networks of Route 53's health checkers; see ROUTE53_HEALTHCHECKS in ip-ranges.amazonaws.com.
CHECKERS: t.Final = Network("15.177.0.0/18")
# IAM API, Tag
_TAG: t.Final = re.compile(r"[\w\s.:/=+@-]{0,256}")
# Layer → the variable without which it does nothing
_SWITCHES: t.Final = {"acm_certificate": "app_https", "cloudwatch_alarms": "app_notify", "ecr": "app_repositories"}
# Such a variable → other variables, no options of a layer, that have no effect without it
_SWITCHED_WITH: t.Final = {"app_repositories": ("app_replicate_images",)}
# Default ports
_HTTP: t.Final = 80
_HTTPS: t.Final = 443
# Ansible's special tags
_OF_ANSIBLE: t.Final = ("all", "always", "never", "tagged", "untagged")
# molecule skips them in each of its runs (molecule.provisioner.ansible).
_OF_MOLECULE: t.Final = ("molecule-notest", "notest", "molecule-idempotence-notest")


def check_inventory(spec: PreflightSpec) -> list[Problem]:
    """Everything that is wrong with the inventory, by the names of its variables.

    To remove a stack, only its identity and the order of its regions have to be right.
    """
    found = [*check_templates(spec.broken, spec.given), *check_tags(spec), *check_account_id(spec)]
    found += [*check_regions(spec), *check_priorities(spec), *check_settings(spec)]
    if spec.state == ABSENT:
        found += check_names(spec)
    else:
        options = {layer.name: options_of(layer) for layer in LAYERS}
        found += [*check_networks(spec), *check_delegation(spec), *check_ingress(spec)]
        found += [*check_ip_address_type(spec), *check_egress(spec), *check_mutual_authentication(spec)]
        found += check_judgement(spec)
        found += [*check_resource_tags(spec), *misspelled(spec.given, options)]
        for region in spec.run:
            found += check_values(region.name, spec.values, spec.services, spec.given, spec.skip)
    # Problems that several regions share are reported once.
    reported = {problem.variable: problem for problem in reversed(found)}
    problems = [reported[variable] for variable in dict.fromkeys(problem.variable for problem in found)]
    return without_consequences(problems, spec)


def check_tags(spec: PreflightSpec) -> t.Iterator[Problem]:
    """Tags are those of layers: any other selects or skips nothing."""
    own = spec.given.get("preflight_tags")
    known = {*ROLES, *_OF_ANSIBLE, *_OF_MOLECULE, *(own if isinstance(own, list) else ())}
    for flag, tags in (("--tags", spec.tags), ("--skip-tags", spec.skip)):
        for tag in tags:
            if tag not in known:
                remedy = f"The tags are {', '.join(ROLES)}; set preflight_tags to those of plays of your own."
                yield Problem(f"{flag} {tag}", "is not a tag of this playbook.", suggestion(tag, ROLES) or remedy)


def check_settings(spec: PreflightSpec) -> t.Iterator[Problem]:
    """Variables that the playbooks themselves read have usable values."""
    for error in refused(spec.given):
        yield Problem(error.option, error.problem, error.remedy)


def without_effect(spec: PreflightSpec) -> t.Iterator[str]:
    """Sentences about variables without effect. They may be kept for later if a layer is switched off explicitly."""
    for layer, option in ONLY_WITH:
        switch = _SWITCHES.get(layer.name)
        if switch and not {switch, f"{layer.name}_{option}"} & {*spec.given}:
            for variable in (*idle_variables(layer, spec.given).values(), *_SWITCHED_WITH.get(switch, ())):
                if spec.given.get(variable) not in (None, False):
                    yield f"{variable} has no effect while {switch} is not set."


def check_resource_tags(spec: PreflightSpec) -> t.Iterator[Problem]:
    """All AWS services accept the tags. IAM is the strictest, and its roles come after the network."""
    tags = spec.given.get("app_tags")
    for key, value in tags.items() if isinstance(tags, dict) else ():
        if isinstance(value, (list, dict)):
            yield Problem("app_tags", f"the value of {key!r} is not text.", "Write one value.")
            continue
        for text, longest in ((key, 128), (value, 256)):
            if not is_unknown(text) and not (_TAG.fullmatch(str(text)) and len(str(text)) <= longest):
                remedy = "Use up to 128 letters, digits, blanks and _.:/=+-@ in a key, and 256 in a value."
                yield Problem("app_tags", f"{text!r} cannot be part of a tag.", remedy)


def check_ingress(spec: PreflightSpec) -> t.Iterator[Problem]:
    """Route 53's health checkers reach the load balancers, perhaps by a managed prefix list."""
    own = spec.values.get("alb", {})
    cidrs = own.get("ingress_cidrs")
    if isinstance(cidrs, list) and own.get("admit_health_checkers") is False and not own.get("ingress_prefix_lists"):
        with contextlib.suppress(ValueError):
            if not any(ipaddress.ip_network(str(cidr)).overlaps(CHECKERS) for cidr in cidrs if ":" not in str(cidr)):
                yield Problem(
                    "alb_ingress_cidrs",
                    "lets none of Route 53's health checkers in: every region would count as unhealthy.",
                    "Leave out alb_admit_health_checkers, or add their networks.",
                )


def check_ip_address_type(spec: PreflightSpec) -> t.Iterator[Problem]:
    """The load balancers use IPv4: the role vpc's network has no IPv6, and the records are of type A."""
    if spec.values.get("alb", {}).get("ip_address_type") == "dualstack":
        yield Problem("alb_ip_address_type", "cannot be dualstack: network and records are of IPv4 alone.", "Use ipv4.")


def check_mutual_authentication(spec: PreflightSpec) -> t.Iterator[Problem]:
    """Route 53's health checkers, which have no certificate, do not use a listener that verifies its clients."""
    alb, check = spec.values.get("alb", {}), _health_check(spec)
    mutual = alb.get("mutual_authentication")
    mode = mutual.get("mode") if isinstance(mutual, dict) else None
    # With app_https: false it may be kept for later.
    if mode in ("verify", "passthrough") and not alb.get("certificate_arn") and "app_https" not in spec.given:
        what = "has no effect, because nothing answers over HTTPS."
        yield Problem("alb_mutual_authentication", what, "Set app_https to true, or leave it out.")
    if not alb.get("certificate_arn") or mode != "verify":
        return
    if check.get("protocol") == "HTTPS" and str(check.get("port") or _HTTPS) == str(alb.get("https_port") or _HTTPS):
        yield Problem(
            "alb_mutual_authentication.mode",
            "verify refuses Route 53's health checkers, which have no certificate: every region would be unhealthy.",
            "Have them use the HTTP listener: app_endpoint_health_check: "
            f"{{protocol: HTTP, port: {alb.get('listener_port') or _HTTP}}}.",
        )
    elif _checks_http_listener(check, alb):
        answers = "with a redirect to HTTPS, which is healthy"
        if alb.get("redirect_http") is False:
            yield Problem(
                "alb_redirect_http", "cannot be false: health checkers would get 404.", f"It answers {answers}."
            )
        if check.get("search_string"):
            what = "is in no redirect, which is what the HTTP listener answers health checkers."
            yield Problem("app_endpoint_health_check.search_string", what, "Leave it out.")


def check_judgement(spec: PreflightSpec) -> t.Iterator[Problem]:
    """Something notices if the service fails: a redirect to HTTPS stays healthy."""
    alb, failover = (spec.values.get(layer, {}) for layer in ("alb", "route53_failover"))
    if failover.get("evaluate_target_health") is not False or not alb.get("certificate_arn"):
        return
    if _checks_http_listener(_health_check(spec), alb) and alb.get("redirect_http") is not False:
        yield Problem(
            "dns_evaluate_target_health",
            "is false, and health checkers use the HTTP listener, whose redirect to HTTPS says nothing about the "
            "service.",
            "Leave it true, or have them use HTTPS by app_endpoint_health_check.",
        )


def _health_check(spec: PreflightSpec) -> t.Mapping[str, t.Any]:
    found = spec.values.get("route53_failover", {}).get("health_check")
    return found if isinstance(found, dict) else {}


def _checks_http_listener(check: t.Mapping[str, t.Any], alb: t.Mapping[str, t.Any]) -> bool:
    same_port = str(check.get("port") or _HTTP) == str(alb.get("listener_port") or _HTTP)
    return check.get("protocol") == "HTTP" and same_port


def check_delegation(spec: PreflightSpec) -> t.Iterator[Problem]:
    """A delegation role has an effect only below a parent domain."""
    own = spec.values.get("route53_zone_delegation", {})
    if own.get("role_arn") and not own.get("parent_zone"):
        yield Problem(
            "dns_delegation_role_arn",
            "has no effect without app_parent_domain.",
            "Set app_parent_domain, or leave it out.",
        )


def check_names(spec: PreflightSpec) -> t.Iterator[Problem]:
    """app_name and app_environment can be parts of the names of resources."""
    for variable, value in (("app_name", spec.stack), ("app_environment", spec.environment)):
        try:
            parse_part(variable, value)
        except SpecError as error:
            yield Problem(variable, error.problem, error.remedy)


def check_account_id(spec: PreflightSpec) -> t.Iterator[Problem]:
    """An account ID has 12 digits. YAML drops a number's leading zeros."""
    if not spec.account_id:
        yield Problem("app_account_id", *NOT_SET)
    elif not ACCOUNT_ID.fullmatch(spec.account_id):
        yield Problem(
            "app_account_id",
            f"{spec.account_id!r} is not the id of an AWS account.",
            "Write its 12 digits in quotes, as `aws sts get-caller-identity` shows them.",
        )


def check_regions(spec: PreflightSpec) -> t.Iterator[Problem]:
    """Hosts of the group regions have names of AWS regions."""
    for region in spec.regions:
        if not REGION_NAME.fullmatch(region.name):
            yield Problem(f"regions ({region.name})", "is not the name of an AWS region.", _nearest_region(region.name))


def _nearest_region(name: str) -> str:
    parts = re.fullmatch(r"([a-z]{2}(?:-gov)?)-?([a-z]+)-?([0-9])[a-z]?", name.lower().replace("_", "-"))
    near = f"Did you mean {'-'.join(parts.groups())}? " if parts else ""
    return f"{near}Name the hosts of the group `regions` like `us-east-1`."


def check_priorities(spec: PreflightSpec) -> t.Iterator[Problem]:
    """Priorities are distinct numbers: the failover chain follows them."""
    taken: dict[int, list[str]] = collections.defaultdict(list)
    for region in spec.regions:
        if isinstance(region.priority, bool) or not isinstance(region.priority, int) or region.priority < 1:
            found = "is not set" if region.priority is None else f"is {region.priority!r}"
            yield Problem(
                f"failover_priority of {region.name}",
                f"{found}.",
                "Set a whole number from 1 on; 1 serves, the next one stands by.",
            )
        else:
            taken[int(region.priority)].append(region.name)
    for priority, names in sorted(taken.items()):
        if len(names) > 1:
            yield Problem(
                f"failover_priority of {', '.join(names)}",
                f"all are {priority}.",
                "Give every region a priority of its own.",
            )


def check_networks(spec: PreflightSpec) -> t.Iterator[Problem]:
    """Networks are private and do not overlap. The layer reports invalid ones."""
    networks: list[tuple[Region, Network]] = []
    for region in spec.regions:
        with contextlib.suppress(ValueError):
            networks.append((region, ipaddress.IPv4Network(region.cidr)))
    for region, network in networks:
        if network.is_global:
            yield Problem(
                f"vpc_cidr of {region.name}",
                f"{network} is public: what others have there could not be reached.",
                "Use a part of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16.",
            )
    for (one, first), (other, second) in itertools.combinations(networks, 2):
        if first.overlaps(second):
            yield Problem(
                f"vpc_cidr of {one.name}, {other.name}",
                f"{first} and {second} overlap.",
                "Give every region a network of its own, such as 10.10.0.0/16 and 10.20.0.0/16.",
            )
