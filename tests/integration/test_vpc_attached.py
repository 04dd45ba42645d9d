# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others have attached to a network keeps it from going: it is named before anything is deleted."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError
from ansible_collections.everlook.failover.plugins.module_utils._vpc.layer import LAYER
from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.integration.vpc_witness import Witness

pytestmark = pytest.mark.once


def attach(ec2: t.Any, vpc_id: str) -> dict[str, t.Callable[[], object]]:
    """A phrase that names it → what takes it away again."""
    vpn = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    ec2.attach_vpn_gateway(VpnGatewayId=vpn, VpcId=vpc_id)
    made = ec2.create_egress_only_internet_gateway(VpcId=vpc_id)["EgressOnlyInternetGateway"]
    egress = made["EgressOnlyInternetGatewayId"]
    acl = ec2.create_network_acl(VpcId=vpc_id)["NetworkAcl"]["NetworkAclId"]
    other = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    peer = ec2.create_vpc_peering_connection(VpcId=other, PeerVpcId=vpc_id)["VpcPeeringConnection"]
    peering = peer["VpcPeeringConnectionId"]
    return {
        f"virtual private gateway {vpn}": lambda: ec2.detach_vpn_gateway(VpnGatewayId=vpn, VpcId=vpc_id),
        f"egress-only internet gateway {egress}": lambda: ec2.delete_egress_only_internet_gateway(
            EgressOnlyInternetGatewayId=egress
        ),
        f"network ACL {acl}": lambda: ec2.delete_network_acl(NetworkAclId=acl),
        f"VPC peering connection {peering}": lambda: ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering),
    }


def test_each_is_named_before_the_first_change(aws: Sandbox, run_job: RunJob) -> None:
    run_job(LAYER.job, cidr="10.10.0.0/16", nat_gateways="none")
    seen = Witness.of(aws)
    attached = attach(seen.ec2, seen.vpc_id)
    for phrase, take_away in attached.items():
        mark = aws.requests.mark()
        with pytest.raises(ConflictError, match="cannot be deleted: it holds what by its tags is not of") as caught:
            run_job(LAYER.job, state="absent", check_mode=True)
        assert phrase in str(caught.value)
        assert aws.requests.writes(mark) == []
        take_away()
    assert run_job(LAYER.job, state="absent")["untagged"] == []
    assert run_job(LAYER.job, state="absent", check_mode=True)["changes"] == []
