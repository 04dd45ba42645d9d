# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that people misspell, in files and on the command line, and arguments that playbooks do not know."""

from __future__ import annotations

import typing as t

from .mistake import Mistake, command, everywhere, west


def misspelled(yaml: str, nearest: str) -> Mistake:
    """A variable of all regions."""
    return everywhere(yaml, f"{yaml.partition(':')[0]}: is not a variable", f"Did you mean {nearest}?")


VARIABLES: t.Final[tuple[Mistake, ...]] = (
    misspelled("vpc_nat_gateway: single", "vpc_nat_gateways"),
    misspelled("alb_listner_port: 8080", "alb_listener_port"),
    misspelled("app_memmory: 1024", "app_memory"),
    misspelled("app_imgae: hello:2", "app_image"),
    misspelled("app_healthpath: /health", "app_health_path"),
    misspelled("app_desired: 3", "app_desired_count"),
    misspelled("app_container: []", "app_containers"),
    misspelled("app_service: []", "app_services"),
    misspelled("app_secret: {}", "app_secrets"),
    misspelled("app_parent_zone: example.com", "app_parent_domain"),
    misspelled("dns_delegation_role: x", "dns_delegation_role_arn"),
    misspelled("dns_ttl: 60", "dns_ttl_wait"),
    misspelled("drill_alowed: true", "drill_allowed"),
    misspelled("switch_hold_seconds: 60", "switch_hold"),
    misspelled("reports_dir: /tmp", "reports_directory"),
    misspelled("report_directory: /tmp", "reports_directory"),
    misspelled("route53_failover_healthcheck: {}", "route53_failover_health_check"),
    misspelled("route53_zone_delegation_parent_zones: example.com", "route53_zone_delegation_parent_zone"),
    misspelled("alb_target_port: 80", "ecs_service_container_port"),
    misspelled("route53_zone_id: Z1", "route53_zone_zone_id"),
    misspelled("route53_zone_parent_zone: example.com", "route53_zone_delegation_parent_zone"),
    misspelled("route53_zone_parent_profile: p", "route53_zone_delegation_profile"),
    misspelled("ecs_service_desired_cuont: 2", "ecs_service_desired_count"),
    misspelled("ap_name: hello", "app_name"),
    misspelled("appmemory: 1024", "app_memory"),
    misspelled("everlook_failover_in_wroker: false", "everlook_failover_in_worker"),
    west("vpc_zonecount: 3", "vpc_zonecount of us-west-1: is not a variable", "Did you mean vpc_zone_count?"),
    west("alb_idle_timout: 30", "alb_idle_timout of us-west-1: is not a variable", "Did you mean alb_idle_timeout?"),
)


def started(layer: str, what: str, *says: str) -> Mistake:
    """A run of site.yml that begins at the task of a layer."""
    task = f"everlook.failover.{layer} : Converge the {what}"
    arguments = ("--start-at-task", task)
    return Mistake(name=f"--start-at-task '{task}'", arguments=arguments, says=(*says, f"run with --tags {layer}"))


COMMANDS: t.Final[tuple[Mistake, ...]] = (
    command("site", "-e app_prot=81", "app_prot: is not a variable", "Did you mean app_port?"),
    command(
        "site", "-e app_desired_coutn=3", "app_desired_coutn: is not a variable", "Did you mean app_desired_count?"
    ),
    command("site", "-e app_port=eighty", 'app_port: "eighty" is not a whole number', "Write digits"),
    command("site", "-e alb_idle_timeout=1m", 'alb_idle_timeout: "1m" is not a whole number', "such as 60"),
    command(
        "site", "-e vpc_nat_gateways=one", 'vpc_nat_gateways: "one" is not one of per_zone, single, regional, none'
    ),
    command("site", "--tags albs", "--tags albs: ", "Did you mean alb?"),
    command("site", "--tags ecs-service", "--tags ecs-service: ", "Did you mean ecs_service?"),
    command("site", "--tags vpc,route53", "--tags route53: ", "route53_zone"),
    command("site", "--tags network", "--tags network: ", "vpc, acm_certificate, alb, "),
    command("site", "--skip-tags ecs_services", "--skip-tags ecs_services: ", "Did you mean ecs_service?"),
    command("site", "--skip-tags vpc", "alb_vpc_id: is not set", "alb_subnet_ids: is not set"),
    command("site", "--limit us-west-9", "us-west-9"),
    started("alb", "load balancer of the region", "alb: vpc_id and subnet_ids come from tasks before"),
    started("ecs_service", "services of the region", "ecs_service: vpc_id and subnet_ids come from tasks before"),
    command("destroy", "", "This takes down hello in dev", "-e confirm=dev"),
    command("destroy", "-e confirm=yes", "This takes down hello in dev", "-e confirm=dev"),
    command("destroy", "-e confirm=prod", "This takes down hello in dev", "-e confirm=dev"),
    command("destroy", "-e confrim=dev", "confrim: is not an argument of destroy.yml", "Did you mean confirm?"),
    command("destroy", "-e confirm=dev -e confirm_serving=us-wst-1", "confirm_serving: ", "Did you mean us-west-1?"),
    command(
        "destroy", "--check -e detailed_exitcode=yess", 'detailed_exitcode: "yess" is neither true nor false', "Write"
    ),
    command(
        "destroy", "-e confirm=dev -e dns_tll_wait=5", "dns_tll_wait: is not a variable", "Did you mean dns_ttl_wait?"
    ),
    command("destroy", "-e confirm=dev --skip-tags vpc", "--skip-tags vpc", "--tags"),
    command("destroy", "-e confirm=dev --tags albs", "--tags albs: ", "Did you mean alb?"),
    command("destroy", "-e confirm=dev", 'dns_ttl_wait: "soon" is not a whole number', yaml="dns_ttl_wait: soon"),
    command("destroy", "-e confirm=dev", "app_name: 'hello_' cannot be part", yaml="app_name: hello_"),
    command("drill", "", "No drill is allowed in dev", "set drill_allowed to true", yaml="drill_allowed: false"),
    command("drill", "-e fault=explode", 'fault: "explode" is not one of stop_tasks, block_alb'),
    command("drill", "-e fault=stop_task", "fault: ", "Did you mean stop_tasks?"),
    command("drill", "-e region=us-wst-1", 'region: "us-wst-1" is not one of us-east-1, us-west-1', "us-west-1?"),
    command("drill", "-e drill_hold=long", 'drill_hold: "long" is not a whole number', "such as 5"),
    command("drill", "-e drill_tolerence=5", "drill_tolerence: is not a variable", "Did you mean drill_tolerance?"),
    command("switch", "", "Say which region should serve", "-e to=us-west-1", "-e to=auto"),
    command(
        "switch", "-e to=us-wst-1", 'to: "us-wst-1" is not one of us-east-1, us-west-1, auto', "Did you mean us-west-1?"
    ),
    command(
        "switch", "-e too=us-west-1", "too: is not an argument of switch.yml", "Did you mean to?", "to: is not set"
    ),
    command(
        "switch", "-e to=auto -e force=perhaps", 'force: "perhaps" is neither true nor false', "Write true or false"
    ),
    command("switch", "-e to=x -e force=perhaps", 'to: "x" is not one of', 'force: "perhaps" is neither'),
    command(
        "switch", "-e to=us-west-1 -e forse=true", "forse: is not an argument of switch.yml", "Did you mean force?"
    ),
    command(
        "switch", "-e to=us-west-1 -e switch_hold=long", 'switch_hold: "long" is not a whole number', "Write digits"
    ),
    command(
        "switch", "-e to=us-west-1 -e switch_hodl=5", "switch_hodl: is not a variable", "Did you mean switch_hold?"
    ),
    command("switch", "--limit us-west-1 -e to=us-wst-1", 'to: "us-wst-1" is not one of us-east-1, us-west-1, auto'),
    command("status", "-e drift=perhaps", 'drift: "perhaps" is neither true nor false', "Write true or false"),
    command("status", "-e strict=maybe", 'strict: "maybe" is neither true nor false', "Write true or false"),
    command("status", "-e drfit=false", "drfit: is not an argument of status.yml", "Did you mean drift?"),
    command(
        "status", "-e reports_directroy=x", "reports_directroy: is not a variable", "Did you mean reports_directory?"
    ),
    command("site", "-e detailed_exitcode=on-changes", 'detailed_exitcode: "on-changes" is neither true nor false'),
    command("site", "-e detailed_exit_code=true", "detailed_exit_code: ", "Did you mean detailed_exitcode?"),
    command("site", "-e detailed_exitcode=x -e app_prot=81", 'detailed_exitcode: "x"', "app_prot: is not a variable"),
    command("drill", "-e fualt=switch", "fualt: is not an argument of drill.yml", "Did you mean fault?"),
    command("drill", "-e regoin=us-east-1", "regoin: is not an argument of drill.yml", "Did you mean region?"),
    command("bootstrap", "", "no hosts in the group `management`", "-i inventories/management"),
)

_PROD: t.Final = "name: prod, account_id: '333333333333', domain: app.example.com, external_id: ours"


def environments(entry: str, *says: str) -> Mistake:
    """Environments of the management account."""
    yaml = f"management_environments: [{entry}]"
    return Mistake(name=yaml, playbook="bootstrap", everywhere=yaml, says=says, management=True)


BOOTSTRAP: t.Final[tuple[Mistake, ...]] = (
    environments("{name: dev}", "management_environments[dev].account_id: is not set", "12 digits in quotes"),
    environments("{name: dev}, {}", "management_environments[1].name: is not set", "[dev].domain: is not set"),
    environments(
        f"{{{_PROD}}}, {{{_PROD}}}", "management_environments[prod].name: prod is that of another environment"
    ),
    environments(
        "{name: dev, account_id: 111111111111, domain: dev.example.com, external_id: ours}",
        "management_environments[dev].account_id: 111111111111 is not 12 digits in quotes",
    ),
    environments(
        "{name: dev, account_id: '111111111111', domain: dev.example.org, external_id: ours}",
        "management_environments[dev].domain: dev.example.org is not a domain below example.com",
    ),
    environments(
        "{name: dev, account_id: '111111111111', domian: dev.example.com, external_id: ours}",
        "management_environments[dev].domian: is not a known key",
        "management_environments[dev].domain: is not set",
    ),
    environments(
        "{name: dev, account_id: '111111111111', domain: dev.example.com, external_id: x}",
        "management_environments[dev].external_id: x is not 2 to 1224 letters",
    ),
)
