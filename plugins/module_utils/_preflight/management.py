# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of the management account's inventory that need no AWS. Pure."""

from __future__ import annotations

import collections
import re
import typing as t

from .._aws.limits import ACCOUNT_ID
from .._aws.owner import parse_part
from .._delegation_roles.options import OPTIONS
from .._engine.errors import SpecError
from .._route53.names import parse_name
from .names import suggestion
from .problem import Problem
from .templates import check_templates
from .values import NOT_SET, validate

Options = t.Mapping[str, t.Any]
_TWELVE: t.Final = ("is not 12 digits in quotes.", "Write them as `aws sts get-caller-identity` shows them.")
_TEXT: t.Final = {"type": "str"}
_SPEC: t.Final[t.Mapping[str, Options]] = {
    "management_account_id": _TEXT,
    "management_domain": _TEXT,
    "management_environments": OPTIONS["environments"],
    "management_create_zone": {"type": "bool"},
    "management_zone_id": _TEXT,
    "management_adopt_roles": OPTIONS["adopt"],
    "remove": OPTIONS["remove"],
}
_REQUIRED: t.Final = ("management_account_id", "management_domain", "management_environments")
_ENVIRONMENTS: t.Final = "management_environments"
# STS API, AssumeRole, ExternalId
_EXTERNAL_ID: t.Final = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
_NEEDS: t.Final = {
    "name": "It takes up to 32 letters, digits and single hyphens.",
    "account_id": "It takes 12 digits in quotes.",
    "domain": "It takes a domain below management_domain.",
    "external_id": "It takes 2 to 1224 letters, digits and _+=,.@:/-.",
}


def check_management(
    given: Options, typed: t.Collection[str] = (), broken: t.Mapping[str, str] | None = None
) -> list[Problem]:
    """Everything that is wrong, by the names of the variables.

    :param given: the variables ``management_…`` of the inventory, and ``remove``.
    :param typed: names of all variables on the command line.
    :param broken: why a variable has no value, for those whose template fails.
    """
    broken = broken or {}
    known = {*given, *broken}
    params, errors = validate(_SPEC, given)
    errors += [SpecError(name, *NOT_SET) for name in _REQUIRED if name not in broken and given.get(name) in (None, "")]
    errors += [
        SpecError(name, "is not a variable of bootstrap.yml.", near)
        for name in sorted({*known, *typed} - {*_SPEC})
        if (near := suggestion(name, _SPEC)) and (name.startswith("management_") or name in typed)
    ]
    environments = given.get(_ENVIRONMENTS)
    entries = [item for item in environments if isinstance(item, dict)] if isinstance(environments, list) else []
    errors += [*_of_account(params), *_of_environments(entries, params)]
    reported: dict[str, SpecError] = {}
    for error in errors:
        reported.setdefault(error.option, error)
    found = [Problem(error.option, error.problem, _remedy(error)) for error in reported.values()]
    return [*check_templates(broken, known), *found]


def _remedy(error: SpecError) -> str:
    """What to write, rather than where."""
    key = error.option.rpartition(".")[2]
    return _NEEDS.get(key, error.remedy) if error.problem == NOT_SET[0] and "." in error.option else error.remedy


def _of_account(params: Options) -> t.Iterator[SpecError]:
    account, domain = params["management_account_id"], params["management_domain"]
    if account and not ACCOUNT_ID.fullmatch(account):
        yield SpecError("management_account_id", f"{account} {_TWELVE[0]}", _TWELVE[1])
    if domain:
        try:
            parse_name("management_domain", domain)
        except SpecError as error:
            yield error


def _of_environments(entries: t.Sequence[Options], params: Options) -> t.Iterator[SpecError]:
    """Problems of the entries. ``entries`` are as in YAML, where an account ID may be a number."""
    used: dict[str, collections.Counter[str]] = {
        key: collections.Counter(str(entry[key]).lower() for entry in entries if entry.get(key))
        for key in ("name", "domain")
    }
    for place, entry in enumerate(entries):
        where = f"{_ENVIRONMENTS}[{entry.get('name') or place}]"
        for key, is_right in _RULES.items():
            value = entry.get(key)
            if not value or isinstance(value, (list, dict)):
                continue
            if not isinstance(value, str) or not is_right(value, params):
                needs = _NEEDS[key].removeprefix("It takes ").rstrip(".").replace("management_domain", _domain(params))
                yield SpecError(f"{where}.{key}", f"{value} is not {needs}.", "Correct it.")
            elif key in used and used[key][value.lower()] > 1:
                yield SpecError(f"{where}.{key}", f"{value} is that of another environment, too.", "Give each its own.")
    for place, item in enumerate(params[_ENVIRONMENTS] or ()):
        for principal in item["principals"] or ():
            if not principal.startswith("arn:"):
                where = f"{_ENVIRONMENTS}[{item['name'] or place}].principals"
                yield SpecError(where, f"{principal!r} is not an ARN.", "Name those who may assume the role.")


def _is_part(value: str, _params: Options) -> bool:
    try:
        parse_part("name", value)
    except SpecError:
        return False
    return True


def _domain(params: Options) -> str:
    return str(params["management_domain"] or "management_domain")


_RULES: t.Final[t.Mapping[str, t.Callable[[str, Options], bool]]] = {
    "name": _is_part,
    "account_id": lambda value, _params: bool(ACCOUNT_ID.fullmatch(value)),
    "domain": lambda value, params: (
        not params["management_domain"] or value.lower().endswith(f".{_domain(params).lower()}")
    ),
    "external_id": lambda value, _params: bool(_EXTERNAL_ID.fullmatch(value)),
}
