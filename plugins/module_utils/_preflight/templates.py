# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables of an inventory whose templates fail. Pure."""

from __future__ import annotations

import re
import typing as t

from .names import nearly
from .problem import Problem

NOT_DECRYPTED: t.Final = "cannot be decrypted."
_DECRYPT: t.Final = (
    "Run the playbook with the vault password that it was encrypted with "
    "(--vault-password-file, --vault-id or --ask-vault-pass)."
)


def check_templates(broken: t.Mapping[str, str], given: t.Collection[str]) -> t.Iterator[Problem]:
    """A problem for each template that fails.

    :param broken: variable → why it has no value.
    :param given: names of all variables.
    """
    for variable, why in broken.items():
        missing = re.fullmatch(r"'(\w+)' is undefined\.", why)
        near = nearly(missing[1], given) if missing else []
        remedy = _DECRYPT if why == NOT_DECRYPTED else "Correct it."
        remedy = f"Set {missing[1]} in the inventory." if missing else remedy
        yield Problem(variable, why, f"Did you mean {near[0]}?" if near else remedy)
