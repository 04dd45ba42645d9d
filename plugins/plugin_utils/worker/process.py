# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes ansible-playbook's own process faster: all that reaches into it is here.

EVERLOOK_FAILOVER_IN_WORKER=false in the environment leaves it alone, and then every job runs as a module.
"""

from __future__ import annotations

import contextlib
import gc
import os

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.loader import filter_loader, test_loader

from . import bytecode

SWITCH = "everlook_failover_in_worker"


def is_on() -> bool:
    """The switch for the whole process."""
    return bool(boolean(os.environ.get(SWITCH.upper(), "true"), strict=False))


def prepare() -> None:
    """Before anything of this collection is imported."""
    if not is_on():
        return
    bytecode.install()
    # The first use of one loads all of Ansible's: once here, or in each of the workers that this process forks.
    filter_loader.get("ansible.builtin.default")
    test_loader.get("ansible.builtin.defined")
    # A run is over before it has made much rubbish. To look for it after every 700 objects takes a twentieth of it.
    gc.set_threshold(100_000, 50, 50)


def preload() -> None:
    """When all is imported, and before the first worker is forked: what is read here is read once."""
    if not is_on():
        return
    from ...module_utils._engine.clients import preload as read_models  # noqa: PLC0415  # after bytecode.install

    with contextlib.suppress(ImportError, NameError):  # boto3 is missing: the module says so
        read_models()
        # What stays is not looked through for garbage: that takes a worker a while, and makes it copy all this memory.
        gc.freeze()
