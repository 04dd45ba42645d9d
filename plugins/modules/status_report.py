#!/usr/bin/python
# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: status_report
short_description: Report which region serves in an environment, and what is wrong
version_added: 0.2.0
author: Everlook contributors (@everlook)
description:
  - Writes what M(everlook.failover.failover_info) found to C(status.json) in a folder of the environment's name, and
    returns a table for people and, in one sentence, what is wrong and what to do about it.
  - Reports a drill that is not healed, from its journal in the same folder.
  - Draws the page of the environment beside it, as M(everlook.failover.failover_page) does.
  - The file is replaced as a whole. It holds no secrets, because what it is made of holds none.
options:
  account_id:
    description: The account of the environment.
    type: str
    required: true
  info:
    description: What M(everlook.failover.failover_info) returned, ideally with all of its options on.
    type: dict
    required: true
  regions:
    description:
      - Every region of the inventory, with its C(name) and its C(priority), and what the layers C(vpc),
        C(acm_certificate), C(alb), C(ecr), C(ecs_service) and C(cloudwatch_alarms) returned there in check mode, for
        the drift and the alarms that ring.
      - The filter P(everlook.failover.regions#filter) makes this list from variables of hosts.
    type: list
    elements: dict
    required: true
  zone:
    description: What M(everlook.failover.route53_zone) returned in check mode, for the drift.
    type: dict
    default: {}
  delegation:
    description: What M(everlook.failover.route53_zone_delegation) returned in check mode, for the drift.
    type: dict
    default: {}
  failover:
    description: What M(everlook.failover.route53_failover) returned in check mode, for the drift.
    type: dict
    default: {}
  alarms:
    description:
      - What M(everlook.failover.cloudwatch_alarms) returned for the environment in check mode, for the drift and the
        alarms that ring.
    type: dict
    default: {}
    version_added: 0.4.0
  drift_problem:
    description: Why drift was not checked; empty if it was.
    type: str
    default: ""
  services:
    description:
      - Names of all services of the inventory. Those that C(vpc) found besides them are reported. By default none are.
    type: list
    elements: str
    default: []
    version_added: 0.4.0
  standby_capacity:
    description:
      - How much of the serving region's load a standby must be able to carry, in tasks. V(full), V(minimum) for one
        task, or a percentage such as V(50%).
      - The tasks of the region that serves are those that ECS is to run now, or the most of the last 24 hours, if these
        were more. The latter are known where Container Insights is on (C(DesiredTaskCount)).
    type: str
    default: full
    version_added: 0.4.0
  show:
    description: Whether to print RV(lines), which then are not in the result.
    type: bool
    default: false
    version_added: 0.4.0
  strict:
    description: Whether to fail, with RV(problems) as the message, if there are any.
    type: bool
    default: false
    version_added: 0.4.0
seealso:
  - module: everlook.failover.failover_info
  - module: everlook.failover.failover_page
extends_documentation_fragment:
  - everlook.failover.environment
  - everlook.failover.environment.reports
"""

EXAMPLES = r"""
- name: Find out which region serves
  everlook.failover.failover_info:
    stack: hello
    environment: dev
    zone: dev.example.com
    parent_zone: example.com
    tasks: true
    observations: true
    dns: true
    best_effort: true
    region: us-east-1
  register: failover

- name: Write the report
  everlook.failover.status_report:
    stack: hello
    environment: dev
    account_id: "111111111111"
    info: "{{ failover }}"
    regions: "{{ groups.regions | everlook.failover.regions(hostvars, priority='failover_priority') }}"
    show: true
  register: status
"""

RETURN = r"""
path:
  description: The file.
  returned: success
  type: str
  sample: reports/dev/status.json
sentence:
  description: What is wrong and what to do about it, or that all is well.
  returned: success
  type: str
  sample: "All is well: us-east-1 serves, us-west-1 stands by."
lines:
  description: A table for people, with the sentence at its end.
  returned: when O(show) is V(false)
  type: list
  elements: str
  sample: ["hello in dev: http://dev.example.com/", "  served by   us-east-1 (198.51.100.10; TTL 60 s)"]
problems:
  description: Everything that is wrong, a sentence each, the most important first.
  returned: success
  type: list
  elements: str
  sample: []
"""
