# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import json
import threading
import typing as t

import hypothesis
import hypothesis.strategies as st
import pytest
from botocore.exceptions import ClientError

from ansible_collections.everlook.failover.plugins.module_utils._aws.owner import Owner
from ansible_collections.everlook.failover.plugins.module_utils._engine.context import Context
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError
from ansible_collections.everlook.failover.plugins.module_utils._engine.known import Known
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Action, Change
from ansible_collections.everlook.failover.plugins.module_utils._engine.resource import handlers_of
from ansible_collections.everlook.failover.plugins.module_utils._resources.role import (
    Role,
    RoleSpec,
    Settings,
    plan_role,
    plan_role_deletion,
    wanted,
)
from ansible_collections.everlook.failover.plugins.module_utils._resources.role_calls import (
    CALLS,
    TRIM_CALLS,
    find_role,
)
from ansible_collections.everlook.failover.plugins.module_utils._resources.role_policy import (
    ACCOUNT,
    account_of,
    allow,
    canonical,
    partition_of,
    policy,
    service_trust,
    widened,
    with_account,
)

OWNER = Owner(stack="hello", environment="dev", component="api")
NUMBER = "111111111111"
MANAGED = "arn:aws:iam::aws:policy/ReadOnlyAccess"
SPEC = RoleSpec(
    owner=OWNER,
    name="task",
    role_name="hello-dev-us-east-1-task",
    description="What the tasks may do",
    trust=service_trust("ecs-tasks.amazonaws.com", {"StringEquals": {"aws:SourceAccount": ACCOUNT}}),
    policies={"task": policy(allow(["s3:GetObject"], ["arn:aws:s3:::a/*"]))},
)


def role_of(spec: RoleSpec, **changes: t.Any) -> Role:
    """The role as IAM answers it once the spec has been applied."""
    tags = changes.pop("tags", spec.tags)
    settings = dataclasses.replace(wanted(spec, NUMBER), **changes)
    arn = f"arn:aws:iam::{NUMBER}:role/{spec.role_name}"
    return Role(role_name=spec.role_name, arn=arn, settings=settings, tags=tags)


def only(changes: tuple[Change, ...]) -> Change:
    [change] = changes
    return change


actions = st.lists(st.sampled_from(["s3:GetObject", "s3:PutObject", "ssm:GetParameters"]), min_size=1, max_size=3)
resources = st.lists(st.sampled_from(["*", "arn:aws:s3:::a", "arn:aws:s3:::b"]), min_size=1, max_size=2)
statements = st.builds(
    lambda some, on, single: {
        "Effect": "Allow",
        "Action": some[0] if single else some,
        "Resource": on[0] if single else on,
    },
    actions,
    resources,
    st.booleans(),
)
documents = st.builds(lambda items: {"Version": "2012-10-17", "Statement": items}, st.lists(statements, max_size=4))


@hypothesis.given(documents, st.randoms())
def test_order_and_single_strings_mean_nothing(document: dict[str, t.Any], random: t.Any) -> None:
    shuffled = json.loads(json.dumps(document))
    random.shuffle(shuffled["Statement"])
    for statement in shuffled["Statement"]:
        if isinstance(statement["Action"], list):
            random.shuffle(statement["Action"])
    assert canonical(shuffled) == canonical(document)
    assert canonical(canonical(document)) == canonical(document)


def test_what_iam_takes_for_the_same_is_the_same() -> None:
    one = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "a"}, "Action": "x:y"}}
    other = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": ["a"]}, "Action": ["x:y"]}],
    }
    assert canonical(one) == canonical(other)
    condition = {"Bool": {"aws:SecureTransport": "true"}}
    assert canonical(policy({"Condition": condition})) == canonical(
        policy({"Condition": {"Bool": {"aws:SecureTransport": [True]}}})
    )


@hypothesis.given(documents, documents)
def test_a_widened_policy_allows_what_either_does_and_no_more(
    before: dict[str, t.Any], after: dict[str, t.Any]
) -> None:
    both = [json.dumps(item, sort_keys=True) for item in widened(before, after)["Statement"]]
    either = {
        json.dumps(item, sort_keys=True) for document in (before, after) for item in canonical(document)["Statement"]
    }
    assert set(both) == either
    assert widened(before, before) == canonical(before)


def test_accounts_and_partitions() -> None:
    assert account_of("arn:aws:iam::123456789012:role/x:y") == "123456789012"
    assert account_of("nonsense") == ""
    assert [partition_of(region) for region in ("us-east-1", "cn-north-1", "us-gov-west-1")] == [
        "aws",
        "aws-cn",
        "aws-us-gov",
    ]
    assert with_account({"Resource": [f"arn:aws:logs:x:{ACCOUNT}:y"]}, "1") == {"Resource": ["arn:aws:logs:x:1:y"]}


def test_a_role_as_it_should_be_is_left_alone() -> None:
    assert plan_role(SPEC, role_of(SPEC)) == ()
    assert plan_role(SPEC, role_of(SPEC), trim_after=("rollout/main",)) == ()


def test_a_missing_role_is_made() -> None:
    change = only(plan_role(SPEC, None))
    assert (change.address, change.action, change.reason) == ("iam_role/task", Action.CREATE, "missing")
    assert ACCOUNT not in json.dumps(change.after)


DRIFT: list[tuple[dict[str, t.Any], str]] = [
    ({"description": "x"}, "differs in description"),
    ({"session_seconds": 7200}, "differs in max_session_duration"),
    ({"trust": service_trust("ec2.amazonaws.com")}, "differs in trust_policy"),
    ({"boundary": MANAGED}, "differs in permissions_boundary"),
    ({"attached": frozenset({MANAGED})}, "differs in attached_policies"),
    ({"policies": {}}, "differs in policy task"),
    ({"policies": {"task": policy(allow(["*"], ["*"]))}}, "differs in policy task"),
    (
        {"policies": {**role_of(SPEC).settings.policies, "more": policy(allow(["*"], ["*"]))}},
        "differs in policy more",
    ),
    ({"tags": {**SPEC.tags, "Name": "x"}}, "differs in tag Name"),
]


@pytest.mark.parametrize(("changes", "reason"), DRIFT, ids=[reason for _changes, reason in DRIFT])
def test_drift_is_named(changes: dict[str, t.Any], reason: str) -> None:
    change = only(plan_role(SPEC, role_of(SPEC, **changes)))
    assert (change.address, change.action, change.reason) == ("iam_role/task", Action.UPDATE, reason)


@pytest.mark.parametrize(("changes", "reason"), DRIFT, ids=[reason for _changes, reason in DRIFT])
def test_widening_and_trimming_end_where_a_plain_update_ends(changes: dict[str, t.Any], reason: str) -> None:
    observed = role_of(SPEC, **changes)
    steps = plan_role(SPEC, observed, trim_after=("rollout/main",))
    assert steps
    assert reason
    current = observed.settings
    for step in steps:
        assert step.data.current == current
        current = step.data.target
    assert current == wanted(SPEC, NUMBER)
    for step in steps:
        if step.kind == "iam_role_trim":
            assert {"rollout/main", "iam_role/task"} <= step.needs


def test_nothing_is_taken_away_before_the_rollout() -> None:
    former = policy(allow(["s3:PutObject"], ["arn:aws:s3:::former/*"]))
    observed = role_of(SPEC, policies={"task": former, "more": former}, attached=frozenset({MANAGED}))
    first, second = plan_role(SPEC, observed, trim_after=("rollout/main",))
    assert (first.address, second.address) == ("iam_role/task", "iam_role_trim/task")
    assert first.data.target.attached == {MANAGED}
    assert first.data.target.policies.keys() == {"task", "more"}
    allowed = first.data.target.policies["task"]["Statement"]
    assert {action for statement in allowed for action in statement["Action"]} == {"s3:GetObject", "s3:PutObject"}
    assert second.reason == "the former tasks no longer need all of attached_policies, policy more, policy task"


def test_what_is_not_ours_is_a_conflict() -> None:
    with pytest.raises(ConflictError, match="hello-dev-us-east-1-task"):
        plan_role(SPEC, role_of(SPEC, tags={"Stack": "hello"}))


class FakeIam:
    """IAM's part that roles need, with its errors."""

    region = "us-east-1"

    def __init__(self, *roles: Role) -> None:
        self.roles = {role.role_name: role for role in roles}
        self.calls: list[str] = []
        self.refusals: list[str] = []

    def get(self, _service: str, **_options: t.Any) -> t.Any:
        return self

    def _role(self, name: str) -> Role:
        if name not in self.roles:
            raise refusal("NoSuchEntity")
        return self.roles[name]

    def _put(self, call: str, name: str, **changes: t.Any) -> None:
        self.calls.append(call)
        role = self._role(name)
        tags = changes.pop("tags", role.tags)
        settings = dataclasses.replace(role.settings, **changes)
        self.roles[name] = dataclasses.replace(role, settings=settings, tags=tags)

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": NUMBER}

    def get_paginator(self, operation: str) -> t.Any:
        fake = self

        class Paginator:
            def paginate(self, **request: str) -> list[t.Any]:
                role = fake._role(request["RoleName"])
                if operation == "list_role_policies":
                    return [{"PolicyNames": sorted(role.settings.policies)}]
                return [{"AttachedPolicies": [{"PolicyArn": arn} for arn in sorted(role.settings.attached)]}]

        return Paginator()

    def get_role(self, *, RoleName: str) -> dict[str, t.Any]:  # noqa: N803
        role = self._role(RoleName)
        found: dict[str, t.Any] = {
            "Arn": role.arn,
            "Description": role.settings.description,
            "AssumeRolePolicyDocument": role.settings.trust,
            "MaxSessionDuration": role.settings.session_seconds,
            "Tags": [{"Key": key, "Value": value} for key, value in role.tags.items()],
        }
        if role.settings.boundary:
            found["PermissionsBoundary"] = {"PermissionsBoundaryArn": role.settings.boundary}
        return {"Role": found}

    def get_role_policy(self, *, RoleName: str, PolicyName: str) -> dict[str, t.Any]:  # noqa: N803
        return {"PolicyDocument": self._role(RoleName).settings.policies[PolicyName]}

    def create_role(self, **request: t.Any) -> dict[str, t.Any]:
        name = request["RoleName"]
        if self.refusals:
            raise refusal(self.refusals.pop(0))
        if name in self.roles:
            raise refusal("EntityAlreadyExists")
        self.calls.append("create_role")
        self.roles[name] = Role(
            role_name=name,
            arn=f"arn:aws:iam::{NUMBER}:role/{name}",
            settings=Settings(
                description=request["Description"],
                trust=json.loads(request["AssumeRolePolicyDocument"]),
                policies={},
                attached=frozenset(),
                boundary=request.get("PermissionsBoundary"),
                session_seconds=request["MaxSessionDuration"],
            ),
            tags={tag["Key"]: tag["Value"] for tag in request["Tags"]},
        )
        return {"Role": {"Arn": self.roles[name].arn}}

    def put_role_policy(self, *, RoleName: str, PolicyName: str, PolicyDocument: str) -> None:  # noqa: N803
        policies = {**self._role(RoleName).settings.policies, PolicyName: json.loads(PolicyDocument)}
        self._put("put_role_policy", RoleName, policies=policies)

    def delete_role_policy(self, *, RoleName: str, PolicyName: str) -> None:  # noqa: N803
        policies = {name: item for name, item in self._role(RoleName).settings.policies.items() if name != PolicyName}
        self._put("delete_role_policy", RoleName, policies=policies)

    def attach_role_policy(self, *, RoleName: str, PolicyArn: str) -> None:  # noqa: N803
        self._put("attach_role_policy", RoleName, attached=self._role(RoleName).settings.attached | {PolicyArn})

    def detach_role_policy(self, *, RoleName: str, PolicyArn: str) -> None:  # noqa: N803
        self._put("detach_role_policy", RoleName, attached=self._role(RoleName).settings.attached - {PolicyArn})

    def update_assume_role_policy(self, *, RoleName: str, PolicyDocument: str) -> None:  # noqa: N803
        self._put("update_assume_role_policy", RoleName, trust=json.loads(PolicyDocument))

    def update_role(self, *, RoleName: str, Description: str, MaxSessionDuration: int) -> None:  # noqa: N803
        self._put("update_role", RoleName, description=Description, session_seconds=MaxSessionDuration)

    def put_role_permissions_boundary(self, *, RoleName: str, PermissionsBoundary: str) -> None:  # noqa: N803
        self._put("put_role_permissions_boundary", RoleName, boundary=PermissionsBoundary)

    def delete_role_permissions_boundary(self, *, RoleName: str) -> None:  # noqa: N803
        self._put("delete_role_permissions_boundary", RoleName, boundary=None)

    def tag_role(self, *, RoleName: str, Tags: list[dict[str, str]]) -> None:  # noqa: N803
        tags = {**self._role(RoleName).tags, **{tag["Key"]: tag["Value"] for tag in Tags}}
        self._put("tag_role", RoleName, tags=tags)

    def delete_role(self, *, RoleName: str) -> None:  # noqa: N803
        role = self._role(RoleName)
        if role.settings.policies or role.settings.attached:
            raise refusal("DeleteConflict")
        self.calls.append("delete_role")
        del self.roles[RoleName]


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "Call")


def run(fake: FakeIam, changes: tuple[Change, ...]) -> Known:
    ctx = Context(
        params={},
        check_mode=False,
        clients=t.cast("t.Any", fake),
        warn=lambda _text: None,
        progress=lambda _text: None,
        stop=threading.Event(),
    )
    known = Known("us-east-1")
    for change in changes:
        handlers_of([CALLS, TRIM_CALLS]).changes[(change.kind, change.action)](ctx, change, known)
    return known


def found_in(fake: FakeIam) -> Role | None:
    return find_role(t.cast("t.Any", fake_context(fake)), SPEC.role_name)


def fake_context(fake: FakeIam) -> t.Any:
    class Ctx:
        def client(self, _service: str) -> FakeIam:
            return fake

    return Ctx()


FULL = dataclasses.replace(SPEC, attached=frozenset({MANAGED}), boundary="arn:aws:iam::aws:policy/Boundary")


def test_a_created_role_is_as_planned() -> None:
    fake = FakeIam()
    known = run(fake, plan_role(FULL, None))
    assert known.get("iam_role/task", "arn") == role_of(FULL).arn
    assert plan_role(FULL, found_in(fake)) == ()


@pytest.mark.parametrize("before", [SPEC, FULL], ids=["plain", "full"])
@pytest.mark.parametrize("after", [SPEC, FULL], ids=["plain", "full"])
@pytest.mark.parametrize(("changes", "reason"), DRIFT, ids=[reason for _changes, reason in DRIFT])
def test_every_drift_is_repaired(before: RoleSpec, after: RoleSpec, changes: dict[str, t.Any], reason: str) -> None:
    fake = FakeIam(role_of(before, **changes))
    assert reason
    for trim_after in ((), ("rollout/main",)):
        run(fake, plan_role(after, found_in(fake), trim_after=trim_after))
        assert plan_role(after, found_in(fake)) == ()


def test_a_role_made_by_an_attempt_whose_answer_was_lost_is_completed() -> None:
    creation = plan_role(FULL, None)
    fake = FakeIam(role_of(FULL, policies={}, attached=frozenset()))
    run(fake, creation)
    assert "create_role" not in fake.calls
    assert plan_role(FULL, found_in(fake)) == ()


@pytest.mark.parametrize("code", ["EntityAlreadyExists", "ConcurrentModification", "EntityTemporarilyUnmodifiable"])
def test_a_role_can_be_made_again_while_iam_still_deletes_the_last_one(code: str) -> None:
    fake = FakeIam()
    fake.refusals = [code, code]
    run(fake, plan_role(FULL, None))
    assert plan_role(FULL, found_in(fake)) == ()


def test_a_role_of_others_that_appeared_meanwhile_is_not_touched() -> None:
    fake = FakeIam(role_of(FULL, tags={}))
    with pytest.raises(ConflictError):
        run(fake, plan_role(FULL, None))
    assert fake.calls == []


def test_a_role_is_deleted_after_its_policies_whatever_they_are_by_then() -> None:
    observed = role_of(FULL)
    fake = FakeIam(role_of(FULL, policies={**observed.settings.policies, "more": policy()}))
    run(fake, (plan_role_deletion("task", observed),))
    assert fake.roles == {}
    run(fake, (plan_role_deletion("task", observed),))
