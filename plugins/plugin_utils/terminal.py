# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows text while a playbook runs, the same with every callback."""

from __future__ import annotations

import typing as t

from ansible import constants
from ansible.utils.color import stringc
from ansible.utils.display import Display

from ..module_utils._engine.printable import one_line


def show(lines: t.Sequence[str], coloured: t.Callable[[str], str] = str) -> None:
    """Print the lines: to standard error if standard output is one JSON document.

    :param coloured: a line → the line in its colour.
    """
    if not lines:
        return
    Display().display("\n".join(coloured(one_line(line)) for line in lines), stderr=_is_json())


def failure(msg: str, reasons: t.Sequence[str]) -> dict[str, t.Any]:
    """The result of a failed task. Shows its reasons, which callbacks would print in one line with ``\\n``.

    :param msg: what failed, in a sentence.
    """
    if _is_json():
        text = "\n".join([msg, *reasons])
    else:
        show(reasons, lambda line: stringc(line, constants.COLOR_ERROR))
        text = f"{msg} {'The reason is' if len(reasons) == 1 else 'The reasons are'} above." if reasons else msg
    return {"failed": True, "changed": False, "msg": text}


def _is_json() -> bool:
    """Whether standard output is one JSON document."""
    return "json" in str(constants.config.get_config_value("DEFAULT_STDOUT_CALLBACK"))


def warn(text: str) -> None:
    """Warn, in one line."""
    Display().warning(one_line(text))
