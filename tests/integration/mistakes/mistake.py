# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mistake: what somebody has typed, and what has to be said about it."""

from __future__ import annotations

import dataclasses
import typing as t

from sandbox import Sandbox


@dataclasses.dataclass(frozen=True, kw_only=True)
class Mistake:
    """A row of the tables.

    :param says: words of the message: the variable as it was written, what is wrong with it, and what to do.
    :param everywhere: YAML that group_vars/regions.yml has beside what inventories/dev says.
    :param without: variables of inventories/dev that it lacks.
    :param west: YAML that the host us-west-1 has; it replaces variables of inventories/dev.
    :param hosts: YAML of the whole hosts.yml.
    :param arguments: more of the command line.
    :param prepare: what the account has before the run.
    :param management: whether the inventory is that of the management account.
    :param keeps: words that no output may have.
    """

    name: str
    says: tuple[str, ...]
    everywhere: str = ""
    without: tuple[str, ...] = ()
    west: str = ""
    hosts: str = ""
    arguments: tuple[str, ...] = ()
    playbook: str = "site"
    prepare: t.Callable[[Sandbox], object] | None = None
    management: bool = False
    keeps: tuple[str, ...] = ()

    @property
    def is_for_preflight(self) -> bool:
        """Whether it is in a variable or in the account, and not in the command line or the list of regions."""
        return self.playbook == "site" and not self.arguments and not self.hosts


def everywhere(yaml: str, *says: str, keeps: tuple[str, ...] = ()) -> Mistake:
    """Variables of all regions."""
    return Mistake(name=yaml, everywhere=yaml, says=says, keeps=keeps)


def west(yaml: str, *says: str) -> Mistake:
    """Variables of one region."""
    return Mistake(name=f"us-west-1: {yaml}", west=yaml, says=says)


def hosts(name: str, yaml: str, *says: str) -> Mistake:
    """The regions of the inventory."""
    return Mistake(name=name, hosts=yaml, says=says)


def command(playbook: str, line: str, *says: str, yaml: str = "") -> Mistake:
    """Arguments of the command line, separated by blanks."""
    return Mistake(
        name=f"{playbook}.yml {line} {yaml}".strip(),
        playbook=playbook,
        arguments=tuple(line.split()),
        everywhere=yaml,
        says=says,
    )


def account(name: str, prepare: t.Callable[[Sandbox], object], *says: str, yaml: str = "") -> Mistake:
    """Something in the account that is in the way."""
    return Mistake(name=name, prepare=prepare, everywhere=yaml, says=says)
