# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS WAF's associations with load balancers."""

from __future__ import annotations

from typing import Any

from .conftest import Local
from .helpers import create_balancer, create_public_network, refused


def test_a_load_balancer_has_one_web_acl_at_most(local: Local, ec2: Any, elb: Any) -> None:
    waf = local.client("wafv2")
    config = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "x"}
    first, second = (
        waf.create_web_acl(Name=name, Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=config)[
            "Summary"
        ]["ARN"]
        for name in ("first", "second")
    )
    _vpc, subnets = create_public_network(ec2)
    arn = create_balancer(elb, subnets)["LoadBalancerArn"]
    assert "WebACL" not in waf.get_web_acl_for_resource(ResourceArn=arn)
    for wanted in (first, second):
        waf.associate_web_acl(WebACLArn=wanted, ResourceArn=arn)
    assert waf.get_web_acl_for_resource(ResourceArn=arn)["WebACL"]["ARN"] == second
    waf.disassociate_web_acl(ResourceArn=arn)
    assert "WebACL" not in waf.get_web_acl_for_resource(ResourceArn=arn)
    for wanted, resource in ((first, arn[:-1]), (first[:-1], arn)):
        with refused("WAFNonexistentItemException"):
            waf.associate_web_acl(WebACLArn=wanted, ResourceArn=resource)
