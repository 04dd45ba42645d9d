# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import collections.abc
import concurrent.futures
import typing as t

import boto3
import botocore.exceptions
import pytest

from ansible_collections.everlook.failover.plugins.module_utils._aws.owner import Owner
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import (
    ApplyError,
    AwsError,
    ConflictError,
)
from ansible_collections.everlook.failover.plugins.module_utils._route53.caller_references import caller_reference
from ansible_collections.everlook.failover.plugins.module_utils._route53_zone.layer import LAYER as ZONE
from ansible_collections.everlook.failover.plugins.module_utils._route53_zone_delegation.layer import (
    LAYER as DELEGATION,
)
from ansible_collections.everlook.failover.plugins.module_utils._route53_zone_delegation.resources import (
    name_server_record_calls as delegation_calls,
)
from sandbox import Sandbox

from .conftest import RunJob

pytestmark = pytest.mark.once

OWNER = Owner(stack="hello", environment="dev", component="dns")
NAME = "dev.example.com"
ROLE_ARN = "arn:aws:iam::999999999999:role/dns-delegation-dev"
Run = collections.abc.Callable[..., dict[str, t.Any]]


@pytest.fixture
def run_zone(run_job: RunJob) -> Run:
    return lambda **params: run_job(ZONE.job, **{"name": NAME, "wait": False, **params})


@pytest.fixture
def delegate(run_job: RunJob) -> Run:
    """The delegation as the role does it: from the environment's account into the management account."""

    def run(**params: t.Any) -> dict[str, t.Any]:
        known = {"role_arn": ROLE_ARN, "external_id": "everlook-failover-dev"}
        return run_job(DELEGATION.job, **{"zone": NAME, "parent_zone": "example.com", "wait": False, **known, **params})

    return run


class Dns:
    """What there really is, asked of AWS's API without the collection.

    The seed has private zones with the names of the parent and of the child in their accounts, which must never matter.
    """

    def __init__(self, aws: Sandbox) -> None:
        self.child = aws.client("route53", account="dev")
        self.parent = aws.client("route53", account="management")

    def zones(self, name: str = NAME) -> list[dict[str, t.Any]]:
        listed = self.child.list_hosted_zones()["HostedZones"]
        return [zone for zone in listed if zone["Name"] == f"{name}." and not zone["Config"]["PrivateZone"]]

    def add_zone(self, *, reference: str = "theirs", comment: str = "Theirs") -> str:
        made = self.child.create_hosted_zone(
            Name=NAME, CallerReference=reference, HostedZoneConfig={"Comment": comment, "PrivateZone": False}
        )
        return str(made["HostedZone"]["Id"])

    def tags(self, zone_id: str) -> dict[str, str]:
        answer = self.child.list_tags_for_resource(ResourceType="hostedzone", ResourceId=zone_id)
        return {tag["Key"]: tag["Value"] for tag in answer["ResourceTagSet"]["Tags"]}

    @property
    def parent_id(self) -> str:
        zones = self.parent.list_hosted_zones()["HostedZones"]
        return next(str(zone["Id"]) for zone in zones if not zone["Config"]["PrivateZone"])

    def parent_records(self) -> dict[tuple[str, str], dict[str, t.Any]]:
        records = self.parent.list_resource_record_sets(HostedZoneId=self.parent_id)["ResourceRecordSets"]
        return {(record["Name"], record["Type"]): record for record in records}

    def delegation(self) -> set[str] | None:
        record = self.parent_records().get((f"{NAME}.", "NS"))
        return {value["Value"].rstrip(".") for value in record["ResourceRecords"]} if record else None

    @staticmethod
    def change(client: t.Any, zone_id: str, action: str, **record: t.Any) -> None:
        values = [{"Value": value} for value in record.pop("values")]
        members = {"Name": NAME, "TTL": 300, **record, "ResourceRecords": values}
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": members}]}
        client.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch=batch)


@pytest.fixture
def dns(aws: Sandbox) -> Dns:
    return Dns(aws)


def calls(aws: Sandbox, mark: int) -> list[str]:
    return [record.operation for record in aws.requests.since(mark)]


# The zone


def test_a_zone_is_made_once(aws: Sandbox, dns: Dns, run_zone: Run) -> None:
    first = run_zone(tags={"Team": "web"})
    (zone,) = dns.zones()
    assert zone["Id"] == f"/hostedzone/{first['zone_id']}"
    assert zone["CallerReference"].startswith("elf/")
    servers = dns.child.get_hosted_zone(Id=zone["Id"])["DelegationSet"]["NameServers"]
    assert first["name_servers"] == sorted(servers)
    assert dns.tags(first["zone_id"]).items() >= {"Stack": "hello", "Environment": "dev", "Team": "web"}.items()

    mark = aws.requests.mark()
    second = run_zone(tags={"Team": "web"})
    assert second["changed"] is False
    assert (second["zone_id"], second["name_servers"]) == (first["zone_id"], first["name_servers"])
    assert len(calls(aws, mark)) <= 3
    assert aws.requests.writes(mark) == []


def test_a_dry_run_shows_the_zone_and_makes_none(aws: Sandbox, dns: Dns, run_zone: Run) -> None:
    mark = aws.requests.mark()
    result = run_zone(check_mode=True)
    assert [(change["kind"], change["action"]) for change in result["changes"]] == [("zone", "create")]
    assert "known after apply" in result["zone_id"]
    assert aws.requests.writes(mark) == []
    assert dns.zones() == []


def test_the_results_have_the_same_keys_in_every_state(run_zone: Run) -> None:
    keys = set(run_zone(check_mode=True))
    assert set(run_zone()) == set(run_zone(state="absent")) == set(run_zone(state="absent")) == keys


@pytest.mark.parametrize(
    ("probed", "left"),
    [
        ("us-east-1.dev.example.net", "dev.example.net"),
        # A zone that was deleted by hand is made again.
        ("us-east-1.www.dev.example.com", ""),
        # This one is in another zone of the stack, below the new one.
        ("us-east-1.x.old.dev.example.com", "x.old.dev.example.com"),
    ],
)
def test_a_stack_that_serves_users_elsewhere_gets_no_other_zone(
    aws: Sandbox, dns: Dns, run_zone: Run, probed: str, left: str
) -> None:
    """What probes a regional name tells where the users are. It is looked up only while there is no zone."""
    run_zone(name="old.dev.example.com")
    dns.child.create_health_check(
        CallerReference=caller_reference(OWNER, "us-east-1", "endpoint"),
        HealthCheckConfig={"Type": "HTTP", "FullyQualifiedDomainName": probed, "Port": 80, "ResourcePath": "/"},
    )
    mark = aws.requests.mark()
    if left:
        for check_mode in (True, False):
            with pytest.raises(ConflictError, match=f"^hello in dev serves its users at {left}, and dev.example.com "):
                run_zone(check_mode=check_mode)
        assert (aws.requests.writes(mark), dns.zones()) == ([], [])
    assert run_zone(former_name=left or None)["changed"]
    mark = aws.requests.mark()
    assert not run_zone()["changed"]
    assert "ListHealthChecks" not in calls(aws, mark)


def test_drift_is_named_and_repaired_alone(dns: Dns, run_zone: Run) -> None:
    zone_id = run_zone()["zone_id"]
    dns.child.update_hosted_zone_comment(Id=zone_id, Comment="drifted")
    assert [change["reason"] for change in run_zone()["changes"]] == ["differs in comment"]

    dns.child.change_tags_for_resource(
        ResourceType="hostedzone", ResourceId=zone_id, RemoveTagKeys=["Stack"], AddTags=[{"Key": "Mine", "Value": "1"}]
    )
    repaired = run_zone()
    assert repaired["diff"]["after"] == {"zone/main": {"tags": {"Stack": "hello"}}}
    assert dns.tags(zone_id)["Stack"] == "hello"
    assert dns.tags(zone_id)["Mine"] == "1"
    assert run_zone()["changed"] is False


def test_a_zone_without_any_tag_is_still_ours(dns: Dns, run_zone: Run) -> None:
    zone_id = run_zone()["zone_id"]
    dns.child.change_tags_for_resource(
        ResourceType="hostedzone", ResourceId=zone_id, RemoveTagKeys=sorted(dns.tags(zone_id))
    )
    assert run_zone()["zone_id"] == zone_id
    assert len(dns.zones()) == 1


def test_a_zone_of_others_is_an_error_until_it_is_named(aws: Sandbox, dns: Dns, run_zone: Run) -> None:
    theirs = dns.add_zone()
    mark = aws.requests.mark()
    with pytest.raises(ConflictError, match=f"set zone_id to {theirs.rpartition('/')[2]}"):
        run_zone()
    used = run_zone(zone_id=theirs, comment="Ours", tags={"Team": "web"})
    assert (used["changed"], used["owned"], f"/hostedzone/{used['zone_id']}") == (False, False, theirs)
    warnings: list[str] = []
    assert run_zone(state="absent", zone_id=theirs, warnings=warnings)["changed"] is False
    assert "left alone" in warnings[0]
    assert run_zone(state="absent")["changed"] is False
    assert aws.requests.writes(mark) == []
    assert [zone["Config"]["Comment"] for zone in dns.zones()] == ["Theirs"]


def test_several_zones_of_others_are_named(dns: Dns, run_zone: Run) -> None:
    ids = [dns.add_zone(reference=reference).rpartition("/")[2] for reference in ("one", "two")]
    with pytest.raises(ConflictError) as raised:
        run_zone()
    assert all(zone_id in str(raised.value) for zone_id in ids)


def test_ours_is_used_beside_one_of_others(dns: Dns, run_zone: Run) -> None:
    ours = run_zone()["zone_id"]
    theirs = dns.add_zone()
    warnings: list[str] = []
    again = run_zone(warnings=warnings)
    assert (again["changed"], again["zone_id"]) == (False, ours)
    assert theirs.rpartition("/")[2] in warnings[0]
    assert run_zone(state="absent")["changed"] is True
    assert [zone["Id"] for zone in dns.zones()] == [theirs]


def test_neighbours_in_the_list_are_not_taken_for_it(dns: Dns, run_zone: Run) -> None:
    """The seed has dev2.example.com, which ListHostedZonesByName returns when asked for dev.example.com."""
    assert run_zone(state="absent")["changed"] is False
    run_zone()
    run_zone(state="absent")
    assert len(dns.zones("dev2.example.com")) == 1


def test_a_lost_answer_makes_no_second_zone(aws: Sandbox, dns: Dns, run_zone: Run) -> None:
    with aws.cut(after=True, operation="CreateHostedZone") as fault:
        result = run_zone()
        assert fault.fired == 1
    (zone,) = dns.zones()
    assert zone["Id"] == f"/hostedzone/{result['zone_id']}"
    assert run_zone()["changed"] is False


@pytest.mark.parametrize("operation", ["GetHostedZone", "ChangeTagsForResource"])
def test_a_new_zone_may_not_be_known_everywhere(aws: Sandbox, dns: Dns, run_zone: Run, operation: str) -> None:
    with aws.fail("NoSuchHostedZone", operation=operation, status=404, count=2) as fault:
        result = run_zone()
        assert fault.fired == 2
    assert dns.tags(result["zone_id"])["Resource"] == "zone/main"


def test_a_run_that_ended_after_the_creation_is_completed(aws: Sandbox, dns: Dns, run_zone: Run) -> None:
    with aws.fail("AccessDenied", operation="ChangeTagsForResource"), pytest.raises(ApplyError, match="AccessDenied"):
        run_zone()
    (zone,) = dns.zones()
    assert dns.tags(zone["Id"].rpartition("/")[2]) == {}
    assert [change["reason"] for change in run_zone()["changes"]] == ["differs in tags"]
    assert len(dns.zones()) == 1


def test_two_zones_of_ours_become_one(dns: Dns, run_zone: Run) -> None:
    """Two runs at once, each of which saw no zone."""
    first = run_zone()["zone_id"]
    (zone,) = dns.zones()
    dns.add_zone(reference=f"{zone['CallerReference'].rpartition('/')[0]}/zzz")
    result = run_zone()
    assert [change["action"] for change in result["changes"]] == ["delete"]
    assert [zone["Id"] for zone in dns.zones()] == [f"/hostedzone/{first}"]
    assert run_zone()["changed"] is False


def test_two_runs_at_once_end_with_one_zone(aws: Sandbox, dns: Dns, run_zone: Run) -> None:
    slow = aws.hold(operation="ListHostedZonesByName", write=False)
    with concurrent.futures.ThreadPoolExecutor() as pool, slow:
        late = pool.submit(run_zone)
        assert slow.wait()
        early = run_zone()
        slow.release()
        assert late.result(timeout=60)["zone_id"] == early["zone_id"]
    assert [zone["Id"] for zone in dns.zones()] == [f"/hostedzone/{early['zone_id']}"]
    assert run_zone()["changed"] is False


def test_absent_is_refused_while_record_sets_are_protected(aws: Sandbox, dns: Dns, run_zone: Run) -> None:
    zone_id = run_zone()["zone_id"]
    protection = {"RecordName": NAME, "RecordType": "NS"}
    dns.child.create_resource_record_set_protections(
        HostedZoneId=zone_id, Protections=[{**protection, "Comment": "ask the DNS team"}]
    )
    mark = aws.requests.mark()
    for check_mode in (True, False):
        with pytest.raises(ConflictError, match=r"NS dev\.example\.com \(ask the DNS team\)\. Have the protections"):
            run_zone(state="absent", check_mode=check_mode)
    assert aws.requests.writes(mark) == []
    assert not run_zone()["changed"]
    assert "ListResourceRecordSetProtections" in {call.operation for call in aws.requests.since(mark)}
    dns.child.delete_resource_record_set_protections(HostedZoneId=zone_id, Protections=[protection])
    mark = aws.requests.mark()
    run_zone()
    assert "ListResourceRecordSetProtections" not in {call.operation for call in aws.requests.since(mark)}
    assert run_zone(state="absent")["changed"]


def test_absent_is_refused_while_the_zone_has_records(aws: Sandbox, dns: Dns, run_zone: Run) -> None:
    zone_id = run_zone()["zone_id"]
    dns.change(dns.child, zone_id, "CREATE", Name=f"www.{NAME}", Type="A", values=["192.0.2.1"])
    mark = aws.requests.mark()
    for check_mode in (False, True):
        with pytest.raises(ConflictError, match=r"A www\.dev\.example\.com"):
            run_zone(state="absent", check_mode=check_mode)
    assert aws.requests.writes(mark) == []
    dns.change(dns.child, zone_id, "DELETE", Name=f"www.{NAME}", Type="A", values=["192.0.2.1"])
    assert run_zone(state="absent")["changed"] is True
    assert dns.zones() == []


def test_destroy_and_deploy_again_works_at_once(dns: Dns, run_zone: Run) -> None:
    first = run_zone()["zone_id"]
    assert run_zone(state="absent")["zone_id"] == first
    assert run_zone(state="absent")["changed"] is False
    assert run_zone()["zone_id"] != first
    assert len(dns.zones()) == 1


def test_all_name_servers_are_waited_for(aws: Sandbox, dns: Dns, run_zone: Run, delegate: Run) -> None:
    mark = aws.requests.mark()
    servers = run_zone(wait=True)["name_servers"]
    assert calls(aws, mark)[-1] == "GetChange"
    mark = aws.requests.mark()
    assert delegate(name_servers=servers, wait=True)["pending"] == []
    polls = [record for record in aws.requests.since(mark) if record.operation == "GetChange"]
    assert {record.account for record in polls} == {"999999999999"}
    dns.change(dns.parent, dns.parent_id, "DELETE", Type="NS", values=[f"{name}." for name in servers])
    assert delegate(name_servers=servers)["pending"] == ["delegation_sync/main"]


# The delegation


def test_the_parent_names_the_childs_own_servers(aws: Sandbox, dns: Dns, run_zone: Run, delegate: Run) -> None:
    zone = run_zone()
    before = dns.parent_records()
    first = delegate(name_servers=zone["name_servers"])
    assert dns.delegation() == set(zone["name_servers"])
    assert (first["changed"], first["delegated"]) == (True, True)
    assert {key: record for key, record in dns.parent_records().items() if key != (f"{NAME}.", "NS")} == before

    mark = aws.requests.mark()
    spelled = [f"{name.upper()}." for name in reversed(zone["name_servers"])]
    assert delegate(name_servers=spelled)["changed"] is False
    assert calls(aws, mark) == ["AssumeRole", "ListHostedZonesByName", "ListResourceRecordSets"]


def test_a_dry_run_before_there_is_a_zone_shows_the_delegation(
    aws: Sandbox, dns: Dns, run_zone: Run, delegate: Run
) -> None:
    servers = run_zone(check_mode=True)["name_servers"]
    mark = aws.requests.mark()
    result = delegate(name_servers=servers, check_mode=True)
    assert [(change["kind"], change["action"]) for change in result["changes"]] == [("delegation", "create")]
    assert aws.requests.writes(mark) == []
    assert dns.delegation() is None


def test_a_delegation_that_drifted_is_repaired(dns: Dns, run_zone: Run, delegate: Run) -> None:
    servers = run_zone()["name_servers"]
    delegate(name_servers=servers)
    dns.change(dns.parent, dns.parent_id, "UPSERT", Type="NS", TTL=900, values=["ns.elsewhere.example."])
    result = delegate(name_servers=servers)
    assert [change["reason"] for change in result["changes"]] == ["differs in name_servers, ttl"]
    assert dns.delegation() == set(servers)
    assert dns.parent_records()[(f"{NAME}.", "NS")]["TTL"] == 300
    assert delegate(name_servers=servers)["changed"] is False


def test_a_delegation_that_was_deleted_is_made_again(dns: Dns, run_zone: Run, delegate: Run) -> None:
    servers = run_zone()["name_servers"]
    delegate(name_servers=servers)
    dns.change(dns.parent, dns.parent_id, "DELETE", Type="NS", values=[f"{name}." for name in servers])
    assert [change["reason"] for change in delegate(name_servers=servers)["changes"]] == ["missing"]


def test_the_answer_to_a_change_may_be_lost(aws: Sandbox, dns: Dns, run_zone: Run, delegate: Run) -> None:
    servers = run_zone()["name_servers"]
    with aws.cut(after=True, operation="ChangeResourceRecordSets") as fault:
        delegate(name_servers=servers)
        assert fault.fired == 1
    assert dns.delegation() == set(servers)


def test_a_busy_parent_is_asked_again(aws: Sandbox, dns: Dns, run_zone: Run, delegate: Run) -> None:
    servers = run_zone()["name_servers"]
    with aws.fail("PriorRequestNotComplete", operation="ChangeResourceRecordSets") as fault:
        delegate(name_servers=servers)
        assert fault.fired == 1
    assert dns.delegation() == set(servers)


def test_records_that_the_delegation_would_hide_are_an_error_until_they_may_be(
    aws: Sandbox, dns: Dns, run_zone: Run, delegate: Run
) -> None:
    servers = run_zone()["name_servers"]
    dns.change(dns.parent, dns.parent_id, "CREATE", Name=f"old.{NAME}", Type="A", values=["192.0.2.1"])
    dns.change(dns.parent, dns.parent_id, "CREATE", Name="xdev.example.com", Type="A", values=["192.0.2.1"])
    mark = aws.requests.mark()
    with pytest.raises(ConflictError, match=f"A old.{NAME}.*replace_records"):
        delegate(name_servers=servers)
    assert aws.requests.writes(mark) == []
    delegate(name_servers=servers, replace_records=True)
    # They are hidden now, so there is nothing more to refuse.
    warnings: list[str] = []
    delegate(name_servers=servers, warnings=warnings)
    (warning,) = warnings
    assert f"A old.{NAME}." in warning
    assert "xdev" not in warning
    assert (f"old.{NAME}.", "A") in dns.parent_records()


def test_a_cname_in_the_way_is_a_conflict(aws: Sandbox, dns: Dns, run_zone: Run, delegate: Run) -> None:
    servers = run_zone()["name_servers"]
    dns.change(dns.parent, dns.parent_id, "CREATE", Type="CNAME", values=["www.example.net"])
    mark = aws.requests.mark()
    with pytest.raises(ConflictError, match="CNAME"):
        delegate(name_servers=servers)
    assert aws.requests.writes(mark) == []


def test_two_public_parents_have_to_be_told_apart(dns: Dns, run_zone: Run, delegate: Run) -> None:
    servers = run_zone()["name_servers"]
    right = dns.parent_id.rpartition("/")[2]
    dns.parent.create_hosted_zone(Name="example.com", CallerReference="second")
    with pytest.raises(ConflictError, match="Set parent_zone_id"):
        delegate(name_servers=servers)
    assert delegate(name_servers=servers, parent_zone_id=right, check_mode=True)["parent_zone_id"] == right


def test_a_missing_parent_says_where_it_was_looked_for(run_zone: Run, delegate: Run) -> None:
    servers = run_zone(name="dev.example.org")["name_servers"]
    with pytest.raises(ConflictError, match=f"{ROLE_ARN} has no public zone example.org"):
        delegate(zone="dev.example.org", parent_zone="example.org", name_servers=servers)


def test_absent_removes_its_own_record_and_no_other(dns: Dns, run_zone: Run, delegate: Run) -> None:
    before = dns.parent_records()
    delegate(name_servers=run_zone()["name_servers"], ttl=172800)
    result = delegate(state="absent")
    assert (result["changed"], result["delegated"]) == (True, False)
    assert dns.parent_records() == before
    assert delegate(state="absent")["changed"] is False


def test_a_record_that_others_spelled_is_removed_as_it_is(dns: Dns, run_zone: Run, delegate: Run) -> None:
    servers = run_zone()["name_servers"]
    dns.change(dns.parent, dns.parent_id, "CREATE", Type="NS", TTL=900, values=[name.upper() for name in servers])
    assert delegate(name_servers=servers, ttl=900)["changed"] is False
    assert delegate(state="absent")["changed"] is True
    assert dns.delegation() is None


def test_absent_leaves_a_record_that_points_elsewhere(aws: Sandbox, dns: Dns, run_zone: Run, delegate: Run) -> None:
    run_zone()
    dns.change(dns.parent, dns.parent_id, "CREATE", Type="NS", values=["ns.elsewhere.example."])
    mark = aws.requests.mark()
    warnings: list[str] = []
    result = delegate(state="absent", warnings=warnings)
    assert (result["changed"], result["delegated"]) == (False, True)
    assert "ns.elsewhere.example" in warnings[0]
    assert aws.requests.writes(mark) == []


def test_absent_takes_a_record_of_a_zone_that_is_gone_when_told_so(dns: Dns, run_zone: Run, delegate: Run) -> None:
    servers = run_zone()["name_servers"]
    delegate(name_servers=servers)
    run_zone(state="absent")
    assert delegate(state="absent")["changed"] is False
    assert delegate(state="absent", name_servers=servers)["changed"] is True
    assert dns.delegation() is None


def test_a_ds_record_goes_with_the_delegation(dns: Dns, run_zone: Run, delegate: Run) -> None:
    delegate(name_servers=run_zone()["name_servers"])
    dns.change(dns.parent, dns.parent_id, "CREATE", Type="DS", values=["1 13 2 " + "ab" * 32])
    delegate(state="absent")
    assert {key for key in dns.parent_records() if key[0] == f"{NAME}."} == set()


def test_the_credentials_may_be_those_of_the_parents_account(dns: Dns, run_zone: Run, delegate: Run) -> None:
    servers = run_zone()["name_servers"]
    assert delegate(account="management", role_arn=None, external_id=None, name_servers=servers)["delegated"] is True
    assert dns.delegation() == set(servers)


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal is taken for what it is at once."""
    monkeypatch.setattr(delegation_calls, "_YOUNG_ROLE_SECONDS", 0.0)


def test_a_role_that_was_just_made_may_not_be_known_everywhere(aws: Sandbox, run_zone: Run, delegate: Run) -> None:
    servers = run_zone()["name_servers"]
    with aws.fail("AccessDenied", operation="AssumeRole", status=403, count=2) as fault:
        assert delegate(name_servers=servers)["delegated"] is True
        assert fault.fired == 2


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("external_id", ["everlook-failover-dev", None])
def test_a_role_that_may_not_be_assumed_says_what_it_needs(
    aws: Sandbox, delegate: Run, external_id: str | None
) -> None:
    with aws.fail("AccessDenied", operation="AssumeRole", status=403, count=100), pytest.raises(AwsError) as raised:
        delegate(name_servers=["ns-1.awsdns-01.com"], external_id=external_id)
    message = str(raised.value)
    for part in (
        "AssumeRole in us-east-1: AccessDenied",
        f"arn:aws:iam::111111111111:user/deployer may not assume {ROLE_ARN}",
        "dns_delegation_role_arn",
        "dns_delegation_external_id",
        "arn:aws:iam::111111111111:root",
        f'"sts:ExternalId": "{external_id}"' if external_id else "external_id must be set",
        "bootstrap.yml",
    ):
        assert part in message


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("external_id", ["everlook-failover-prod", None])
def test_the_role_asks_for_the_external_id(dns: Dns, delegate: Run, external_id: str | None) -> None:
    with pytest.raises(AwsError, match="AccessDenied"):
        delegate(name_servers=["ns-1.awsdns-01.com"], external_id=external_id)
    assert dns.delegation() is None


@pytest.mark.parametrize(
    "record",
    [
        {"Name": "staging.example.com", "Type": "NS", "values": ["ns-1.awsdns-01.com."]},
        {"Name": f"x.{NAME}", "Type": "NS", "values": ["ns-1.awsdns-01.com."]},
        {"Name": NAME, "Type": "A", "values": ["192.0.2.1"]},
        {"Name": "example.com", "Type": "TXT", "values": ['"mine"']},
    ],
    ids=lambda record: f"{record['Type']} {record['Name']}",
)
def test_the_role_may_write_the_delegation_of_its_environment_and_nothing_else(
    aws: Sandbox, dns: Dns, record: dict[str, t.Any]
) -> None:
    """Asked of AWS's API with the role's credentials: the policy holds whatever the collection does."""
    session = aws.client("sts").assume_role(
        RoleArn=ROLE_ARN, RoleSessionName="test", ExternalId="everlook-failover-dev"
    )["Credentials"]
    client = boto3.client(
        "route53",
        endpoint_url=aws.url,
        region_name="us-east-1",
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )
    before = dns.parent_records()
    with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
        dns.change(client, dns.parent_id, "UPSERT", **record)
    assert dns.parent_records() == before
    dns.change(client, dns.parent_id, "UPSERT", Name=NAME, Type="NS", values=["ns-1.awsdns-01.com."])
    assert dns.delegation() == {"ns-1.awsdns-01.com"}


def test_a_zone_that_another_run_deletes_meanwhile_is_gone(aws: Sandbox, run_zone: Run) -> None:
    """Between the list of zones and the look at this one."""
    run_zone()
    with aws.fail("NoSuchHostedZone", operation="GetHostedZone", count=1, status=404):
        assert run_zone(state="absent")["changed"] is False
    with (
        aws.fail("NoSuchHostedZone", operation="GetHostedZone", count=1, status=404),
        pytest.raises(AwsError, match="NoSuchHostedZone"),
    ):
        run_zone()
