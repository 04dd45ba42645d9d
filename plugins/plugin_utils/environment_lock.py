# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock of an environment: one run of a user on one machine changes it at a time.

The ansible-playbook process holds the lock until it ends, however it ends. Runs on other machines or of other users do
not see it: the lease is for those, see worker/run_lease.py.
"""

from __future__ import annotations

import os
import pathlib

from ansible import context
from ansible.plugins.action import ActionBase

from .lock import Holder, acquire, folder, holder_of, lock_path, this_process
from .terminal import show, warn


def refusal(action: ActionBase) -> str | None:
    """Take the lock of the task's environment. Returns why it could not be taken.

    Check mode does not take the lock, and only warns if another run holds it.
    """
    args = action._task.args
    if not args.get("stack") or not args.get("environment"):
        return None  # the job reports what is missing
    # YAML may turn an account ID into a number. An account behind another endpoint is another account.
    stack, environment, account_id = (str(args.get(key) or "") for key in ("stack", "environment", "account_id"))
    path = lock_path(folder(), stack, environment, account_id, os.environ.get("AWS_ENDPOINT_URL", ""))
    name = f"{stack} in {environment}"
    # A worker lives as long as its task, its parent as long as the run.
    me = this_process(os.getppid(), running())
    try:
        if action._task.check_mode:
            _warn(name, holder_of(path), me)
            return None
        holder = acquire(path, me, say=lambda text: show([f"{name}: {text}"]))
    except TimeoutError as error:
        return f"{path}: {error.strerror}. Nothing was changed. End that process, which fuser {path} names."
    except OSError as error:
        return f"{path}: {error.strerror}. Set TMPDIR to a directory where lock files can be kept."
    return None if holder is None else _describe(name, path, holder)


def running() -> str:
    """The name of the playbook that this process runs, or ``ansible``."""
    return pathlib.Path(next(iter(context.CLIARGS.get("args") or ()), "ansible")).name


def _warn(name: str, holder: Holder | None, me: Holder) -> None:
    if holder is not None and not holder.same_process(me):
        warn(f"{name} is being changed meanwhile by {holder}; this is a snapshot taken meanwhile.")


def _describe(name: str, path: pathlib.Path, holder: Holder) -> str:
    remedy = f"Wait until it has ended, or stop it (kill -INT {holder.pid})."
    if not holder.same_process(this_process(holder.pid, "")):
        remedy = f"Wait until it has ended; if it has, remove {path}."
    return f"{name} is held by {holder}. Nothing was changed. {remedy}"
