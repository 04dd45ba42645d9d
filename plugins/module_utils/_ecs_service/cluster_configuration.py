# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster's ClusterConfiguration, of which we set nothing and someone may have. Pure.

Sources: ECS API, ClusterConfiguration, UpdateCluster.
"""

from __future__ import annotations

import typing as t

_EXEC: t.Final = "executeCommandConfiguration"
_EXEC_DEFAULT: t.Final = {"logging": "DEFAULT"}


def read(cluster: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """What is not AWS's default, by part, in an element of DescribeClusters."""
    parts = {part: value for part, value in (cluster.get("configuration") or {}).items() if value}
    return {part: value for part, value in parts.items() if (part, value) != (_EXEC, _EXEC_DEFAULT)}


def reset(parts: t.Iterable[str]) -> dict[str, t.Any]:
    """The ClusterConfiguration that brings these parts back to AWS's default."""
    return {**{part: {} for part in sorted(parts)}, _EXEC: dict(_EXEC_DEFAULT)}
