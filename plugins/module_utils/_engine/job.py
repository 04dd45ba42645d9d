# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host runs: a layer, or another module's work."""

from __future__ import annotations

import dataclasses
import typing as t

from .context import Context


@dataclasses.dataclass(frozen=True, kw_only=True)
class Job:
    """A module's work, independent of its host.

    :param name: the module's name without the collection (``vpc``).
    :param argument_spec: as in AnsibleModule, without amazon.aws's connection options.
    :param run: (context) → the module's result. Raises FailoverError.
    """

    name: str
    argument_spec: t.Mapping[str, t.Any]
    run: t.Callable[[Context], dict[str, t.Any]]
    required_if: t.Sequence[t.Sequence[t.Any]] = ()
