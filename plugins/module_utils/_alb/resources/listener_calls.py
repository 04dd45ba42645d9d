# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listeners in Elastic Load Balancing: the reads and the writes."""

from __future__ import annotations

import typing as t

from ..._aws.changes import Creation, Repair
from ..._aws.owner import tag_list
from ..._engine.context import Context
from ..._engine.field import write
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from ..._resources.load_balancing_calls import add_tags, create_named, patiently, unless_gone
from . import load_balancer
from .listener import FIELDS, KIND, Listener, parse


def find_listeners(ctx: Context, load_balancer_arn: str) -> tuple[Listener, ...]:
    """All listeners of a load balancer, without tags."""
    pages = ctx.client("elbv2").get_paginator("describe_listeners").paginate(LoadBalancerArn=load_balancer_arn)
    return tuple(parse(item) for page in pages for item in page["Listeners"])


def create_listener(ctx: Context, change: Change, known: Known) -> None:
    """Create it with its tags. The load balancer may still be provisioning."""
    data: Creation = change.data
    balancer = known.get(load_balancer.ADDRESS)
    elb = ctx.client("elbv2", retry=False)
    request = {"LoadBalancerArn": balancer, "Tags": tag_list(data.tags), **write(FIELDS, data.values)}

    def create() -> Listener:
        return parse(patiently(ctx, lambda: elb.create_listener(**request))["Listeners"][0])

    def find() -> Listener | None:
        port = data.values["port"]
        return next((item for item in find_listeners(ctx, balancer) if item.values["port"] == port), None)

    known.put(change.address, id=create_named(ctx, create, find, data.owner, "DuplicateListener").arn)


def update_listener(ctx: Context, change: Change, _known: Known) -> None:
    """Repair what differs."""
    data: Repair = change.data
    arn, request = data.found.arn, write(FIELDS, data.values)
    add_tags(ctx, arn, data.tags)
    if request:
        patiently(ctx, lambda: ctx.client("elbv2").modify_listener(ListenerArn=arn, **request))


def delete_listener(ctx: Context, change: Change, _known: Known) -> None:
    """Delete it."""
    unless_gone(lambda: ctx.client("elbv2").delete_listener(ListenerArn=change.data.arn))


CALLS: t.Final = Calls(kind=KIND, create=create_listener, update=update_listener, delete=delete_listener)
