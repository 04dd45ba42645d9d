# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The association with a web ACL in AWS WAF: the read and the writes."""

from __future__ import annotations

import typing as t

from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.errors import SpecError
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from ..._engine.retry import retry
from . import load_balancer
from .web_acl_association import KIND

# A web ACL or load balancer that is still being created (AWS WAFV2, AssociateWebACL, Errors).
_NOT_YET: t.Final = frozenset({"WAFUnavailableEntityException"})
# No such web ACL, or a malformed id (AWS WAFV2, GetWebACL, Errors).
_NO_WEB_ACL: t.Final = frozenset({"WAFNonexistentItemException", "WAFInvalidParameterException"})


def find_web_acl(ctx: Context, arn: str) -> str:
    """The ARN of the load balancer's web ACL; empty if it has none."""
    answer = unless(
        {"WAFNonexistentItemException"}, lambda: ctx.client("wafv2").get_web_acl_for_resource(ResourceArn=arn)
    )
    return str(((answer or {}).get("WebACL") or {}).get("ARN", ""))


def check_web_acl(ctx: Context, arn: str) -> None:
    """Raises SpecError if there is none (GetWebACL). Associating it waits until it is created."""
    waf, (name, web_acl_id) = ctx.client("wafv2"), arn.split("/")[-2:]
    if unless(_NO_WEB_ACL, lambda: waf.get_web_acl(Name=name, Scope="REGIONAL", Id=web_acl_id)) is None:
        raise SpecError("web_acl_arn", f"{arn} does not exist.", "Create it first, or correct it.")


def associate(ctx: Context, change: Change, known: Known) -> None:
    """Associate this web ACL, in place of any other."""
    call, arn = ctx.client("wafv2").associate_web_acl, known.get(load_balancer.ADDRESS)
    retry(ctx, lambda: call(WebACLArn=change.data, ResourceArn=arn), codes=_NOT_YET)


def disassociate(ctx: Context, _change: Change, known: Known) -> None:
    """Disassociate the web ACL."""
    ctx.client("wafv2").disassociate_web_acl(ResourceArn=known.get(load_balancer.ADDRESS))


CALLS: t.Final = Calls(kind=KIND, create=associate, update=associate, delete=disassociate)
