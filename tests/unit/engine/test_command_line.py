# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands of an inventory."""

from __future__ import annotations

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.command_line import (
    missing_program,
    parse_command,
)
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import SpecError


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ()),
        ("curl -f 'http://a/?x=1&y=2'", ("curl", "-f", "http://a/?x=1&y=2")),
        ("grep '|' file", ("grep", "|", "file")),
        ("sh -c 'a | b; c > d'", ("sh", "-c", "a | b; c > d")),
    ],
)
def test_words(text: str, words: tuple[str, ...]) -> None:
    assert parse_command("app_smoke_test", text) == words


@pytest.mark.parametrize("operator", ["|", "&&", ";", ">", "2>&1"])
def test_what_only_a_shell_would_understand(operator: str) -> None:
    with pytest.raises(SpecError) as refused:
        parse_command("app_smoke_test", f"curl x {operator} y")
    assert f"app_smoke_test: its program would get {operator} as an argument" in str(refused.value)


def test_a_program_that_is_not_there() -> None:
    assert missing_program(("no-such-program", "x")) == "no-such-program"
    assert missing_program(("sh", "x")) == missing_program(()) == missing_program(("./check-{region}",)) == ""
