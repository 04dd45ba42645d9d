# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release makes of a service that runs: one other revision, and nothing else."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._ecs_release.plan import (
    chosen,
    images_of,
    named_images_of,
    plan,
    sentence,
)
from ansible_collections.everlook.failover.plugins.module_utils._ecs_release.snapshot import Snapshot
from ansible_collections.everlook.failover.plugins.module_utils._ecs_release.spec import Spec, parse
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.service import (
    Deployment,
    Service,
)
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.service_fields import FIELDS
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.task_definition import (
    TaskDefinition,
)
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources.task_definition_document import (
    canonical,
)
from ansible_collections.everlook.failover.plugins.module_utils._engine import field
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import NotReady, SpecError
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Plan
from ansible_collections.everlook.failover.plugins.module_utils._images.reference import LABEL

REGION = "us-west-1"
ONE, TWO = (f"sha256:{digit * 64}" for digit in "12")
ARN = f"arn:aws:ecs:{REGION}:111111111111:task-definition/hello-dev-web:"


def spec_of(**options: t.Any) -> Spec:
    given = {"image": None, "images": None, "previous": False, "allow_other_regions": False, "wait_timeout": 900}
    named = {"stack": "hello", "environment": "dev", "name": "web", "pin_images": False}
    return parse({**named, **given, **options}, REGION)


ECR = "111111111111.dkr.ecr.{}.amazonaws.com/shop:2"


@pytest.mark.parametrize("options", [{"image": ECR.format("us-east-1")}, {"images": {"web": ECR.format("us-east-1")}}])
def test_an_image_in_another_region_is_refused_as_ecs_service_does(options: dict[str, t.Any]) -> None:
    with pytest.raises(SpecError, match="is in us-east-1, without which no task could start") as refused:
        spec_of(**options)
    assert "or set allow_other_regions (in an inventory ecs_service_allow_other_regions) to true" in str(refused.value)
    spec_of(**options, allow_other_regions=True)


def test_each_region_has_its_own_image() -> None:
    assert spec_of(image=ECR.format("{region}")).image == ECR.format(REGION)


def revision(number: int, image: str, *, side: str = "envoy:1") -> TaskDefinition:
    containers = [{"name": "web", "image": image, "environment": [{"name": "A", "value": "b"}]}]
    request = {
        "family": "hello-dev-web",
        "cpu": "256",
        "containerDefinitions": [*containers, {"name": "side", "image": side}],
    }
    tags = {**spec_of(image="x").owner.tags("task_definition/main"), "CostCenter": "7", "aws:cloud": "formed"}
    return TaskDefinition(
        arn=f"{ARN}{number}", status="ACTIVE", document=canonical(request), tags=tags, request=request
    )


def service_of(current: TaskDefinition, *, rollout: str = "COMPLETED", port: bool = True) -> Service:
    answer: dict[str, t.Any] = {"taskDefinition": current.arn, "desiredCount": 2}
    if port:
        answer["loadBalancers"] = [{"targetGroupArn": "tg", "containerName": "web", "containerPort": 8080}]
    return Service(
        arn="arn:aws:ecs:service",
        draining=False,
        task_definition_arn=current.arn,
        desired_count=2,
        running_count=2,
        deployment=Deployment(task_definition_arn=current.arn, rollout=rollout, reason=""),
        values=field.read(FIELDS, answer),
        tags={},
    )


def snapshot_of(current: TaskDefinition, **more: t.Any) -> Snapshot:
    return dataclasses.replace(Snapshot(service=service_of(current), current=current, latest=current), **more)


NOW = revision(7, "shop:2")


def steps(found: Plan) -> list[str]:
    return [step.address for step in found.in_order()]


def test_another_image_is_another_revision_of_what_runs() -> None:
    found = plan(spec_of(image="shop:3"), snapshot_of(NOW))
    assert steps(found) == ["task_definition/main", "service/main", "rollout/main"]
    registration = found.changes[0].data
    assert registration.request == {
        **NOW.request,
        "containerDefinitions": [
            {**NOW.request["containerDefinitions"][0], "image": "shop:3"},
            {"name": "side", "image": "envoy:1"},
        ],
    }
    assert registration.tags["CostCenter"] == "7"
    assert "aws:cloud" not in registration.tags
    assert found.changes[0].reason == "differs in containers.web.image"
    assert found.changes[1].data.values.keys() == {"task_definition"}
    # True before the change, and after it.
    assert found.changes[1].reason == f"a new revision replaces {NOW.short}"


def pinned_to(number: int, tag: str, digest: str) -> TaskDefinition:
    made = revision(number, f"shop@{digest}")
    first, *others = made.request["containerDefinitions"]
    request = {**made.request, "containerDefinitions": [{**first, "dockerLabels": {LABEL: f"shop:{tag}"}}, *others]}
    return dataclasses.replace(made, document=canonical(request), request=request)


def test_a_tag_is_run_by_its_digest_and_stays_known() -> None:
    spec, snapshot = spec_of(image="shop:3", pin_images=True), snapshot_of(NOW, digests={"shop:3": ONE})
    assert spec.unknown_images == {"shop:3": "image"}
    request = plan(spec, snapshot).changes[0].data.request
    assert request["containerDefinitions"][0]["image"] == f"shop@{ONE}"
    assert request["containerDefinitions"][0]["dockerLabels"] == {LABEL: "shop:3"}
    assert images_of(spec, snapshot) == {"web": f"shop@{ONE}", "side": "envoy:1"}
    assert named_images_of(spec, snapshot) == {"web": f"shop:3@{ONE}", "side": "envoy:1"}
    # What the first region has found out is what the next one runs, without asking again.
    given = spec_of(images=named_images_of(spec, snapshot))
    assert given.unknown_images == {}
    assert plan(given, snapshot_of(NOW)).changes[0].data.request == request


def test_a_tag_that_moved_is_the_reason_and_another_tag_of_the_same_digest_is_none() -> None:
    snapshot = snapshot_of(pinned_to(7, "3", ONE), digests={"shop:3": TWO, "shop:4": ONE})
    assert plan(spec_of(image="shop:3", pin_images=True), snapshot).changes[0].reason == (
        f"differs in containers.web.image: shop:3 now points to {TWO}"
    )
    assert plan(spec_of(image="shop:4", pin_images=True), snapshot).changes == ()


@pytest.mark.parametrize("options", [{"image": "shop:2"}, {"images": {"web": "shop:2"}}])
def test_what_runs_already_is_left_alone(options: dict[str, t.Any]) -> None:
    assert steps(plan(spec_of(**options), snapshot_of(NOW))) == []


def test_a_rollout_that_failed_is_tried_again() -> None:
    failed = snapshot_of(NOW, service=service_of(NOW, rollout="FAILED"))
    found = plan(spec_of(image="shop:2"), failed)
    assert steps(found) == ["service/main", "rollout/main"]
    assert found.changes[0].data.force


def test_a_revision_that_is_there_is_used() -> None:
    found = plan(spec_of(image="shop:3"), snapshot_of(NOW, latest=revision(8, "shop:3")))
    assert steps(found) == ["service/main", "rollout/main"]
    assert found.changes[0].after == {"task_definition": f"{ARN}8"}


def test_it_goes_back_to_the_revision_before_as_a_whole() -> None:
    before = revision(5, "shop:1", side="envoy:0")
    spec, snapshot = spec_of(previous=True), snapshot_of(NOW, previous=before)
    assert steps(plan(spec, snapshot)) == ["service/main", "rollout/main"]
    assert plan(spec, snapshot).changes[0].after == {"task_definition": before.arn}
    assert plan(spec, snapshot).changes[0].reason == f"{before.short} replaces {NOW.short}"
    assert images_of(spec, snapshot) == {"web": "shop:1", "side": "envoy:0"}


@pytest.mark.parametrize(
    ("options", "more", "said"),
    [
        ({"image": "shop:3"}, {}, "is replaced by a new revision (shop:3, envoy:1)"),
        ({"image": "shop:3"}, {"latest": revision(8, "shop:3")}, "is replaced by hello-dev-web:8 (shop:3, envoy:1)"),
        ({"previous": True}, {"previous": revision(5, "shop:1")}, "goes back to hello-dev-web:5 (shop:1, envoy:1)"),
        ({"image": "shop:2"}, {}, "runs already"),
        ({"image": "shop:2"}, {"service": service_of(NOW, rollout="FAILED")}, "is rolled out again"),
    ],
)
def test_it_says_what_happens(options: dict[str, t.Any], more: dict[str, t.Any], said: str) -> None:
    spec, snapshot = spec_of(**options), snapshot_of(NOW, **more)
    told = sentence(spec, snapshot, chosen(spec, snapshot))
    assert told.startswith("us-west-1 web: hello-dev-web:7 (shop:2, ")
    assert told.endswith(said)


def test_without_a_revision_before_it_says_what_to_do() -> None:
    with pytest.raises(NotReady, match=r"no revision before hello-dev-web:7 .* release.yml -e image="):
        plan(spec_of(previous=True), snapshot_of(NOW))


def test_a_revision_whose_image_is_gone_is_refused_with_what_to_do() -> None:
    gone = snapshot_of(NOW, previous=revision(5, "shop:1"), gone=("shop:1",))
    said = r"us-west-1 cannot go back to hello-dev-web:5: shop:1 is no longer in its registry.* Push it again, or name"
    with pytest.raises(NotReady, match=said):
        plan(spec_of(previous=True), gone)


def test_the_regions_name_stands_in_images() -> None:
    spec = spec_of(images={"web": "1.dkr.ecr.{region}.amazonaws.com/shop:3"})
    assert spec.images == {"web": f"1.dkr.ecr.{REGION}.amazonaws.com/shop:3"}


def test_a_worker_of_several_containers_names_each() -> None:
    worker = snapshot_of(NOW, service=service_of(NOW, port=False))
    with pytest.raises(SpecError, match="Use images"):
        plan(spec_of(image="shop:3"), worker)
    assert steps(plan(spec_of(images={"side": "envoy:2"}), worker))[0] == "task_definition/main"


def test_a_container_that_there_is_not_is_refused() -> None:
    with pytest.raises(SpecError, match=r"has no container 'wep'\. It has side, web\."):
        plan(spec_of(images={"wep": "shop:3"}), snapshot_of(NOW))


@pytest.mark.parametrize("options", [{}, {"image": "a", "previous": True}, {"image": "a", "images": {"web": "b"}}])
def test_one_thing_at_a_time(options: dict[str, t.Any]) -> None:
    with pytest.raises(SpecError, match="Set either image, images, or previous"):
        spec_of(**options)


def test_what_is_no_image_is_refused() -> None:
    with pytest.raises(SpecError, match="'Shop 3' is not an image"):
        spec_of(image="Shop 3")
