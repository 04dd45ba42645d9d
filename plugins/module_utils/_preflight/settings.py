# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables that the playbooks themselves read: argument specs of their values, and further checks. Pure."""

from __future__ import annotations

import re
import typing as t

from .._ecs_service.options import OPTIONS as OF_ECS_SERVICE
from .._engine.command_line import parse_command
from .._engine.errors import SpecError
from .._failover_drill.fault import EXTERNAL
from .._failover_drill.options import OPTIONS as OF_DRILL
from .._failover_drill.spec import parse as parse_drill
from .._failover_switch.options import OPTIONS as OF_SWITCH
from .._failover_switch.spec import parse as parse_switch
from .names import suggestion
from .values import validate, wrong_type

_TEXT: t.Final = {"type": "str"}
# RFC 3986: a client sends printable ASCII without blanks, and no fragment.
_PATH: t.Final = re.compile(r"/[!-\"$-~]*")
_MAPPING: t.Final = {"type": "dict", "no_log": False}
# With a default, because null is a mistake: the playbooks would read it as false, and app_https deletes then.
_SWITCH: t.Final = {"type": "bool", "default": False}
_LIST: t.Final = {"type": "list", "elements": "str", "default": []}
# Templates add them to lists, which a string is not: Ansible converts options alone.
_ADDED: t.Final = ("app_certificate_names", "preflight_tags")
_OF_SERVICE: t.Final = {
    **OF_ECS_SERVICE,
    "image": _TEXT,
    "port": {"type": "int"},
    "variables": _MAPPING,
    "secrets": _MAPPING,
}

# The keys of app_smoke_request
SMOKE_REQUEST: t.Final[t.Mapping[str, t.Mapping[str, t.Any]]] = {
    "path": {"type": "str", "required": True},
    "status": {"type": "int", "default": 200},
    "contains": {"type": "str", "default": ""},
    "timeout": {"type": "int", "default": 30},
}

# Those of the drill and the switch are options of their modules.
SETTINGS: t.Final[t.Mapping[str, t.Mapping[str, t.Any]]] = {
    "app_services": {"type": "list", "elements": "dict", "options": _OF_SERVICE},
    "app_https": _SWITCH,
    "app_own_egress": _SWITCH,
    # The layer ecr checks it too, unless it is null.
    "app_repositories": _LIST,
    "app_replicate_images": _SWITCH,
    "app_smoke_request": {"type": "dict", "options": SMOKE_REQUEST},
    "app_release_pause": _SWITCH,
    "app_smoke_test": _TEXT,
    "dns_ttl_wait": {"type": "int", "default": 60},
    "everlook_failover_in_worker": {"type": "bool", "default": True},
    **dict.fromkeys(_ADDED, _LIST),
    "reports_directory": {"type": "str", "default": "reports"},
    **{
        f"drill_{option}": OF_DRILL[option]
        for option in (
            *("allowed", "break_command", "give_up", "heal_command", "hold", "minimum_standby", "probes_per_second"),
            *("return_timeout", "tolerance", "verify_certificate"),
        )
    },
    "standby_capacity": OF_DRILL["standby_capacity"],
    **{f"switch_{option}": OF_SWITCH[option] for option in ("hold", "interval", "timeout")},
}

# The modules of which some are options, with the prefix of their variables
_MODULES: t.Final = (("drill_", OF_DRILL, parse_drill), ("switch_", OF_SWITCH, parse_switch))
# Other required options of the modules. The command line sets the fault: this one allows every option.
_SAMPLES: t.Final = {
    "fault": EXTERNAL,
    "stack": "sample",
    "environment": "sample",
    "account_id": "111111111111",
    "zone": "sample.example.com",
    "services": ["sample"],
    "regions": [{"name": "us-east-1", "priority": 1}],
    "to": "auto",
}


def refused(given: t.Mapping[str, t.Any]) -> list[SpecError]:
    """Errors in the variables, by their names."""
    params, errors = validate(SETTINGS, given)
    errors += [
        SpecError(name, *wrong_type(_LIST, given[name])) for name in _ADDED if isinstance(given.get(name), (str, int))
    ]
    if (params["dns_ttl_wait"] or 0) < 0:
        errors.append(SpecError("dns_ttl_wait", f"{params['dns_ttl_wait']} is out of range.", "Use 0 or more seconds."))
    errors += [*_of_smoke_request(params["app_smoke_request"] or {}), *_of_smoke_test(params["app_smoke_test"] or "")]
    reported = {error.option for error in errors}
    return [*errors, *(error for error in of_modules({**given, **params}) if error.option not in reported)]


def of_modules(given: t.Mapping[str, t.Any]) -> t.Iterator[SpecError]:
    """What the modules of the drill and the switch refuse of their options, by variable."""
    reported: set[str] = set()
    for prefix, spec, parse in _MODULES:
        names = {option: option if option in SETTINGS else f"{prefix}{option}" for option in spec}
        own = {option: given[name] for option, name in names.items() if given.get(name) is not None}
        for error in _parse_until_content(spec, parse, own):
            if names[error.option] not in reported:
                reported.add(names[error.option])
                yield SpecError(names[error.option], error.problem, error.remedy)


def _parse_until_content(
    spec: t.Mapping[str, t.Any], parse: t.Callable[[t.Mapping[str, t.Any]], object], own: dict[str, t.Any]
) -> t.Iterator[SpecError]:
    """Each refused option is replaced by its default until none is refused."""
    while own:
        samples = {option: value for option, value in _SAMPLES.items() if option in spec}
        params, _errors = validate(spec, {**samples, **own})
        try:
            parse(params)
        except SpecError as error:
            if error.option not in own:
                return
            del own[error.option]
            yield error
        else:
            return


def _of_smoke_request(request: t.Mapping[str, t.Any]) -> t.Iterator[SpecError]:
    path = request.get("path") or "/"
    if not path.startswith("/"):
        yield SpecError("app_smoke_request.path", f"{path!r} is not a path.", "Begin it with /.")
    elif not _PATH.fullmatch(path):
        yield SpecError("app_smoke_request.path", f"{path!r} is not a path.", "It has no blanks, and no fragment.")
    for key, least, most in (("status", 100, 599), ("timeout", 1, 600)):
        if request.get(key) is not None and not least <= request[key] <= most:
            yield SpecError(f"app_smoke_request.{key}", f"{request[key]} is out of range.", f"Use {least} to {most}.")


def _of_smoke_test(command: str) -> t.Iterator[SpecError]:
    try:
        parse_command("app_smoke_test", command)
    except SpecError as error:
        yield error
    for name in re.findall(r"\{(\w+)\}", command):
        if name != "region" and (near := suggestion(name, ["region"])):
            yield SpecError("app_smoke_test", f"{{{name}}} is unknown.", near)
