# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The web ACL of AWS WAF that filters the load balancer's requests. Pure; the calls are in the sister file.

A load balancer has one or none, and it goes with the load balancer (AWS WAFV2, AssociateWebACL). Without the option it
is left as it is: Firewall Manager may have set it.
"""

from __future__ import annotations

import re
import typing as t

from ..._engine.changes import create, delete, update
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
    """The option ``web_acl_arn``; an empty text for none at all. Raises SpecError."""
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
    """Its change. The data of a creation or update are the ARN of the web ACL."""
    wanted, found = spec.web_acl_arn, snapshot.web_acl_arn
    if spec.absent or wanted is None:
        return
    if not found and wanted:
        needs = {load_balancer.ADDRESS, f"{load_balancer.ACTIVE}/main"}
        yield create(ADDRESS, {"web_acl_arn": wanted}, data=wanted, needs=needs)
    elif found and not wanted:
        yield delete(ADDRESS, {"web_acl_arn": found}, reason="web_acl_arn is empty")
    elif found:
        yield update(ADDRESS, {"web_acl_arn": found}, {"web_acl_arn": wanted}, data=wanted)


def identify(_snapshot: Snapshot) -> dict[str, dict[str, str]]:
    """It has no attributes that others need."""
    return {}


RESOURCE: t.Final = Resource(kind=KIND, plan=plan, identify=identify)
