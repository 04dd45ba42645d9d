# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible.errors import AnsibleError

from ansible_collections.everlook.failover.plugins.module_utils._preflight.checks import without_effect
from ansible_collections.everlook.failover.plugins.plugin_utils.inventory import why

from .test_checks import CONTAINER, GOOD, problems, with_options

API: t.Final = {"name": "api", "containers": [{**CONTAINER, "name": "hello"}]}


@pytest.mark.parametrize("cidrs", [["10.0.0.0/8"], ["203.0.113.7/32", "198.51.100.0/24"], []])
def test_a_load_balancer_that_no_checker_reaches_is_refused(cidrs: list[str]) -> None:
    (message,) = problems(values=with_options(alb__ingress_cidrs=cidrs, alb__admit_health_checkers=False))
    assert message.startswith("alb_ingress_cidrs: lets none of Route 53's health checkers in")


def test_checkers_come_in_unless_they_are_kept_out() -> None:
    assert problems(values=with_options(alb__ingress_cidrs=["10.0.0.0/8"])) == []


@pytest.mark.parametrize("cidrs", [["15.177.0.0/18"], ["0.0.0.0/0"]])
def test_checkers_may_come_in_by_their_networks(cidrs: list[str]) -> None:
    assert problems(values=with_options(alb__ingress_cidrs=cidrs, alb__admit_health_checkers=False)) == []


def test_checkers_may_come_in_by_a_prefix_list_of_ones_own() -> None:
    options = {"alb__ingress_cidrs": [], "alb__ingress_prefix_lists": ["pl-0123"], "alb__admit_health_checkers": False}
    assert problems(values=with_options(**options)) == []


def test_nothing_carries_ipv6() -> None:
    (message,) = problems(values=with_options(alb__ip_address_type="dualstack"))
    assert message.startswith("alb_ip_address_type: cannot be dualstack")


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"dns_ttl_wait": "soon"}, 'dns_ttl_wait: "soon" is not a whole number. Write digits, such as 60.'),
        ({"dns_ttl_wait": -5}, "dns_ttl_wait: -5 is out of range. Use 0 or more seconds."),
        (
            {"app_smoke_request": {"path": "version"}},
            "app_smoke_request.path: 'version' is not a path. Begin it with /.",
        ),
        (
            {"app_smoke_request": {"path": "/", "status": 20}},
            "app_smoke_request.status: 20 is out of range. Use 100 to 599.",
        ),
        ({"app_smoke_request": {}}, "app_smoke_request.path: is not set. Set it in the inventory."),
        ({"drill_hold": "long"}, 'drill_hold: "long" is not a whole number. Write digits, such as 5.'),
    ],
)
def test_what_playbooks_read_themselves_is_looked_at(variables: dict[str, t.Any], told: str) -> None:
    assert problems(variables=variables) == [told]
    assert problems(variables=variables, state="absent") == [told]


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ({"tags": ("albs",)}, "--tags albs: is not a tag of this playbook. Did you mean alb?"),
        (
            {"skip": ("ecs_services",)},
            "--skip-tags ecs_services: is not a tag of this playbook. Did you mean ecs_service?",
        ),
    ],
)
def test_a_tag_of_no_layer_is_refused(flags: dict[str, t.Any], told: str) -> None:
    assert problems(**flags) == [told]
    assert problems(tags=("all", "vpc", "always")) == []


def test_a_scenario_of_molecule_runs_the_playbooks() -> None:
    assert problems(skip=("molecule-notest", "notest", "molecule-idempotence-notest")) == []


def test_tags_of_plays_of_ones_own_are_known_when_they_are_named() -> None:
    (message,) = problems(tags=("smoke",))
    assert "preflight_tags" in message
    assert problems(tags=("smoke",), variables={"preflight_tags": ["smoke"]}) == []


def test_two_services_do_not_share_a_name_or_a_place_in_the_listener() -> None:
    other = {**API, "name": "web"}
    assert problems(services=(API, API)) == ["app_services: two services are called api. Give each a name of its own."]
    (message,) = problems(services=(API, other))
    assert (
        message
        == "app_services[web]: takes what no other service claims, as api does. Give one of them paths or hosts."
    )
    one, two = ({**each, "rule_priority": 5, "paths": ["/a"]} for each in (API, other))
    (message,) = problems(services=(one, two))
    assert message == "app_services[web].rule_priority: 5 is that of api, too. Give each a number of its own."
    assert problems(services=(API, {**other, "paths": ["/web/*"]})) == []


@pytest.mark.parametrize("tags", [{"cost": "R&D"}, {"a#b": "x"}, {"a": "x" * 257}])
def test_tags_that_some_services_refuse_are_refused(tags: dict[str, str]) -> None:
    (message,) = problems(variables={"app_tags": tags})
    assert message.startswith("app_tags: ")
    assert problems(variables={"app_tags": {"Cost Center": "r+d: 7/8 = a@b"}}) == []


def test_a_template_that_fails_is_all_that_is_told_of_its_variable() -> None:
    values = with_options(ecs_service__containers=[{**CONTAINER, "image": None}])
    found = problems(values=values, variables={"app_image": None}, broken={"app_image": "'registry' is undefined."})
    assert found == ["app_image: 'registry' is undefined. Set registry in the inventory."]


def test_what_fails_because_of_another_variable_is_not_told() -> None:
    failing = {"app_image": "'app_imge' is undefined.", "route53_failover_services": "its template fails: x."}
    found = problems(variables={"app_image": None}, broken=failing)
    assert found == ["app_image: 'app_imge' is undefined. Did you mean app_image?"]
    (alone,) = problems(broken={"route53_failover_services": "its template fails: x."})
    assert alone.startswith("route53_failover_services: ")


def test_a_variable_that_is_set_is_not_called_missing_because_of_another_one() -> None:
    values = with_options(ecs_service__containers=None)
    broken = {"app_variables": "its template fails: x."}
    found = problems(values=values, variables={"app_image": "hello:1", "app_variables": None}, broken=broken)
    assert found == ["app_variables: its template fails: x. Correct it."]
    found = problems(values=values, variables={"app_image": None, "app_variables": None}, broken=broken)
    assert "app_image: is not set. Set it in the inventory." in found


def test_what_no_vault_password_decrypts_asks_for_the_password() -> None:
    failed = "Attempt to use undecryptable variable: Decryption failed (no vault secrets were found that could decrypt)"
    (message,) = problems(broken={"app_variables": why(AnsibleError(failed))}, variables={"app_variables": None})
    assert message == (
        "app_variables: cannot be decrypted. Run the playbook with the vault password that it was encrypted with "
        "(--vault-password-file, --vault-id or --ask-vault-pass)."
    )


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"alb_ssl_policy": "nonsense"}, "alb_ssl_policy: 'nonsense' is not a security policy. Use one such as"),
        ({"acm_certificate_key_algorithm": "RSA_1"}, 'acm_certificate_key_algorithm: "RSA_1" is not one of RSA_2048'),
        ({"acm_certificate_certificate_arn": "hello"}, "acm_certificate_certificate_arn: 'hello' is not the ARN of"),
        ({"app_certificate_names": ["example.org"]}, "app_certificate_names: 'example.org' is not in the zone"),
        ({"app_alarms": ["a"]}, "app_alarms: a list is not a mapping. Write key: value."),
        ({"app_alarms": {"latncy": 1}}, "app_alarms.latncy: is not a known key. Did you mean latency?"),
        ({"cloudwatch_alarms_kms_key_arn": "x"}, "cloudwatch_alarms_kms_key_arn: 'x' is not the ARN of a customer"),
    ],
)
def test_what_has_no_effect_yet_is_right_or_wrong_all_the_same(variables: dict[str, t.Any], told: str) -> None:
    values = with_options(**({"alb__ssl_policy": "nonsense"} if "alb_ssl_policy" in variables else {}))
    (message,) = problems(values=values, variables=variables)
    assert message.startswith(told)


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"app_certificate_names": ["a.dev.example.com"]}, "app_certificate_names has no effect while app_https is"),
        ({"app_rollback_on_alarms": True}, "app_rollback_on_alarms has no effect while app_notify is not set."),
        ({"app_alarms": {"latency": 1}}, "app_alarms has no effect while app_notify is not set."),
        ({"app_dashboard": True}, "app_dashboard has no effect while app_notify is not set."),
        ({"app_dashboard": False}, ""),
        ({"app_replicate_images": True}, "app_replicate_images has no effect while app_repositories is not set."),
        ({"app_replicate_images": True, "app_repositories": ["shop"]}, ""),
        ({"app_alarms": {"latency": 1}, "app_notify": {}}, ""),
        ({"app_https": False, "app_certificate_names": ["a.dev.example.com"]}, ""),
        ({"app_https": False, "acm_certificate_key_algorithm": "EC_prime256v1"}, ""),
    ],
)
def test_what_changes_nothing_is_said_unless_it_is_switched_off(variables: dict[str, t.Any], told: str) -> None:
    said = list(without_effect(dataclasses.replace(GOOD, given=variables)))
    assert [line[: len(told)] for line in said] == ([told] if told else [])


STORE: t.Final = "arn:aws:elasticloadbalancing:us-east-1:111111111111:truststore/clients/73e2d6bc24d8a067"
CERTIFICATE: t.Final = "arn:aws:iam::111111111111:server-certificate/a"
VERIFY: t.Final = {"mode": "verify", "trust_store_arn": STORE}


def verifying(check: dict[str, t.Any], **alb: t.Any) -> list[str]:
    options = {
        "certificate_arn": CERTIFICATE,
        "mutual_authentication": VERIFY,
        **alb,
    }
    named = {f"alb__{option}": value for option, value in options.items()}
    return problems(values=with_options(**named, route53_failover__health_check=check))


@pytest.mark.parametrize(
    ("check", "alb", "told"),
    [
        ({"protocol": "HTTPS", "port": 443}, {}, "alb_mutual_authentication.mode: verify refuses Route 53's health"),
        ({"protocol": "HTTPS"}, {}, "app_endpoint_health_check: {protocol: HTTP, port: 80}"),
        ({"protocol": "HTTPS", "port": 8443}, {"https_port": 8443, "listener_port": 8080}, "port: 8080}"),
        ({"protocol": "HTTP", "port": 80}, {"redirect_http": False}, "alb_redirect_http: cannot be false"),
        ({"protocol": "HTTP", "search_string": "ok"}, {}, "app_endpoint_health_check.search_string: is in no redirect"),
    ],
)
def test_health_checkers_have_no_certificate(check: dict[str, t.Any], alb: dict[str, t.Any], told: str) -> None:
    (message,) = verifying(check, **alb)
    assert told in message


@pytest.mark.parametrize(
    ("check", "alb"),
    [
        ({"protocol": "HTTP", "port": 80}, {}),
        ({"protocol": "HTTPS", "port": 8443}, {}),
        ({"protocol": "HTTPS", "port": 443}, {"mutual_authentication": {"mode": "passthrough"}}),
        ({"protocol": "HTTPS", "port": 443}, {"mutual_authentication": {"mode": False}}),
    ],
)
def test_health_checkers_may_ask_who_wants_none(check: dict[str, t.Any], alb: dict[str, t.Any]) -> None:
    assert verifying(check, **alb) == []


@pytest.mark.parametrize("alb", [{"mutual_authentication": VERIFY}, {}])
def test_a_health_check_that_is_no_mapping_is_reported_once(alb: dict[str, t.Any]) -> None:
    options = {f"alb__{option}": value for option, value in {"certificate_arn": CERTIFICATE, **alb}.items()}
    options |= {"route53_failover__evaluate_target_health": False, "route53_failover__health_check": "HTTP"}
    (message,) = problems(values=with_options(**options))
    assert message.startswith("app_endpoint_health_check: ")


def test_a_port_that_is_no_number_is_reported_once() -> None:
    (message,) = verifying({"protocol": "HTTP", "port": 80}, listener_port="http")
    assert message.startswith("alb_listener_port: ")


def test_without_https_nobody_is_asked_for_a_certificate() -> None:
    values = with_options(alb__certificate_arn="", alb__mutual_authentication=VERIFY)
    (told,) = problems(values=values)
    assert told.startswith("alb_mutual_authentication: has no effect, because")
    # Ready for the way back
    assert problems(values=values, variables={"app_https": False}) == []
