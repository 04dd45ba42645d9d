# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection options that another process needs to call AWS as a task does."""

from __future__ import annotations

import typing as t

# Without secrets; the environment has the rest.
_OPTIONS: t.Final = ("profile", "endpoint_url", "validate_certs", "aws_ca_bundle")
_KEYS: t.Final = ("access_key", "secret_key", "session_token")


def connection_of(args: t.Mapping[str, t.Any]) -> dict[str, t.Any] | None:
    """The connection options among a task's arguments; None if there are access keys, which must not be stored."""
    if any(args.get(key) for key in _KEYS):
        return None
    return {key: args[key] for key in _OPTIONS if args.get(key) is not None}
