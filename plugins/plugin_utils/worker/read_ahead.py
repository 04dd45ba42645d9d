# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repeats the last run's reads at the beginning of a run, all at once.

Each task would make its reads one after the other, and only when the tasks before it have ended. A run that changed
nothing stores its reads in a file beside its report, without the answers. When preflight of the next run looks at a
region, a separate process makes these reads, and preflight and the later tasks find the answers. Other reads go to AWS.

An answer is used once, within half a minute, and can only confirm that there is nothing to do: the first task that has
something to change reads everything again, and from then on all reads go to AWS. The same happens once anything but a
layer of this collection has run. If the inventory changes the application, nothing is read ahead for the service and
the layers after it, because its turn in the release comes later.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import pathlib
import pickle  # nosec B403: see records
import sys
import time
import typing as t

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase

from ...module_utils._engine.read_ahead import Read, ReadAhead
from .. import module_defaults
from ..files import replace
from ..jobs.registry import LAYERS, LOCAL
from ..reports import UnreadableError, read
from . import reader
from .connection import connection_of
from .process import is_on
from .records import RECORDS, Asked, Described

# A variable of the plays that read ahead
SWITCH: t.Final = "everlook_failover_reads_ahead"
_PREFLIGHT: t.Final = "preflight"
_FILE: t.Final = "reads.json"
_FRESH_SECONDS: t.Final = 30.0
# Variables of the application, and the modules that wait for a release
_APPLICATION: t.Final = ("app_", "ecs_service_")
_RELEASED: t.Final = frozenset({"ecs_service", "cloudwatch_alarms", "route53_failover"})

Variables = t.Mapping[str, t.Any]


def begin(action: ActionBase, name: str, variables: Variables) -> None:
    """If the module is preflight, start a process that repeats the last run's reads of the region."""
    if name not in (_PREFLIGHT, *LAYERS, *LOCAL):
        RECORDS.spend()
    if name == _PREFLIGHT and _is_on(variables) and RECORDS.begin(f"{os.getppid()} {action._task._uuid}"):
        described = Described(host=variables["inventory_hostname"], digest=_digest(variables))
        RECORDS.add(described)
        tasks = _of_last_run(action, described)
        if tasks:
            reader.start(tasks)


def ahead_of(action: ActionBase, name: str, variables: Variables) -> ReadAhead | None:
    """What was read ahead for the task; None if nothing is read ahead."""
    if name not in (_PREFLIGHT, *LAYERS) or not _is_on(variables):
        return None
    task, answers = _name(action, variables), {}
    RECORDS.wait(task)
    state = RECORDS.state()
    found = state.answers.get(task)
    if (
        found is not None
        and task not in state.used
        and found.connection == connection_of(action._task.args)
        and time.monotonic() - found.at < _FRESH_SECONDS
        and RECORDS.use(task)
    ):
        answers = pickle.loads(found.content)  # nosec B301: see records
    return ReadAhead(answers, RECORDS.spend)


def note(action: ActionBase, variables: Variables, ahead: ReadAhead | None) -> None:
    """Record a task's reads for the next run."""
    connection = connection_of(action._task.args)
    if ahead is not None and connection is not None:
        reads = [each.document() for each in dict.fromkeys(ahead.asked)]
        task, module = _name(action, variables), action._task.action.rpartition(".")[2]
        host = variables["inventory_hostname"]
        RECORDS.add(Asked(task=task, module=module, host=host, connection=connection, reads=reads))


def keep(action: ActionBase, variables: Variables) -> None:
    """Store this run's reads for the next one, if it had all regions and changed nothing."""
    if action._task.args.get("state") == "absent" and not action._task.check_mode:
        with contextlib.suppress(OSError):
            _path(action._task.args).unlink()
    if not _is_on(variables) or action._task.check_mode:
        return
    state = RECORDS.state()
    if not state.run or {*variables["ansible_play_hosts_all"]} != {*variables["groups"].get("regions", ())}:
        return
    path, tasks = _path(action._task.args), [dataclasses.asdict(each) for each in state.asked]
    content = json.dumps({**_about(action._task.args), "described": state.described, "tasks": tasks})
    with contextlib.suppress(OSError):  # the next run does without
        if not path.exists() or path.read_text(encoding="utf-8") != content:
            replace(path, content)


def _is_on(variables: Variables) -> bool:
    """Whether the play reads ahead. A run with tags makes other reads."""
    if sys.platform == "darwin" or not is_on() or not boolean(variables.get(SWITCH, False), strict=False):
        return False
    return list(variables["ansible_run_tags"]) == ["all"] and not variables["ansible_skip_tags"]


def _name(action: ActionBase, variables: Variables) -> str:
    """The task's name, with the service in a loop over services."""
    return f"{variables['inventory_hostname']}: {action._task.name} {action._task.args.get('name') or ''}".rstrip()


def _path(args: t.Mapping[str, t.Any]) -> pathlib.Path:
    return pathlib.Path(args.get("directory") or "reports") / str(args["environment"]) / _FILE


def _about(args: t.Mapping[str, t.Any]) -> dict[str, str]:
    """The environment that the reads belong to."""
    return {"schema": "2", **{key: str(args[key]) for key in ("stack", "environment", "account_id")}}


def _digest(variables: Variables) -> str:
    """A hash of the application's variables, before templating. Short, because values may be secret."""
    found = {name: variables[name] for name in sorted(variables) if name.startswith(_APPLICATION)}
    # Of a value that JSON cannot represent, such as a date or an encrypted one, only the type counts.
    text = json.dumps(found, default=lambda value: type(value).__name__, skipkeys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _of_last_run(action: ActionBase, described: Described) -> list[tuple[Asked, list[Read]]]:
    """The reads of this host's tasks in the last run; empty if the file is missing or invalid.

    The file is untrusted, so it decides what is read but not where: only reads with preflight's connection count.
    """
    args = action._task.args
    options = module_defaults.arguments(_PREFLIGHT, args, action._task.module_defaults or (), action._templar)
    mine = connection_of(options)
    with contextlib.suppress(UnreadableError, AttributeError, KeyError, OverflowError, TypeError, ValueError):
        document = read(_path(args)) or {}
        if {key: document.get(key) for key in _about(args)} == _about(args):
            tasks = [Asked(**each) for each in document["tasks"]]
            same = action._task.check_mode or document["described"].get(described.host) == described.digest
            return [
                (each, [asked for asked in map(Read.from_document, each.reads) if asked])
                for each in tasks
                if each.host == described.host and each.connection == mine and (same or each.module not in _RELEASED)
            ]
    return []
