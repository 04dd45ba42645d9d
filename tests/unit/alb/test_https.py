# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTPS listener: what the options allow, and how it comes and goes."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.everlook.failover.plugins.module_utils._alb.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._alb.resources import listener, security_group
from ansible_collections.everlook.failover.plugins.module_utils._alb.snapshot import Snapshot
from ansible_collections.everlook.failover.plugins.module_utils._alb.spec import Spec
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import SpecError
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Action, Plan
from ansible_collections.everlook.failover.plugins.module_utils._engine.unknown import unknown

from .worlds import carry_out, deployed, make_spec

CERTIFICATE = "arn:aws:acm:us-east-1:111111111111:certificate/1"
OTHER = "arn:aws:acm:us-east-1:111111111111:certificate/2"
OF_IAM = "arn:aws:iam::111111111111:server-certificate/legacy"
STORE = "arn:aws:elasticloadbalancing:us-east-1:111111111111:truststore/clients/73e2d6bc24d8a067"
VERIFY = {"mode": "verify", "trust_store_arn": STORE}
PARAMS = st.fixed_dictionaries(
    {"certificate_arn": st.sampled_from([CERTIFICATE, OTHER])},
    optional={
        "https_port": st.sampled_from([443, 8443]),
        "more_certificate_arns": st.lists(st.sampled_from([CERTIFICATE, OTHER, OF_IAM]), max_size=3),
        "ssl_policy": st.sampled_from(["ELBSecurityPolicy-TLS13-1-2-2021-06", "ELBSecurityPolicy-2016-08"]),
        "redirect_http": st.booleans(),
        "strict_transport_security": st.sampled_from(["", "max-age=300", "max-age=31536000; includeSubDomains"]),
        "mutual_authentication": st.sampled_from(
            [
                *({"mode": "off"}, {"mode": "passthrough"}, {"mode": "verify", "trust_store_arn": STORE}),
                {"mode": "verify", "trust_store_arn": STORE, "ignore_client_certificate_expiry": True},
            ]
        ),
    },
)


@given(PARAMS, PARAMS)
def test_from_any_settings_to_any_others(before: dict[str, t.Any], after: dict[str, t.Any]) -> None:
    spec, there = make_spec(**after), deployed(make_spec(**before))
    assert {change.action for change in plan(spec, there).changes} <= {Action.UPDATE}
    assert plan(spec, carry_out(spec, there)) == Plan()


def ports(spec: Spec, snapshot: Snapshot) -> set[int | None]:
    wanted = security_group.wanted(spec, snapshot)
    return {rule.from_port for rule in wanted.rules if rule.direction == "ingress"}


def with_rules(snapshot: Snapshot, number: int) -> Snapshot:
    """As observed for a spec without HTTPS: the rules of the HTTPS listener are counted."""
    listeners = [
        dataclasses.replace(each, rules=number) if each.values["protocol"] == "HTTPS" else each
        for each in snapshot.listeners
    ]
    return dataclasses.replace(snapshot, listeners=tuple(listeners))


def test_it_comes_beside_the_http_listener_which_sends_clients_there() -> None:
    spec, there = make_spec(certificate_arn=CERTIFICATE), deployed(make_spec())
    changes = {change.address: change for change in plan(spec, there).changes}
    assert {address: change.action.value for address, change in changes.items()} == {
        "listener/https": "create",
        "listener/http": "update",
        "security_group/alb": "update",
    }
    assert changes["listener/http"].after == {"not_found_body": listener.redirect(443)}
    assert ports(spec, there) == {80, 443}


def test_it_stays_while_services_are_on_it_and_then_goes() -> None:
    spec, there = make_spec(), with_rules(deployed(make_spec(certificate_arn=CERTIFICATE)), 1)
    (change,) = plan(spec, there).changes
    assert (change.address, change.after) == ("listener/https", {"not_found_body": listener.redirect(80, "HTTP")})
    there = with_rules(carry_out(spec, there), 1)
    assert plan(spec, there) == Plan()
    assert ports(spec, there) == {80, 443}
    left = with_rules(there, 0)
    changes = {change.address: change.action.value for change in plan(spec, left).changes}
    assert changes == {"listener/https": "delete", "listener/http": "update", "security_group/alb": "update"}
    assert plan(spec, carry_out(spec, left)) == Plan()


def test_it_waits_for_certificates_that_are_not_issued() -> None:
    there = deployed(make_spec(certificate_arn=CERTIFICATE))
    spec = make_spec(certificate_arn=OTHER)
    assert plan(spec, there).waits == ()
    (wait,) = plan(spec, dataclasses.replace(there, not_issued=(OTHER,))).waits
    assert (wait.address, wait.data) == ("certificates_issued/https", (OTHER,))


def test_without_waiting_nobody_is_sent_to_a_listener_that_is_not_there() -> None:
    there = dataclasses.replace(deployed(make_spec()), not_issued=(CERTIFICATE,))
    now, later = plan(make_spec(certificate_arn=CERTIFICATE), there).without_waits()
    assert [change.address for change in now.changes] == ["security_group/alb"]
    assert {"listener/https", "listener/http"} <= set(later)


def test_a_listener_of_others_stays_where_it_is() -> None:
    theirs = listener.Listener(arn="arn:theirs", values={"protocol": "HTTPS", "port": 9443}, rules=2)
    there = deployed(make_spec())
    there = dataclasses.replace(there, listeners=(*there.listeners, theirs))
    assert plan(make_spec(), there) == Plan()
    assert ports(make_spec(), there) == {80}


def test_what_becomes_of_a_listener_that_was_turned_into_http() -> None:
    spec = make_spec(certificate_arn=CERTIFICATE, strict_transport_security="max-age=300")
    there = deployed(spec)
    plain = {"protocol": "HTTP", "port": 443, "not_found_body": "There is no service here."}
    listeners = [
        dataclasses.replace(each, values=plain) if each.values["protocol"] == "HTTPS" else each
        for each in there.listeners
    ]
    (change,) = plan(spec, dataclasses.replace(there, listeners=tuple(listeners))).changes
    assert change.after == {key: value for key, value in spec.listeners[1].values.items() if key not in plain} | {
        "protocol": "HTTPS"
    }


@pytest.mark.parametrize(
    ("params", "option", "words"),
    [
        ({"ssl_policy": "ELBSecurityPolicy-TLS13-1-3-2021-06"}, "ssl_policy", "health checkers do not speak"),
        ({"ssl_policy": "ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04"}, "ssl_policy", "TLS 1.3 alone"),
        ({"https_port": 80}, "https_port", "as listener_port is"),
        ({"https_port": 0}, "https_port", "out of range"),
        ({"certificate_arn": "hello"}, "certificate_arn", "not the ARN"),
        ({"certificate_arn": CERTIFICATE.replace("us-east-1", "eu-west-1")}, "certificate_arn", "in eu-west-1"),
        ({"more_certificate_arns": ["hello"]}, "more_certificate_arns", "not the ARN"),
        ({"more_certificate_arns": [f"{CERTIFICATE}{n}" for n in range(26)]}, "more_certificate_arns", "AWS allows 25"),
        ({"strict_transport_security": "always"}, "strict_transport_security", "max-age=31536000"),
    ],
    ids=["1.3", "1.3-fips", "same-port", "port", "arn", "region", "more", "many", "hsts"],
)
def test_refused_before_the_first_call(params: dict[str, t.Any], option: str, words: str) -> None:
    with pytest.raises(SpecError, match=words) as raised:
        make_spec(**{"certificate_arn": CERTIFICATE, **params})
    assert raised.value.option == option


def test_what_is_said_of_a_listener_that_there_is_not_is_told() -> None:
    spec = make_spec(strict_transport_security="max-age=1", more_certificate_arns=[OTHER])
    assert [each.split()[0] for each in spec.warnings] == ["strict_transport_security", "more_certificate_arns"]
    assert [each.name for each in spec.listeners] == ["http"]


def test_a_placeholder_and_a_certificate_of_iam_pass() -> None:
    for arn in (unknown("us-east-1", "certificate/main"), OF_IAM):
        assert make_spec(certificate_arn=arn).listeners[1].values["certificate_arn"] == arn


def test_the_default_action_of_others_differs_from_every_redirect() -> None:
    def read(**config: t.Any) -> object:
        action = {"Type": "redirect", "RedirectConfig": {**listener._redirection("HTTPS", 443), **config}}
        return listener.parse({"ListenerArn": "a", "Protocol": "HTTP", "Port": 80, "DefaultActions": [action]}).values[
            "not_found_body"
        ]

    assert read() == listener.redirect(443)
    for config in ({"StatusCode": "HTTP_302"}, {"Host": "elsewhere.example.com"}, {"Port": "#{port}"}):
        assert read(**config) != listener.redirect(443)
