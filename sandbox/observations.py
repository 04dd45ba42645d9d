# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What health checkers and load balancers see.

The interface of the data plane: overlays read here whether a target or an endpoint is healthy,
and real probers write here. Without them everything is healthy, unless the control API has
set something else.
"""

from __future__ import annotations

from dataclasses import dataclass, field

KINDS = ("target", "health_check", "metric_check")


@dataclass(slots=True)
class Observations:
    """States set for targets (by IP address) and health checks (by id)."""

    _states: dict[tuple[str, str], str] = field(default_factory=dict)

    def set(self, kind: str, identifier: str, state: str | None) -> None:
        """Set what is seen of a target or endpoint: `healthy`, `unhealthy`, or None to forget it.

        Raises ValueError for an unknown kind or state.
        """
        if kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
        if state not in ("healthy", "unhealthy", None):
            raise ValueError(f"state must be healthy, unhealthy or null, not {state!r}")
        if state is None:
            self._states.pop((kind, identifier), None)
        else:
            self._states[kind, identifier] = state

    def healthy(self, kind: str, identifier: str) -> bool:
        """Whether it is healthy; the default if nothing was seen."""
        return self._states.get((kind, identifier), "healthy") == "healthy"

    def said(self, kind: str, identifier: str) -> bool | None:
        """Whether it was set to healthy; None if it was not set."""
        state = self._states.get((kind, identifier))
        return None if state is None else state == "healthy"

    def clear(self) -> None:
        """Forget everything."""
        self._states.clear()
