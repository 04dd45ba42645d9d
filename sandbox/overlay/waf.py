# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS WAF: a load balancer has one web ACL at most, and none when it is gone.

moto allows several, and accepts ARNs of missing load balancers. AWS WAFV2, AssociateWebACL.
"""

from __future__ import annotations

from typing import Any

from moto.elbv2.models import elbv2_backends
from moto.wafv2.exceptions import WAFNonexistentItemException
from moto.wafv2.responses import WAFV2Response

from sandbox.overlay.base import Call, corrects


@corrects(WAFV2Response, "AssociateWebACL")
def associate_web_acl(call: Call) -> Any:
    """AssociateWebACL replaces the former web ACL."""
    arn = _load_balancer(call)
    if call.get("WebACLArn") not in call.backend.wacls:
        raise WAFNonexistentItemException
    call.backend.disassociate_web_acl(arn)
    call.backend.associate_web_acl(call.get("WebACLArn"), arn)
    return {}


@corrects(WAFV2Response, "GetWebACLForResource")
def get_web_acl_for_resource(call: Call) -> Any:
    """GetWebACLForResource: without a web ACL the answer is empty."""
    found = call.backend.get_web_acl_for_resource(_load_balancer(call))
    return {"WebACL": found.to_dict()} if found else {}


@corrects(WAFV2Response, "DisassociateWebACL")
def disassociate_web_acl(call: Call) -> Any:
    """DisassociateWebACL."""
    call.backend.disassociate_web_acl(_load_balancer(call))
    return {}


def _load_balancer(call: Call) -> str:
    arn = str(call.get("ResourceArn"))
    if arn not in elbv2_backends[call.account][call.region].load_balancers:
        raise WAFNonexistentItemException
    return arn
