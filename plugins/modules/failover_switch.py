#!/usr/bin/python
# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: failover_switch
short_description: Let another region serve, or let health decide again
version_added: 0.2.0
author: Everlook contributors (@everlook)
description:
  - Publishes data points in CloudWatch that the switch health checks of M(everlook.failover.route53_failover) follow,
    until DNS answers with the requested region. No record, health check or alarm is changed.
  - Before that, services that have too few tasks in the requested region get more, see O(standby_capacity).
  - The regions ahead of O(to) in the chain are evicted from O(to) itself. Neither the evicted regions nor Route 53's
    API are needed for that. Calls that time out cost a few seconds and become warnings.
  - O(to) and the regions behind it are released in every region that answers, so that they can take over.
  - DNS, resolved from O(parent_zone) down without a cache, decides whether it worked. If DNS answered with O(to)
    before, because the regions ahead are unhealthy, Route 53's API has to confirm that the switch has taken effect; if
    that does not answer either, data points are published for O(hold) seconds.
  - A switch lasts until the next one, because it enables a schedule of EventBridge Scheduler in O(to), which publishes
    the data points every minute from then on. If that fails, the switch is made anyway, with a warning that it is
    certain for a few hours only. A switch back disables the schedule.
  - If it was stopped, run it again to finish it.
  - Needs C(dnspython) beside C(boto3).
options:
  account_id:
    description: The account of the environment. With the credentials of another one, nothing is changed.
    type: str
  regions:
    description: The regions of the inventory.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the region.
        type: str
        required: true
      priority:
        description: The region with the lowest priority serves first.
        type: int
        required: true
  to:
    description:
      - The region that is to serve.
      - V(auto) releases every region everywhere, so that health decides again.
    type: str
    required: true
  force:
    description: Whether to switch although O(to) is not ready. Findings become warnings.
    type: bool
    default: false
  interval:
    description: Seconds between two data points, from 1 to 60. One may be missed, so they are repeated.
    type: int
    default: 10
  hold:
    description:
      - Seconds to publish when neither DNS nor Route 53's API can show that the switch has taken effect,
        or while data points of an earlier switch may still be on their way.
    type: int
    default: 180
  timeout:
    description: Seconds until DNS has to answer with O(to). A data point takes two to four minutes to get there.
    type: int
    default: 900
  standby_capacity:
    description:
      - How much of the serving region's load O(to) must be able to carry, in tasks. V(full), V(minimum) for one task,
        or a percentage such as V(50%).
      - A service that has fewer tasks in O(to) gets as many first, and traffic moves when their targets are healthy; at
        once with O(force=true), or if health checkers find the region that serves unhealthy. If it is not known how
        many tasks that region has, none are added.
      - The tasks of the region that serves are those that ECS is to run now, or the most of the last 24 hours, if these
        were more. The latter are known where Container Insights is on (C(DesiredTaskCount)).
    type: str
    default: full
    version_added: 0.4.0
  show:
    description: Whether to print RV(summary), which then is not in the result.
    type: bool
    default: false
    version_added: 0.4.0
notes:
  - Names are resolved with the system's C(resolv.conf). The environment variable E(EVERLOOK_FAILOVER_RESOLVER) sets
    another resolver (C(192.0.2.53) or C(192.0.2.53:5353)), and E(EVERLOOK_FAILOVER_PORT_SHIFT) a number that is added
    to ports below 1024, for name servers that are reached on forwarded ports.
  - That data points alone move traffic follows from AWS's documentation. It has been tested in a local AWS, not yet in
    an account.
attributes:
  check_mode:
    description:
      - In check mode, nothing is published and no task is added. RV(published) and RV(raised) are what would be.
    support: full
  diff_mode:
    description: Data points have no previous state.
    support: none
  idempotent:
    description: Publishes nothing if DNS answers with O(to) and the last data points and Route 53 agree.
    support: full
seealso:
  - module: everlook.failover.failover_info
  - module: everlook.failover.route53_failover
extends_documentation_fragment:
  - everlook.failover.environment
  - everlook.failover.environment.chain
  - everlook.failover.environment.dns
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Let us-west-1 serve
  everlook.failover.failover_switch:
    stack: hello
    environment: dev
    zone: dev.example.com
    parent_zone: example.com
    services: [hello]
    regions: [{name: us-east-1, priority: 1}, {name: us-west-1, priority: 2}]
    to: us-west-1
    region: us-west-1

- name: Let health decide again
  everlook.failover.failover_switch:
    stack: hello
    environment: dev
    zone: dev.example.com
    parent_zone: example.com
    services: [hello]
    regions: [{name: us-east-1, priority: 1}, {name: us-west-1, priority: 2}]
    to: auto
    region: us-west-1
"""

RETURN = r"""
to:
  description: The requested region, or V(auto).
  returned: success
  type: str
  sample: us-west-1
published:
  description: The data points that were published, each many times, or would be in check mode.
  returned: success
  type: list
  elements: dict
  contains:
    seat:
      description: The region whose CloudWatch has it.
      type: str
      sample: us-west-1
    evicted:
      description: The region it is about.
      type: str
      sample: us-east-1
    value:
      description: V(1) takes its traffic away, V(0) gives it back to health.
      type: int
      sample: 1
schedules:
  description: The schedules that were enabled, changed or disabled, or would be in check mode.
  returned: success
  type: list
  elements: dict
  contains:
    region:
      description: The region that it is in.
      type: str
      sample: us-west-1
    enabled:
      description: Whether it publishes.
      type: bool
      sample: true
    evicts:
      description: The regions whose eviction it publishes every minute.
      type: list
      elements: str
      sample: [us-east-1]
raised:
  description: The services of RV(to) that got more tasks before traffic moved, or would get them in check mode.
  returned: success
  type: list
  elements: dict
  sample: [{service: hello-dev-hello, before: 2, to: 4}]
  version_added: 0.4.0
findings:
  description: Why O(to) was not ready, if O(force=true).
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: A machine-readable name.
      type: str
      sample: targets
    text:
      description: A sentence.
      type: str
      sample: 0 targets are healthy in us-west-1, and it needs 2
served_before:
  description: The region that DNS answered with before; V(none) if it answered nothing, or no region's address.
  returned: success
  type: str
  sample: us-east-1
serving:
  description: The region that DNS answers with now; likewise. In check mode the same as RV(served_before).
  returned: success
  type: str
  sample: us-west-1
answer:
  description: The last answer of DNS.
  returned: success
  type: dict
  contains:
    response_code:
      description: Code of the answer; empty without an answer.
      type: str
      sample: NOERROR
    values:
      description: The addresses.
      type: list
      elements: str
      sample: [198.51.100.10, 198.51.100.20]
    ttl:
      description: For how many seconds resolvers may cache it.
      type: int
      sample: 60
    differing:
      description: The answer of each name server of the zone, if they differ; empty otherwise.
      type: list
      elements: str
      sample: []
      version_added: 0.4.0
    note:
      description: >-
        How DNS was queried, if not at the name servers themselves, such as over HTTPS
        because port 53 is closed; empty otherwise.
      type: str
      sample: ""
      version_added: 0.4.0
seconds:
  description: How long it took from the first data point until it was done.
  returned: success
  type: float
  sample: 131.4
summary:
  description: Lines for people.
  returned: when O(show) is V(false)
  type: list
  elements: str
  sample: ["us-west-1 serves dev.example.com, after 131 seconds; before it was us-east-1."]
"""

from ansible_collections.everlook.failover.plugins.module_utils._engine.module_host import run_module
from ansible_collections.everlook.failover.plugins.module_utils._failover_switch.job import JOB


def main() -> None:
    run_module(JOB)


if __name__ == "__main__":
    main()
