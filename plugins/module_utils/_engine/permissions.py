# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The remedy for a missing permission: the action, the resource, and the statement of docs/iam that allows it. Pure."""

from __future__ import annotations

import re
import typing as t

from .statements import STATEMENTS

# IAM User Guide, "Troubleshoot access denied error messages"
_REFUSED: t.Final = re.compile(r"not authorized to perform: (?P<action>[\w-]+:\w+)(?: on resource: (?P<resource>\S+))?")
_EXPLICIT: t.Final = "explicit deny"


def remedy(operation: str, message: str) -> str:
    """The remedy, in one or two sentences.

    :param operation: the call. AWS may refuse it for another action that it needs.
    :param message: AWS's. Most services name the action.
    """
    found = _REFUSED.search(message)
    actions = [found["action"]] if found else _actions_of(operation)
    resource = f" on {found['resource'].rstrip('.,;')}" if found and found["resource"] else ""
    action = f"{' or '.join(actions) or operation}{resource}"
    statements = " or ".join(dict.fromkeys(name for action in actions for name in statements_for(action)))
    if _EXPLICIT in message:
        return f"A policy explicitly denies {action}: have that policy changed. {_allowed_by(statements)}".rstrip()
    return f"Grant the deployer {action}. {_allowed_by(statements)}".rstrip()


def statements_for(action: str) -> list[str]:
    """The statements of docs/iam that allow an action: ``Read of docs/iam/read.json``."""
    return [
        f"{sid} of docs/iam/{policy}.json" for (policy, sid), actions in STATEMENTS.items() if action in actions.split()
    ]


def _allowed_by(statements: str) -> str:
    return f"The minimal policy is in docs/iam.md: statement {statements}." if statements else ""


def _actions_of(operation: str) -> list[str]:
    """The actions of this name in the policies, of any service."""
    return sorted(
        {action for text in STATEMENTS.values() for action in text.split() if action.endswith(f":{operation}")}
    )
