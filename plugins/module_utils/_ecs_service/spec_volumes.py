# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes of a task and where its containers mount them: parsing of the options, and AWS's limits. Pure.

Sources: ECS API, Volume, EFSVolumeConfiguration, MountPoint and Tmpfs. Fargate has supported tmpfs since January 2026
("Amazon ECS now supports tmpfs mounts on AWS Fargate and ECS Managed Instances").
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._aws.limits import PORTS
from .._aws.validation import check_range
from .._engine.errors import SpecError
from .._engine.unknown import is_unknown

NFS: t.Final = 2049
_NAME: t.Final = re.compile(r"[A-Za-z0-9_-]{1,255}", re.ASCII)
_FILE_SYSTEM: t.Final = re.compile(r"fs-[0-9a-f]{8,40}", re.ASCII)
_ACCESS_POINT: t.Final = re.compile(r"fsap-[0-9a-f]{8,40}", re.ASCII)
_TMPFS_OPTIONS: t.Final = frozenset(
    {
        *("defaults", "ro", "rw", "suid", "nosuid", "dev", "nodev", "exec", "noexec", "sync", "async", "dirsync"),
        *("remount", "mand", "nomand", "atime", "noatime", "diratime", "nodiratime", "bind", "rbind", "unbindable"),
        *("runbindable", "private", "rprivate", "shared", "rshared", "slave", "rslave", "relatime", "norelatime"),
        *("strictatime", "nostrictatime", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "mpol"),
    }
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class FileSystem:
    """A file system of Amazon EFS. None and empty strings are AWS's default."""

    file_system_id: str
    root_directory: str
    access_point_id: str
    iam: bool
    transit_encryption: bool
    transit_encryption_port: int | None

    def request(self) -> dict[str, t.Any]:
        """ECS's EFSVolumeConfiguration."""
        authorization: dict[str, t.Any] = {"iam": "ENABLED" if self.iam else "DISABLED"}
        if self.access_point_id:
            authorization["accessPointId"] = self.access_point_id
        wanted = {
            "fileSystemId": self.file_system_id,
            "rootDirectory": self.root_directory,
            "transitEncryption": "ENABLED" if self.transit_encryption else "DISABLED",
            "transitEncryptionPort": self.transit_encryption_port,
            "authorizationConfig": authorization if self.iam or self.access_point_id else None,
        }
        return {key: value for key, value in wanted.items() if value}


@dataclasses.dataclass(frozen=True)
class Volume:
    """A volume of the task; without a file system it uses the task's ephemeral storage."""

    name: str
    file_system: FileSystem | None

    def request(self) -> dict[str, t.Any]:
        """ECS's Volume."""
        efs = {"efsVolumeConfiguration": self.file_system.request()} if self.file_system else {}
        return {"name": self.name, **efs}


@dataclasses.dataclass(frozen=True)
class MountPoint:
    """Where a container mounts a volume."""

    volume: str
    path: str
    read_only: bool


@dataclasses.dataclass(frozen=True)
class Tmpfs:
    """A directory in memory; ``size`` in MiB."""

    path: str
    size: int
    options: tuple[str, ...]


def parse_volumes(params: t.Mapping[str, t.Any]) -> tuple[Volume, ...]:
    """The volumes of the task. Raises SpecError."""
    volumes = tuple(_volume(item, params["operating_system"]) for item in params["volumes"] or ())
    if len({volume.name for volume in volumes}) < len(volumes):
        raise SpecError("volumes", "two volumes have the same name.")
    return volumes


def _volume(item: t.Mapping[str, t.Any], system: str) -> Volume:
    name = item["name"]
    if not _NAME.fullmatch(name):
        raise SpecError("volumes", f"{name!r} may have up to 255 letters, digits, hyphens and underscores.")
    if not item["efs"]:
        return Volume(name, None)
    if system != "LINUX":
        raise SpecError(f"volumes[{name}].efs", f"needs operating_system LINUX, and it is {system}.")
    return Volume(name, _file_system(item["efs"], f"volumes[{name}].efs"))


def _file_system(given: t.Mapping[str, t.Any], where: str) -> FileSystem:
    for option, pattern, like in (
        ("file_system_id", _FILE_SYSTEM, "fs-0123456789abcdef0"),
        ("access_point_id", _ACCESS_POINT, "fsap-0123456789abcdef0"),
    ):
        value = given[option]
        if value and not is_unknown(value) and not pattern.fullmatch(value):
            raise SpecError(f"{where}.{option}", f"{value!r} is not such an ID.", f"It looks like {like}.")
    root = given["root_directory"] or ""
    if root and not root.startswith("/"):
        raise SpecError(f"{where}.root_directory", f"{root!r} is not absolute.", f"Write /{root}.")
    if given["access_point_id"] and root not in ("", "/"):
        raise SpecError(
            f"{where}.root_directory", "does not go with access_point_id, which has a directory of its own."
        )
    if not given["transit_encryption"]:
        for option in ("access_point_id", "iam", "transit_encryption_port"):
            if given[option]:
                raise SpecError(f"{where}.transit_encryption", f"has to be true with {option}.")
    if given["transit_encryption_port"] is not None:
        check_range(f"{where}.transit_encryption_port", given["transit_encryption_port"], *PORTS)
    return FileSystem(
        file_system_id=given["file_system_id"],
        # The default is the root.
        root_directory="" if root == "/" else root,
        access_point_id=given["access_point_id"] or "",
        iam=given["iam"],
        transit_encryption=given["transit_encryption"],
        transit_encryption_port=given["transit_encryption_port"],
    )


def parse_mount_points(items: t.Sequence[t.Mapping[str, t.Any]] | None) -> tuple[MountPoint, ...]:
    """A container's mount points."""
    return tuple(MountPoint(item["volume"], item["path"], item["read_only"]) for item in items or ())


def parse_tmpfs(items: t.Sequence[t.Mapping[str, t.Any]] | None, option: str) -> tuple[Tmpfs, ...]:
    """A container's tmpfs mounts. Raises SpecError."""
    for item in items or ():
        if item["size"] < 1:
            raise SpecError(option, f"{item['path']}: a size of {item['size']} MiB is not valid.")
        strange = [each for each in item["options"] or () if each.partition("=")[0] not in _TMPFS_OPTIONS]
        if strange:
            raise SpecError(option, f"{item['path']}: {', '.join(strange)}: no option that ECS takes.")
    return tuple(Tmpfs(item["path"], item["size"], tuple(item["options"] or ())) for item in items or ())


def check_paths(where: str, mount_points: t.Iterable[MountPoint], tmpfs: t.Iterable[Tmpfs]) -> None:
    """Raise SpecError for a path that is not absolute, or is used twice."""
    seen = set()
    for option, path in (
        *((f"{where}.mount_points", item.path) for item in mount_points),
        *((f"{where}.tmpfs", item.path) for item in tmpfs),
    ):
        # A Windows container's path begins with a drive.
        if not re.match(r"/|[A-Za-z]:\\", path):
            raise SpecError(option, f"{path!r} is not an absolute path.")
        if path in seen:
            raise SpecError(option, f"{path} is there twice.")
        seen.add(path)
