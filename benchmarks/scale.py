# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How runs grow with regions and with services."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.compare import INSTANT, SAMPLE_SECONDS, Lane
from benchmarks.contenders import Phase, ours
from benchmarks.results import Measurement, medians
from sandbox import Sandbox
from tests.inventories import over_http

REGIONS = (
    "us-east-1", "us-west-1", "us-west-2", "us-east-2", "eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1",
    "eu-north-1", "ap-northeast-1", "ap-northeast-2", "ap-southeast-1", "ap-southeast-2", "ap-south-1",
    "ca-central-1", "sa-east-1",
)  # fmt: skip
COUNTS = (1, 2, 4, 8, 16)
# The largest stacks exceed the quotas of a new account.
_HEALTH_CHECKS, _VCPUS, _PLENTY = "L-ACB674F3", "L-3032A538", 1000
SERVICES = (1, 5, 20)
# Every call of a run with nothing to do is a read.
COLUMNS = (("wall", "seconds"), ("cpu", "CPU seconds"), ("peak_pss_mib", "MiB, peak"), ("reads", "API calls"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One size: the number of regions and services, and the costs of the two phases."""

    regions: int
    services: int
    first: Measurement
    nothing: Measurement


def inventory(folder: Path, regions: Sequence[str], **variables: Any) -> Path:
    """A copy of inventories/dev over HTTP with these regions, and other variables of the application."""
    copy = over_http(folder / "inventory")
    hosts = {
        region: {"failover_priority": number, "vpc_cidr": f"10.{10 * number}.0.0/16"}
        for number, region in enumerate(regions, 1)
    }
    (copy / "hosts.yml").write_text(json.dumps({"regions": {"hosts": hosts}}))
    (copy / "group_vars" / "regions.yml").write_text(json.dumps(variables))
    return copy


@contextmanager
def _lane(regions: int, folder: Path, **variables: Any) -> Iterator[Lane]:
    with Sandbox(speed=1.0, timings=INSTANT) as aws:
        aws.set_quota(_HEALTH_CHECKS, _PLENTY)
        for region in REGIONS[:regions]:
            aws.set_quota(_VCPUS, _PLENTY, region=region)
        contender = ours(inventory(folder, REGIONS[:regions], **variables))
        contender.prepare(aws, folder)
        yield Lane(contender, aws)


def by_regions(counts: Iterable[int], repeats: int, say: Callable[[str], None]) -> list[Point]:
    """One service in each number of regions."""
    return [_measured(count, 1, repeats, say) for count in counts]


def by_services(counts: Iterable[int], repeats: int, say: Callable[[str], None]) -> list[Point]:
    """Each number of services in two regions, behind one load balancer: a list in the inventory."""
    return [_measured(2, count, repeats, say, app_services=services(count)) for count in counts]


def services(count: int) -> list[dict[str, Any]]:
    """That many items of app_services: each has its own path, and the first one decides the failover."""
    return [
        {
            "name": f"service-{number}",
            "image": "{{ app_image }}",
            "port": "{{ app_port }}",
            "paths": [f"/service-{number}/*"],
            "decides_failover": number == 1,
        }
        for number in range(1, count + 1)
    ]


def _measured(regions: int, number: int, repeats: int, say: Callable[[str], None], **variables: Any) -> Point:
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder, _lane(regions, Path(folder), **variables) as lane:
        point = _point(lane, regions, number, repeats)
    say(_told(point))
    return point


def _point(lane: Lane, regions: int, services: int, repeats: int) -> Point:
    first = lane.measure(Phase.FIRST)
    nothing = [lane.measure(Phase.NOTHING) for _ in range(repeats)]
    nothing.append(lane.measure(Phase.NOTHING, 0.0, SAMPLE_SECONDS))
    measured = medians([first, *nothing])
    return Point(regions=regions, services=services, first=measured[0], nothing=measured[1])


def _told(point: Point) -> str:
    nothing = point.nothing
    return (
        f"scale    {point.regions:>2} regions {point.services:>2} services: first {point.first.wall:.1f} s, "
        f"nothing {nothing.wall:.2f} s, cpu {nothing.cpu:.2f} s, {nothing.calls} calls, {nothing.peak_pss_mib:.0f} MiB"
    )


def plot(regions: Sequence[Mapping[str, Any]], services: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Wall, CPU, memory and calls of a run with nothing to do, by size, as a picture.

    The points are those of the results file: the results may be older.
    """
    import matplotlib as mpl  # noqa: PLC0415  # only the benchmark's own requirements have it

    mpl.use("svg")
    from matplotlib import pyplot  # noqa: PLC0415

    # The same data give the same file.
    mpl.rcParams.update({"svg.hashsalt": "everlook.failover", "font.size": 9})
    figure, axes = pyplot.subplots(2, 4, figsize=(13, 5.5), layout="constrained")
    for row, points, size in ((0, regions, "regions"), (1, services, "services")):
        counts = [point[size] for point in points]
        for column, (number, label) in enumerate(COLUMNS):
            axis = axes[row][column]
            axis.plot(counts, [point["nothing"][number] for point in points], marker="o")
            axis.set_xlabel(size)
            axis.set_ylabel(label)
            axis.set_xticks(counts)
            axis.set_ylim(bottom=0)
            axis.grid(alpha=0.3)
    figure.suptitle("A run with nothing to do")
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
