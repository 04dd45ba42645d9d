# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls to EC2 that several resources share: paginated reads, creating once, tagging, deleting."""

from __future__ import annotations

import random
import typing as t

from .._aws.changes import Creation, Repair
from .._aws.owner import Tags, tag_list
from .._engine.apply import ChangeHandler
from .._engine.aws_errors import ClientError, unless
from .._engine.context import Context
from .._engine.errors import ConflictError, WaitError
from .._engine.field import Field
from .._engine.known import Known
from .._engine.plan import Change
from .._engine.retry import NOT_FOUND, create_once, retry
from .._engine.waiting import Waiting
from .._resources.network_interface_calls import remove_when_free
from .named import Item, Tagged

if t.TYPE_CHECKING:
    from .resources.endpoint import Endpoint
    from .resources.nat_gateway import NatGateway

Result = t.TypeVar("Result")
Reader: t.TypeAlias = "t.Callable[[Context, t.Sequence[Item]], tuple[Result, ...]]"

# Still in use by something that is being deleted.
_IN_USE: t.Final = frozenset({"DependencyViolation", "InvalidIPAddress.InUse"})
# Parameter of a deleting call → filter for the network interfaces that keep the resource in use.
_HELD_BY: t.Final = {"SubnetId": "subnet-id", "VpcId": "vpc-id"}
_IDENTITY: t.Final = ("ManagedBy", "Stack", "Environment", "Component", "Resource")
_ATTEMPTS = 4


def by(name: str, *values: str) -> list[dict[str, t.Any]]:
    """EC2's Filters for one field."""
    return [{"Name": name, "Values": list(values)}]


def read(ctx: Context, operation: str, key: str, filters: t.Sequence[Item]) -> list[Item]:
    """All items of a paginated Describe call."""
    parameter = "Filter" if operation in {"describe_nat_gateways", "describe_flow_logs"} else "Filters"
    pages = ctx.client("ec2").get_paginator(operation).paginate(**{parameter: list(filters)})
    return [item for page in pages for item in page[key]]


def reader(operation: str, key: str, parse: t.Callable[[Item], Result]) -> Reader[Result]:
    """A function that reads and parses all items of a paginated Describe call with these Filters."""
    return lambda ctx, filters: tuple(map(parse, read(ctx, operation, key, filters)))


def soon(ctx: Context, call: t.Callable[[], Result]) -> Result:
    """Repeat the call while EC2 does not know an id that it has just returned (EC2 API, "Eventual consistency")."""
    return retry(ctx, call, codes=NOT_FOUND, timeout=30)


def remove(ctx: Context, call: t.Callable[[], object], what: str, held: t.Sequence[Item] = ()) -> None:
    """Delete a resource once nothing uses it. One that does not exist counts as deleted.

    :param what: its id.
    :param held: Filters for the network interfaces that keep it in use.
    """
    wait = f"{what} to be free"
    unless(NOT_FOUND, lambda: remove_when_free(ctx, call, what=wait, codes=_IN_USE, filters=held))


def set_tags(ctx: Context, resource_id: str, tags: Tags) -> None:
    """Set these tags, if any, and leave the others."""
    if tags:
        soon(ctx, lambda: ctx.client("ec2").create_tags(Resources=[resource_id], Tags=tag_list(tags)))


def tagged(resource_type: str, tags: Tags) -> list[dict[str, t.Any]]:
    """TagSpecifications for a creating call."""
    return [{"ResourceType": resource_type, "Tags": tag_list(tags)}]


def by_tags(tags: Tags) -> list[dict[str, t.Any]]:
    """Filters for the resource that these tags identify."""
    return [{"Name": f"tag:{key}", "Values": [tags[key]]} for key in _IDENTITY]


def ids(found: t.Iterable[Tagged]) -> list[str]:
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
    """Create a resource that only its tags identify, once. Returns its id.

    :param call: the creating call, on a client with ``retry=False``; called with TagSpecifications.
    :param delete: the operation that deletes it, and the name of its id (``RouteTableId``).
    :param within: Filters that narrow the search for it, besides its tags.
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
    """Create a resource of which AWS would allow several, and end up with one. Returns its id.

    If a run on another machine has created it too, this run deletes its own and uses the other: the run that looks
    last sees both, so both never stay. ``make`` calls on a client with ``retry=False``; ``find`` returns all ids with
    the resource's tags.

    :param once: whether AWS refuses a second one, so that an existing one is used.
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
    """The ids that other runs have created, once they have deleted their duplicates."""
    left: list[str] = []
    waiting = Waiting(ctx, f"another run to remove what it created beside {own}")
    for _look in range(_ATTEMPTS):
        waiting.pause(random.uniform(0.1, 0.6))  # random, so that two runs do not act in step
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
    """Repair the tags, for resources without other fields."""
    data: Repair = change.data
    set_tags(ctx, data.found.id, data.tags)


def modifier(operation: str, parameter: str, fields: t.Sequence[Field]) -> ChangeHandler:
    """A handler for calls that take one attribute at a time, in the order of ``fields``."""

    def modify(ctx: Context, change: Change, known: Known) -> None:
        data: Repair = change.data
        for field in fields:
            if field.name in data.values:
                value = field.write(data.values[field.name])
                getattr(ctx.client("ec2"), operation)(**{parameter: data.found.id}, **value)
        retag(ctx, change, known)

    return modify


def remove_one(ctx: Context, operation: str, parameter: str, resource_id: str) -> None:
    """Delete with a call that takes only an id."""
    held = by(_HELD_BY[parameter], resource_id) if parameter in _HELD_BY else ()
    remove(ctx, lambda: getattr(ctx.client("ec2"), operation)(**{parameter: resource_id}), resource_id, held)


def remover(operation: str, parameter: str) -> ChangeHandler:
    """A handler that deletes with a call that takes only an id."""

    def delete(ctx: Context, change: Change, _known: Known) -> None:
        remove_one(ctx, operation, parameter, change.data.id)

    return delete


def until_available(what: str, found: NatGateway | Endpoint | None) -> str | None:
    """The state until it is available. Raises WaitError with AWS's reason if it has failed."""
    if found is None:
        return "not visible yet"
    if found.state == "available":
        return None
    if not found.state.startswith("pending"):
        why = f": {found.failure}" if found.failure else ""
        raise WaitError(f"{what} {found.id} is {found.state}{why}. The next run replaces it.")
    return found.state


def raise_unsuccessful(operation: str, answer: Item) -> None:
    """Raise ClientError for a call that reports its failures in the answer, unless the resource was not found."""
    for failure in answer.get("Unsuccessful") or ():
        code, message = (str(failure.get("Error", {}).get(key, "")) for key in ("Code", "Message"))
        if code not in NOT_FOUND:
            message = f"{failure.get('ResourceId', '')}: {message}"
            raise ClientError({"Error": {"Code": code, "Message": message}}, operation)
