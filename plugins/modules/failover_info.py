#!/usr/bin/python
# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: failover_info
short_description: Which region serves a stack's users, and why
version_added: 0.1.0
author: Everlook contributors (@everlook)
description:
  - Reads the failover records of a stack, the health checks behind them and the targets of every region, and tells
    which region Route 53 answers with, by the same rules.
  - Asks Route 53's name servers for the name, too.
  - Changes nothing. A region that cannot be read is reported as such, and the others all the same.
options:
  stack:
    description: Name of the application, as in M(everlook.failover.route53_failover).
    type: str
    required: true
  environment:
    description: Name of the environment, such as V(dev).
    type: str
    required: true
  zone:
    description: Name of the public hosted zone.
    type: str
    required: true
  zone_id:
    description: Id of the zone. Without it the zone is looked up by its name, with one more call.
    type: str
  record_name:
    description: The name that users ask for. By default the zone's own name.
    type: str
  regions:
    description: Regions to report on also while they are not in DNS. Those in DNS are reported on in any case.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the region.
        type: str
        required: true
      target_group_arn:
        description: Its target group. Without it the target group is looked up by its name, with one more call.
        type: str
  alarms:
    description: Whether to read the state of the alarms behind the switches, with one more call for each region.
    type: bool
    default: false
notes:
  - Calls for two regions with O(zone_id) and target groups given are nine. These are one each for records, health
    checks and the name servers' answer, and one for each endpoint, each switch and each target group.
  - Route 53 does not tell the status of a C(CALCULATED) health check. It is derived from its children.
  - Of endpoint checks the last observations of the checkers are judged, without the failure threshold, so that this
    can be ahead of Route 53 by some seconds.
attributes:
  check_mode:
    description: Does the same in check mode.
    support: full
  diff_mode:
    description: Changes nothing that could be shown.
    support: none
  idempotent:
    description: Changes nothing.
    support: full
seealso:
  - module: everlook.failover.route53_failover
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Ask who serves
  everlook.failover.failover_info:
    stack: hello
    environment: dev
    zone: dev.example.com
    region: us-east-1
  register: failover

- name: Show it
  ansible.builtin.debug:
    msg: "{{ failover.serving }} serves: {{ failover.serving_reason }}"
"""

RETURN = r"""
record:
  description: The name that users ask for.
  returned: success
  type: str
  sample: dev.example.com
zone:
  description: Name of the zone.
  returned: success
  type: str
  sample: dev.example.com
zone_id:
  description: Id of the zone, V(none) if there is none.
  returned: success
  type: str
  sample: Z0123456789ABCDEFGHIJ
serving:
  description: The region that Route 53 answers with, V(none) if no region is in DNS.
  returned: success
  type: str
  sample: us-east-1
serving_reason:
  description: Why that one, in a sentence.
  returned: success
  type: str
  sample: the first region is healthy
url:
  description: Where users find the service, V(none) while no region has a health check.
  returned: success
  type: str
  sample: http://dev.example.com/
answers:
  description: Whether Route 53's name servers answer the name with addresses.
  returned: success
  type: bool
  sample: true
answer:
  description: What they answer. V(none) if there is no zone.
  returned: success
  type: dict
  contains:
    response_code:
      description: Code of the DNS answer.
      type: str
      sample: NOERROR
    values:
      description: The addresses.
      type: list
      elements: str
      sample: [198.51.100.10, 198.51.100.20]
    name_server:
      description: Who answered.
      type: str
      sample: ns-0.awsdns-00.com
problems:
  description:
    - What no healthy deployment has, such as a name without an answer or a region in DNS without healthy targets.
    - Eviction by a switch is not among them, nor what the checkers say, which may be old.
  returned: success
  type: list
  elements: str
  sample: []
regions:
  description: The regions in DNS, first to serve first, then the others in O(regions).
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the region.
      type: str
      sample: us-east-1
    place:
      description: Its place in the chain, from 1; V(none) if it is not in DNS.
      type: int
      sample: 1
    role:
      description: V(primary), V(secondary), V(standby) or V(not in DNS).
      type: str
      sample: primary
    healthy:
      description: Whether Route 53 takes its record as healthy.
      type: bool
      sample: true
    reasons:
      description: Why not.
      type: list
      elements: str
      sample: []
    summary:
      description: The region in a line.
      type: str
      sample: serves, 2 of 2 targets healthy
    targets:
      description: Its targets.
      type: dict
      contains:
        healthy:
          description: How many are healthy.
          type: int
          sample: 2
        total:
          description: How many there are.
          type: int
          sample: 2
        states:
          description: How many are in each state.
          type: dict
          sample: {healthy: 2}
        problem:
          description: Why they could not be read; empty if they could.
          type: str
          sample: ""
    health_check:
      description: The C(CALCULATED) check, C(id) and C(healthy). V(none) if there is none.
      type: dict
      sample: {id: 11111111-1111-1111-1111-111111111111, healthy: true}
    endpoint:
      description: The check that probes the region, with how many checkers there are and what they report.
      type: dict
      contains:
        id:
          description: Id of the check.
          type: str
          sample: 22222222-2222-2222-2222-222222222222
        healthy:
          description: Whether more than 18 % of the checkers report success.
          type: bool
          sample: true
        checkers:
          description: How many report.
          type: int
          sample: 16
        healthy_checkers:
          description: How many report success.
          type: int
          sample: 16
        reports:
          description: What they report, each text once, failures first.
          type: list
          elements: str
          sample: ["Success: HTTP Status Code 200, OK"]
    switches:
      description:
        - For each region that can evict this one, the check that does, with the keys of RV(regions[].endpoint).
      type: dict
      sample: {}
    alarms:
      description:
        - The alarms in this region, by which it evicts others, with C(name), C(evicts), C(state), C(reason) and
          C(since).
        - V(none) unless O(alarms=true).
      type: raw
      sample: []
"""

from ansible_collections.everlook.failover.plugins.module_utils._engine.module_host import run_module
from ansible_collections.everlook.failover.plugins.module_utils._route53_failover.info import JOB


def main() -> None:
    run_module(JOB)


if __name__ == "__main__":
    main()
