# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How containers write to CloudWatch Logs: options of the log driver awslogs. Pure.

Sources: ECS API, LogConfiguration, options mode and max-buffer-size; Docker, "Delivery mode".
"""

from __future__ import annotations

import re
import typing as t

from .._engine.errors import SpecError

# Options of the log driver that the module sets.
_OWN: t.Final = frozenset({"awslogs-group", "awslogs-region", "awslogs-stream-prefix"})
_MODE: t.Final = "mode"
_BUFFER: t.Final = "max-buffer-size"
_MODES: t.Final = ("blocking", "non-blocking")
_SIZE: t.Final = re.compile(r"[1-9][0-9]*[bkmg]?", re.ASCII)


def delivery(params: t.Mapping[str, t.Any]) -> dict[str, str]:
    """The log options that all containers of the service share. Raises SpecError."""
    mode, size = params["log_mode"], params["log_buffer_size"]
    if size and not _SIZE.fullmatch(size):
        raise SpecError("log_buffer_size", f"{size!r} is not a size.", "Write it like 25m.")
    if size and mode != _MODES[1]:
        raise SpecError("log_buffer_size", "is of use with log_mode non-blocking only.")
    return {key: value for key, value in ((_MODE, mode), (_BUFFER, size)) if value}


def check_log_options(option: str, options: t.Mapping[str, str]) -> None:
    """Raise SpecError for options that the module sets, and for invalid values."""
    taken = sorted(options.keys() & _OWN)
    if taken:
        raise SpecError(option, f"{', '.join(taken)}: set by the module.")
    mode, size = options.get(_MODE), options.get(_BUFFER)
    if mode is not None and mode not in _MODES:
        raise SpecError(option, f"{_MODE} is {mode!r}.", f"Use {' or '.join(_MODES)}.")
    if size is not None and not _SIZE.fullmatch(size):
        raise SpecError(option, f"{_BUFFER} {size!r} is not a size.", "Write it like 25m.")


def combined(common: t.Mapping[str, str], own: t.Mapping[str, str]) -> dict[str, str]:
    """The container's options override the common ones. A buffer has no effect in a container that blocks."""
    options = {**common, **own}
    if options.get(_MODE) == _MODES[0] and _BUFFER not in own:
        options.pop(_BUFFER, None)
    return options
