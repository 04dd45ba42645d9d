# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How this layer calls EC2: all pages are read, and what is written is tagged and made once."""

from __future__ import annotations

import random
import typing as t

from .._aws.changes import Creation, Repair
from .._aws.owner import Tags, tag_list
from .._engine.apply import ChangeHandler
from .._engine.aws_errors import ClientError, unless
from .._engine.context import Context
from .._engine.errors import ConflictError
from .._engine.field import Field
from .._engine.known import Known
from .._engine.plan import Change
from .._engine.retry import NOT_FOUND, create_once, retry
from .._engine.waiting import Waiting
from .._resources.network_interface_calls import remove_when_free
from .named import Item, Tagged

Result = t.TypeVar("Result")

# In use, for a moment longer, by something that is being deleted.
_IN_USE: t.Final = frozenset({"DependencyViolation", "InvalidIPAddress.InUse"})
# By the id that a deleting call takes: the filter for the network interfaces that keep it in use.
_HELD_BY: t.Final = {"SubnetId": "subnet-id", "VpcId": "vpc-id"}
_IDENTITY: t.Final = ("ManagedBy", "Stack", "Environment", "Component", "Resource")
_ATTEMPTS = 4


def by(name: str, *values: str) -> list[dict[str, t.Any]]:
    """EC2's Filters for one field."""
    return [{"Name": name, "Values": list(values)}]


def read(ctx: Context, operation: str, key: str, filters: t.Sequence[Item]) -> list[Item]:
    """All items of a paginated Describe call."""
    # The parameter has another name in these two.
    parameter = "Filter" if operation in {"describe_nat_gateways", "describe_flow_logs"} else "Filters"
    pages = ctx.client("ec2").get_paginator(operation).paginate(**{parameter: list(filters)})
    return [item for page in pages for item in page[key]]


def soon(ctx: Context, call: t.Callable[[], Result]) -> Result:
    """Call with the id of something that may just have been created, and is not known everywhere at once.

    EC2 API Reference, "Eventual consistency".
    """
    return retry(ctx, call, codes=NOT_FOUND, timeout=30)


def remove(ctx: Context, call: t.Callable[[], object], what: str, held: t.Sequence[Item] = ()) -> None:
    """Delete, waiting for what AWS is still taking out of the way. Fine if it is gone already.

    :param what: its id.
    :param held: Filters for the network interfaces that keep it in use.
    """
    wait = f"{what} to be free"
    unless(NOT_FOUND, lambda: remove_when_free(ctx, call, what=wait, codes=_IN_USE, filters=held))


def set_tags(ctx: Context, resource_id: str, tags: Tags) -> None:
    """Set tags; others stay."""
    if tags:
        soon(ctx, lambda: ctx.client("ec2").create_tags(Resources=[resource_id], Tags=tag_list(tags)))


def tagged(resource_type: str, tags: Tags) -> list[dict[str, t.Any]]:
    """TagSpecifications for a creating call."""
    return [{"ResourceType": resource_type, "Tags": tag_list(tags)}]


def by_tags(tags: Tags) -> list[dict[str, t.Any]]:
    """Filters for the one resource with the tags that identify it."""
    return [{"Name": f"tag:{key}", "Values": [tags[key]]} for key in _IDENTITY]


def ids(found: t.Iterable[Tagged]) -> list[str]:
    """Sorted."""
    return sorted(item.id for item in found)


def create(
    ctx: Context,
    change: Change,
    known: Known,
    call: t.Callable[..., t.Any],
    read: t.Callable[[Context, t.Sequence[Item]], t.Sequence[Tagged]],
    delete: tuple[str, str],
    within: t.Sequence[Item] = (),
) -> str:
    """Create what has nothing but tags to be known by, once. Returns its id.

    :param call: the creating call, on a client with ``retry=False``; it is given TagSpecifications.
    :param delete: the operation that deletes it, and the name of its id (``RouteTableId``).
    :param within: Filters for where it is looked for, besides its tags.
    """
    data: Creation = change.data
    operation, parameter = delete
    tags = tagged(change.kind.replace("_", "-"), data.tags)

    def make() -> str:
        return str(soon(ctx, lambda: call(TagSpecifications=tags))[parameter.removesuffix("Id")][parameter])

    made = create_single(
        ctx,
        change.address,
        make=make,
        find=lambda: ids(read(ctx, [*within, *by_tags(data.tags)])),
        delete=lambda own: remove_one(ctx, operation, parameter, own),
    )
    known.put(change.address, id=made)
    return made


def create_single(
    ctx: Context,
    address: str,
    *,
    make: t.Callable[[], str],
    find: t.Callable[[], t.Sequence[str]],
    delete: t.Callable[[str], object],
    once: bool = False,
) -> str:
    """Create what AWS would let anyone create twice, and end with one of it. Returns its id.

    When a run on another machine has done the same meanwhile, this run deletes what it made and takes the other: the
    one that looks last sees both, so never do both stay. ``make`` calls on a client with ``retry=False``; ``find``
    returns all ids with the resource's tags.

    :param once: whether AWS refuses a second one, so that one that is there already is it.
    """
    if once and (there := find()):
        return there[0]
    for _attempt in range(_ATTEMPTS):
        made: set[str] = set()
        own = create_once(ctx, _noting(make, made), lambda: next(iter(find()), None))
        others = [found for found in find() if found != own]
        if not others:
            return own
        if own not in made:
            raise _conflict(address, [own, *others])
        delete(own)
        left = _without(ctx, own, find)
        if len(left) == 1:
            return left[0]
        if left:
            break
    raise _conflict(address, find())


def _noting(call: t.Callable[[], str], made: set[str]) -> t.Callable[[], str]:
    def make() -> str:
        own = call()
        made.add(own)
        return own

    return make


def _without(ctx: Context, own: str, find: t.Callable[[], t.Sequence[str]]) -> list[str]:
    """What others have made, once they too have taken away what they did not need."""
    left: list[str] = []
    waiting = Waiting(ctx, f"another run to remove what it created beside {own}")
    for _look in range(_ATTEMPTS):
        waiting.pause(random.uniform(0.1, 0.6))  # so that two runs fall out of step
        left = [found for found in find() if found != own]
        if len(left) <= 1:
            break
    return left


def _conflict(address: str, ids: t.Iterable[str]) -> ConflictError:
    return ConflictError(
        f"{address}: another run is creating it at the same time ({', '.join(sorted(ids)) or 'gone again'}). "
        "Wait for that run to end, then run this again."
    )


def retag(ctx: Context, change: Change, _known: Known) -> None:
    """Repair what has nothing but tags to repair."""
    data: Repair = change.data
    set_tags(ctx, data.found.id, data.tags)


def modifier(operation: str, parameter: str, fields: t.Sequence[Field]) -> ChangeHandler:
    """A handler that sets what differs by a call that takes one attribute at a time, in the order of ``fields``."""

    def modify(ctx: Context, change: Change, known: Known) -> None:
        data: Repair = change.data
        for field in fields:
            if field.name in data.values:
                value = field.write(data.values[field.name])
                getattr(ctx.client("ec2"), operation)(**{parameter: data.found.id}, **value)
        retag(ctx, change, known)

    return modify


def remove_one(ctx: Context, operation: str, parameter: str, resource_id: str) -> None:
    """Delete by a call that takes nothing but an id."""
    held = by(_HELD_BY[parameter], resource_id) if parameter in _HELD_BY else ()
    remove(ctx, lambda: getattr(ctx.client("ec2"), operation)(**{parameter: resource_id}), resource_id, held)


def remover(operation: str, parameter: str) -> ChangeHandler:
    """A handler that does so."""

    def delete(ctx: Context, change: Change, _known: Known) -> None:
        remove_one(ctx, operation, parameter, change.data.id)

    return delete


def raise_unsuccessful(operation: str, answer: Item) -> None:
    """For calls that fail in their answer. Fine if what was to be deleted is gone already.

    Raises ClientError, as other calls do.
    """
    for failure in answer.get("Unsuccessful") or ():
        code, message = (str(failure.get("Error", {}).get(key, "")) for key in ("Code", "Message"))
        if code not in NOT_FOUND:
            message = f"{failure.get('ResourceId', '')}: {message}"
            raise ClientError({"Error": {"Code": code, "Message": message}}, operation)
