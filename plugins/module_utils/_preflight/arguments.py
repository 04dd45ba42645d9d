# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments of playbooks on the command line (-e). Pure."""

from __future__ import annotations

import difflib
import re
import typing as t

from .._aws.owner import parse_part
from .._ecs_service.spec_containers import parse_image
from .._engine.errors import SpecError
from .._failover_drill.options import OPTIONS as OF_DRILL
from .names import is_ours, misspelled
from .problem import Problem
from .rules import LAYERS, options_of
from .settings import SETTINGS, of_modules, refused
from .values import validate

Options = t.Mapping[str, t.Any]

_TEXT: t.Final = {"type": "str"}
_BOOLEAN: t.Final = {"type": "bool"}
# Stands for the regions of the inventory among choices
_REGIONS: t.Final = "regions"
_OF_RELEASES: t.Final[Options] = {
    "break_lease": _TEXT,
    "detailed_exitcode": _BOOLEAN,
    "release_continue": _BOOLEAN,
    "service": _TEXT,
}
# The argument without which a playbook can do nothing, and the remedy
_REQUIRED: t.Final = {
    "switch": ("to", "Say which region should serve: {places}, or -e to=auto to let health decide."),
    "release": ("image", "Say which image to release: -e image=registry.example.com/shop:1.4.2."),
    "promote": ("from", "Say which environment's images to release: -e from=dev."),
}
_OF_PLAYBOOKS: t.Final[t.Mapping[str, Options]] = {
    "site": {"break_lease": _TEXT, "detailed_exitcode": _BOOLEAN, "release_continue": _BOOLEAN},
    "release": {**_OF_RELEASES, "image": _TEXT},
    "rollback": _OF_RELEASES,
    "promote": {**_OF_RELEASES, "from": _TEXT},
    "destroy": {
        "break_lease": _TEXT,
        "confirm": _TEXT,
        "confirm_left": _TEXT,
        "confirm_serving": {"type": "str", "choices": [_REGIONS]},
        "detailed_exitcode": _BOOLEAN,
    },
    "status": {"drift": _BOOLEAN, "strict": _BOOLEAN},
    "switch": {
        "break_lease": _TEXT,
        "to": {"type": "str", "choices": [_REGIONS, "auto"]},
        "force": _BOOLEAN,
        **{name: rules for name, rules in SETTINGS.items() if name.startswith("switch_")},
    },
    "drill": {"break_lease": _TEXT, "fault": OF_DRILL["fault"], "region": {"type": "str", "choices": [_REGIONS]}},
}
# Their preflight checks the variables of the inventory, and so those of the command line.
_WITH_PREFLIGHT: t.Final = frozenset({"site", "release", "rollback", "promote", "drill"})
# Variables of the inventory that the other playbooks read, with null in them if it is there
_OF_INVENTORY: t.Final = ("preflight_tags", "reports_directory")
# Options of ansible-playbook that people write as if they were variables
_OF_ANSIBLE: t.Final = ("check", "limit")
# They change one region or all of them.
_OF_REGIONS: t.Final = frozenset({"site", "release", "rollback", "promote", "destroy"})
# Lower than for names in an inventory: a name given with -e means one of these.
_NEARLY: t.Final = 0.75
# As run_lease.run_id makes them
_RUN: t.Final = re.compile(r"[0-9a-f]{8}")


def of_others(playbook: str, typed: t.Iterable[str]) -> list[str]:
    """Names on the command line that another playbook or ansible-playbook takes, and this playbook does not."""
    known = {name for arguments in _OF_PLAYBOOKS.values() for name in arguments if not is_ours(name)}
    return sorted({*typed} & ({*known, *_OF_ANSIBLE} - {*_OF_PLAYBOOKS[playbook]}))


def check_arguments(
    playbook: str, given: Options, regions: t.Sequence[str], typed: t.Collection[str], read: t.Container[str] = ()
) -> list[Problem]:
    """Arguments that a playbook cannot use.

    :param playbook: its name, such as ``switch``.
    :param given: its arguments with their values; None for those that are not set. Without preflight also variables of
        the inventory.
    :param regions: of the inventory.
    :param typed: names of all variables on the command line.
    :param read: names that templates of the inventory read.
    """
    spec = {name: _with_regions(rules, regions) for name, rules in _OF_PLAYBOOKS[playbook].items()}
    params, errors = validate(spec, {name: value for name, value in given.items() if value is not None})
    errors += [*_refused(params, regions), *of_modules(params)]
    errors += refused({name: given[name] for name in _OF_INVENTORY if name in given})
    found = [Problem(error.option, error.problem, error.remedy) for error in errors]
    required, remedy = _REQUIRED.get(playbook, ("", ""))
    if required and given.get(required) in (None, ""):
        places = " or ".join(f"-e to={region}" for region in regions)
        found.append(Problem(required, "is not set.", remedy.format(places=places)))
    useless = [name for name in of_others(playbook, typed) if name not in read]
    found += [_useless(playbook, name, regions) for name in useless]
    return [*found, *_unknown(playbook, spec, {*typed} - {*useless})]


def _useless(playbook: str, name: str, regions: t.Sequence[str]) -> Problem:
    """A problem for an argument that would be ignored."""
    if name == "limit" or (name == "region" and playbook in _OF_REGIONS):
        remedy = f"For one region alone write --limit {regions[-1]}."
    elif name in _OF_ANSIBLE:
        remedy = f"Write --{name}."
    else:
        takers = [f"{other}.yml" for other, arguments in _OF_PLAYBOOKS.items() if name in arguments]
        remedy = f"{', '.join(takers)} {'takes' if len(takers) == 1 else 'take'} it."
    own = "A variable of your own needs another name."
    return Problem(name, f"is not an argument of {playbook}.yml, and nothing reads it.", f"{remedy} {own}")


def _refused(params: Options, regions: t.Sequence[str]) -> t.Iterator[SpecError]:
    """Values that the playbook would refuse later."""
    lease = params.get("break_lease")
    if lease and not _RUN.fullmatch(lease):
        remedy = "Write the one that the refusal names, such as 3f9a01c2."
        yield SpecError("break_lease", f"{lease!r} is not the id of a run.", remedy)
    if params.get("image"):
        try:
            parse_image("image", params["image"], regions[0])
        except SpecError as error:
            yield error
    if params.get("from"):
        try:
            parse_part("from", params["from"])
        except SpecError as error:
            yield SpecError("from", f"{params['from']!r} is not the name of an environment.", error.remedy)


def _with_regions(rules: Options, regions: t.Sequence[str]) -> Options:
    choices = rules.get("choices", ())
    return {**rules, "choices": [*regions, *choices[1:]]} if _REGIONS in choices else rules


def _unknown(playbook: str, spec: t.Container[str], typed: t.Collection[str]) -> list[Problem]:
    found = [
        Problem(name, f"is not an argument of {playbook}.yml.", f"Did you mean {near[0]}?")
        for name in sorted(typed)
        if name not in spec and not is_ours(name) and (near := _meant(name, playbook))
    ]
    if playbook not in _WITH_PREFLIGHT:
        named = {problem.variable for problem in found}
        options = {layer.name: options_of(layer) for layer in LAYERS}
        found += [problem for problem in misspelled(typed, options) if problem.variable not in named]
    return found


def _meant(name: str, playbook: str) -> list[str]:
    """The argument with a similar name, or one whose name ends with it (hold: switch_hold)."""
    known = _OF_PLAYBOOKS[playbook]
    longer = [each for each in (*known, *SETTINGS) if each.partition("_")[::2] in ((playbook, name), ("release", name))]
    return difflib.get_close_matches(name, list(known), n=1, cutoff=_NEARLY) or longer[:1]
