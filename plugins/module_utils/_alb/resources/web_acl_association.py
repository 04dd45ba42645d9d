# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The web ACL of AWS WAF that filters the load balancer's requests. Pure; the calls are in the sister file.

A load balancer has at most one, and the association ends with the load balancer (AWS WAFV2, AssociateWebACL). Without
the option it is left alone: Firewall Manager may have set it.
"""

from __future__ import annotations

import re
import typing as t

from ..._engine.changes import change_between
from ..._engine.errors import SpecError
from ..._engine.plan import Step
from ..._engine.resource import Resource
from . import load_balancer

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec

KIND: t.Final = "web_acl_association"
ADDRESS: t.Final = f"{KIND}/main"
_ARN: t.Final = re.compile(r"arn:aws[a-z-]*:wafv2:([a-z0-9-]+):\d{12}:(regional|global)/webacl/[\w-]+/[\w-]+", re.ASCII)


def parse_web_acl(arn: str | None, region: str) -> str | None:
    """The option ``web_acl_arn``; empty for no web ACL. Raises SpecError."""
    if not arn:
        return arn
    found = _ARN.fullmatch(arn)
    if found is None:
        like = f"arn:aws:wafv2:{region}:111111111111:regional/webacl/shop/12345678-1234-1234-1234-123456789012"
        raise SpecError("web_acl_arn", f"{arn!r} is not an ARN of a web ACL.", f"Write it like {like}.")
    if found[2] == "global":
        raise SpecError("web_acl_arn", f"{arn} is for CloudFront.", "A load balancer takes a regional web ACL.")
    if found[1] != region:
        raise SpecError("web_acl_arn", f"{arn} is in {found[1]}.", f"Use one of {region}.")
    return arn


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Step | None]:
    """Its change. ``Change.data`` is the ARN of the web ACL."""
    wanted, found = spec.web_acl_arn, snapshot.web_acl_arn
    if spec.absent or wanted is None:
        return
    yield change_between(
        ADDRESS,
        {"web_acl_arn": found} if found else None,
        {"web_acl_arn": wanted} if wanted else None,
        data=wanted,
        needs=() if found else (load_balancer.ADDRESS, f"{load_balancer.ACTIVE}/main"),
        reason="web_acl_arn is empty",
    )


RESOURCE: t.Final = Resource(kind=KIND, plan=plan)
