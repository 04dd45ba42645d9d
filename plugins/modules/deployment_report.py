#!/usr/bin/python
# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: deployment_report
short_description: Write the report of a deployment
version_added: 0.1.0
author: Everlook contributors (@everlook)
description:
  - Writes what the layers returned to C(deployment.json) in a folder of the environment's name, and returns a summary
    for people.
  - Draws the page of the environment beside it, as M(everlook.failover.failover_page) does.
  - Writes the changes to C(plan.json), and to C(plan.md) for pull requests, also in check mode.
  - The file is replaced as a whole. A region that was not in the run keeps its entry of the previous report.
  - Holds no secrets, because results of the layers hold none.
options:
  account_id:
    description: The account of the environment.
    type: str
    required: true
  state:
    description:
      - What the run was to do with the regions in O(only).
      - With V(absent) the layers have to run in check mode after the removal. Whatever they would still delete is a
        problem.
    type: str
    choices: [present, absent]
    default: present
  regions:
    description:
      - Every region of the inventory, with its C(name), its C(priority) and what the layers C(vpc),
        C(acm_certificate), C(alb), C(ecr), C(ecs_service) and C(cloudwatch_alarms) returned there.
      - After a removal, C(removal) has what they returned when they took the region down, by their names, and the
        others what they returned in check mode afterwards.
      - The filter P(everlook.failover.regions#filter) makes this list from variables of hosts.
    type: list
    elements: dict
    required: true
  only:
    description: The regions in the run. All of O(regions) if it is not set.
    type: list
    elements: str
  zone:
    description: What M(everlook.failover.route53_zone) returned.
    type: dict
    default: {}
  delegation:
    description: What M(everlook.failover.route53_zone_delegation) returned.
    type: dict
    default: {}
  failover:
    description: What M(everlook.failover.route53_failover) returned.
    type: dict
    default: {}
  alarms:
    description: What M(everlook.failover.cloudwatch_alarms) returned for the environment.
    type: dict
    default: {}
    version_added: 0.4.0
  removed:
    description:
      - After a removal, what the modules returned when they took the layers of the environment down, with the keys
        C(zone), C(delegation), C(failover) and C(alarms). Those options have what they returned in check mode
        afterwards.
    type: dict
    default: {}
    version_added: 0.4.0
  status:
    description: What M(everlook.failover.failover_info) returned.
    type: dict
    default: {}
  delegation_role_arn:
    description: The role that delegates the zone in its parent. The report names its account.
    type: str
    default: ""
  partial:
    description:
      - Whether the run had only some layers. The file keeps the previous report's entries of the others, and what the
        layers of this run do not return.
    type: bool
    default: false
    version_added: 0.4.0
  notes:
    description: Further sentences for the end of the summary.
    type: list
    elements: str
    default: []
    version_added: 0.4.0
  show:
    description:
      - Whether to print RV(summary), which then is not in the result, and to fail if there are RV(problems), with a
        message that begins with what users have now.
    type: bool
    default: false
  fail_on_changes:
    description: Whether to fail in check mode if the run would make changes, with their count as the message.
    type: bool
    default: false
    version_added: 0.4.0
attributes:
  check_mode:
    description: In check mode only the plan is written, and the summary lists every change that the run would make.
    support: full
extends_documentation_fragment:
  - everlook.failover.environment
  - everlook.failover.environment.reports
"""

EXAMPLES = r"""
- name: Write the report
  everlook.failover.deployment_report:
    stack: hello
    environment: dev
    account_id: "111111111111"
    regions: "{{ groups.regions | everlook.failover.regions(hostvars, priority='priority', alb='alb_result') }}"
    failover: "{{ route53_failover_result }}"
    show: true
"""

RETURN = r"""
path:
  description: The report.
  returned: success
  type: str
  sample: reports/dev/deployment.json
summary:
  description: Lines for people.
  returned: when O(show) is V(false)
  type: list
  elements: str
  sample: ["hello in dev answers at http://dev.example.com/ from us-east-1."]
problems:
  description: What makes the run a failure; empty if all is well.
  returned: success
  type: list
  elements: str
"""
