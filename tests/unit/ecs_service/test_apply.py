# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import datetime as dt
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.layer import LAYER, outputs
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources import service_calls
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.snapshot import Snapshot
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.spec import Spec
from ansible_collections.everlook.failover.plugins.module_utils._engine.changes import delete
from ansible_collections.everlook.failover.plugins.module_utils._engine.context import Context
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import AwsError, ConflictError
from ansible_collections.everlook.failover.plugins.module_utils._engine.known import Known
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Change
from ansible_collections.everlook.failover.plugins.module_utils._engine.unknown import is_unknown
from tests.unit.ecs_service.script import REGION, Script, context, error, no_sleep
from tests.unit.ecs_service.support import (
    ACCOUNT,
    LISTENER,
    NAME,
    RULE,
    answered,
    applied,
    as_seen_for_deletion,
    container,
    definition_of,
    role_arn,
    spec_of,
)

CREATED = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
SERVICE = {"serviceArn": "service", "createdAt": CREATED, "desiredCount": 2, "runningCount": 0, "pendingCount": 2}
LINKED_ROLE = error("InvalidParameterException", "Unable to assume the service linked role. Please verify that")


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Context, "sleep", no_sleep)


def known_roles() -> Known:
    known = Known(REGION)
    for kind in ("execution", "task"):
        known.put(f"iam_role/{kind}", arn=role_arn(f"hello-dev-web-{REGION}-{kind}"))
    known.put("task_definition/main", id="definition")
    known.put("security_group/service", id="sg-0new")
    known.put("target_group/main", id="group")
    return known


def change_for(address: str, spec: Spec, snapshot: Snapshot | None = None) -> Change:
    return next(item for item in plan(spec, snapshot or Snapshot()).changes if item.address == address)


def carry_out(script: Script, change: Change, known: Known | None = None) -> Known:
    known = known or known_roles()
    LAYER.handlers.changes[(change.kind, change.action)](context(script), change, known)
    return known


def tags_of(address: str) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in spec_of().owner.tags(address).items()]


def test_the_service_is_created_with_what_this_run_has_made() -> None:
    script = Script(create_service={"service": SERVICE})
    known = carry_out(script, change_for("service/main", spec_of()))
    [request] = script.of("create_service")
    network = request["networkConfiguration"]["awsvpcConfiguration"]
    assert request["taskDefinition"] == "definition"
    assert network["securityGroups"] == ["sg-0new"]
    assert network["assignPublicIp"] == "DISABLED"
    assert request["launchType"] == "FARGATE"
    assert request["desiredCount"] == 2
    assert request["tags"] == tags_of("service/main")
    assert len(request["clientToken"]) <= 36
    assert not is_unknown(request)
    assert known.get("rollout/main", "since") == CREATED.isoformat()


def test_a_new_service_whose_time_is_left_out_is_as_old_as_its_call_at_most() -> None:
    """CreateService promises no createdAt. A rollout from before belongs to a former service of the same name."""
    script = Script(create_service={"service": {key: value for key, value in SERVICE.items() if key != "createdAt"}})
    since = carry_out(script, change_for("service/main", spec_of())).get("rollout/main", "since")
    age = dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(str(since))
    assert dt.timedelta(minutes=5) <= age < dt.timedelta(minutes=6)


def test_the_service_linked_role_of_a_new_account_is_made() -> None:
    script = Script(create_service=(LINKED_ROLE, {"service": SERVICE}), create_service_linked_role={})
    carry_out(script, change_for("service/main", spec_of()))
    assert script.names == ["create_service", "create_service_linked_role", "create_service"]
    assert script.of("create_service_linked_role") == [{"AWSServiceName": "ecs.amazonaws.com"}]
    # One token for both: the first may have been carried out.
    assert len({request["clientToken"] for request in script.of("create_service")}) == 1


def test_a_linked_role_that_is_there_but_not_known_everywhere_is_waited_for() -> None:
    script = Script(
        create_service=(LINKED_ROLE, LINKED_ROLE, {"service": SERVICE}),
        create_service_linked_role=error("InvalidInput", "has been taken in this account"),
    )
    carry_out(script, change_for("service/main", spec_of()))
    assert len(script.of("create_service")) == 3


@pytest.mark.parametrize(
    "refusal",
    [
        error("InvalidParameterException", "The target group does not have an associated load balancer."),
        error("InvalidParameterException", "Error retrieving security group information for [sg-0new]"),
        error("InvalidParameterException", "Unable to Start a service that is still Draining."),
        error("ClientException", "ECS was unable to assume the role that was provided for this task."),
        error("ClusterNotFoundException", "Cluster not found."),
    ],
    ids=str,
)
def test_what_was_just_made_may_not_be_known_everywhere(refusal: Exception) -> None:
    script = Script(create_service=(refusal, {"service": SERVICE}))
    carry_out(script, change_for("service/main", spec_of()))
    assert len(script.of("create_service")) == 2


def test_other_refusals_are_not_tried_again() -> None:
    script = Script(create_service=error("InvalidParameterException", "TaskDefinition is inactive"))
    with pytest.raises(Exception, match="TaskDefinition is inactive"):
        carry_out(script, change_for("service/main", spec_of()))
    assert len(script.of("create_service")) == 1


@pytest.mark.parametrize("ours", [True, False])
def test_a_service_that_another_run_made_meanwhile_is_gone_on_with_if_it_is_ours(ours: bool) -> None:
    found = {**SERVICE, "serviceName": NAME, "status": "ACTIVE", "tags": tags_of("service/main") if ours else []}
    script = Script(
        create_service=error("InvalidParameterException", "Creation of service was not idempotent."),
        describe_services={"services": [found]},
    )
    change = change_for("service/main", spec_of())
    if ours:
        assert carry_out(script, change).get("service/main") == "service"
    else:
        with pytest.raises(ConflictError, match="belongs to someone else"):
            carry_out(script, change)


def test_an_update_sends_what_differs_alone_and_notes_the_former_deployments() -> None:
    before, after = spec_of(), spec_of(containers=[container(image="nginx:2")])
    listed = {"serviceDeployments": [{"serviceDeploymentArn": "former", "createdAt": CREATED}]}
    script = Script(list_service_deployments=listed, update_service={"service": SERVICE})
    known = carry_out(script, change_for("service/main", after, applied(before)))
    assert script.names == ["list_service_deployments", "update_service"]
    assert script.of("update_service") == [{"cluster": NAME, "service": NAME, "taskDefinition": "definition"}]
    assert known.get("rollout/main", "former") == '["former"]'


def test_an_update_that_starts_no_rollout_asks_for_no_deployments() -> None:
    script = Script(update_service={"service": SERVICE})
    carry_out(script, change_for("service/main", spec_of(desired_count=5), applied(spec_of())))
    assert script.of("update_service") == [{"cluster": NAME, "service": NAME, "desiredCount": 5}]


def test_the_switch_of_ecs_exec_forces_a_rollout() -> None:
    script = Script(list_service_deployments={"serviceDeployments": []}, update_service={"service": SERVICE})
    carry_out(script, change_for("service/main", spec_of(execute_command=True), applied(spec_of())))
    assert script.of("update_service")[0]["forceNewDeployment"] is True


def registered(spec: Spec, revision: int = 1) -> dict[str, t.Any]:
    change = change_for("task_definition/main", spec)
    script = Script(register_task_definition={"taskDefinition": {"taskDefinitionArn": "x"}})
    carry_out(script, change)
    [request] = script.of("register_task_definition")
    return {"taskDefinition": answered(request, revision), "tags": request["tags"]}


def test_a_revision_waits_until_its_roles_are_known_to_ecs() -> None:
    script = Script(
        register_task_definition=(
            error("ClientException", "Role is not valid"),
            {"taskDefinition": {"taskDefinitionArn": "x"}},
        )
    )
    known = carry_out(script, change_for("task_definition/main", spec_of()))
    assert known.get("task_definition/main") == "x"
    assert script.of("register_task_definition")[0]["taskRoleArn"] == role_arn(f"hello-dev-web-{REGION}-task")


DENIED = error("AccessDeniedException", "User is not authorized to perform: iam:PassRole on resource: role")


def test_a_role_that_this_run_made_may_not_be_known_to_be_passed_yet() -> None:
    script = Script(register_task_definition=(DENIED, {"taskDefinition": {"taskDefinitionArn": "x"}}))
    known = known_roles()
    known.put("iam_role/task", made="now")
    carry_out(script, change_for("task_definition/main", spec_of()), known)
    assert len(script.of("register_task_definition")) == 2


def test_a_role_that_may_not_be_passed_is_an_error_at_once() -> None:
    script = Script(register_task_definition=DENIED)
    with pytest.raises(Exception, match="iam:PassRole"):
        carry_out(script, change_for("task_definition/main", spec_of()))
    assert len(script.of("register_task_definition")) == 1


@pytest.mark.parametrize("same", [True, False])
def test_a_lost_answer_makes_no_second_revision(same: bool) -> None:
    spec = spec_of(containers=[container(environment={"A": "1", "B": "2"})])
    there = registered(spec if same else spec_of(), 7)
    script = Script(
        register_task_definition=(error("ServerException", status=500), {"taskDefinition": {"taskDefinitionArn": "x"}}),
        describe_task_definition=there,
    )
    known = carry_out(script, change_for("task_definition/main", spec))
    expected = definition_of(spec, 7).arn if same else "x"
    assert known.get("task_definition/main") == expected
    assert len(script.of("register_task_definition")) == (1 if same else 2)


def test_a_rule_is_created_with_its_tags_and_sends_to_the_new_target_group() -> None:
    script = Script(create_rule={"Rules": [{"RuleArn": "rule", "Priority": "7"}]})
    spec = spec_of(hosts=["www.example.com"], rule_priority=7)
    known = carry_out(script, change_for("listener_rule/main", spec))
    [request] = script.of("create_rule")
    assert request["ListenerArn"] == LISTENER
    assert request["Priority"] == 7
    assert request["Conditions"] == [{"Field": "host-header", "HostHeaderConfig": {"Values": ["www.example.com"]}}]
    assert request["Actions"] == [{"Type": "forward", "TargetGroupArn": "group"}]
    assert {"Key": "Resource", "Value": "listener_rule/main"} in request["Tags"]
    # An older botocore does not know them.
    assert "ResetTransforms" not in request
    assert known.get("listener_rule/main") == "rule"


@pytest.mark.parametrize("ours", [True, False])
def test_a_priority_that_was_taken_meanwhile_is_gone_on_with_if_the_rule_is_ours(ours: bool) -> None:
    tags = spec_of().owner.tags("listener_rule/main") if ours else {}
    tagged = {"ResourceArn": "rule", "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
    script = Script(
        create_rule=error("PriorityInUse"),
        describe_rules={"Rules": [{"RuleArn": "rule", "Priority": "50000"}]},
        describe_tags={"TagDescriptions": [tagged]},
    )
    change = change_for("listener_rule/main", spec_of())
    if ours:
        assert carry_out(script, change).get("listener_rule/main") == "rule"
    else:
        with pytest.raises(ConflictError, match="has appeared meanwhile"):
            carry_out(script, change)


def test_a_rule_is_moved_without_being_modified() -> None:
    script = Script(set_rule_priorities={})
    carry_out(script, change_for("listener_rule/main", spec_of(rule_priority=7), applied(spec_of())))
    assert script.of("set_rule_priorities") == [{"RulePriorities": [{"RuleArn": RULE, "Priority": 7}]}]


def test_a_rewrite_of_others_is_taken_back() -> None:
    there = applied(spec_of())
    [rule] = there.rules
    rewritten = dataclasses.replace(rule, values={**rule.values, "transforms": [{"Type": "url-rewrite"}]})
    script = Script(modify_rule={})
    change = change_for("listener_rule/main", spec_of(), dataclasses.replace(there, rules=(rewritten,)))
    carry_out(script, change)
    assert script.of("modify_rule") == [{"RuleArn": RULE, "ResetTransforms": True}]


@pytest.mark.parametrize("ours", [True, False])
def test_a_log_group_that_appeared_meanwhile_is_gone_on_with_if_it_is_ours(ours: bool) -> None:
    script = Script(
        create_log_group=error("ResourceAlreadyExistsException"),
        describe_log_groups={"logGroups": [{"logGroupName": "/ecs/hello/dev/web", "arn": "arn:*"}]},
        list_tags_for_resource={"tags": spec_of().owner.tags("log_group/main") if ours else {}},
        put_retention_policy={},
    )
    change = change_for("log_group/main", spec_of())
    if ours:
        carry_out(script, change)
        assert script.of("put_retention_policy") == [{"logGroupName": "/ecs/hello/dev/web", "retentionInDays": 30}]
    else:
        with pytest.raises(ConflictError):
            carry_out(script, change)


def test_logs_can_be_kept_for_ever() -> None:
    script = Script(delete_retention_policy={})
    carry_out(script, change_for("log_group/main", spec_of(log_retention_days=0), applied(spec_of())))
    assert script.of("delete_retention_policy") == [{"logGroupName": "/ecs/hello/dev/web"}]


def test_the_key_of_a_log_group_can_be_set_and_taken_away() -> None:
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"
    plain, encrypted = spec_of(), spec_of(log_kms_key_arn=key)
    script = Script(associate_kms_key={}, disassociate_kms_key={})
    carry_out(script, change_for("log_group/main", encrypted, applied(plain)))
    carry_out(script, change_for("log_group/main", plain, applied(encrypted)))
    assert script.names == ["associate_kms_key", "disassociate_kms_key"]


def deletion(revisions: int) -> Change:
    snapshot = as_seen_for_deletion(applied(spec_of()))
    several = tuple(definition_of(spec_of(), number) for number in range(1, revisions + 1))
    return change_for(
        "task_definition/main", spec_of(state="absent"), Snapshot(**{**vars(snapshot), "revisions": several})
    )


def test_revisions_are_deleted_ten_at_a_time_after_they_are_deregistered() -> None:
    script = Script(deregister_task_definition={}, delete_task_definitions={"failures": []})
    carry_out(script, deletion(23))
    assert len(script.of("deregister_task_definition")) == 23
    assert [len(request["taskDefinitions"]) for request in script.of("delete_task_definitions")] == [10, 10, 3]


@pytest.mark.parametrize(("status", "fails"), [("INACTIVE", True), ("DELETE_IN_PROGRESS", False), ("", False)])
def test_a_revision_that_cannot_be_deleted_is_an_error_unless_it_is_gone(status: str, fails: bool) -> None:
    there = {"taskDefinition": {**registered(spec_of())["taskDefinition"], "status": status}}
    script = Script(
        deregister_task_definition={},
        delete_task_definitions={"failures": [{"arn": "x", "reason": "in use"}]},
        describe_task_definition=there if status else error("ClientException", "Unable to describe task definition."),
    )
    if fails:
        with pytest.raises(AwsError, match="x: in use"):
            carry_out(script, deletion(1))
    else:
        carry_out(script, deletion(1))


@pytest.mark.parametrize("status", ["ACTIVE", "INACTIVE"])
def test_a_revision_that_another_attempt_deregistered_is_deleted(status: str) -> None:
    there = {"taskDefinition": {**registered(spec_of())["taskDefinition"], "status": status}}
    script = Script(
        deregister_task_definition=error("ClientException", "refused"),
        delete_task_definitions={},
        describe_task_definition=there,
    )
    if status == "ACTIVE":
        with pytest.raises(Exception, match="refused"):
            carry_out(script, deletion(1))
    else:
        carry_out(script, deletion(1))
        assert len(script.of("delete_task_definitions")) == 1


def test_a_cluster_is_deleted_once_its_tasks_are_gone() -> None:
    script = Script(delete_cluster=(error("ClusterContainsTasksException"), {}))
    change = change_for("cluster/main", spec_of(state="absent"), as_seen_for_deletion(applied(spec_of())))
    carry_out(script, change)
    assert len(script.of("delete_cluster")) == 2


def test_a_dry_run_returns_the_same_keys_as_a_run() -> None:
    spec = spec_of()
    dry = outputs(spec, Snapshot(), Known(REGION))
    done = outputs(spec, applied(spec), Known(REGION, LAYER.identify(applied(spec))))
    gone = outputs(spec_of(state="absent"), Snapshot(), Known(REGION))
    assert dry.keys() == done.keys() == gone.keys()
    assert (dry["cluster"], dry["desired_count"], dry["running_count"]) == (NAME, 2, 0)
    assert (done["desired_count"], done["running_count"]) == (2, 2)
    assert is_unknown(dry["service_arn"])
    assert not any(is_unknown(value) for value in done.values())
    assert done["task_definition_arn"] == definition_of(spec).arn
    assert gone["service_arn"] is None


@pytest.mark.parametrize("code", ["ServiceNotFoundException", "ServiceNotActiveException", "ClusterNotFoundException"])
def test_a_service_that_another_run_has_deleted_is_gone(code: str) -> None:
    script = Script(delete_service=error(code))
    service_calls.delete(context(script), delete("service/main", {}, data="web"), Known(REGION))
    assert script.names == ["delete_service"]
