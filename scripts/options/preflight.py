# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task that shows every variable of every role to preflight."""

from __future__ import annotations

import typing as t

from .document import Option
from .roles import Part, Role
from .tasks import chain, fallback

# They are about a run, not about what is deployed.
_LEFT_OUT: t.Final = frozenset({"wait", "wait_timeout", "confirm", "continue_from", "region", "profile"})

_HEAD: t.Final = """# {notice}
---
# Finds what would stop a run halfway, before the first change. It runs for every region, since each may have values of
# its own, and returns mistakes without failing: what follows it tells those of all regions at once.
- name: Check the inventory and the account
  everlook.failover.preflight:
    stack: "{{{{ app_name }}}}"
    environment: "{{{{ app_environment }}}}"
    state: "{{{{ preflight_state | default(omit) }}}}"
    account_id: "{{{{ app_account_id }}}}"
    region: "{{{{ inventory_hostname }}}}"
    regions: >-
      {{{{ groups.regions
      | everlook.failover.regions(hostvars, priority='failover_priority', cidr='vpc_cidr') }}}}
    only: ["{{{{ inventory_hostname }}}}"]
    skip: "{{{{ ansible_skip_tags }}}}"
    variables: "{{{{ hostvars[inventory_hostname].keys() | list }}}}"
    services: "{{{{ ecs_service_services | default([{{}}]) }}}}"
    values:
"""
# What layers get from others is not there yet. Of a layer that is left out nothing will come: who needs it has to have
# it from the inventory.
_TAIL: t.Final = """  vars:
    vpc_result: >-
      {{ {} if 'vpc' in ansible_skip_tags and ansible_run_tags | intersect(['all', 'alb', 'ecs_service']) else
      {'vpc_id': '(known after apply: vpc/main)',
       'public_subnet_ids': ['(known after apply: subnet/public-a)', '(known after apply: subnet/public-b)'],
       'private_subnet_ids': ['(known after apply: subnet/private-a)', '(known after apply: subnet/private-b)']} }}
    alb_result: >-
      {{ {} if 'alb' in ansible_skip_tags and ansible_run_tags | intersect(['all', 'ecs_service']) else
      {'security_group_id': '(known after apply: security_group/alb)',
       'listener_arn': '(known after apply: listener/http)'} }}
    route53_zone_result:
      zone_id: "(known after apply: zone/main)"
      name_servers: ["(known after apply: zone/main.name_servers)"]
  register: preflight_result

# The play ends here, unless there is a mistake. That costs no process, as a condition of the next task would.
- name: Go on if the run can work
  ansible.builtin.meta: end_play
  when: ansible_play_hosts | map('extract', hostvars, ['preflight_result', 'mistakes']) | flatten | length == 0

- name: Refuse what cannot work
  ansible.builtin.fail:
    msg: "{{ app_environment }} was not touched, because the run cannot work:\\n{{ preflight_mistakes | join('\\n') }}"
  vars:
    preflight_mistakes: >-
      {{ ansible_play_hosts | map('extract', hostvars, ['preflight_result', 'mistakes']) | flatten | unique
      | map('regex_replace', '^', '- ') }}
  run_once: true
"""


def preflight_task(notice: str, options: t.Mapping[str, t.Sequence[Option]], roles: t.Sequence[Role]) -> str:
    """The text of the task file.

    :param options: module → its options.
    """
    parts = [part for role in roles for part in role.parts]
    return _HEAD.format(notice=notice) + "".join(_values(part, options[part.module]) for part in parts) + _TAIL


def _values(part: Part, options: t.Sequence[Option]) -> str:
    """One expression for all options of a module: Ansible takes four times as long to evaluate one for each."""
    entries = [
        f"'{option.name}': {chain(part.variable(option.name), *fallback(part, option.name))},\n"
        for option in options
        if option.name not in _LEFT_OUT
    ]
    return (
        f"      {part.module}: >-\n        {{{{ {{\n{''.join(' ' * 10 + entry for entry in entries)}        }} }}}}\n"
    )
