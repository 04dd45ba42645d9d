# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers of a task: parsing of their options, and AWS's limits for a single container."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._aws.limits import PORTS
from .._aws.validation import check_range
from .._engine.errors import SpecError
from .._engine.unknown import is_unknown
from .spec_logs import check_log_options
from .spec_volumes import MountPoint, Tmpfs, check_paths, parse_mount_points, parse_tmpfs

# ECS API, ContainerDefinition: name, environment, secrets. The shells of images take no other variable names.
_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
# github.com/distribution/reference: [host[:port]/]path[:tag][@digest], the path in lower case.
_IMAGE = re.compile(
    r"(?:[\w.-]+(?::\d+)?/)?[a-z0-9]+(?:(?:[._/]|__|-+)[a-z0-9]+)*(?::\w[\w.-]{0,127})?"
    # OCI image specification, "Digests"
    r"(?:@(?:sha256:[0-9a-f]{64}|(?!sha256:)[\w+.-]+:[0-9a-fA-F]{32,}))?",
    re.ASCII,
)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_SECRET = re.compile(r"arn:[\w-]+:(?:secretsmanager:[\w-]+:\d*:secret:.+|ssm:[\w-]+:\d*:parameter/.+)")
# ECS API, UlimitName.
_ULIMITS: t.Final = frozenset(
    {
        *("core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio"),
        *("rttime", "sigpending", "stack"),
    }
)
# ECS API, KernelCapabilities.
_CAPABILITIES: t.Final = frozenset(
    {
        *("ALL", "AUDIT_CONTROL", "AUDIT_WRITE", "BLOCK_SUSPEND", "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER"),
        *("FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE", "LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD"),
        *("NET_ADMIN", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID"),
        *("SYS_ADMIN", "SYS_BOOT", "SYS_CHROOT", "SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO"),
        *("SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "SYSLOG", "WAKE_ALARM"),
    }
)
# ECS API, HealthCheck: (least, most), in seconds except for retries.
_HEALTH_RANGES: t.Final = {"interval": (5, 300), "timeout": (2, 60), "retries": (1, 10), "start_period": (0, 300)}
# ECS API, ContainerDefinition, startTimeout and stopTimeout: Fargate's maximum, in seconds.
_TIMEOUT_MOST: t.Final = 120


@dataclasses.dataclass(frozen=True, kw_only=True)
class Port:
    """A port that a container listens on."""

    number: int
    protocol: str
    name: str | None
    app_protocol: str | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """The health check that ECS runs in a container. Seconds, except ``retries``."""

    command: tuple[str, ...]
    interval: int
    timeout: int
    retries: int
    start_period: int


@dataclasses.dataclass(frozen=True)
class Dependency:
    """A container that must reach a condition (``START``, …) before this one starts."""

    container: str
    condition: str


@dataclasses.dataclass(frozen=True)
class Ulimit:
    """A kernel resource limit; -1 is unlimited."""

    name: str
    soft: int
    hard: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Container:
    """One container. ``cpu`` in CPU units, ``memory`` in MiB, timeouts in seconds; None is AWS's default.

    :param environment: values may be secret: never shown.
    :param secrets: name of the variable → ARN of the secret or parameter.
    """

    name: str
    image: str
    essential: bool
    command: tuple[str, ...]
    entry_point: tuple[str, ...]
    working_directory: str | None
    user: str | None
    environment: t.Mapping[str, str] = dataclasses.field(repr=False)
    secrets: t.Mapping[str, str]
    repository_credentials: str | None
    cpu: int | None
    memory: int | None
    memory_reservation: int | None
    ports: tuple[Port, ...]
    health_check: HealthCheck | None
    depends_on: tuple[Dependency, ...]
    readonly_root_filesystem: bool
    mount_points: tuple[MountPoint, ...]
    tmpfs: tuple[Tmpfs, ...]
    drop_capabilities: tuple[str, ...]
    add_capabilities: tuple[str, ...]
    init_process: bool
    start_timeout: int | None
    stop_timeout: int | None
    ulimits: tuple[Ulimit, ...]
    docker_labels: t.Mapping[str, str]
    log_options: t.Mapping[str, str]


def parse_image(option: str, image: str, region: str) -> str:
    """The image with ``{region}`` replaced by the region's name. Raises SpecError."""
    named = image.replace("{region}", region)
    if not is_unknown(named) and not _IMAGE.fullmatch(named):
        braces = " {region} is the only name in braces." if "{" in image else ""
        raise SpecError(
            option, f"{image!r} is not an image.", f"Write repository/image:tag or an image's digest.{braces}"
        )
    return named


def parse_container(params: t.Mapping[str, t.Any], region: str) -> Container:
    """A container from its suboptions. Raises SpecError."""
    where = f"containers[{params['name']}]"
    _check_text(params, where)
    container = Container(
        name=params["name"],
        image=parse_image(f"{where}.image", params["image"], region),
        essential=params["essential"],
        command=tuple(params["command"] or ()),
        entry_point=tuple(params["entry_point"] or ()),
        working_directory=params["working_directory"] or None,  # ECS drops empty strings, here and below
        user=params["user"] or None,
        environment=_texts(params["environment"], f"{where}.environment"),
        secrets=_secrets(params["secrets"], f"{where}.secrets"),
        repository_credentials=params["repository_credentials"] or None,
        cpu=params["cpu"],
        memory=params["memory"],
        memory_reservation=params["memory_reservation"],
        ports=_ports(params["port_mappings"], f"{where}.port_mappings"),
        health_check=_health_check(params["health_check"], f"{where}.health_check"),
        depends_on=tuple(
            Dependency(item["container"], item["condition"].upper()) for item in params["depends_on"] or ()
        ),
        readonly_root_filesystem=params["readonly_root_filesystem"],
        mount_points=parse_mount_points(params["mount_points"]),
        tmpfs=parse_tmpfs(params["tmpfs"], f"{where}.tmpfs"),
        drop_capabilities=_capabilities(params["drop_capabilities"], f"{where}.drop_capabilities"),
        add_capabilities=tuple(sorted(set(params["add_capabilities"] or ()))),
        init_process=params["init_process"],
        start_timeout=params["start_timeout"],
        stop_timeout=params["stop_timeout"],
        ulimits=_ulimits(params["ulimits"], f"{where}.ulimits"),
        docker_labels=_texts(params["docker_labels"], f"{where}.docker_labels"),
        log_options=_texts(params["log_options"], f"{where}.log_options"),
    )
    check_log_options(f"{where}.log_options", container.log_options)
    _check_numbers(container, where)
    check_paths(where, container.mount_points, container.tmpfs)
    return container


def _check_text(params: t.Mapping[str, t.Any], where: str) -> None:
    if not _NAME.fullmatch(params["name"]):
        raise SpecError(f"{where}.name", "may have up to 255 letters, digits, hyphens and underscores.")
    credentials = params["repository_credentials"]
    if credentials and not is_unknown(credentials) and ":secretsmanager:" not in credentials:
        raise SpecError(f"{where}.repository_credentials", "is not an ARN of a Secrets Manager secret.")
    twice = sorted((params["environment"] or {}).keys() & (params["secrets"] or {}).keys())
    if twice:
        raise SpecError(f"{where}.secrets", f"{', '.join(twice)}: also in environment.", "Keep one of the two.")
    for option in ("environment", "secrets"):
        for name in params[option] or {}:
            if not _VARIABLE.fullmatch(str(name)):
                raise SpecError(f"{where}.{option}", f"{name!r} cannot be the name of an environment variable.")


def _check_numbers(container: Container, where: str) -> None:
    for option, least in (("start_timeout", 2), ("stop_timeout", 0)):
        seconds = getattr(container, option)
        if seconds is not None and not least <= seconds <= _TIMEOUT_MOST:
            raise SpecError(f"{where}.{option}", f"{seconds} s is out of range.", f"Fargate allows {_TIMEOUT_MOST} s.")
    if container.cpu is not None and container.cpu < 0:
        raise SpecError(f"{where}.cpu", "cannot be negative.")
    for option in ("memory", "memory_reservation"):
        mebibytes = getattr(container, option)
        if mebibytes is not None and mebibytes < 6:
            raise SpecError(f"{where}.{option}", f"{mebibytes} MiB is too little.", "Docker needs at least 6 MiB.")
    if container.memory is not None and (container.memory_reservation or 0) >= container.memory:
        raise SpecError(f"{where}.memory_reservation", "has to be less than memory.")


def _texts(values: t.Mapping[str, t.Any] | None, option: str) -> dict[str, str]:
    """The values as strings, numbers and booleans as YAML writes them. Raises SpecError."""
    result = {}
    for name, value in (values or {}).items():
        if isinstance(value, bool):
            result[str(name)] = str(value).lower()
        elif isinstance(value, (str, int, float)):
            result[str(name)] = str(value)
        else:
            # Not the value itself: it may be secret.
            raise SpecError(f"{option}.{name}", "is neither text, number nor boolean.", "Encode it as text.")
    return result


def _secrets(values: t.Mapping[str, t.Any] | None, option: str) -> dict[str, str]:
    for name, arn in (values or {}).items():
        if isinstance(arn, str) and arn != arn.strip():
            # As ansible-vault encrypts what echo prints.
            raise SpecError(f"{option}.{name}", "has a blank or a line break at its start or end.", "Remove it.")
        if not is_unknown(arn) and not (isinstance(arn, str) and _SECRET.fullmatch(arn)):
            # Not the value itself: it may be the secret instead of its ARN.
            raise SpecError(
                f"{option}.{name}",
                "is not an ARN of a Secrets Manager secret or an SSM parameter.",
                "Values that are not secret go into environment.",
            )
    return {str(name): str(arn) for name, arn in (values or {}).items()}


def _ports(items: t.Sequence[t.Mapping[str, t.Any]] | None, option: str) -> tuple[Port, ...]:
    ports = tuple(
        Port(
            number=item["container_port"],
            protocol=item["protocol"],
            name=item["name"] or None,
            app_protocol=item["app_protocol"],
        )
        for item in items or ()
    )
    for port in ports:
        check_range(option, port.number, *PORTS)
        if port.app_protocol and not port.name:
            raise SpecError(option, f"port {port.number} has app_protocol without name.", "Give it a name.")
    if len({(port.number, port.protocol) for port in ports}) < len(ports):
        raise SpecError(option, "has the same port twice.")
    return ports


def _health_check(item: t.Mapping[str, t.Any] | None, option: str) -> HealthCheck | None:
    if item is None:
        return None
    command = tuple(item["command"])
    if len(command) < 2 or command[0] not in ("CMD", "CMD-SHELL"):
        raise SpecError(f"{option}.command", "has to start with CMD or CMD-SHELL, and name a command after it.")
    for name, (least, most) in _HEALTH_RANGES.items():
        if not least <= item[name] <= most:
            raise SpecError(f"{option}.{name}", f"{item[name]} is out of range.", f"Use {least} to {most}.")
    return HealthCheck(command=command, **{name: item[name] for name in _HEALTH_RANGES})


def _ulimits(items: t.Sequence[t.Mapping[str, t.Any]] | None, option: str) -> tuple[Ulimit, ...]:
    for item in items or ():
        if item["name"] not in _ULIMITS:
            raise SpecError(option, f"{item['name']!r} is not a limit.", f"Choose from {', '.join(sorted(_ULIMITS))}.")
        if item["hard"] != -1 and not -1 < item["soft"] <= item["hard"]:
            raise SpecError(option, f"{item['name']}: soft is more than hard.")
    ulimits = tuple(Ulimit(item["name"], item["soft"], item["hard"]) for item in items or ())
    if len({ulimit.name for ulimit in ulimits}) < len(ulimits):
        raise SpecError(option, "has the same limit twice.")
    return ulimits


def _capabilities(names: t.Iterable[str] | None, option: str) -> tuple[str, ...]:
    # Docker accepts names with and without CAP_, ECS only without.
    wanted = sorted({name.upper().removeprefix("CAP_") for name in names or ()})
    for name in wanted:
        if name not in _CAPABILITIES:
            raise SpecError(
                option, f"{name!r} is not a capability.", f"Choose from {', '.join(sorted(_CAPABILITIES))}."
            )
    return tuple(wanted)
