# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text for people, while a playbook runs: the same with every callback."""

from __future__ import annotations

import typing as t

from ansible import constants
from ansible.utils.display import Display

from ..module_utils._engine.printable import one_line


def show(lines: t.Sequence[str], coloured: t.Callable[[str], str] = str) -> None:
    """Print lines, each as one. Where standard output is one JSON document, they go to standard error.

    :param coloured: a line → the line in its colour.
    """
    if not lines:
        return
    is_json = "json" in str(constants.config.get_config_value("DEFAULT_STDOUT_CALLBACK"))
    Display().display("\n".join(coloured(one_line(line)) for line in lines), stderr=is_json)


def warn(text: str) -> None:
    """Warn, in one line."""
    Display().warning(one_line(text))
