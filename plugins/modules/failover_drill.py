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
  - A game day as code. Checks that another region could take over, breaks the one that serves, probes by DNS and HTTP
    several times a second until users have moved to the other one, heals, and probes until they have returned. One of
    its clients keeps a connection open, as browsers do, until the load balancer or the network ends it.
  - Heals what it breaks, however it ends. Before anything is broken, the undo is written to the journal
    C(drill-journal.json) in the environment's folder of reports, the resources to be broken are tagged
    C(everlook.failover/drill), and a background process, the guardian, is ready. The guardian heals when the drill
    dies, or at a deadline. If the guardian dies, the drill heals and ends. If both die at once, the next run heals by
    the journal.
  - Undoes only what is still as the fault left it. What was repaired or changed in the meantime is left alone.
  - Compares the result with the budget that follows from the settings of the health checks. A failed drill does not
    fail the module, see RV(verdict).
options:
  state:
    description:
      - V(drilled) holds a drill.
      - V(healed) heals what an earlier drill left broken, and does nothing without an open journal.
    type: str
    choices: [drilled, healed]
    default: drilled
  services:
    description:
      - Names of the services that decide the failover, as in O(everlook.failover.route53_failover#module:services). The
        faults V(stop_tasks) and V(unhealthy_app) break all of them. Required if O(state=drilled).
    type: list
    elements: str
    default: []
  account_id:
    description: The account of the environment. With the credentials of another one, nothing is broken.
    type: str
    required: true
  allowed:
    description: Whether drills may send users of this environment to another region for a while.
    type: bool
    default: false
  fault:
    description:
      - What is broken.
      - V(block_alb) removes all ingress rules from the load balancer's security group, so that no request reaches it.
      - V(stop_tasks) sets the desired count of the services to 0.
      - V(unhealthy_app) points the health checks of the target groups to a page that does not exist. The load balancer
        keeps sending requests to its targets, so only Route 53 fails over. ECS replaces the unhealthy tasks meanwhile.
        It is refused where O(everlook.failover.route53_failover#module:evaluate_target_health) is V(false).
      - V(switch) evicts the region with its switch, which takes several minutes on AWS.
      - V(external) lets O(break_command) or a person break something, and measures.
    type: str
    choices: [stop_tasks, block_alb, unhealthy_app, switch, external]
    default: block_alb
  fault_region:
    description: The region to break. By default the one that serves. Any other is refused, because nothing would move.
    type: str
  status:
    description: What M(everlook.failover.failover_info) returned. Required if O(state=drilled).
    type: dict
    default: {}
  parent_zone:
    description: The zone from which probes resolve the name. By default the environment's own zone.
    type: str
  path:
    description: The path that probes request. Statuses from 200 to 399 count as success.
    type: str
    default: /
  verify_certificate:
    description: Whether requests over HTTPS fail if the certificate is not valid for the name.
    type: bool
    default: true
  dashboard:
    description:
      - Whether CloudWatch gets a data point twice a minute until users have returned, by which the dashboard of
        M(everlook.failover.cloudwatch_alarms) shows the drill. It is in the region that is broken, in the namespace of
        the stack's switches. Where it is refused, a warning says so and the drill continues.
    type: bool
    default: false
    version_added: 0.4.0
  minimum_standby:
    description: Healthy targets that the standby region needs. By default O(standby_capacity) decides.
    type: int
  standby_capacity:
    description:
      - How much of the serving region's load a standby must be able to carry, in tasks. V(full), V(minimum) for one
        task, or a percentage such as V(50%).
      - The tasks of the region that serves are those that ECS is to run now, or the most of the last 24 hours, if these
        were more. The latter are known where Container Insights is on (C(DesiredTaskCount)).
    type: str
    default: full
    version_added: 0.4.0
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
    description: Seconds that Route 53 may take to update its name servers. AWS documents no number.
    type: int
    default: 15
  probes_per_second:
    description: How many probes to send, from 1 to 20.
    type: float
    default: 5
  hold:
    description:
      - Seconds that the fault lasts after all traffic has moved. It lasts longer, up to 70 seconds, until the user who
        keeps a connection open has moved too.
    type: int
    default: 5
  give_up:
    description:
      - Seconds after which the fault is healed even if traffic has not moved. By default one and a half times the
        budget.
    type: int
  return_timeout:
    description: Seconds within which traffic must return.
    type: int
    default: 600
  break_command:
    description: For O(fault=external), the command that breaks something, run without a shell. Empty if a person does.
    type: str
    default: ""
  heal_command:
    description:
      - The command that heals it. It may run more than once, so it must be idempotent. With O(state=healed), it heals
        the fault V(external) of an earlier drill; a command in its journal is not run.
    type: str
    default: ""
  regions:
    description:
      - The regions of the inventory. A journal of any other region is not followed. By default those of O(status).
    type: list
    elements: str
    default: []
    version_added: 0.4.0
  directory:
    description: The folder of the reports.
    type: path
    default: reports
  show:
    description: Whether to print RV(summary), which then is not in the result.
    type: bool
    default: false
    version_added: 0.4.0
requirements:
  - dnspython
notes:
  - Probes resolve the name for every request, beginning at O(parent_zone), and so measure a user whose resolver has
    nothing cached. Other resolvers cache an answer for up to a minute, which the budget adds.
  - E(EVERLOOK_FAILOVER_RESOLVER) sets another resolver than the system's, as C(address) or C(address:port).
  - E(EVERLOOK_FAILOVER_PORT_SHIFT) is added to ports below 1024 where services are reached on forwarded ports.
  - The status of a health check is derived from the last observations of its checkers, without the failure threshold,
    so RV(measured.detection_seconds) can be several seconds ahead of Route 53.
attributes:
  check_mode:
    description: In check mode, checks whether the drill could begin, and breaks nothing.
    support: full
  diff_mode:
    description: Leaves everything as it was, so there is no difference to show.
    support: none
  idempotent:
    description: Every run is a drill.
    support: none
seealso:
  - module: everlook.failover.failover_info
extends_documentation_fragment:
  - everlook.failover.environment
  - everlook.failover.environment.dns
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Find out which region serves
  everlook.failover.failover_info:
    stack: hello
    environment: dev
    zone: dev.example.com
    services: [hello]
    region: us-east-1
  register: failover

- name: Break it
  everlook.failover.failover_drill:
    stack: hello
    environment: dev
    services: [hello]
    account_id: "111111111111"
    allowed: true
    fault: stop_tasks
    status: "{{ failover }}"
    parent_zone: example.com
    region: us-east-1
  register: drill
  failed_when: drill.failed or drill.verdict == 'failed'

- name: Heal what a killed drill left broken
  everlook.failover.failover_drill:
    state: healed
    stack: hello
    environment: dev
    account_id: "111111111111"
    region: us-east-1
"""

RETURN = r"""
fault:
  description: The fault.
  returned: success
  type: str
  sample: block_alb
fault_region:
  description: The region that was broken.
  returned: success
  type: str
  sample: us-east-1
fault_text:
  description: What exactly was broken.
  returned: success
  type: str
  sample: its load balancer accepts no requests (sg-0123456789abcdef0)
standby:
  description: The region that took over.
  returned: success
  type: str
  sample: us-west-1
url:
  description: The URL that probes requested.
  returned: success
  type: str
  sample: http://dev.example.com/
budget:
  description: How long the failover may take, in seconds.
  returned: success
  type: dict
  contains:
    detection_seconds:
      description: Until DNS answers the other region.
      type: float
      sample: 51.0
    ttl_seconds:
      description: How long a resolver may cache an answer.
      type: int
      sample: 60
    total_seconds:
      description: The sum.
      type: float
      sample: 117.0
    formula:
      description: How it is calculated.
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
  description: Measured times, in seconds from the fault, or from healing for the return. V(none) if not seen.
  returned: success
  type: dict
  contains:
    detection_seconds:
      description: Until health checks noticed.
      type: float
      sample: 31.2
    dns_moved_seconds:
      description: Until DNS answered only the other region.
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
      description: Until the other region answered every request.
      type: float
      sample: 37.5
    kept_answered_seconds:
      description:
        - Until the region last answered a user who keeps a connection open. 0 if it did not after the fault.
      type: float
      sample: 0.0
    kept_ended_seconds:
      description: Until that user's last connection to the region ended. V(none) if it was still open after the fault.
      type: float
      sample: 3.0
    kept_moved_seconds:
      description: Until the other region answered that user.
      type: float
      sample: 37.9
    dns_back_seconds:
      description: Until DNS answered only the region again.
      type: float
      sample: 36.1
    all_traffic_back_seconds:
      description: Until it answered every request again.
      type: float
      sample: 36.1
requests:
  description: The number of requests.
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
  returned: when O(show) is V(false)
  type: list
  elements: str
  sample: ["Drill passed: block_alb of us-east-1, taken over by us-west-1."]
report:
  description: The report, with every request. V(none) if there was no drill.
  returned: success
  type: str
  sample: reports/dev/drill.json
healed:
  description: What was undone from an earlier drill.
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
