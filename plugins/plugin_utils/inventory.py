# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the inventory for preflight, variable by variable, so that a failing template is reported by name."""

from __future__ import annotations

import re
import typing as t

from ansible.errors import AnsibleError

from ..module_utils._preflight.names import is_ours
from ..module_utils._preflight.rules import LAYERS, ONLY_WITH, options_of
from ..module_utils._preflight.templates import NOT_DECRYPTED
from .module_defaults import Templar

Variables = t.Mapping[str, t.Any]

# Options of a run, not of what it deploys
_LEFT_OUT: t.Final = frozenset({"confirm", "continue_from", "region", "profile"})
_SERVICES: t.Final = "ecs_service_services"
# Ansible's messages for an undefined variable
_MISSING: t.Final = re.compile(r"'(\w+)' is undefined|has no attribute '?(\w+)")
# Ansible's messages for a value that is encrypted with another vault password, or without any
_ENCRYPTED: t.Final = re.compile(r"undecryptable|no vault secrets")


def read(templar: Templar, variables: Variables) -> dict[str, t.Any]:
    """Options of the module preflight: the inventory's variables, and the options that the roles derive from them."""
    names = variables["hostvars"][variables["inventory_hostname"]]
    given, broken = _template(templar, {name: variables[name] for name in names if is_ours(name)})
    options = {
        layer.name: {f"{layer.name}_{option}": option for option in options_of(layer) if option not in _LEFT_OUT}
        for layer in LAYERS
    }
    found, failed = _of_layers(templar, variables, options)
    # Variables that are not set, or not yet, are left out.
    failed = {name: why for name, why in failed.items() if not _MISSING.search(why)}
    return {
        "variables": {**dict.fromkeys(names), **given},
        "broken": {**broken, **failed},
        "services": [service for service in found.get(_SERVICES, [{}]) if isinstance(service, dict)],
        "values": {
            layer: {option: found[name] for name, option in each.items() if name in found}
            for layer, each in options.items()
        },
    }


def _of_layers(
    templar: Templar, variables: Variables, options: t.Mapping[str, t.Mapping[str, str]]
) -> tuple[dict[str, t.Any], dict[str, str]]:
    """Values of the services and of the layers in the run, and for each template that fails the reason."""
    decisive = {layer.name: f"{layer.name}_{option}" for layer, option in ONLY_WITH}
    first = (_SERVICES, *decisive.values())
    found, failed = _template_each(templar, {name: variables[name] for name in first if name in variables})
    rest = {
        name: variables[name]
        for layer, each in options.items()
        for name in each
        if name in variables and name not in first and decisive.get(layer, _SERVICES) in {*found, _SERVICES}
    }
    values, broken = _template(templar, rest)
    return {**found, **values}, {**failed, **broken}


def _template(templar: Templar, raw: Variables) -> tuple[dict[str, t.Any], dict[str, str]]:
    """Values, and for each template that fails the reason."""
    try:
        return dict(templar.template(dict(raw))), {}
    except AnsibleError:
        return _template_each(templar, raw)


def _template_each(templar: Templar, raw: Variables) -> tuple[dict[str, t.Any], dict[str, str]]:
    values: dict[str, t.Any] = {}
    broken: dict[str, str] = {}
    for name, value in raw.items():
        try:
            values |= templar.template({name: value})
        except AnsibleError as error:
            broken[name] = why(error)
    return values, broken


def why(error: Exception) -> str:
    """Why a template fails; for an undefined variable, its name."""
    text = str(error)
    if missing := _MISSING.search(text):
        return f"'{missing[1] or missing[2]}' is undefined."
    if _ENCRYPTED.search(text):
        return NOT_DECRYPTED
    return f"its template fails: {text.rpartition(': ')[2].rstrip('.')}."
