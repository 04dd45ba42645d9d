# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listeners in Elastic Load Balancing: the reads and the writes."""

from __future__ import annotations

import typing as t

from ..._engine.context import Context
from ..._engine.field import write
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from ..._resources.load_balancing_calls import add_tags, create_named, pairs, patiently, unless_gone
from . import load_balancer
from .listener import FIELDS, KIND, Listener, ListenerChange, parse


def find_listeners(ctx: Context, load_balancer_arn: str) -> tuple[Listener, ...]:
    """All listeners of a load balancer, without tags."""
    pages = ctx.client("elbv2").get_paginator("describe_listeners").paginate(LoadBalancerArn=load_balancer_arn)
    return tuple(parse(item) for page in pages for item in page["Listeners"])


def create_listener(ctx: Context, change: Change, known: Known) -> None:
    """Create it with its tags. The load balancer may still be provisioning."""
    data: ListenerChange = change.data
    balancer = known.get(load_balancer.ADDRESS)

    def create() -> Listener:
        answer = patiently(
            ctx,
            lambda: ctx.client("elbv2", retry=False).create_listener(
                LoadBalancerArn=balancer, Tags=pairs(data.tags), **write(FIELDS, data.values)
            ),
        )
        return parse(answer["Listeners"][0])

    def find() -> Listener | None:
        port = data.values["port"]
        return next((item for item in find_listeners(ctx, balancer) if item.values["port"] == port), None)

    known.put(change.address, id=create_named(ctx, create, find, data.owner, "DuplicateListener").arn)


def update_listener(ctx: Context, change: Change, _known: Known) -> None:
    """Repair what differs."""
    data: ListenerChange = change.data
    add_tags(ctx, data.arn, data.tags)
    if data.values:
        request = write(FIELDS, data.values)
        patiently(ctx, lambda: ctx.client("elbv2").modify_listener(ListenerArn=data.arn, **request))


def delete_listener(ctx: Context, change: Change, known: Known) -> None:
    """Delete it."""
    unless_gone(lambda: ctx.client("elbv2").delete_listener(ListenerArn=change.data))
    known.forget(change.address)


CALLS: t.Final = Calls(kind=KIND, create=create_listener, update=update_listener, delete=delete_listener)
