# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every mistake is told before the first change, by the name of its variable and with what to do."""

from __future__ import annotations

import dataclasses
import re
import typing as t

import pytest

from tests.playbook_server import ROOT
from tests.sampling import first_and_last, one_of_each

from .accounts import ACCOUNTS, PARENTS
from .application import FEATURES, MAPPINGS, NAMES, NUMBERS
from .conftest import Mistakes
from .dns import DELEGATION, DOMAINS, HTTPS, OTHERS, TEMPLATES
from .features import ARGUMENTS, MANAGEMENT, UNUSED, VALUES
from .mistake import Mistake, everywhere, west
from .names import BOOTSTRAP, COMMANDS, VARIABLES
from .regions import BALANCERS, NETWORKS, REGIONS
from .services import CONTAINERS, SERVICES

TABLES: t.Final = (
    *(NUMBERS, NAMES, MAPPINGS, CONTAINERS, SERVICES, REGIONS, NETWORKS, BALANCERS, DOMAINS, DELEGATION, HTTPS),
    *(OTHERS, TEMPLATES, VARIABLES, COMMANDS, BOOTSTRAP, ACCOUNTS, PARENTS, FEATURES, UNUSED, VALUES),
    *(ARGUMENTS, MANAGEMENT),
)
ALL: t.Final = [mistake for table in TABLES for mistake in table]
# In a run of site.yml, too
PLAYED: t.Final = [table[0] for table in TABLES if table[0].is_for_preflight]
# Words that only those know who know Ansible's and Python's insides
_INSIDES: t.Final = re.compile(
    r"Unknown error|Traceback|_Ansible\w+|Ansible\w*(Error|Undefined)|NoneType|dict object|<class|\bMarker\b"
    r"|argument_spec|of type \w+|ansible_collections|unable to convert|filter plugin|probably a bug|suboption"
)


def _place(mistake: Mistake) -> tuple[object, ...]:
    """Where it is: in the inventory, in the account, or on the command line."""
    return bool(mistake.prepare), bool(mistake.west), bool(mistake.hosts), mistake.management, bool(mistake.arguments)


def _playbook(mistake: Mistake) -> str:
    return mistake.playbook


def _options(mistake: Mistake) -> tuple[str, ...]:
    """Of the command line, whichever playbook it is of."""
    return tuple(sorted({word for word in mistake.arguments if word.startswith("-")}))


# playbooks/test_refusals.py has the ones that every ansible-core has to show.
@pytest.mark.once
@pytest.mark.parametrize(
    "mistake", one_of_each(ALL, _place, _options, _playbook), ids=[mistake.name for mistake in ALL]
)
def test_a_mistake_is_told_before_the_first_change(mistakes: Mistakes, mistake: Mistake) -> None:
    outcome = mistakes.make(mistake)
    said = flat(outcome.text)
    assert outcome.refused, said
    assert [record.operation for record in outcome.writes] == [], said
    for words in mistake.says:
        assert words in said
    for words in mistake.keeps:
        assert words not in outcome.text
    assert _INSIDES.search(said) is None, said


@pytest.mark.once
@pytest.mark.parametrize("mistake", first_and_last(PLAYED), ids=[mistake.name for mistake in PLAYED])
def test_a_run_ends_with_what_preflight_says(mistakes: Mistakes, mistake: Mistake) -> None:
    said, played = mistakes.make(mistake), mistakes.play(mistake)
    assert (played.refused, played.writes) == (True, []), played.text
    for line in said.text.splitlines():
        assert flat(line) in flat(played.text)


# What the playbooks make of these variables is wrong, too.
ONCE: t.Final = (
    everywhere("app_name: hello_", "app_name: 'hello_' cannot be part"),
    everywhere("app_domain: x_", "app_domain: 'x_' has fewer than 2 labels"),
    everywhere("app_domain: a b\napp_certificate_names: ['*.a b']", "app_domain: 'a b' is not a DNS name"),
    everywhere('app_certificate_names: "*.a.com"', 'app_certificate_names: "*.a.com" is not a list'),
    everywhere("app_certificate_names:", "app_certificate_names: is empty"),
    everywhere("app_services: [web]", 'app_services[0]: "web" is not a mapping'),
    west("failover_priority: 1", "failover_priority of us-east-1, us-west-1: all are 1"),
    west("failover_priority: one", "failover_priority of us-west-1: is 'one'"),
)


@pytest.mark.once
@pytest.mark.parametrize("mistake", first_and_last(ONCE), ids=[mistake.name for mistake in ONCE])
def test_one_mistake_is_one_message(mistakes: Mistakes, mistake: Mistake) -> None:
    (reason,) = re.findall("^- (.+)", mistakes.make(mistake).text, re.MULTILINE)
    assert reason.startswith(mistake.says)


def flat(text: str) -> str:
    """On one line, without where a task stands, which is what Ansible prints around a message."""
    return " ".join(re.sub(r"^Origin: .*(\n+\d+ .*)*", "", text, flags=re.MULTILINE).split())


def test_names_are_those_of_one_mistake_each() -> None:
    assert len({mistake.name for mistake in ALL}) == len(ALL) > 150


SHORT, LONG = re.findall(r"```yaml\n(app_services:.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)


@pytest.mark.parametrize(
    ("playbook", "arguments", "services"),
    [
        pytest.param("site", ("--check",), SHORT, id="short"),
        pytest.param("status", (), LONG, id="long"),
        pytest.param("site", ("--check",), LONG, id="site, long", marks=pytest.mark.exhaustive),
        pytest.param("status", (), SHORT, id="status, short", marks=pytest.mark.exhaustive),
    ],
)
def test_the_services_of_the_readme_are_no_mistake(
    mistakes: Mistakes, services: str, playbook: str, arguments: tuple[str, ...]
) -> None:
    """They take the place of app_image and app_port."""
    right = Mistake(
        name="", says=(), playbook=playbook, arguments=arguments, everywhere=services, without=("app_image", "app_port")
    )
    outcome = mistakes.play(right)
    assert (outcome.refused, outcome.writes) == (False, []), outcome.text


def test_the_canary_of_the_docs_is_no_mistake(mistakes: Mistakes) -> None:
    """Its steps take as long as a rollout may by default, so it sets ecs_service_wait_timeout, too."""
    text = (ROOT / "docs" / "releases.md").read_text()
    (canary,) = re.findall(r"```yaml\n([^`]*type: canary.*?)```", text, flags=re.DOTALL)
    outcome = mistakes.make(Mistake(name="", says=(), everywhere=canary))
    assert not outcome.refused, outcome.text


def test_what_another_playbook_takes_may_be_the_inventorys_own(mistakes: Mistakes) -> None:
    """status.yml takes no image: here a template of the inventory reads it."""
    right = Mistake(
        name="",
        says=(),
        playbook="status",
        arguments=("-e", "image=1.29"),
        everywhere="app_image: 'nginx:{{ image }}'",
        without=("app_image",),
    )
    outcome = mistakes.play(right)
    assert not outcome.refused, outcome.text
    wrong = mistakes.play(dataclasses.replace(right, everywhere="", without=()))
    assert (wrong.refused, "image: is not an argument of status.yml" in flat(wrong.text)) == (True, True), wrong.text
