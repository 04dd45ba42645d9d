# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A running service gets a read-only file system with places to write, and may reach only what it needs."""

from __future__ import annotations

import typing as t

import pytest

from sandbox import Sandbox

from .world import SERVICE, Deploy, changed, container, definition_of, healthy, reasons, rolled_out

pytestmark = pytest.mark.once
GROUP, TRIM = ("security_group", "service"), ("security_group_trim", "service")
DEFINITION = ("task_definition", "main")
HARDENED: dict[str, t.Any] = {
    "containers": [
        container(
            readonly_root_filesystem=True,
            user="1000",
            mount_points=[{"volume": "cache", "path": "/var/cache"}, {"volume": "uploads", "path": "/uploads"}],
            tmpfs=[{"path": "/tmp", "size": 64, "options": ["noexec"]}],
            drop_capabilities=["ALL"],
        )
    ],
    "volumes": [
        {"name": "cache"},
        {"name": "uploads", "efs": {"file_system_id": "fs-0123456789abcdef0", "iam": True}},
    ],
    "egress": [
        {"cidr": "0.0.0.0/0", "port": 443},
        {"cidr": "10.9.0.0/16", "port": 2049, "description": "EFS"},
    ],
    "log_mode": "non-blocking",
    "log_buffer_size": "25m",
}


def egress_of(aws: Sandbox) -> dict[str, t.Any]:
    filters = [{"Name": "tag:Resource", "Values": ["security_group/service"]}]
    (group,) = aws.client("ec2").describe_security_groups(Filters=filters)["SecurityGroups"]
    return {"id": group["GroupId"], "ports": {each.get("FromPort") for each in group["IpPermissionsEgress"]}}


def test_a_running_service_is_hardened_repaired_and_set_free_again(aws: Sandbox, deploy: Deploy) -> None:
    deploy()
    rolled_out(aws)
    expected = {GROUP, TRIM, DEFINITION, SERVICE}
    assert changed(deploy(check_mode=True, **HARDENED)) == expected
    assert changed(deploy(**HARDENED)) == expected
    assert healthy(aws) == 2
    assert egress_of(aws)["ports"] == {443, 2049}
    found = definition_of(aws)
    assert [each["name"] for each in found["volumes"]] == ["cache", "uploads"]
    (app,) = found["containerDefinitions"]
    assert app["logConfiguration"]["options"]["max-buffer-size"] == "25m"
    assert deploy(**HARDENED)["changes"] == []

    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    aws.client("ec2").authorize_security_group_egress(GroupId=egress_of(aws)["id"], IpPermissions=[everything])
    assert reasons(deploy(**HARDENED)) == {"security_group": "differs in rules"}
    assert egress_of(aws)["ports"] == {443, 2049}

    assert changed(deploy()) == expected
    assert egress_of(aws)["ports"] == {None}
    assert deploy()["changes"] == []
