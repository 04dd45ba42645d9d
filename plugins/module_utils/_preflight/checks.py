# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be said about an inventory without asking AWS. Pure: every check returns its problems."""

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
from .egress import check_egress
from .names import misspelled, root, suggestion
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
# Layer → the variable without which it has nothing to do
_SWITCHES: t.Final = {"acm_certificate": "app_https", "cloudwatch_alarms": "app_notify", "ecr": "app_repositories"}
# The same for variables that are no options of a layer: those that have no effect without it
_SWITCHED_WITH: t.Final = {"app_repositories": ("app_replicate_images",)}
# Ports by default
_HTTP: t.Final = 80
_HTTPS: t.Final = 443
# Tags that Ansible knows
_OF_ANSIBLE: t.Final = ("all", "always", "never", "tagged", "untagged")
# molecule leaves them out of each of its runs (molecule.provisioner.ansible).
_OF_MOLECULE: t.Final = ("molecule-notest", "notest", "molecule-idempotence-notest")


def check_inventory(spec: PreflightSpec) -> list[Problem]:
    """Everything that is wrong with the inventory, told by its names for it. Asks nobody.

    To take a stack down nothing but its identity and the order of its regions has to be right.
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
    # What several regions have in common once.
    told = {problem.variable: problem for problem in reversed(found)}
    problems = [told[variable] for variable in dict.fromkeys(problem.variable for problem in found)]
    return [problem for problem in problems if not _is_consequence(problem, spec)] or problems


def _is_consequence(problem: Problem, spec: PreflightSpec) -> bool:
    """Of a variable whose template fails, nothing else is wrong; a role's own fails because of another one."""
    variable = root(problem.variable.partition(" ")[0])
    own = problem.what == spec.broken.get(variable)
    return variable in spec.broken and not (own and variable in spec.given)


def check_tags(spec: PreflightSpec) -> t.Iterator[Problem]:
    """A tag that is not one of a layer selects nothing, or leaves out nothing."""
    known = {*ROLES, *_OF_ANSIBLE, *_OF_MOLECULE, *(spec.given.get("preflight_tags") or ())}
    for flag, tags in (("--tags", spec.tags), ("--skip-tags", spec.skip)):
        for tag in tags:
            if tag not in known:
                remedy = f"The tags are {', '.join(ROLES)}; set preflight_tags to those of plays of your own."
                yield Problem(f"{flag} {tag}", "is not a tag of this playbook.", suggestion(tag, ROLES) or remedy)


def check_settings(spec: PreflightSpec) -> t.Iterator[Problem]:
    """Variables that playbooks read themselves."""
    for error in refused(spec.given):
        yield Problem(error.option, error.problem, error.remedy)


def without_effect(spec: PreflightSpec) -> t.Iterator[str]:
    """What is set and changes nothing, a sentence each. Of what is switched off by name the rest may be ready."""
    for layer, option in ONLY_WITH:
        switch = _SWITCHES.get(layer.name)
        if switch and not {switch, f"{layer.name}_{option}"} & {*spec.given}:
            for variable in (*idle_variables(layer, spec.given).values(), *_SWITCHED_WITH.get(switch, ())):
                if spec.given.get(variable) not in (None, False):
                    yield f"{variable} has no effect while {switch} is not set."


def check_resource_tags(spec: PreflightSpec) -> t.Iterator[Problem]:
    """Every service takes the tags: IAM, whose roles come after the network, is the narrowest of all."""
    tags = spec.given.get("app_tags")
    for text in {*tags, *tags.values()} if isinstance(tags, dict) else ():
        if not is_unknown(text) and not _TAG.fullmatch(str(text)):
            remedy = "Use up to 128 letters, digits, blanks and _.:/=+-@ in a key, and 256 in a value."
            yield Problem("app_tags", f"{text!r} cannot be part of a tag.", remedy)


def check_ingress(spec: PreflightSpec) -> t.Iterator[Problem]:
    """Route 53's health checkers reach the load balancers. A managed prefix list may be theirs."""
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
    """The network of the role vpc has no IPv6, and the records are of type A."""
    if spec.values.get("alb", {}).get("ip_address_type") == "dualstack":
        yield Problem("alb_ip_address_type", "cannot be dualstack: network and records are of IPv4 alone.", "Use ipv4.")


def check_mutual_authentication(spec: PreflightSpec) -> t.Iterator[Problem]:
    """Route 53's health checkers have no certificate: they ask another listener than one that verifies its clients."""
    alb, check = (spec.values.get(layer, {}) for layer in ("alb", "route53_failover"))
    check = check.get("health_check") or {}
    mutual = alb.get("mutual_authentication")
    mode = mutual.get("mode") if isinstance(mutual, dict) else None
    # With app_https: false it may be ready for the way back.
    if mode in ("verify", "passthrough") and not alb.get("certificate_arn") and "app_https" not in spec.given:
        what = "has no effect, because nothing answers over HTTPS."
        yield Problem("alb_mutual_authentication", what, "Set app_https to true, or leave it out.")
    if not alb.get("certificate_arn") or mode != "verify":
        return
    plain = int(alb.get("listener_port") or _HTTP)
    if check.get("protocol") == "HTTPS" and str(check.get("port") or _HTTPS) == str(alb.get("https_port") or _HTTPS):
        yield Problem(
            "alb_mutual_authentication.mode",
            "verify refuses Route 53's health checkers, which have no certificate: every region would be unhealthy.",
            f"Have them use the HTTP listener: app_endpoint_health_check: {{protocol: HTTP, port: {plain}}}.",
        )
    elif check.get("protocol") == "HTTP" and str(check.get("port") or _HTTP) == str(plain):
        answers = "with a redirect to HTTPS, which is healthy"
        if alb.get("redirect_http") is False:
            yield Problem(
                "alb_redirect_http", "cannot be false: health checkers would get 404.", f"It answers {answers}."
            )
        if check.get("search_string"):
            what = "is in no redirect, which is what the HTTP listener answers health checkers."
            yield Problem("app_endpoint_health_check.search_string", what, "Leave it out.")


def check_judgement(spec: PreflightSpec) -> t.Iterator[Problem]:
    """Somebody notices that the service fails: a redirect to HTTPS is healthy whatever becomes of it."""
    alb, failover = (spec.values.get(layer, {}) for layer in ("alb", "route53_failover"))
    check = failover.get("health_check") or {}
    if failover.get("evaluate_target_health") is not False or not alb.get("certificate_arn"):
        return
    plain = str(alb.get("listener_port") or _HTTP)
    if (
        check.get("protocol") == "HTTP"
        and str(check.get("port") or _HTTP) == plain
        and alb.get("redirect_http") is not False
    ):
        yield Problem(
            "dns_evaluate_target_health",
            "is false, and health checkers use the HTTP listener, whose redirect to HTTPS says nothing about the "
            "service.",
            "Leave it true, or have them ask over HTTPS by app_endpoint_health_check.",
        )


def check_delegation(spec: PreflightSpec) -> t.Iterator[Problem]:
    """A role to delegate with is of use only below a parent domain."""
    own = spec.values.get("route53_zone_delegation", {})
    if own.get("role_arn") and not own.get("parent_zone"):
        yield Problem(
            "dns_delegation_role_arn",
            "has no effect without app_parent_domain.",
            "Set app_parent_domain, or leave it out.",
        )


def check_names(spec: PreflightSpec) -> t.Iterator[Problem]:
    """app_name and app_environment are parts of the names of resources."""
    for variable, value in (("app_name", spec.stack), ("app_environment", spec.environment)):
        try:
            parse_part(variable, value)
        except SpecError as error:
            yield Problem(variable, error.problem, error.remedy)


def check_account_id(spec: PreflightSpec) -> t.Iterator[Problem]:
    """An account id has 12 digits; YAML drops zeros in front of a number."""
    if not spec.account_id:
        yield Problem("app_account_id", *NOT_SET)
    elif not ACCOUNT_ID.fullmatch(spec.account_id):
        yield Problem(
            "app_account_id",
            f"{spec.account_id!r} is not the id of an AWS account.",
            "Write its 12 digits in quotes, as `aws sts get-caller-identity` shows them.",
        )


def check_regions(spec: PreflightSpec) -> t.Iterator[Problem]:
    """Hosts of the group regions are named like regions of AWS."""
    for region in spec.regions:
        if not REGION_NAME.fullmatch(region.name):
            yield Problem(f"regions ({region.name})", "is not the name of an AWS region.", _nearest_region(region.name))


def _nearest_region(name: str) -> str:
    parts = re.fullmatch(r"([a-z]{2}(?:-gov)?)-?([a-z]+)-?([0-9])[a-z]?", name.lower().replace("_", "-"))
    near = f"Did you mean {'-'.join(parts.groups())}? " if parts else ""
    return f"{near}Name the hosts of the group `regions` like `us-east-1`."


def check_priorities(spec: PreflightSpec) -> t.Iterator[Problem]:
    """The failover chain follows the priorities, so each is a number of its own."""
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
    """No region's network shares addresses with another's. What is no network is for the layer to say."""
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
