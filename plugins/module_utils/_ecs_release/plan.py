# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which revision a service should run, and the steps to it. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws.owner import Owner
from .._ecs_service.resources import service, service_rollout, target_group, task_definition
from .._ecs_service.resources import task_definition_document as document
from .._ecs_service.resources.service import ServiceUpdate
from .._ecs_service.resources.service_rollout import Rollout
from .._ecs_service.resources.task_definition import TaskDefinition, short
from .._engine.changes import update
from .._engine.errors import NotReady, SpecError
from .._engine.plan import Action, Change, Plan, Wait
from .._engine.resource import Resource, plan_of
from .._engine.unknown import unknown
from .._images.pinning import labelled, named, pin
from .._images.reference import has_digest
from .snapshot import Snapshot
from .spec import Spec


@dataclasses.dataclass(frozen=True, kw_only=True)
class Registration:
    """A revision to register.

    :param request: RegisterTaskDefinition's parameters, without tags.
    """

    owner: Owner
    request: t.Mapping[str, t.Any]
    tags: t.Mapping[str, str]


def number(arn: str) -> int:
    """The number of a revision."""
    return int(arn.rpartition(":")[2])


def images_of(spec: Spec, snapshot: Snapshot) -> dict[str, str]:
    """The images to run, by container. Raises SpecError for a container that does not exist."""
    if spec.previous:
        return _previous(spec, snapshot).images
    return {item["name"]: item["image"] for item in _request(spec, snapshot)["containerDefinitions"]}


def named_images_of(spec: Spec, snapshot: Snapshot) -> dict[str, str]:
    """The same, with the tags from which they were pinned."""
    if spec.previous:
        return _previous(spec, snapshot).named_images
    return {item["name"]: named(item) for item in _request(spec, snapshot)["containerDefinitions"]}


def _wanted(spec: Spec, snapshot: Snapshot) -> dict[str, str]:
    own = snapshot.current.images
    wanted = dict(spec.images) or {_container(spec, snapshot): spec.image}
    for name in wanted:
        if name not in own:
            raise SpecError("images", f"{spec.name} has no container {name!r}.", f"It has {', '.join(sorted(own))}.")
    return wanted


def chosen(spec: Spec, snapshot: Snapshot) -> TaskDefinition | None:
    """The revision to run; None if one has to be registered. Raises NotReady if there is none to go back to."""
    if spec.previous:
        return _previous(spec, snapshot)
    wanted = document.canonical(_request(spec, snapshot))
    return task_definition.fitting(spec.owner, (snapshot.current, snapshot.latest), wanted)


def plan(spec: Spec, snapshot: Snapshot) -> Plan:
    """The steps. Raises SpecError, NotReady."""
    return plan_of(_steps(spec, snapshot))


def identify(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    """What the rollout needs to know of the service and its target group."""
    found = snapshot.service
    counts = {"desired": str(found.desired_count), "running": str(found.running_count)}
    groups = [item["target_group"] for item in found.values["load_balancers"]]
    return {
        service.ADDRESS: {"id": found.arn, **counts},
        **({target_group.ADDRESS: {"id": groups[0]}} if groups else {}),
    }


def _steps(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | Wait | None]:
    found, revision = snapshot.service, chosen(spec, snapshot)
    registers = None if revision else _registration(spec, snapshot)
    deploys = _deploy(spec, snapshot, revision)
    yield registers
    yield deploys
    if deploys or not found.settled:
        ports = [item["port"] for item in found.values["load_balancers"]]
        yield Wait(
            kind=service_rollout.KIND,
            name="main",
            what=f"the tasks of {spec.name} to be replaced and healthy",
            timeout=spec.wait_timeout,
            needs=frozenset({service.ADDRESS} if deploys else ()),
            data=Rollout(
                service=spec.name,
                port=ports[0] if ports else None,
                follows=deploys is not None,
                task_definition_arn=revision.arn if revision else "",
            ),
        )


RESOURCE: t.Final = Resource[Spec, Snapshot](kind=service.KIND, plan=_steps, identify=identify)


def _deploy(spec: Spec, snapshot: Snapshot, revision: TaskDefinition | None) -> Change | None:
    found = snapshot.service
    wanted = revision.arn if revision else unknown(spec.region, task_definition.ADDRESS)
    other = wanted != found.task_definition_arn
    failed = not other and found.deployment is not None and found.deployment.rollout == "FAILED"
    if not other and not failed:
        return None
    runs, follows = snapshot.current.short, revision.short if revision else "a new revision"
    return Change(
        kind=service.KIND,
        name="main",
        action=Action.UPDATE,
        reason=f"{follows} replaces {runs}" if other else f"the last rollout of {runs} failed; it is tried again",
        before={"task_definition": found.task_definition_arn},
        after={"task_definition": wanted},
        needs=frozenset() if revision else frozenset({task_definition.ADDRESS}),
        data=ServiceUpdate(
            name=spec.name,
            arn=found.arn,
            values={"task_definition": wanted} if other else {},
            tags={},
            force=failed,
            deploys=True,
        ),
    )


def _registration(spec: Spec, snapshot: Snapshot) -> Change | None:
    current, request = snapshot.current, _request(spec, snapshot)
    tags = {key: value for key, value in current.tags.items() if not key.startswith("aws:")}
    change = update(
        task_definition.ADDRESS,
        document.shown(current.document),
        document.shown(document.canonical(request)),
        data=Registration(owner=spec.owner, request=request, tags={**tags, **spec.owner.tags(task_definition.ADDRESS)}),
    )
    return task_definition.explained(change, task_definition.tags_moved(current, request))


def _request(spec: Spec, snapshot: Snapshot) -> dict[str, t.Any]:
    """RegisterTaskDefinition's parameters for the current revision with other images."""
    images, request = _wanted(spec, snapshot), snapshot.current.request
    containers = [
        _with_image(item, images[item["name"]], spec, snapshot) if item["name"] in images else item
        for item in request["containerDefinitions"]
    ]
    return {**request, "containerDefinitions": containers}


def _with_image(container: t.Mapping[str, t.Any], image: str, spec: Spec, snapshot: Snapshot) -> dict[str, t.Any]:
    pins = spec.pins or has_digest(image)
    image, name = pin(image, snapshot.digests, container) if pins else (image, "")
    labels = labelled(container.get("dockerLabels") or {}, name)
    others = {key: value for key, value in container.items() if key != "dockerLabels"}
    return {**others, "image": image, **({"dockerLabels": labels} if labels else {})}


def _container(spec: Spec, snapshot: Snapshot) -> str:
    """The container for the option ``image``."""
    behind = [item["container"] for item in snapshot.service.values["load_balancers"]]
    names = [*behind, *(snapshot.current.images if not behind else ())]
    if len(names) != 1:
        raise SpecError(
            "image", f"{spec.name} has the containers {', '.join(names)}.", "Use images, which names each of them."
        )
    return str(names[0])


def _previous(spec: Spec, snapshot: Snapshot) -> TaskDefinition:
    if snapshot.previous is None:
        raise NotReady(
            f"there is nothing to go back to in {spec.region}: ECS knows of no revision before "
            f"{snapshot.current.short} that was rolled out successfully in the last 90 days. Nothing was changed. "
            "Name the image to go back to: release.yml -e image=…"
        )
    if snapshot.gone:
        raise NotReady(
            f"{spec.region} cannot go back to {snapshot.previous.short}: {', '.join(snapshot.gone)} is no longer in "
            "its registry, and no task would start. Nothing was changed. Push it again, or name another image: "
            "release.yml -e image=…"
        )
    return snapshot.previous


def sentence(spec: Spec, snapshot: Snapshot, revision: TaskDefinition | None) -> str:
    """What happens in the region, for messages."""
    before = f"{spec.region} {spec.owner.component}: {_shown(snapshot.current.short, snapshot.current.images)}"
    if not plan(spec, snapshot).changes:
        return f"{before} runs already"
    if revision and revision.arn == snapshot.current.arn:
        return f"{before} is rolled out again"
    after = _shown(revision.short if revision else "a new revision", images_of(spec, snapshot))
    return f"{before} {'goes back to' if spec.previous else 'is replaced by'} {after}"


def _shown(name: str, images: t.Mapping[str, str]) -> str:
    return f"{name} ({', '.join(images.values())})"


def describe(arn: str, images: t.Mapping[str, str], named_images: t.Mapping[str, str]) -> dict[str, t.Any]:
    """A revision for the result."""
    return {
        "task_definition_arn": arn,
        "revision": short(arn),
        "images": dict(images),
        "named_images": dict(named_images),
    }
