# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of certificates and their validation records."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.everlook.failover.plugins.module_utils._acm_certificate.layer import LAYER
from ansible_collections.everlook.failover.plugins.module_utils._acm_certificate.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._acm_certificate.renewal import renewal, renewal_problem
from ansible_collections.everlook.failover.plugins.module_utils._acm_certificate.resources import certificate
from ansible_collections.everlook.failover.plugins.module_utils._acm_certificate.resources.certificate import (
    Certificate,
)
from ansible_collections.everlook.failover.plugins.module_utils._acm_certificate.snapshot import Snapshot
from ansible_collections.everlook.failover.plugins.module_utils._acm_certificate.spec import Spec, domain_of, parse
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError, SpecError
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Change, Plan
from ansible_collections.everlook.failover.plugins.module_utils._engine.unknown import unknown
from ansible_collections.everlook.failover.plugins.module_utils._route53.records import RecordSet

REGION = "us-east-1"
NAMES = ("dev.example.com", "us-east-1.dev.example.com")
_VALIDATOR = ArgumentSpecValidator(dict(LAYER.job.argument_spec))


def make_spec(**params: t.Any) -> Spec:
    given = {"stack": "hello", "environment": "dev", "names": list(NAMES), "zone": "dev.example.com", **params}
    validated = _VALIDATOR.validate(given)
    assert not validated.error_messages
    return parse(validated.validated_parameters, REGION)


def record(domain: str, value: str = "v") -> RecordSet:
    name, values = f"_{domain[:3]}.{domain}", frozenset({f"_{value}.acm-validations.aws."})
    return RecordSet(name=name, type="CNAME", ttl=300, values=values)


def make(arn: str = "a1", names: t.Sequence[str] = NAMES, **values: t.Any) -> Certificate:
    """One of the stack's, issued and validated by the records of its domains."""
    domains = sorted({domain_of(name) for name in names})
    given = {
        "arn": f"arn:aws:acm:us-east-1:111111111111:certificate/{arn}",
        "names": tuple(names),
        "key_algorithm": "RSA_2048",
        "status": "ISSUED",
        "records": tuple(record(domain) for domain in domains),
        "not_after": "2027-01-01T00:00:00+00:00",
        "tags": make_spec().owner.tags(certificate.ADDRESS),
    }
    return Certificate(**{**given, **values})


def snapshot(spec: Spec, *own: Certificate, **values: t.Any) -> Snapshot:
    """Of a zone that has the records of all of them."""
    records = tuple({each.key: each for item in own for each in item.records}.values())
    return Snapshot(**{"spec": spec, "own": own, "zone_id": "Z1", "records": records, **values})


def steps(found: Plan) -> dict[str, str]:
    return {step.address: step.action.value if isinstance(step, Change) else "wait" for step in found.steps}


def planned(spec: Spec, *own: Certificate, **values: t.Any) -> dict[str, str]:
    return steps(plan(spec, snapshot(spec, *own, **values)))


BALANCER = "arn:aws:elasticloadbalancing:us-east-1:111111111111:loadbalancer/app/{}/50dc6c495c0c9188"
WHOLE = {"certificate/main": "create", "validation_records/main": "create", "certificate_issued/main": "wait"}


def test_nothing_there() -> None:
    assert planned(make_spec()) == WHOLE


def test_all_as_it_should_be() -> None:
    assert planned(make_spec(), make()) == {}
    assert planned(make_spec(names=[*reversed(NAMES), NAMES[0].upper()]), make()) == {}


def test_one_that_has_lost_its_tags_gets_no_twin_while_the_load_balancer_uses_it() -> None:
    place = "arn:aws:elasticloadbalancing:us-east-1:111111111111:loadbalancer/app"
    lost = make(tags={}, in_use_by=(f"{place}/hello-dev/0123456789abcdef",))
    with pytest.raises(ConflictError, match=r"load balancer uses .*/a1, .* tag it again: .*Resource=certificate/main"):
        planned(make_spec(), others=(lost,))
    for theirs in (
        dataclasses.replace(lost, in_use_by=(f"{place}/hello-dev-theirs/0123456789abcdef",)),
        dataclasses.replace(lost, names=NAMES[:1]),
    ):
        assert planned(make_spec(), others=(theirs,)) == WHOLE


def test_the_records_are_made_before_it_is_waited_for() -> None:
    order = [step.address for step in plan(make_spec(), snapshot(make_spec())).in_order()]
    assert order == list(WHOLE)


def test_a_run_that_was_killed_behind_the_request() -> None:
    pending = make(status="PENDING_VALIDATION", records=())
    assert planned(make_spec(), pending) == {key: WHOLE[key] for key in list(WHOLE)[1:]}


def test_a_record_that_is_gone_or_leads_elsewhere_is_put_right() -> None:
    found, lost = make(), record(NAMES[0])
    for records in ((record(NAMES[1]),), (record(NAMES[1]), record(NAMES[0], "other"))):
        (change,) = plan(make_spec(), snapshot(make_spec(), found, records=records)).changes
        assert (change.address, change.action.value) == ("validation_records/main", "update")
        assert list(change.after) == [lost.name.rstrip(".")]


def test_tags_are_repaired_and_one_that_was_going_stays() -> None:
    going = make(tags={**make().tags, "Resource": certificate.GOING})
    assert planned(make_spec(), going) == {"certificate/main": "update"}


@pytest.mark.parametrize(
    "options", [{"names": [*NAMES, "api.dev.example.com"]}, {"key_algorithm": "EC_prime256v1"}], ids=["names", "key"]
)
def test_another_one_replaces_it_and_it_stays_while_it_is_in_use(options: dict[str, t.Any]) -> None:
    spec, used = make_spec(**options), make(in_use_by=("arn:lb",))
    assert planned(spec, used) == WHOLE
    (creation, *_rest) = plan(spec, snapshot(spec, used)).changes
    assert used.arn in creation.reason
    assert certificate.replaced(spec, snapshot(spec, used)) == (used,)


def test_what_was_replaced_goes_once_the_new_one_is_issued_and_nothing_uses_it() -> None:
    spec, old = make_spec(), make("old", names=["dev.example.com", "x.dev.example.com"])
    assert planned(spec, make(), old) == {"certificate/old": "delete", "validation_records/old": "delete"}
    pending = make(status="PENDING_VALIDATION")
    order = [step.address for step in plan(spec, snapshot(spec, pending, old)).in_order()]
    assert (
        order.index("certificate_issued/main") < order.index("validation_records/old") < order.index("certificate/old")
    )
    (removal,) = [each for each in plan(spec, snapshot(spec, make(), old)).changes if each.kind == "validation_records"]
    assert removal.data.kept == {*NAMES}


@pytest.mark.parametrize("status", ["FAILED", "VALIDATION_TIMED_OUT", "EXPIRED", "REVOKED"])
def test_one_that_will_never_be_good_is_replaced(status: str) -> None:
    assert planned(make_spec(), make(status=status)) == {
        **WHOLE,
        "certificate/a1": "delete",
        "validation_records/a1": "delete",
    }


def test_of_two_the_one_in_use_is_kept() -> None:
    one, used = make("a1"), make("b2", in_use_by=("arn:lb",))
    assert planned(make_spec(), one, used) == {"certificate/a1": "delete", "validation_records/a1": "delete"}


def test_the_same_request_has_the_same_token_and_another_has_another() -> None:
    def token(spec: Spec, *own: Certificate) -> str:
        return str(plan(spec, snapshot(spec, *own)).changes[0].data.token)

    names = make_spec(names=["a.dev.example.com"])
    tokens = [token(make_spec()), token(names), token(names, make()), token(make_spec(key_algorithm="EC_secp384r1"))]
    assert len(set(tokens)) == len(tokens)
    assert token(make_spec()) == tokens[0]
    assert {len(each) for each in tokens} == {32}


def test_removal() -> None:
    spec, going = make_spec(state="absent"), make()
    assert planned(spec) == {}
    assert planned(spec, going) == {"validation_records/a1": "delete", "certificate/a1": "delete"}
    used = make(in_use_by=(BALANCER.format("hello-dev"),))
    order = [step.address for step in plan(spec, snapshot(spec, used)).in_order()]
    assert order == ["certificate_unused/a1", "validation_records/a1", "certificate/a1"]


def test_what_others_use_does_not_go() -> None:
    """Found before the first change: a wait at the end of a removal would not end."""
    others = BALANCER.format("hello-dev-admin")
    used = make(in_use_by=(BALANCER.format("hello-dev"), others))
    with pytest.raises(ConflictError, match=f"is used by {others}"):
        planned(make_spec(state="absent"), used)
    assert planned(make_spec(), used) == {}


def test_removal_without_a_zone() -> None:
    assert planned(make_spec(state="absent"), make(), zone_id=None, records=()) == {"certificate/a1": "delete"}


def test_no_zone_is_an_error_and_one_that_is_not_there_yet_is_none() -> None:
    with pytest.raises(ConflictError, match=r"no public zone dev\.example\.com"):
        planned(make_spec(), zone_id=None)
    assert planned(make_spec(), zone_id=unknown("global", "zone/main")) == WHOLE


ARN = "arn:aws:acm:us-east-1:111111111111:certificate/theirs"


def test_a_certificate_of_others_replaces_the_stacks_own() -> None:
    spec = make_spec(certificate_arn=ARN)
    theirs = make("theirs", names=["dev.example.com", "*.dev.example.com"], tags={})
    assert planned(spec, named=theirs) == {}
    assert planned(spec, make(in_use_by=("arn:lb",)), named=theirs) == {}
    assert planned(spec, make(), named=theirs) == {"certificate/a1": "delete", "validation_records/a1": "delete"}


@pytest.mark.parametrize(
    ("named", "words"),
    [
        (None, "does not exist"),
        (make("theirs", status="EXPIRED"), "not issued but EXPIRED"),
        (make("theirs", names=["*.example.com"]), "does not cover us-east-1.dev.example.com"),
    ],
    ids=["none", "expired", "names"],
)
def test_a_certificate_of_others_that_cannot_be_used(named: Certificate | None, words: str) -> None:
    with pytest.raises(ConflictError, match=words):
        planned(make_spec(certificate_arn=ARN), named=named)


@pytest.mark.parametrize(
    ("options", "option", "words"),
    [
        ({"names": []}, "names", "empty"),
        ({"names": ["www.example.com"]}, "names", "not in the zone"),
        ({"names": ["a_b.dev.example.com"]}, "names", "cannot be in a certificate"),
        ({"names": [f"{'a' * 50}.dev.example.com"]}, "names", "66 characters"),
        ({"names": [f"{n}.dev.example.com" for n in range(101)]}, "names", "101 names"),
        ({"certificate_arn": "hello"}, "certificate_arn", "not the ARN"),
        ({"certificate_arn": ARN.replace("us-east-1", "eu-west-1")}, "certificate_arn", "in eu-west-1"),
    ],
    ids=["empty", "elsewhere", "underscore", "long", "many", "no-arn", "region"],
)
def test_what_is_refused_by_the_name_of_the_option(options: dict[str, t.Any], option: str, words: str) -> None:
    with pytest.raises(SpecError, match=words) as raised:
        make_spec(**options)
    assert raised.value.option == option


def test_an_answer_with_everything() -> None:
    validation = {"DomainName": "*.dev.example.com", "ValidationStatus": "PENDING_VALIDATION"}
    resource = {"Name": "_dev.dev.example.com.", "Type": "CNAME", "Value": "_v.acm-validations.aws."}
    found = certificate.parse(
        {
            "CertificateArn": ARN,
            "DomainName": "*.Dev.example.com",
            "SubjectAlternativeNames": ["*.dev.example.com", "dev.example.com"],
            "KeyAlgorithm": "RSA-2048",
            "Status": "ISSUED",
            "NotAfter": datetime.datetime(2027, 1, 1, tzinfo=datetime.UTC),
            "DomainValidationOptions": [
                {**validation, "ResourceRecord": resource},
                {"DomainName": "dev.example.com", "ValidationStatus": "SUCCESS", "ResourceRecord": resource},
            ],
        }
    )
    assert found.names == ("*.dev.example.com", "dev.example.com")
    assert (found.key_algorithm, found.not_after) == ("RSA_2048", "2027-01-01T00:00:00+00:00")
    assert found.records == found.unvalidated == (record("dev.example.com"),)
    assert found.is_validatable


def test_an_answer_with_little() -> None:
    found = certificate.parse({"CertificateArn": ARN, "Status": "PENDING_VALIDATION", "DomainName": "dev.example.com"})
    assert (found.records, found.not_after, found.in_use) == ((), "", False)
    assert not found.is_validatable
    assert dataclasses.replace(found, records=(record("dev.example.com"),)).is_validatable


def test_what_a_wildcard_covers() -> None:
    assert certificate.covers(["*.example.com"], "a.example.com")
    assert not certificate.covers(["*.example.com"], "example.com")
    assert not certificate.covers(["*.example.com"], "a.b.example.com")
    assert certificate.covers(["*.example.com"], "*.example.com")


@pytest.mark.parametrize(
    ("found", "there", "words", "state"),
    [
        (make(), True, "", "automatic"),
        (make(renewal="SUCCESS"), True, "", "automatic"),
        (make(renewal="PENDING_AUTO_RENEWAL"), True, "", "in progress"),
        (make(), False, "the zone lacks CNAME", "blocked"),
        (make(renewable=False), True, "not eligible", "blocked"),
        (make(renewal="PENDING_VALIDATION"), True, "waits until public DNS", "blocked"),
        (make(renewal="FAILED"), True, "has failed", "blocked"),
        (make(status="PENDING_VALIDATION", renewable=False), False, "", ""),
    ],
    ids=["well", "renewed", "renewing", "no-records", "unused", "waiting", "failed", "not-issued"],
)
def test_why_a_certificate_would_not_be_renewed(found: Certificate, there: bool, words: str, state: str) -> None:
    spec = make_spec()
    seen = snapshot(spec, found, records=found.records if there else ())
    problem = renewal_problem(spec, seen)
    assert words in problem if words else problem == ""
    assert renewal(spec, seen) == state


def test_a_pass_that_only_waits_takes_away_nothing_that_no_dry_run_has_shown() -> None:
    old, new = make("a1", names=NAMES[:1]), make("a2")
    assert "certificate/a1" in planned(make_spec(), old, new)
    assert planned(make_spec(continue_from={"changes": []}), old, new) == {}
