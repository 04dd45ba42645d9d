# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signs for states. Each has its own shape and stands beside a word, so that nothing depends on colour alone.

Classes that templates show are named tuples: Python creates such a class five times as fast as a frozen dataclass, and
each run creates all of them.
"""

from __future__ import annotations

import typing as t

Kind = t.Literal["good", "bad", "warn", "none", "standby"]


class Sign(t.NamedTuple):
    """A sign and the words beside it; only the words if ``kind`` is None."""

    kind: Kind | None
    words: str


def health(healthy: bool | None) -> Kind:
    """The sign for healthy, unhealthy or, for None, not checked."""
    return "none" if healthy is None else "good" if healthy else "bad"
