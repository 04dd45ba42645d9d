# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of an inventory: inventory.yml beside this file, and the variables of the roles."""

from __future__ import annotations

import dataclasses
import re
import typing as t
from pathlib import Path

import yaml

from .document import DocumentationError, Module, Option
from .markup import to_markdown
from .roles import Role
from .variables import Variable

# Where a variable may be set, as in the tables
PLACES: t.Final[t.Mapping[str, str]] = {
    "all": "all",
    "region": "all, region",
    "host": "region",
    "service": "all, region, service",
    "command": "`-e`",
}
_OF_ROLE: t.Final[t.Mapping[str, str]] = {
    "vpc": "region",
    "acm_certificate": "region",
    "alb": "region",
    "cloudwatch_alarms": "region",
    "ecr": "region",
    "ecs_service": "service",
}
# Options that the role application and the playbooks set, so that layers fit together
_OF_PLAYBOOKS: t.Final = frozenset(
    {
        *("stack", "environment", "state", "wait", "account_id", "confirm", "continue_from", "region", "vpc_id"),
        *("vpc_cidrs", "subnet_ids", "alb_security_group_id", "listener_arn", "regions", "name_servers"),
        *("fail_when_not_ready", "status", "scope", "failover_regions", "verify_clients_later", "moved_services"),
    }
)
_OF_INVENTORY: t.Final = re.compile(r"\b(?:app|dns)_\w+")
_SENTENCE: t.Final = re.compile(r"(?<=\.) (?=[A-Z])")
# The column of defaults has it.
_REQUIRED_IF: t.Final = re.compile(r"Required if O\(\w+=\w+\)\.")
_LENGTH: t.Final = 200
_MOST_CHOICES: t.Final = 10


@dataclasses.dataclass(frozen=True, kw_only=True)
class Entry:
    """A variable in the reference.

    :param text: one sentence or two, in Markdown.
    :param default: in Markdown; empty if there is none.
    :param where: where it may be set, in Markdown.
    :param keys: of a mapping, or of the items of a list.
    """

    name: str
    type: str
    text: str
    default: str
    where: str
    required: bool = False
    example: t.Any = None
    keys: tuple[Entry, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Section:
    """Variables about one topic.

    :param about: the topic, for the table of contents.
    :param application: whether they are variables of the role application.
    :param names: whether preflight needs their names. It finds those of roles itself.
    :param others: names of variables that the playbooks set.
    """

    title: str
    entries: tuple[Entry, ...]
    text: str = ""
    about: str = ""
    application: bool = False
    names: bool = False
    others: tuple[str, ...] = ()


def read_sections(path: Path, modules: t.Mapping[str, Module]) -> list[Section]:
    """The sections of inventory.yml. Raises DocumentationError."""
    return [
        Section(
            title=section["title"],
            text=section.get("text", ""),
            about=section["about"],
            application=section.get("application", False),
            names=section.get("names", True),
            entries=tuple(_entry(name, said, modules) for name, said in section["variables"].items()),
        )
        for section in yaml.safe_load(path.read_text())
    ]


def _entry(name: str, said: dict[str, t.Any], modules: t.Mapping[str, Module]) -> Entry:
    module, _dot, wanted = said.get("like", "").partition(".")
    found = [option for option in modules[module].options if option.name == wanted] if module in modules else []
    if wanted and not found:
        raise DocumentationError(f"{name}: there is no option {said['like']}.")
    option = _option(name, said, found[0] if found else None)
    example = said.get("example", _automatic(option))
    if example is None or said["where"] not in PLACES:
        raise DocumentationError(f"{name}: needs an example, and a place out of {', '.join(PLACES)}.")
    key = f" (`{said['key']}`)" if "key" in said else ""
    return Entry(
        name=name,
        type=_type(option),
        text=_choices(option, said["description"] if "description" in said else _beginning(option)),
        default=said.get("otherwise") or _default(option.default),
        where=PLACES[said["where"]] + key,
        required=option.required,
        example=example,
    )


def _option(name: str, said: t.Mapping[str, t.Any], like: Option | None) -> Option:
    own = {key: said[key] for key in ("type", "elements", "default", "required") if key in said}
    if "description" in said:
        own["description"] = (said["description"],)
    if like:
        return dataclasses.replace(like, **own)
    return Option(name=name, **own)


def role_section(
    role: Role, variables: t.Sequence[Variable], examples: t.Mapping[str, t.Any], bindings: t.Mapping[str, str]
) -> Section:
    """The variables of a role that an inventory may set. Raises DocumentationError if one has no example.

    :param examples: module, or ``layer`` for all → option → example.
    :param bindings: defaults of the role application.
    """
    own, others = [], []
    for variable in variables:
        if variable.option.name in _OF_PLAYBOOKS:
            others.append(variable.name)
        else:
            own.append(_of_role(role, variable, examples, bindings))
    if role.each:
        own.insert(0, _several(role, examples))
    return Section(title=f"Role {role.name}", entries=tuple(own), others=tuple(others))


def _several(role: Role, examples: t.Mapping[str, t.Any]) -> Entry:
    return Entry(
        name=role.each,
        type="list of dict",
        text="What to run the module for. An item has options of the module; what it leaves out, the variables say.",
        default="`app_services`",
        where=PLACES["all"],
        example=examples[role.name][role.each.removeprefix(f"{role.name}_")],
    )


def _of_role(role: Role, variable: Variable, examples: t.Mapping[str, t.Any], bindings: t.Mapping[str, str]) -> Entry:
    option = variable.option
    module = variable.name.removesuffix(f"_{option.name}")
    found = {**examples["layer"], **examples.get(module, {})}.get(option.name, _automatic(option))
    if found is None:
        raise DocumentationError(f"{variable.name}: has no example in scripts/options/examples.yml.")
    bound = variable.name in bindings
    sources = list(dict.fromkeys(_OF_INVENTORY.findall(bindings.get(variable.name, ""))))[:2]
    default = ", ".join(f"`{source}`" for source in sources or [variable.fallback] if source)
    # Items of the list of services may set it too.
    service = role.each and option.name != "profile"
    place = PLACES[_OF_ROLE.get(role.name, "all") if service or not role.each else "region"]
    return Entry(
        name=variable.name,
        type=_type(option),
        text=_choices(option, _beginning(option)),
        default=default or ("" if bound else _default(option.default)),
        where=place,
        required=not bound and (option.required or any(value == "present" for _name, value in option.required_if)),
        example=found,
        keys=_keys(variable.name, option),
    )


def _keys(name: str, option: Option) -> tuple[Entry, ...]:
    path = f"{name}[]" if option.type == "list" else name
    found: list[Entry] = []
    for key in option.suboptions:
        own = f"{path}.{key.name}"
        entry = Entry(
            name=own,
            type=_type(key),
            text=_choices(key, _beginning(key)),
            default=_default(key.default),
            where="",
            required=key.required,
        )
        found += [entry, *_keys(own, key)]
    return tuple(found)


def _automatic(option: Option) -> t.Any:
    """An example that follows from the option: the other truth value, or a choice that is not the default."""
    if option.type == "bool":
        return not option.default
    return next((choice for choice in option.choices if choice != option.default), None)


def _type(option: Option) -> str:
    return f"{option.type} of {option.elements}" if option.elements else option.type


def _beginning(option: Option) -> str:
    """The first sentence of the description, and as many more as keep the text short."""
    words = " ".join(_REQUIRED_IF.sub("", " ".join(option.description)).split())
    text, *more = _SENTENCE.split(words)
    for sentence in more:
        if len(f"{text} {sentence}") > _LENGTH:
            break
        text = f"{text} {sentence}"
    return to_markdown(text)


def _choices(option: Option, text: str) -> str:
    words = [f"`{flow(choice)}`" for choice in option.choices]
    if len(words) > _MOST_CHOICES:
        words[3:-1] = ["…"]
    return f"{text} One of {', '.join(words)}." if words else text


def _default(value: t.Any) -> str:
    return "" if value is None else f"`{flow(value)}`"


def flow(value: t.Any) -> str:
    """A value as YAML on one line."""
    text: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10**6, allow_unicode=True)
    return text.removesuffix("\n").removesuffix("\n...")
