#!/usr/bin/python
# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: failover_drill
short_description: Break the region that serves, measure the failover, and heal
version_added: 0.2.0
author: Everlook contributors (@everlook)
description:
  - A game day as code. Looks whether another region could take over, breaks the one that serves, watches by DNS and
    HTTP, several times a second, how its users are sent to the other one, heals, and watches them come back.
  - What it breaks it heals, however it ends. Before anything is broken, the undo is written to C(drill-journal.json) in
    the environment's folder of reports, what will be broken is tagged C(everlook.failover/drill), and a process of its
    own, the guardian, is ready. The guardian heals when the drill dies, or at a deadline. If the guardian dies, the
    drill heals and ends. If both die at once, the journal is still there, and the next run heals what it says.
  - Undoes only what is still as the fault left it. What somebody has repaired or changed meanwhile is left alone.
  - The result is compared with what the health checks' settings allow. A failed drill does not fail the module, see
    RV(verdict).
options:
  state:
    description:
      - V(drilled) holds a drill.
      - V(healed) heals what an earlier drill has left broken, and does nothing if there is no open journal.
    type: str
    choices: [drilled, healed]
    default: drilled
  stack:
    description: Name of the application, as in M(everlook.failover.route53_failover).
    type: str
    required: true
  environment:
    description: Name of the environment, such as V(dev).
    type: str
    required: true
  account_id:
    description: The account of the environment. With the credentials of another one nothing is broken.
    type: str
    required: true
  allowed:
    description: Whether users of this environment may be sent to another region for a while. Else no drill is held.
    type: bool
    default: false
  fault:
    description:
      - What is broken.
      - V(block_alb) takes all ingress rules off the load balancer's security group, so that nobody reaches it.
      - V(stop_tasks) sets the service's desired count to 0.
      - V(unhealthy_app) points the target group's health check to a page that does not exist. The load balancer goes on
        sending requests to its targets, so only Route 53 leaves. ECS replaces the tasks meanwhile, as it does with
        unhealthy ones.
      - V(switch) evicts the region by its switch, which takes some minutes on AWS.
      - V(external) breaks nothing in AWS. O(break_command) does, or a person, and the drill measures.
    type: str
    choices: [stop_tasks, block_alb, unhealthy_app, switch, external]
    default: block_alb
  fault_region:
    description: The region to break. By default the one that serves; any other is refused, because nothing would move.
    type: str
  status:
    description: What M(everlook.failover.failover_info) returned. Required if O(state=drilled).
    type: dict
    default: {}
  parent_zone:
    description: The zone where looking for the name in DNS begins. By default the environment's own zone.
    type: str
  path:
    description: What is requested from the service. Statuses from 200 to 399 are well.
    type: str
    default: /
  verify_certificate:
    description: Whether requests by HTTPS fail if the certificate is not good for the name.
    type: bool
    default: true
  minimum_standby:
    description: Healthy targets that the region that takes over needs. By default the desired count of the other one.
    type: int
  interval:
    description: Seconds between two requests of a Route 53 health checker.
    type: int
    default: 10
  failure_threshold:
    description: How many of those have to fail.
    type: int
    default: 3
  target_interval:
    description: Seconds between two requests of the load balancer to a target.
    type: int
    default: 10
  target_timeout:
    description: Seconds after which one of those has failed.
    type: int
    default: 5
  target_threshold:
    description: How many of those have to fail.
    type: int
    default: 2
  tolerance:
    description: Seconds that Route 53 may take to bring a verdict to its name servers. AWS documents no number.
    type: int
    default: 15
  probes_per_second:
    description: How often to look, from 1 to 20.
    type: float
    default: 5
  hold:
    description: Seconds that the fault lasts after all traffic has moved.
    type: int
    default: 5
  give_up:
    description:
      - Seconds after which the fault is healed although traffic has not moved. By default one and a half times what the
        budget allows.
    type: int
  return_timeout:
    description: Seconds that the way back may take.
    type: int
    default: 600
  break_command:
    description: For O(fault=external), the command that breaks something, run without a shell. Else somebody does.
    type: str
    default: ""
  heal_command:
    description: The command that heals it. It may be run more than once, so it has to do no harm the second time.
    type: str
    default: ""
  directory:
    description: Where reports are kept.
    type: path
    default: reports
requirements:
  - dnspython
notes:
  - Probes ask DNS anew for every request, beginning at O(parent_zone), and so measure a user whose resolver has nothing
    in its cache. Others keep an answer for up to a minute, which the budget adds.
  - E(EVERLOOK_FAILOVER_RESOLVER) names another resolver than the system's, as C(address) or C(address:port).
  - E(EVERLOOK_FAILOVER_PORT_SHIFT) is added to ports below 1024 where services are reached on forwarded ports.
  - Where health checks are read, the last observations of the checkers are judged, without the failure threshold.
    RV(measured.detection_seconds) can be ahead of Route 53 by some seconds.
attributes:
  check_mode:
    description: In check mode looks whether the drill could begin, and breaks nothing.
    support: full
  diff_mode:
    description: Leaves everything as it was, so there is nothing to show.
    support: none
  idempotent:
    description: Every run is a drill.
    support: none
seealso:
  - module: everlook.failover.failover_info
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

- name: Break it
  everlook.failover.failover_drill:
    stack: hello
    environment: dev
    account_id: "111111111111"
    allowed: true
    fault: stop_tasks
    status: "{{ failover }}"
    parent_zone: example.com
    region: us-east-1
  register: drill
  failed_when: drill.failed or drill.verdict == 'failed'

- name: Heal what a drill that was killed has left broken
  everlook.failover.failover_drill:
    state: healed
    stack: hello
    environment: dev
    account_id: "111111111111"
    region: us-east-1
"""

RETURN = r"""
fault:
  description: What was broken.
  returned: success
  type: str
  sample: block_alb
fault_region:
  description: Where.
  returned: success
  type: str
  sample: us-east-1
fault_text:
  description: What that means.
  returned: success
  type: str
  sample: its load balancer lets nobody in any more (sg-0123456789abcdef0)
standby:
  description: The region that took over.
  returned: success
  type: str
  sample: us-west-1
url:
  description: What was requested.
  returned: success
  type: str
  sample: http://dev.example.com/
budget:
  description: What the failover may take, in seconds.
  returned: success
  type: dict
  contains:
    detection_seconds:
      description: Until DNS answers the other region.
      type: float
      sample: 51.0
    ttl_seconds:
      description: What a resolver may keep.
      type: int
      sample: 60
    total_seconds:
      description: Both.
      type: float
      sample: 117.0
    formula:
      description: Where that comes from.
      type: str
      sample: (10 s + 4 s timeout) x 3 health checks + 15 s until Route 53's name servers know + 60 s TTL = 117 s
verdict:
  description: V(passed) or V(failed), V(none) if there was no drill.
  returned: success
  type: str
  sample: passed
reasons:
  description: Why it failed; empty if it passed.
  returned: success
  type: list
  elements: str
  sample: []
measured:
  description: What it took, in seconds from the fault, or from the healing for the way back. V(none) if not seen.
  returned: success
  type: dict
  contains:
    detection_seconds:
      description: Until health checks were seen to fail.
      type: float
      sample: 31.2
    dns_moved_seconds:
      description: Until DNS answered the other region and nothing else any more.
      type: float
      sample: 37.5
    first_failed_request_seconds:
      description: Until the first failed request.
      type: float
      sample: 0.1
    last_failed_request_seconds:
      description: Until the last one.
      type: float
      sample: 37.3
    all_traffic_moved_seconds:
      description: Until every request was answered by the other region.
      type: float
      sample: 37.5
    dns_back_seconds:
      description: Until DNS answered the region again and nothing else.
      type: float
      sample: 36.1
    all_traffic_back_seconds:
      description: Until it answered every request again.
      type: float
      sample: 36.1
requests:
  description: How many requests there were.
  returned: success
  type: dict
  contains:
    total:
      description: All.
      type: int
      sample: 412
    failed:
      description: Those that failed.
      type: int
      sample: 180
    by_region:
      description: How many each region answered.
      type: dict
      sample: {us-east-1: 30, us-west-1: 202}
summary:
  description: Lines for people.
  returned: success
  type: list
  elements: str
  sample: ["Drill passed: block_alb of us-east-1, taken over by us-west-1."]
report:
  description: Where all of it is written down, with every request. V(none) if there was no drill.
  returned: success
  type: str
  sample: reports/dev/drill.json
healed:
  description: What was undone of an earlier drill.
  returned: success
  type: list
  elements: str
  sample: []
journal:
  description: The journal, if something is still broken. V(none) if nothing is.
  returned: success
  type: str
  sample: null
"""

from ansible_collections.everlook.failover.plugins.module_utils._engine.module_host import run_module
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.job import JOB


def main() -> None:
    run_module(JOB)


if __name__ == "__main__":
    main()
