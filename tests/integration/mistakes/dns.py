# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people write for domains, and where they contradict themselves."""

from __future__ import annotations

import typing as t

from .mistake import Mistake, everywhere, west

_ROLE: t.Final = "dns_delegation_role_arn: "
_PUNYCODE: t.Final = "Labels have up to 63 letters"

DOMAINS: t.Final[tuple[Mistake, ...]] = (
    everywhere("app_domain:", "app_domain: is not set", "Set it in the inventory"),
    everywhere(
        "app_domain: https://dev.example.com", "app_domain: 'https://dev.example.com' is not a DNS name", _PUNYCODE
    ),
    everywhere("app_domain: dev.example.com/", "app_domain: 'dev.example.com/' is not a DNS name", _PUNYCODE),
    everywhere("app_domain: dev example.com", "app_domain: 'dev example.com' is not a DNS name", _PUNYCODE),
    everywhere("app_domain: dev..example.com", "app_domain: 'dev..example.com' is not a DNS name", _PUNYCODE),
    everywhere("app_domain: bücher.example.com", "app_domain: 'bücher.example.com' is not", "Punycode"),
    everywhere("app_domain: '*.example.com'", "app_domain: '*.example.com' is not a DNS name", _PUNYCODE),
    everywhere("app_domain: dev", "app_domain: 'dev' has fewer than 2 labels", "Write the whole name"),
    everywhere(f"app_domain: {'a' * 64}.example.com", "app_domain: ", _PUNYCODE),
    everywhere(
        "app_domain: dev.example.org", "app_domain: 'dev.example.org' is not below app_parent_domain", "Correct one"
    ),
    everywhere("app_domain: example.com", "app_domain: 'example.com' is not below app_parent_domain", "Correct one"),
    everywhere(
        "app_domain: devexample.com", "app_domain: 'devexample.com' is not below app_parent_domain", "Correct one"
    ),
    everywhere("app_domain: [dev.example.com]", "app_domain: a list is not a string"),
    everywhere("app_parent_domain: exa mple.com", "app_parent_domain: 'exa mple.com' is not a DNS name", _PUNYCODE),
    everywhere("route53_failover_record_name: www.example.org", "route53_failover_record_name: ", "not in the zone"),
    everywhere("route53_zone_zone_id: my-zone", "route53_zone_zone_id: 'my-zone' is not the id", "It looks like Z0"),
    everywhere(
        "route53_zone_delegation_ttl: soon", 'route53_zone_delegation_ttl: "soon" is not a whole', "such as 300"
    ),
    everywhere("route53_zone_delegation_ttl: 0", "route53_zone_delegation_ttl: 0 is out of range", "seconds"),
    everywhere(
        "route53_failover_replace_records: always", "route53_failover_replace_records: ", "neither true nor false"
    ),
)

DELEGATION: t.Final[tuple[Mistake, ...]] = (
    everywhere("dns_delegation_role_arn: dns-delegation-dev", _ROLE, "'dns-delegation-dev' is not", "arn:aws:iam::"),
    everywhere("dns_delegation_role_arn: arn:aws:iam::99:role/dns", _ROLE, "is not", "role/dns-delegation-dev"),
    everywhere("dns_delegation_role_arn: arn:aws:iam::999999999999:user/dns", _ROLE, "role/dns-delegation-dev"),
    everywhere(
        'dns_delegation_role_arn: ""', "dns_delegation_external_id: has no effect without dns_delegation_role_arn"
    ),
    everywhere("dns_delegation_external_id: x", "dns_delegation_external_id: 'x' is not one that AWS accepts"),
    everywhere("dns_delegation_external_id: has blanks", "dns_delegation_external_id: 'has blanks' is not one that"),
    everywhere("app_parent_domain:", _ROLE, "has no effect without app_parent_domain", "Set app_parent_domain"),
    everywhere('app_parent_domain: ""', _ROLE, "has no effect without app_parent_domain", "Set app_parent_domain"),
    everywhere("route53_zone_delegation_role_session_name: a b", "route53_zone_delegation_role_session_name: 'a b'"),
)

HTTPS: t.Final[tuple[Mistake, ...]] = (
    everywhere("app_https: perhaps", 'app_https: "perhaps" is neither true nor false'),
    everywhere(
        "app_https: true\napp_certificate_names: [example.com]", "app_certificate_names: 'example.com' is not in"
    ),
    everywhere("app_https: true\nacm_certificate_key_algorithm: RSA_1", "acm_certificate_key_algorithm: ", "RSA_2048"),
    everywhere("app_htps: true", "app_htps: is not a variable of any role or playbook", "Did you mean app_https?"),
)

OTHERS: t.Final[tuple[Mistake, ...]] = (
    everywhere("dns_ttl_wait: soon", 'dns_ttl_wait: "soon" is not a whole number', "such as 60"),
    everywhere("dns_ttl_wait: 60s", 'dns_ttl_wait: "60s" is not a whole number', "such as 60"),
    everywhere("dns_ttl_wait: -5", "dns_ttl_wait: -5 is out of range"),
    everywhere("drill_allowed: perhaps", 'drill_allowed: "perhaps" is neither true nor false'),
    everywhere("drill_hold: long", 'drill_hold: "long" is not a whole number', "such as 5"),
    everywhere("drill_probes_per_second: many", 'drill_probes_per_second: "many" is not a number', "such as 5.0"),
    everywhere("switch_hold: 3m", 'switch_hold: "3m" is not a whole number', "such as 180"),
    everywhere("switch_timeout: never", 'switch_timeout: "never" is not a whole number', "such as 900"),
)

TEMPLATES: t.Final[tuple[Mistake, ...]] = (
    everywhere("app_image: '{{ registry }}/hello:1'", "app_image: 'registry' is undefined", "Set registry"),
    everywhere("app_cpu: '{{ sizes.small }}'", "app_cpu: 'sizes' is undefined", "Set sizes"),
    everywhere("app_domain: '{{ app_environment }}.{{ domain }}'", "app_domain: 'domain' is undefined", "Set domain"),
    everywhere("app_desired_count: '{{ counts[inventory_hostname] }}'", "app_desired_count: 'counts' is undefined"),
    everywhere("vpc_nat_gateways: '{{ nat }}'", "vpc_nat_gateways: 'nat' is undefined", "Set nat"),
    everywhere("app_tags: {team: '{{ team }}'}", "app_tags: 'team' is undefined", "Set team"),
    everywhere(
        "app_variables: {A: '{{ token }}'}", "app_variables: 'token' is undefined", "Set token", keeps=("app_image",)
    ),
    everywhere("app_name: '{{ project }}'", "app_name: 'project' is undefined", "Set project"),
    everywhere("app_account_id: '{{ accounts.dev }}'", "app_account_id: 'accounts' is undefined", "Set accounts"),
    everywhere("app_environment: '{{ stage }}'", "app_environment: 'stage' is undefined", "Set stage"),
    west("vpc_cidr: '{{ networks.west }}'", "vpc_cidr of us-west-1: 'networks' is undefined", "Set networks"),
    west("vpc_cidr: '{{ 1 / 0 }}'", "vpc_cidr of us-west-1: its template fails: division by zero. Correct it."),
    west("failover_priority: '{{ place }}'", "failover_priority of us-west-1: 'place' is undefined. Set place"),
    everywhere("alb_idle_timeout: '{{ 60 + }}'", "alb_idle_timeout: ", "its template fails"),
    everywhere("app_cpu: '{{ 256 | dubble }}'", "app_cpu: ", "'dubble'"),
    everywhere("app_image: '{{ app_imge }}'", "app_image: 'app_imge' is undefined", "Did you mean app_image?"),
)
