# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No wait of a plugin is silent: it is a ``Waiting`` of the engine, which tells, or stands here with the reason."""

from __future__ import annotations

import ast
import typing as t
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"

# File → functions in it that pause by themselves, each with the reason.
REASONS: t.Final = {
    "module_utils/_engine/apply.py": {"_collect": "tells of every step, every five seconds"},
    "module_utils/_engine/context.py": {"sleep": "what waits are made of"},
    "module_utils/_engine/gather.py": {"gather": "for AWS's answers, of which reporting_slow_calls tells"},
    "module_utils/_engine/lease_calls.py": {"_keep": "a thread beside the task, which renews the lease"},
    "module_utils/_engine/retry.py": {
        "retry": "within a step, of which apply tells, or for less than five seconds",
        "until_found": "the same",
        "create_once": "the same",
    },
    "module_utils/_engine/waiting.py": {"pause": "tells", "report": "reports slow calls"},
    "module_utils/_failover_drill/detector.py": {"_run": "a thread beside the drill, which tells"},
    "module_utils/_failover_drill/prober.py": {"_run": "a thread beside the drill, which tells"},
    "module_utils/_failover_drill/visitor.py": {"_run": "a thread beside the drill, which tells"},
    "module_utils/_failover_drill/guardian.py": {"_heal": "a process without a terminal; its log has every attempt"},
    "module_utils/_failover_drill/drill.py": {
        "pause": "tells; it must not end when the run is stopped, because it heals",
        "_heal": "three seconds in all",
    },
    "module_utils/_failover_drill/journal.py": {"locked": "a run has a Waiting; a drill waits for its guardian"},
    "module_utils/_failover_drill/start_guardian.py": {
        "dismiss": "for the end of a process whose pipe is closed, just after the drill has told its end",
        "_first_line": "for a process to begin, which takes less than a second",
    },
    "module_utils/_failover_drill/undo.py": {"pause": "by what it was given: a Waiting, or the guardian's sleep"},
    "plugin_utils/worker/read_ahead.py": {"ahead_of": "ten seconds at most, which its own calls would take"},
    "plugin_utils/worker/releases.py": {"_wait": "says what for at once"},
    "plugin_utils/worker/smoke_request.py": {"problem": "the gate says what for at once, and for how long at most"},
    "plugin_utils/lock.py": {"_wait": "says what for at once, and for how long at most"},
}


def pauses(path: Path) -> set[str]:
    """The functions in which something is called whose name is that of a wait."""
    found: set[str] = set()

    def look(node: ast.AST, function: str) -> None:
        name = getattr(node, "name", function) if isinstance(node, ast.FunctionDef) else function
        if isinstance(node, ast.Call) and _name(node.func) in {"sleep", "wait", "get_waiter"}:
            found.add(name)
        if isinstance(node, ast.Attribute) and node.attr == "sleep":
            found.add(name)  # also one that is handed on
        for child in ast.iter_child_nodes(node):
            look(child, name)

    look(ast.parse(path.read_text()), "")
    return found


def _name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def test_whatever_waits_tells_what_for() -> None:
    found = {
        str(path.relative_to(PLUGINS)): functions
        for path in sorted(PLUGINS.rglob("*.py"))
        if (functions := pauses(path))
    }
    assert found == {path: set(functions) for path, functions in REASONS.items()}


def test_no_playbook_repeats_a_task_in_silence() -> None:
    """Ansible tells of `until` only with -v; of `pause` it tells by itself."""
    files = [*(ROOT / "playbooks").rglob("*.yml"), *ROOT.glob("roles/*/tasks/*.yml")]
    assert files
    for path in files:
        assert not {"until", "wait_for", "ansible.builtin.wait_for"} & set(_keys(yaml.safe_load(path.read_text()))), (
            path
        )


def _keys(node: t.Any) -> t.Iterator[str]:
    if isinstance(node, dict):
        yield from node
        for value in node.values():
            yield from _keys(value)
    elif isinstance(node, list):
        for item in node:
            yield from _keys(item)
