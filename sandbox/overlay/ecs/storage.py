# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes and Linux parameters: what ECS refuses in a task definition.

From the ECS API, EFSVolumeConfiguration, MountPoint, LinuxParameters and KernelCapabilities, and the Developer Guide,
"Task definition differences for Fargate" and "Fargate Linux platform versions".
"""

from __future__ import annotations

from typing import Any

from sandbox.overlay.base import AwsError
from sandbox.overlay.ecs.common import client_error

_NOT_ON_FARGATE = ("devices", "sharedMemorySize", "maxSwap", "swappiness")


def check(volumes: list[dict[str, Any]], containers: list[dict[str, Any]]) -> None:
    """Check what ECS refuses in any task definition. Raises ClientException."""
    names = [volume.get("name", "") for volume in volumes]
    if len(set(names)) < len(names):
        raise client_error("Volume names must be unique within a task definition.")
    for volume in volumes:
        if "efsVolumeConfiguration" in volume:
            _check_file_system(volume["efsVolumeConfiguration"])
    for container in containers:
        points = container.get("mountPoints") or []
        for point in points:
            if point.get("sourceVolume") not in names:
                raise client_error(f"Unknown volume '{point.get('sourceVolume')}'.")
        paths = [point.get("containerPath") for point in points]
        if len(set(paths)) < len(paths):
            raise client_error("Mount points must have different container paths.")


def _check_file_system(wanted: dict[str, Any]) -> None:
    authorization = wanted.get("authorizationConfig") or {}
    needs_encryption = authorization.get("accessPointId") or authorization.get("iam") == "ENABLED"
    if needs_encryption and wanted.get("transitEncryption") != "ENABLED":
        raise client_error("Transit encryption must be enabled to use an EFS access point or IAM authorization.")
    if authorization.get("accessPointId") and wanted.get("rootDirectory", "/") != "/":
        raise client_error("The root directory must be omitted or '/' with an EFS access point.")


def check_fargate(volumes: list[dict[str, Any]], containers: list[dict[str, Any]]) -> None:
    """Check what Fargate does not support. Raises ClientException."""
    for volume in volumes:
        if volume.get("dockerVolumeConfiguration") or (volume.get("host") or {}).get("sourcePath"):
            raise client_error("Fargate supports neither Docker volumes nor paths of the host.")
    for container in containers:
        linux = container.get("linuxParameters") or {}
        for name in _NOT_ON_FARGATE:
            if linux.get(name):
                raise client_error(f"Fargate does not support {name}.")
        added = set((linux.get("capabilities") or {}).get("add") or []) - {"SYS_PTRACE"}
        if added:
            raise client_error(f"Fargate does not allow to add the capabilities {', '.join(sorted(added))}.")


def check_platform(version: str, definition: Any, *, execute_command: bool) -> None:
    """Check what needs platform version 1.4.0. Raises PlatformTaskDefinitionIncompatibilityException."""
    linux = [item.get("linuxParameters") or {} for item in definition.container_definitions]
    needs = (
        execute_command
        or definition.ephemeral_storage
        or any(volume.get("efsVolumeConfiguration") for volume in definition.volumes or ())
        or any(each.get("tmpfs") or (each.get("capabilities") or {}).get("add") for each in linux)
    )
    windows = str((definition.runtime_platform or {}).get("operatingSystemFamily", "")).startswith("WINDOWS")
    if needs and not windows and version < "1.4.0":
        text = "One or more of the requested capabilities are not supported."
        raise AwsError("PlatformTaskDefinitionIncompatibilityException", text)
