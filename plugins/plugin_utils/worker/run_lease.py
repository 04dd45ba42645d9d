# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lease of a run: taken by its tasks, released when ansible-playbook ends.

A collection can only see the end of a run by the end of its process. So ansible-playbook's process, which imports this
before it forks its workers, opens an unnamed file. A worker that takes a lease writes a line, and when the process ends
it releases the leases in the file. The lease of a killed process expires.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import json
import os
import tempfile
import typing as t

from ansible.plugins.action import ActionBase

from ...module_utils._aws.owner import MANAGED_BY
from ...module_utils._engine.aws_errors import describe, translate
from ...module_utils._engine.clients import Clients
from ...module_utils._engine.errors import FailoverError
from ...module_utils._engine.lease import SECONDS, Terms
from ...module_utils._engine.lease_calls import TAKEN, UNAVAILABLE, give_back, is_held, place_of_processes, remove
from ...module_utils._engine.stop import Stop
from ..environment_lock import running
from ..lock import this_process
from ..terminal import warn
from .connection import connection_of
from .models import loader
from .process import is_on

_GONE: t.Final = "gone"


class Ledger:
    """The leases and releases of a run's tasks. Each line is short enough for one atomic write()."""

    def __init__(self) -> None:
        self._owner = os.getpid()
        self._file: int | None = None
        with contextlib.suppress(OSError), tempfile.TemporaryFile() as file:
            self._file = os.dup(file.fileno())

    def write(self, line: t.Mapping[str, t.Any]) -> None:
        """Append a line, in a worker of the process that opened the file. Other processes write nothing."""
        if self._file is not None and self._owner != os.getpid():
            os.lseek(self._file, 0, os.SEEK_END)
            os.write(self._file, json.dumps(line).encode() + b"\n")

    def lines(self, run: str) -> list[dict[str, t.Any]]:
        """The lines of a run."""
        if self._file is None:
            return []
        content = os.pread(self._file, os.fstat(self._file).st_size, 0)
        return [line for line in map(json.loads, content.splitlines()) if line["run"] == run]


LEDGER: t.Final = Ledger()


def terms_of(action: ActionBase, variables: t.Mapping[str, t.Any]) -> Terms | None:
    """The terms for a task; None if it takes no lease.

    The lease is in the last region of the chain, regardless of --limit: all runs have to agree on it, and the region
    that fails is usually the first one.
    """
    args = action._task.args
    regions = _regions(action, variables)
    if action._task.check_mode or not regions or not args.get("stack") or not args.get("environment"):
        return None
    me = this_process(os.getppid(), running())
    run = run_id(me.pid)
    if any(line["outcome"] == UNAVAILABLE for line in LEDGER.lines(run)):
        return None
    breaks = variables.get("break_lease")
    return Terms(
        region=regions[-1],
        name=f"/{MANAGED_BY}/{args['stack']}/{args['environment']}/lease",
        what=f"{args['stack']} in {args['environment']}",
        run=run,
        holder=f"{me.playbook}, process {me.pid} of {me.user} on {me.host}",
        place=place_of_processes(),
        pid=me.pid,
        breaks=str(action._templar.template(breaks)) if breaks else "",
    )


def note(action: ActionBase, variables: t.Mapping[str, t.Any], outcome: str) -> None:
    """Record the outcome of taking the lease, for the end of the run and for its other tasks."""
    args, terms = action._task.args, terms_of(action, variables)
    if terms is None:
        return
    line = {"run": terms.run, "outcome": outcome, "name": terms.name, "region": terms.region, "text": terms.text()}
    LEDGER.write({**line, "connection": connection_of(args), "regions": _regions(action, variables)})


def note_removal() -> None:
    """Record that the environment is removed, so that its lease is deleted too."""
    LEDGER.write({"run": run_id(os.getppid()), "outcome": _GONE})


def run_id(pid: int) -> str:
    """The ID of an ansible-playbook process's run."""
    me = this_process(pid, "")
    return hashlib.sha256(f"{place_of_processes()} {me.host} {pid} {me.started}".encode()).hexdigest()[:8]


def end_run() -> None:
    """Release the leases of this process's run. Those that fail expire."""
    run = run_id(os.getpid())
    lines = LEDGER.lines(run)
    gone = any(line["outcome"] == _GONE for line in lines)
    # A run that had no answer continues without its lease, but a removed environment leaves none.
    ended = (TAKEN, UNAVAILABLE) if gone else (TAKEN,)
    taken = {line["name"]: line for line in lines if line["outcome"] in ended and line["connection"] is not None}
    for line in taken.values():
        with contextlib.suppress(Exception):
            _end(line, gone=gone)


def _end(line: t.Mapping[str, t.Any], *, gone: bool) -> None:
    params = {**line["connection"], "region": line["region"]}
    new_loader = loader if is_on() else None
    clients = Clients(params, stop=Stop(lambda: False), check_mode=False, new_loader=new_loader)
    terms = Terms(**json.loads(line["text"]))
    if not gone:
        _give_back(clients, terms)
        return
    # In other regions too: the inventory may have had another order. All of them have just answered, so unlike a lease
    # that expires, the last resource of the environment is worth some attempts.
    for region in line["regions"]:
        try:
            client = clients.get("ssm", region=region)
            if line["outcome"] == TAKEN or not is_held(client, terms):
                remove(client, line["name"])
        except Exception as error:  # noqa: BLE001 - the run has ended
            why = describe(error, region).removesuffix(".")
            warn(f"the lease {line['name']} stays in {region}: {why}. Delete this parameter in Systems Manager.")


def _give_back(clients: Clients, terms: Terms) -> None:
    try:
        with translate(terms.region):
            give_back(clients.with_short_timeouts().get("ssm"), terms)
    except FailoverError as error:
        warn(
            f"the lease of {terms.what} in {terms.region} could not be released: {str(error).removesuffix('.')}. "
            f"The lease expires in {SECONDS // 60} min; until then, runs on other machines need "
            f"-e break_lease={terms.run}."
        )


def _regions(action: ActionBase, variables: t.Mapping[str, t.Any]) -> list[str]:
    """The inventory's regions that have a place in the chain, in its order."""
    hosts = variables.get("groups", {}).get("regions") or ()
    places = {host: place_in_chain(action, variables["hostvars"][host]) for host in hosts}
    return sorted((host for host in hosts if places[host] is not None), key=lambda host: (places[host] or 0, host))


def place_in_chain(action: ActionBase, host: t.Mapping[str, t.Any]) -> int | None:
    """The region's priority; None for a host that has none."""
    try:
        return int(action._templar.template(host.get("failover_priority")))
    except (TypeError, ValueError):
        return None


def _end_with_process() -> None:
    # Workers inherit this handler.
    if LEDGER._owner == os.getpid():
        end_run()


atexit.register(_end_with_process)
