# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Converts Ansible's markup for roles and to Markdown.

Source: https://docs.ansible.com/projects/ansible/latest/dev_guide/ansible_markup.html
"""

from __future__ import annotations

import re
import typing as t

# O(name), O(name=value), O(name.sub), RV(name); references to other plugins have a # in them, to none a colon.
_REFERENCE: t.Final = re.compile(r"\b(O|RV)\((?:ignore:)?([^()#:=]+)((?:=[^()]*)?)\)")
_CODE: t.Final = re.compile(r"\b(?:C|E|M|O|P|RV|V)\(((?:[^)\\]|\\.)*)\)")
# An option of another module, which a role has as a variable; another module itself
_OF_MODULE: t.Final = re.compile(r"\bO\(everlook\.failover\.(\w+)#module:")
_MODULE: t.Final = re.compile(r"\bP\(([\w.]+)#module\)")
_ESCAPED: t.Final = re.compile(r"\\(.)")
_STYLE: t.Final = re.compile(r"\b[BI]\(([^()]*)\)")
_LINK: t.Final = re.compile(r"\bL\(([^(),]*), *([^()]*)\)")


def for_role(text: str, module: str) -> str:
    """A module's text in a role: ``O(cidr)`` is ``O(vpc_cidr)``, ``RV(vpc_id)`` is ``C(vpc_result.vpc_id)``."""

    def replace(match: re.Match[str]) -> str:
        kind, name, value = match.groups()
        return f"O({module}_{name}{value})" if kind == "O" else f"C({module}_result.{name}{value})"

    return _REFERENCE.sub(replace, text)


def to_markdown(text: str) -> str:
    """Text with markup in a cell of a Markdown table."""
    text = _MODULE.sub(r"M(\1)", _OF_MODULE.sub(r"O(\1_", text))
    text = _CODE.sub(lambda match: "`" + _ESCAPED.sub(r"\1", match[1]) + "`", text)
    text = _LINK.sub(r"[\1](\2)", text)
    return _STYLE.sub(r"*\1*", text).replace("|", "\\|")
