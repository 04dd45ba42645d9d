# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guardian: a process that heals if the drill lasts too long, or ends without having healed.

It starts before anything is broken, in a session of its own, so that neither Ctrl-C nor the end of Ansible's worker
reaches it. Its standard input is a pipe from the drill, which closes however the drill ends. The first line is the
order: the journal, and the command that heals the fault ``external``; what to undo is never read from a file. A second
line, HEALED, says that the drill has healed and nothing is left to do.
Needs botocore and the standard library, no Ansible: ``python -P -m module_utils._failover_drill.guardian <journal>``.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import json
import os
import pathlib
import select
import signal
import sys
import time
import typing as t

from .._engine.answers import complete_answers
from .._engine.aws_errors import describe
from . import journal as journals
from . import private_files
from .clock import iso
from .heal import heal_mine
from .journal import Journal, JournalError
from .undo import PaceWithoutTraffic

with contextlib.suppress(ImportError):  # see _engine/clients.py
    import botocore.config
    import botocore.session

READY: t.Final = "ready"
HEALED: t.Final = "healed"
LOG: t.Final = "drill-guardian.log"
# After a failure, such as expired credentials, which SSO or a profile may renew
_PAUSES: t.Final = (1.0, 2.0, 5.0, 10.0, 30.0)
_PATIENCE_SECONDS: t.Final = 3600.0
_SIGNALS: t.Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def write_order(journal: Journal, command: tuple[str, ...]) -> str:
    """What to heal, as one line. ``command`` heals the fault ``external``; empty if a person does."""
    return json.dumps({"journal": journal.describe(), "command": command}) + "\n"


def _read_order(line: str) -> tuple[Journal, tuple[str, ...]]:
    """The reverse of write_order(). Raises KeyError, TypeError or ValueError for anything else."""
    document = json.loads(line)
    return journals.parse(document["journal"]), tuple(document["command"])


class Aws:
    """Calls AWS with the credentials, endpoint and certificates of the environment."""

    def __init__(self) -> None:
        self._session = botocore.session.Session()
        self._clients: dict[tuple[str, str], t.Any] = {}

    def __call__(self, service: str, region: str, method: str, parameters: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        """A CallAws."""
        key = (service, region)
        if key not in self._clients:
            config = botocore.config.Config(
                retries={"mode": "standard", "total_max_attempts": 4}, connect_timeout=5, read_timeout=30
            )
            self._clients[key] = self._session.create_client(service, region_name=region, config=config)
            complete_answers(self._clients[key])
        answer: dict[str, t.Any] = getattr(self._clients[key], method)(**parameters)
        return answer


def main(arguments: t.Sequence[str]) -> int:
    """Guard the drill whose journal is ``arguments[0]``. Returns 0 when everything is healed."""
    path = pathlib.Path(arguments[0])
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    for number in _SIGNALS:
        signal.signal(number, lambda _number, _frame: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    try:
        journal, command = _read_order(sys.stdin.readline())
        found = journals.read(path)
        if found is None or found.id != journal.id:
            raise JournalError(f"{path} is not the journal of drill {journal.id}")
        _check_identity(journal)
    except Exception as error:  # noqa: BLE001 - with any error, nothing may be broken
        _say(describe(error, "its region"))
        return 1
    # The drill may have been killed meanwhile.
    with contextlib.suppress(BrokenPipeError):
        _say(READY)
    if _wait_for_drill(journal.deadline, woken):
        return 0
    # If the file is gone by then, the fault may have been injected.
    return _heal(path, dataclasses.replace(journal, phase=journals.ARMED, armed_at=time.time()), command)


def _say(line: str) -> None:
    sys.stdout.write(" ".join(line.split()) + "\n")
    sys.stdout.flush()


def _check_identity(journal: Journal) -> None:
    """Check that AWS is accessible. Raises botocore's errors, and JournalError for another account."""
    account = Aws()("sts", journal.region, "get_caller_identity", {})["Account"]
    if journal.account_id and account != journal.account_id:
        raise JournalError(f"the credentials are for account {account}, the drill is in {journal.account_id}")


def _wait_for_drill(deadline: float, woken: int) -> bool:
    """Wait for the end of the drill, the deadline, or a signal. Returns whether the drill has healed."""
    remaining = max(0.0, deadline - time.time())
    ready = select.select([sys.stdin, woken], [], [], remaining)[0]
    return sys.stdin in ready and sys.stdin.readline().strip() == HEALED


def _heal(path: pathlib.Path, journal: Journal, command: tuple[str, ...]) -> int:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    give_up = time.monotonic() + _PATIENCE_SECONDS
    pauses = itertools.chain(_PAUSES, itertools.repeat(_PAUSES[-1]))
    while True:
        try:
            healed = heal_mine(path, journal, Aws(), PaceWithoutTraffic(time.sleep), by="guardian", command=command)
        except Exception as error:  # noqa: BLE001 - it retries until its patience ends
            _log(path, f"{journal.id}: {describe(error, journal.undo.region)}")
        else:
            if healed:
                _log(path, f"{journal.id}: {healed}")
            return 0
        if time.monotonic() > give_up:
            _log(path, f"{journal.id}: gave up; the next run of a playbook heals what the journal says")
            return 1
        time.sleep(next(pauses))


def _log(path: pathlib.Path, line: str) -> None:
    with contextlib.suppress(OSError):
        private_files.append(path.with_name(LOG), f"{iso(time.time())} {' '.join(line.split())}\n")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
