# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the HTTPS listener asks of its clients: what the options allow, and when it begins."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._alb.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._alb.resources import listener, mutual_authentication
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import SpecError
from ansible_collections.everlook.failover.plugins.module_utils._engine.field import read, write
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Plan

from .test_https import CERTIFICATE, STORE, VERIFY
from .worlds import carry_out, deployed, make_spec

FIELDS: t.Final = (mutual_authentication.FIELD,)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"mode": "verify"}, "trust_store_arn: is not set"),
        (
            {"mode": "verify", "trust_store_arn": "clients"},
            "trust_store_arn: 'clients' is not the ARN of a trust store",
        ),
        (
            {"mode": "verify", "trust_store_arn": STORE.replace("east", "west")},
            "is in us-west-1. A load balancer takes",
        ),
        ({"mode": "passthrough", "trust_store_arn": STORE}, "trust_store_arn: has no effect with mode passthrough"),
        ({"mode": "off", "advertise_ca_names": True}, "advertise_ca_names: has no effect with mode off"),
    ],
)
def test_what_is_refused(value: dict[str, t.Any], told: str) -> None:
    with pytest.raises(SpecError) as raised:
        make_spec(mutual_authentication=value)
    assert told in str(raised.value)


def test_without_https_it_is_of_no_use() -> None:
    assert make_spec(mutual_authentication=VERIFY).warnings == (
        "mutual_authentication is of the HTTPS listener, and there is none without certificate_arn",
    )


@pytest.mark.parametrize(
    "answer",
    [
        {"Mode": "off"},
        {"Mode": "passthrough"},
        {
            "Mode": "verify",
            "TrustStoreArn": STORE,
            "IgnoreClientCertificateExpiry": True,
            "AdvertiseTrustStoreCaNames": "on",
        },
    ],
)
def test_what_is_read_is_what_was_written(answer: dict[str, t.Any]) -> None:
    found = {"MutualAuthentication": answer}
    assert write(FIELDS, read(FIELDS, found)) == found


def test_what_aws_leaves_out_is_off() -> None:
    assert read(FIELDS, {})["mutual_authentication"] == {"mode": "off"}
    assert read(FIELDS, {"MutualAuthentication": {"Mode": "verify", "TrustStoreArn": STORE}}) == {
        "mutual_authentication": {**VERIFY, "ignore_client_certificate_expiry": False, "advertise_ca_names": False}
    }


def test_a_listener_that_is_there_begins_to_verify_its_clients_later() -> None:
    there = deployed(make_spec(certificate_arn=CERTIFICATE))
    later = make_spec(certificate_arn=CERTIFICATE, mutual_authentication=VERIFY, verify_clients_later=True)
    assert plan(later, there) == Plan()
    at_once = make_spec(certificate_arn=CERTIFICATE, mutual_authentication=VERIFY)
    (change,) = plan(at_once, there).changes
    assert (change.address, change.reason) == ("listener/https", "differs in mutual_authentication")
    done = carry_out(at_once, there)
    assert plan(later, done) == plan(at_once, done) == Plan()


@pytest.mark.parametrize("mode", ["off", "passthrough"])
def test_it_ends_at_once(mode: str) -> None:
    there = deployed(make_spec(certificate_arn=CERTIFICATE, mutual_authentication=VERIFY))
    spec = make_spec(certificate_arn=CERTIFICATE, mutual_authentication={"mode": mode}, verify_clients_later=True)
    (change,) = plan(spec, there).changes
    assert change.after == {"mutual_authentication": {"mode": mode}}


def test_a_new_listener_verifies_its_clients_from_the_first() -> None:
    spec = make_spec(certificate_arn=CERTIFICATE, mutual_authentication=VERIFY, verify_clients_later=True)
    there = deployed(make_spec())
    (made,) = [each for each in plan(spec, there).changes if each.address == listener.address("https")]
    assert made.data.values["mutual_authentication"]["trust_store_arn"] == STORE
