# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""bootstrap.yml in a management account of the local AWS, with what it made used from an environment."""

from __future__ import annotations

import json
import re
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import AwsError
from ansible_collections.everlook.failover.plugins.module_utils._resources.role_policy import canonical
from ansible_collections.everlook.failover.plugins.module_utils._route53_zone_delegation.layer import (
    LAYER as DELEGATION,
)
from ansible_collections.everlook.failover.plugins.module_utils._route53_zone_delegation.resources import (
    name_server_record_calls as delegation_calls,
)
from sandbox import Sandbox
from tests.integration.conftest import RunJob

from .conftest import ROOT, Outcome, Playbooks

pytestmark = pytest.mark.once

SERVERS = ["ns-1.awsdns-01.com", "ns-2.awsdns-02.org"]
DEV = {
    "name": "dev",
    "account_id": "111111111111",
    "domain": "dev.example.com",
    "external_id": "everlook-failover-dev",
}


class Bootstrap(t.Protocol):
    """Runs bootstrap.yml with these variables."""

    def __call__(self, *arguments: str, account: str = "management", **variables: t.Any) -> Outcome: ...


@pytest.fixture
def bootstrap(playbooks: Playbooks) -> Bootstrap:
    def run(*arguments: str, account: str = "management", **variables: t.Any) -> Outcome:
        return playbooks.run(
            "bootstrap",
            *("-e", json.dumps(variables)),
            *arguments,
            inventory=ROOT / "inventories" / "management",
            account=account,
        )

    return run


def changed(outcome: Outcome) -> int:
    """How many tasks changed something."""
    return sum(outcome.changed.values())


def test_what_the_sandbox_is_seeded_with_is_right_already(aws: Sandbox, bootstrap: Bootstrap) -> None:
    mark = aws.requests.mark()
    run = bootstrap()
    assert (run.rc, changed(run)) == (0, 0), run.text
    assert "WARNING" not in run.text
    assert aws.requests.writes(mark) == []


@pytest.mark.parametrize("page", ["docs/bootstrap.md", "README.md"])
def test_the_documentation_shows_what_is_made(aws: Sandbox, page: str) -> None:
    iam = aws.client("iam", account="management")
    role = "dns-delegation-dev"
    trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    policy = iam.get_role_policy(RoleName=role, PolicyName="dns-delegation")["PolicyDocument"]
    shown = re.findall(r"```json\n(.*?)```", (ROOT / page).read_text(), flags=re.DOTALL)
    zone_id = policy["Statement"][0]["Resource"].rpartition("/")[2]
    documents = [json.loads(block.replace("Z0123456789ABCDEFGHIJ", zone_id)) for block in shown]
    assert trust in documents
    assert policy in documents


def test_an_empty_management_account(
    aws: Sandbox, bootstrap: Bootstrap, run_job: RunJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the published policy and no other right."""
    monkeypatch.setattr(delegation_calls, "_YOUNG_ROLE_SECONDS", 0.0)
    aws.reset(seed=False)
    aws.restrict("management", json.loads((ROOT / "docs" / "iam" / "bootstrap.json").read_text()))
    entry = {**DEV, "external_id": "secret-of-dev"}
    variables: dict[str, t.Any] = {"management_environments": [entry], "management_create_zone": True}
    mark = aws.requests.mark()
    dry = bootstrap("--check", "--diff", **variables)
    assert (dry.rc, changed(dry)) == (0, 2), dry.text
    assert "(known after apply: us-east-1/zone/main)" in dry.text
    assert "sts:ExternalId: - secret-of-dev" in dry.flat().replace("+ ", "")
    assert aws.requests.writes(mark) == []

    first = bootstrap(**variables)
    assert (first.rc, changed(first)) == (0, 2), first.text
    mark = aws.requests.mark()
    second = bootstrap(**variables)
    assert (second.rc, changed(second)) == (0, 0), second.text
    assert aws.requests.writes(mark) == []

    def delegate(**params: t.Any) -> dict[str, t.Any]:
        role = "arn:aws:iam::999999999999:role/dns-delegation-dev"
        given = {"external_id": "secret-of-dev", "zone": "dev.example.com", "wait": False, **params}
        return run_job(DELEGATION.job, role_arn=role, parent_zone="example.com", name_servers=SERVERS, **given)

    assert delegate()["delegated"] is True
    with pytest.raises(AwsError, match="AccessDenied"):
        delegate(external_id="secret-of-prod")
    with pytest.raises(AwsError, match="AccessDenied"):
        delegate(account="prod")


def test_the_roles_policies_are_repaired_and_nothing_is_added_to_them(aws: Sandbox, bootstrap: Bootstrap) -> None:
    iam = aws.client("iam", account="management")
    role = "dns-delegation-dev"
    before = iam.get_role_policy(RoleName=role, PolicyName="dns-delegation")["PolicyDocument"]
    trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    wide = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_role_policy(RoleName=role, PolicyName="dns-delegation", PolicyDocument=json.dumps(wide))
    everyone = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}],
    }
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(everyone))

    run = bootstrap(management_environments=[DEV])
    assert (run.rc, changed(run)) == (0, 1), run.text
    assert "~ iam_role/dev (differs in policy dns-delegation, trust_policy)" in run.text
    policy = iam.get_role_policy(RoleName=role, PolicyName="dns-delegation")["PolicyDocument"]
    assert canonical(policy) == canonical(before)
    assert canonical(iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]) == canonical(trust)


def test_a_role_of_an_environment_off_the_list_is_told_and_goes_on_consent(aws: Sandbox, bootstrap: Bootstrap) -> None:
    iam = aws.client("iam", account="management")
    # One of others: its name alone is no proof.
    iam.create_role(RoleName="dns-delegation-theirs", AssumeRolePolicyDocument="{}")
    mark = aws.requests.mark()
    told = bootstrap(management_environments=[DEV])
    assert (told.rc, changed(told)) == (0, 0), told.text
    assert "its role dns-delegation-prod still exists" in told.flat()
    assert "-e remove=staging" in told.text
    assert "theirs" not in told.text
    assert aws.requests.writes(mark) == []

    for wrong in ("dev", "theirs", "stging"):
        refused = bootstrap(management_environments=[DEV], remove=f"prod,{wrong}")
        assert refused.rc != 0
        assert wrong in refused.text
    assert aws.requests.writes(mark) == []

    dry = bootstrap("--check", "--diff", management_environments=[DEV], remove="staging")
    assert "- iam_role/staging (its environment is not in the inventory)" in dry.text
    assert aws.requests.writes(mark) == []
    gone = bootstrap(management_environments=[DEV], remove="staging")
    assert (gone.rc, changed(gone)) == (0, 1), gone.text
    names = {role["RoleName"] for role in iam.list_roles()["Roles"]}
    assert names & {f"dns-delegation-{name}" for name in ("dev", "prod", "staging", "theirs")} == {
        "dns-delegation-dev",
        "dns-delegation-prod",
        "dns-delegation-theirs",
    }


def test_a_role_of_others_is_not_touched(aws: Sandbox, bootstrap: Bootstrap) -> None:
    iam = aws.client("iam", account="management")
    iam.untag_role(RoleName="dns-delegation-dev", TagKeys=["ManagedBy"])
    mark = aws.requests.mark()
    run = bootstrap(management_environments=[DEV])
    assert run.rc != 0
    assert "management_adopt_roles" in run.text
    assert aws.requests.writes(mark) == []


@pytest.mark.parametrize(
    ("account", "variables", "told"),
    [
        ("dev", {}, "management_account_id is 999999999999"),
        (
            "management",
            {"management_domain": "example.org", "management_environments": []},
            "no public zone example.org",
        ),
        ("management", {"management_domain": "example.org"}, "a domain below example.org"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_changed(
    aws: Sandbox, bootstrap: Bootstrap, account: str, variables: dict[str, t.Any], told: str
) -> None:
    mark = aws.requests.mark()
    run = bootstrap(account=account, **variables)
    assert run.rc != 0
    assert told in run.flat()
    assert aws.requests.writes(mark) == []
