# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Argument specs as Python source."""

from __future__ import annotations

import re
import subprocess
import typing as t

from ruff import find_ruff_bin

from .document import Option

LICENCE: t.Final = """\
# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""
# ansible-test wants no_log for such names (NO_LOG_REGEX of its validate-modules). No option holds a secret itself, but
# the ARN or the name of one: blanking those would blank every equal word of the result.
_SECRET_NAME: t.Final = re.compile(r"pass(?!ive)|secret|token|key", re.IGNORECASE)


def argument_spec(options: t.Iterable[Option]) -> dict[str, dict[str, t.Any]]:
    """The argument spec of AnsibleModule for these options."""
    return {option.name: _argument(option) for option in options}


def required_if(options: t.Iterable[Option]) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """The required_if of AnsibleModule for these options."""
    rules: dict[tuple[str, str], list[str]] = {}
    for option in options:
        for condition in option.required_if:
            rules.setdefault(condition, []).append(option.name)
    return tuple((name, value, tuple(required)) for (name, value), required in rules.items())


def _argument(option: Option) -> dict[str, t.Any]:
    found = option.declared
    if _SECRET_NAME.search(option.name):
        found["no_log"] = False
    if option.suboptions:
        if option.applies_defaults:
            found["apply_defaults"] = True
        found["options"] = argument_spec(option.suboptions)
    return found


def options_file(notice: str, title: str, options: t.Sequence[Option], *, prefix: str = "") -> str:
    """The source of a file with OPTIONS and REQUIRED_IF.

    :param prefix: of the names of the two.
    """
    source = f'''# {notice}
{LICENCE}"""{title}"""

from __future__ import annotations

import typing as t

{prefix}OPTIONS: t.Final[dict[str, dict[str, t.Any]]] = {argument_spec(options)!r}
'''
    if not prefix:
        rules = required_if(options)
        source += f"REQUIRED_IF: t.Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = {rules!r}\n"
    return formatted(source)


def formatted(source: str) -> str:
    """The source in ruff's format, with the settings of the repository."""
    done = subprocess.run(
        [find_ruff_bin(), "format", "--stdin-filename", "options.py", "-"],
        input=source,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
