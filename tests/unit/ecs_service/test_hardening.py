# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tasks may reach, where they may write, and what happens to what they say."""

from __future__ import annotations

import dataclasses
import re
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.resources import (
    task_definition_document as document,
)
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import SpecError
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Plan
from ansible_collections.everlook.failover.plugins.module_utils._engine.unknown import unknown
from ansible_collections.everlook.failover.plugins.module_utils._resources.security_group import Rule, network
from tests.unit.ecs_service.support import REGION, applied, container, spec_of

from .plans import addresses, change_of

HTTPS = {"cidr": "0.0.0.0/0", "port": 443}
PRIVATE = {"cidr": "10.0.0.0/8", "port": 443}
DATABASE = {"cidr": "10.9.0.0/16", "port": 5432, "to_port": 5433, "description": "Database"}
ECR = "1" * 12 + ".dkr.ecr.us-east-1.amazonaws.com/team/app:1"
EFS = {"file_system_id": "fs-0123456789abcdef0"}
UPLOADS = {"name": "uploads", "efs": EFS}
MOUNT = {"volume": "uploads", "path": "/uploads"}


def egress(*rules: dict[str, t.Any], **changes: t.Any) -> list[str]:
    group = spec_of(egress=list(rules), **changes).wanted.group
    return sorted(str(rule) for rule in group.rules if rule.direction == "egress")


def efs(**changes: t.Any) -> dict[str, t.Any]:
    return {"volumes": [{"name": "uploads", "efs": {**EFS, **changes}}]}


def test_tasks_reach_what_the_rules_say() -> None:
    rules: list[dict[str, t.Any]] = [
        HTTPS,
        DATABASE,
        {"prefix_list_id": "pl-0a1"},
        {"security_group_id": unknown(REGION, "security_group/db"), "port": 53, "protocol": "udp"},
        {"cidr": "2001:db8::/32", "protocol": "all"},
    ]
    assert egress(*rules) == [
        "egress all traffic to 2001:db8::/32",
        "egress tcp 0-65535 to pl-0a1",
        "egress tcp 443 to 0.0.0.0/0",
        "egress tcp 5432-5433 to 10.9.0.0/16 (Database)",
        "egress udp 53 to (known after apply: us-east-1/security_group/db)",
    ]


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([], "egress: allows TCP port 443 to nowhere, so no task could start"),
        ([DATABASE], "egress: allows TCP port 443 to nowhere"),
        ([{"cidr": "0.0.0.0/0", "port": 443, "protocol": "udp"}], "egress: allows TCP port 443 to nowhere"),
        ([HTTPS, HTTPS], r"egress\[1\]: is there before: egress tcp 443"),
        ([{"port": 443}], r"egress\[0\]: has 0 of cidr, prefix_list_id, security_group_id"),
        ([{**HTTPS, "prefix_list_id": "pl-1"}], r"egress\[0\]: has 2 of"),
        ([{"cidr": "10.0.0.1/8", "port": 443}], r"egress\[0\].cidr: 10.0.0.1/8 has host bits set"),
        ([{"prefix_list_id": "sg-1"}], r"egress\[0\].prefix_list_id: 'sg-1' is not an id"),
        ([{**HTTPS, "protocol": "all"}], r"egress\[0\]: has a port with protocol all"),
        ([{"cidr": "0.0.0.0/0", "to_port": 443}], r"egress\[0\]: has to_port without port"),
        ([{**HTTPS, "to_port": 80}], r"egress\[0\]: to_port 80 is less than port 443"),
        ([{**HTTPS, "port": 65536}], r"egress\[0\].port: 65536 is out of range"),
        ([{**HTTPS, "description": "ä"}], r"egress\[0\].description: has a character"),
        ([{"cidr": "10.0.0.0/8", "port": port} for port in range(400, 461)], "egress: has more than 60 rules"),
    ],
)
def test_rules_that_cannot_be_are_refused(rules: list[dict[str, t.Any]], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        spec_of(egress=rules)


def test_an_image_of_the_internet_behind_private_addresses_is_told() -> None:
    (warning,) = spec_of(egress=[PRIVATE]).warnings
    assert warning == "egress allows TCP port 443 to private addresses only, and nginx:1.27: not an image in ECR."
    for image in (ECR, "registry.local:5000/app:1"):
        assert spec_of(egress=[PRIVATE], containers=[container(image=image)]).warnings == ()
    assert spec_of(egress=[HTTPS]).warnings == ()


def test_a_file_system_has_to_be_reached() -> None:
    with pytest.raises(SpecError, match="egress: allows TCP port 2049 to nowhere"):
        spec_of(egress=[HTTPS], volumes=[UPLOADS])
    spec_of(egress=[HTTPS, {"security_group_id": "sg-0a1", "port": 2049}], volumes=[UPLOADS])


def test_what_the_former_tasks_reach_is_closed_when_they_are_gone() -> None:
    """They serve until then, and again after a rollback."""
    before, after = spec_of(), spec_of(egress=[HTTPS], containers=[container(image="nginx:2")])
    found = plan(after, applied(before))
    closing = change_of(found, "security_group_trim/service")
    assert {"service/main", "security_group/service"} <= set(addresses(found))
    assert "rollout/main" in closing.needs
    assert [str(rule) for rule in closing.data.delta.revoke] == [
        "egress all traffic to 0.0.0.0/0 (Images, logs, secrets)"
    ]
    assert change_of(found, "security_group/service").data.delta.revoke == ()


def test_without_a_rollout_rules_change_at_once() -> None:
    before, after = spec_of(), spec_of(egress=[HTTPS])
    found = plan(after, applied(before))
    assert addresses(found) == ["security_group/service"]
    assert len(change_of(found, "security_group/service").data.delta.revoke) == 1


def test_a_rule_that_somebody_added_is_drift() -> None:
    spec = spec_of(egress=[HTTPS])
    snapshot = applied(spec)
    assert snapshot.group
    added = Rule(direction="egress", protocol="tcp", from_port=25, to_port=25, peer=network("0.0.0.0/0"))
    group = dataclasses.replace(snapshot.group, rules=snapshot.group.rules | {added})
    assert addresses(plan(spec, dataclasses.replace(snapshot, group=group))) == ["security_group/service"]


REFUSED: list[tuple[dict[str, t.Any], str]] = [
    ({"volumes": [{"name": "a b"}]}, "volumes: 'a b' may have up to 255"),
    ({"volumes": [{"name": "a"}, {"name": "a"}]}, "volumes: two volumes have the same name"),
    (efs(file_system_id="uploads"), r"volumes\[uploads\].efs.file_system_id: 'uploads' is not such an ID"),
    (efs(access_point_id="fs-0123456789abcdef0"), "access_point_id: .* It looks like fsap-"),
    (efs(root_directory="data"), "root_directory: 'data' is not absolute. Write /data"),
    (efs(access_point_id="fsap-0123456789abcdef0", root_directory="/data"), "does not go with access_point_id"),
    (efs(iam=True, transit_encryption=False), "transit_encryption: has to be true with iam"),
    (efs(transit_encryption_port=0), "transit_encryption_port: 0 is out of range"),
    ({"containers": [container(mount_points=[MOUNT])]}, r"containers\[app\].mount_points: uploads: not among the vol"),
    (
        {"containers": [container(mount_points=[{**MOUNT, "path": "up"}])], "volumes": [UPLOADS]},
        "mount_points: 'up' is not an absolute path",
    ),
    (
        {
            "containers": [container(mount_points=[MOUNT], tmpfs=[{"path": "/uploads", "size": 1}])],
            "volumes": [UPLOADS],
        },
        r"containers\[app\].tmpfs: /uploads is there twice",
    ),
    ({"containers": [container(tmpfs=[{"path": "/tmp", "size": 0}])]}, "tmpfs: /tmp: a size of 0 MiB is not valid"),
    (
        {"containers": [container(tmpfs=[{"path": "/tmp", "size": 1, "options": ["nope"]}])]},
        "tmpfs: /tmp: nope: no option that ECS takes",
    ),
    ({"containers": [container(tmpfs=[{"path": "/tmp", "size": 512}])]}, "memory: tmpfs can hold 512 MiB of it"),
    ({"containers": [container(drop_capabilities=["FLY"])]}, "drop_capabilities: 'FLY' is not a capability"),
    ({"containers": [container(log_options={"mode": "fast"})]}, "log_options: mode is 'fast'. Use blocking or non-"),
    ({"containers": [container(log_options={"max-buffer-size": "big"})]}, "max-buffer-size 'big' is not a size"),
    ({"log_buffer_size": "25m"}, "log_buffer_size: is of use with log_mode non-blocking only"),
    (
        {"log_mode": "non-blocking", "log_buffer_size": "25 MB"},
        "log_buffer_size: '25 MB' is not a size. Write it like 25m",
    ),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED, ids=lambda value: str(value)[:60])
def test_what_aws_would_refuse_is_refused_before_the_first_call(changes: dict[str, t.Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        spec_of(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"tmpfs": [{"path": "C:\\tmp", "size": 64}]},
        {"drop_capabilities": ["ALL"]},
        {"add_capabilities": ["SYS_PTRACE"]},
    ],
)
def test_windows_has_nothing_of_linux(changes: dict[str, t.Any]) -> None:
    windows = {"operating_system": "WINDOWS_SERVER_2022_CORE", "cpu": 1024, "memory": 2048}
    with pytest.raises(SpecError, match="is for Linux, and the task is one of Windows"):
        spec_of(**windows, containers=[container(**changes)])
    with pytest.raises(SpecError, match="needs operating_system LINUX"):
        spec_of(**windows, volumes=[UPLOADS])
    point = {"volume": "data", "path": "C:\\data"}
    spec_of(**windows, volumes=[{"name": "data"}], containers=[container(mount_points=[point])])


def test_a_container_writes_where_it_may() -> None:
    """And nothing differs from AWS's answer, in which lists are in another order and defaults are there."""
    access = {"access_point_id": "fsap-0123456789abcdef0", "iam": True, "transit_encryption_port": 2999}
    hardened = container(
        readonly_root_filesystem=True,
        mount_points=[{**MOUNT, "read_only": True}, {"volume": "run", "path": "/run"}],
        tmpfs=[{"path": "/tmp", "size": 64, "options": ["noexec", "mode=1777"]}],
        drop_capabilities=["cap_net_raw", "ALL", "ALL"],
    )
    spec = spec_of(containers=[hardened], volumes=[{"name": "run"}, {"name": "uploads", "efs": {**EFS, **access}}])
    request = document.request(spec, execution_role_arn="execution", task_role_arn="task")
    assert request["volumes"] == [
        {"name": "run"},
        {
            "name": "uploads",
            "efsVolumeConfiguration": {
                "fileSystemId": "fs-0123456789abcdef0",
                "transitEncryption": "ENABLED",
                "transitEncryptionPort": 2999,
                "authorizationConfig": {"iam": "ENABLED", "accessPointId": "fsap-0123456789abcdef0"},
            },
        },
    ]
    (app,) = request["containerDefinitions"]
    assert app["mountPoints"][0] == {"sourceVolume": "uploads", "containerPath": "/uploads", "readOnly": True}
    assert app["linuxParameters"] == {
        "capabilities": {"drop": ["ALL", "NET_RAW"]},
        "tmpfs": [{"containerPath": "/tmp", "size": 64, "mountOptions": ["noexec", "mode=1777"]}],
    }
    assert plan(spec, applied(spec)) == Plan()


def test_the_root_of_a_file_system_is_its_default() -> None:
    assert spec_of(**efs(root_directory="/")) == spec_of(**efs())


def test_a_container_s_own_log_options_come_first() -> None:
    options = {"log_mode": "non-blocking", "log_buffer_size": "25m"}
    spec = spec_of(
        containers=[container(), container(name="b", port_mappings=[], log_options={"mode": "blocking"})], **options
    )
    request = document.request(spec, execution_role_arn="execution", task_role_arn="task")
    of_app, of_b = (each["logConfiguration"]["options"] for each in request["containerDefinitions"])
    assert (of_app["mode"], of_app["max-buffer-size"]) == ("non-blocking", "25m")
    assert of_b["mode"] == "blocking"
    assert "max-buffer-size" not in of_b


def test_nobody_enters_a_container_whose_file_system_is_read_only() -> None:
    (warning,) = spec_of(execute_command=True, containers=[container(readonly_root_filesystem=True)]).warnings
    assert warning == "execute_command cannot enter app: readonly_root_filesystem is set."


TMPFS = [{"path": "/tmp", "size": 64}]


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        (efs(), "volumes[uploads].efs"),
        ({"containers": [container(tmpfs=TMPFS)]}, "containers[app].tmpfs"),
        ({"containers": [container(add_capabilities=["SYS_PTRACE"])]}, "containers[app].add_capabilities"),
        ({"ephemeral_storage": 50}, "ephemeral_storage"),
        ({"execute_command": True}, "execute_command"),
    ],
)
def test_an_old_platform_version_is_refused_for_what_it_does_not_have(changes: dict[str, t.Any], what: str) -> None:
    with pytest.raises(SpecError, match=f"1.3.0 has nothing of {re.escape(what)}, which came with 1.4.0") as refused:
        spec_of(platform_version="1.3.0", **changes)
    assert refused.value.option == "platform_version"
    spec_of(platform_version="1.4.0", **changes)
    spec_of(platform_version="1.3.0")
