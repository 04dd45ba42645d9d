# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results as Markdown, put between markers in documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.results import Ratio, ratios_of

LABELS = {"ours": "everlook.failover", "terraform": "Terraform", "stock": "stock modules"}
PHASES = {
    "first": "first deployment",
    "nothing": "nothing to do",
    "check": "dry run of another image",
    "image": "another image",
    "destroy": "destroy",
}
_MARK = "<!-- {kind}: {name} -->"


def put(path: Path, sections: Mapping[str, str], kind: str = "benchmark") -> None:
    """Replace the text in a file between the marker of each section and the next end marker of the same kind.

    Sections without a marker in the file are left out.
    """
    text, end = path.read_text(), _MARK.format(kind=kind, name="end")
    for name, content in sections.items():
        start = _MARK.format(kind=kind, name=name)
        if start in text:
            before, _, rest = text.partition(start)
            after = rest.partition(end)[2]
            text = f"{before}{start}\n\n{content.rstrip()}\n\n{end}{after}"
    path.write_text(text)


def sections(data: Mapping[str, Any]) -> dict[str, str]:
    """All sections by name."""
    return {
        "summary": summary(data),
        "phases": phases(data["measurements"]),
        "latencies": latencies(data["measurements"]),
        "ratios": ratios(ratios_of(data)),
        "slow": slow(data.get("slow")),
        "scale": scale(data.get("scale")),
        "machine": machine(data),
    }


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def summary(data: Mapping[str, Any]) -> str:
    """Only wall seconds, for the README."""
    known = {(item["contender"], item["phase"]): item for item in data["measurements"] if not item["latency_ms"]}
    names = [name for name in LABELS if any(contender == name for contender, _phase in known)]
    rows = [
        [label, *(_seconds(known[name, phase]["wall"]) if (name, phase) in known else "" for name in names)]
        for phase, label in PHASES.items()
    ]
    return table(["wall, seconds", *(LABELS[name] for name in names)], rows)


def phases(measurements: Iterable[Mapping[str, Any]]) -> str:
    """All measurements without added latency."""
    rows = [
        [
            PHASES[item["phase"]],
            LABELS[item["contender"]],
            _seconds(item["wall"]),
            _seconds(item["cpu"]),
            f"{item['peak_pss_mib']:.0f}",
            str(item["reads"]),
            str(item["writes"]),
            str(item["runs"]),
        ]
        for item in measurements
        if not item["latency_ms"]
    ]
    return table(["", "by", "wall, s", "CPU, s", "peak PSS, MiB", "reads", "writes", "runs"], rows)


def latencies(measurements: Iterable[Mapping[str, Any]]) -> str:
    """Wall seconds by added latency, of phases with several."""
    walls: dict[tuple[str, str], dict[int, float]] = {}
    for item in measurements:
        walls.setdefault((item["phase"], item["contender"]), {})[item["latency_ms"]] = item["wall"]
    added = sorted({latency for found in walls.values() for latency in found})
    rows = [
        [PHASES[phase], LABELS[name], *(_seconds(found[latency]) if latency in found else "" for latency in added)]
        for (phase, name), found in walls.items()
        if len(found) > 1
    ]
    return table(["wall, seconds", "by", *(f"+{latency} ms a call" for latency in added)], rows)


def ratios(found: Iterable[Ratio]) -> str:
    """The ratios with their limits, and whether they hold."""
    rows = [[f"`{item.name}`", *_verdict(item)] for item in found]
    return table(["ratio", "measured", "at most", "held"], rows)


def _verdict(ratio: Ratio) -> tuple[str, str, str]:
    limit = f"{ratio.limit:g}"
    if ratio.value is None:
        return "not measured", limit, ""
    return f"{ratio.value:.2f}", limit, "yes" if ratio.held else "**no**"


def slow(found: Mapping[str, Any] | None) -> str:
    """The first deployment with provisioning as slow as AWS."""
    if not found:
        return "Not measured."
    factor = "" if found["factor"] == 1 else f" (durations divided by {found['factor']:g}: no comparison)"
    rows = [["critical path", _seconds(found["critical_path"])]]
    rows += [[LABELS[name], _seconds(found[name])] for name in ("ours", "terraform") if name in found]
    if found.get("fixed_sleeps"):
        rows.append(
            ["Terraform's fixed sleeps alone, from the run with instant provisioning", _seconds(found["fixed_sleeps"])]
        )
    return table([f"first deployment{factor}", "seconds"], rows) + f"\n\nCritical path: {' → '.join(found['steps'])}."


def scale(found: Mapping[str, Any] | None) -> str:
    """Runs with nothing to do, by size."""
    if not found or not any(found.values()):
        return "Not measured."
    rows = [
        [
            str(point["regions"]),
            str(point["services"]),
            _seconds(point["first"]["wall"]),
            _seconds(point["nothing"]["wall"]),
            _seconds(point["nothing"]["cpu"]),
            f"{point['nothing']['peak_pss_mib']:.0f}",
            str(point["nothing"]["reads"] + point["nothing"]["writes"]),
            str(max(point["first"]["route53"], point["nothing"]["route53"])),
        ]
        for point in [*found["regions"], *found["services"]]
    ]
    size, cost = ["regions", "services in each"], ["first, s", "nothing to do, s", "CPU, s", "peak PSS, MiB", "calls"]
    return table([*size, *cost, "Route 53 in a second"], rows)


def machine(data: Mapping[str, Any]) -> str:
    """The machine, versions and command."""
    about = data["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in data["versions"].items())
    return (
        f"Measured {data['date']} with `{data['command']}` on {about['cores']} cores ({about['processor']}), "
        f"{about['memory_gib']} GiB, {about['system']}, load before the start {about['load_before']}. {versions}."
    )


def _seconds(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"
