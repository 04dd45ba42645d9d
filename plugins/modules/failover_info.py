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
  - Reads the failover records of a stack, the health checks behind them and the targets of every region, and returns
    which region Route 53 answers with, by the same rules.
  - Also finds out whether the name has an answer. With O(dns=true) it queries every name server of the zone.
  - Changes nothing. A region that cannot be read is reported as such, and does not prevent reporting on the others.
options:
  account_id:
    description: The account of the environment. With the credentials of another one, nothing is read.
    type: str
    version_added: 0.2.0
  regions:
    description: Regions to report on even if they are not in DNS. Those in DNS are always reported on.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the region.
        type: str
        required: true
  alarms:
    description:
      - Whether to return the state of the alarms behind the switches.
      - Those of O(regions) are read in any case, since the status of a switch that was never set need not be read.
    type: bool
    default: false
  tasks:
    description:
      - Whether to read how many tasks the services in each region have, which images they run, and what they need from
        other regions, with up to six more calls for each region and service.
    type: bool
    default: false
    version_added: 0.2.0
  certificates:
    description:
      - Whether to read the certificates of HTTPS listeners, with two calls for each region and one for each
        certificate.
    type: bool
    default: false
    version_added: 0.2.0
  observations:
    description:
      - Whether to return what each health checker saw last, and when an endpoint last failed, with one more call for
        each region.
    type: bool
    default: false
    version_added: 0.2.0
  dns:
    description: Whether to query DNS, as a resolver without a cache does, from O(parent_zone) down. Needs C(dnspython).
    type: bool
    default: false
    version_added: 0.2.0
  request:
    description:
      - Whether to request the health path at the service's own URL from this machine, at an address that Route 53's
        name servers answer. A certificate is not verified, and redirects are not followed. Needs C(dnspython).
      - It makes no call to AWS. Where this machine cannot reach the load balancers, it takes up to four seconds.
    type: bool
    default: false
    version_added: 0.4.0
  best_effort:
    description:
      - Whether calls time out after a few seconds and are reported, even those to Route 53's API, instead of failing
        the module.
    type: bool
    default: false
    version_added: 0.2.0
notes:
  - Calls for two regions with O(zone_id) given are eleven for one service. These are one each for records, health
    checks and whether the name has an answer, one for each endpoint and each switch, and two for each target group.
  - Route 53 does not return the status of a C(CALCULATED) health check. It is derived from its children.
  - The status of an endpoint check is derived from the last observations of its checkers, without the failure
    threshold, so it can be several seconds ahead of Route 53.
attributes:
  check_mode:
    description: Does the same in check mode.
    support: full
  diff_mode:
    description: Changes nothing, so there is no difference to show.
    support: none
  idempotent:
    description: Changes nothing.
    support: full
seealso:
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
- name: Find out which region serves
  everlook.failover.failover_info:
    stack: hello
    environment: dev
    zone: dev.example.com
    services: [hello]
    region: us-east-1
  register: failover

- name: Show it
  ansible.builtin.debug:
    msg: "{{ failover.serving }} serves: {{ failover.serving_reason }}"
"""

RETURN = r"""
record:
  description: The name that users request.
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
  description: Whether the name has an answer.
  returned: success
  type: bool
  sample: true
answer:
  description:
    - What every name server of the zone answers, with O(request=true). Otherwise, and where DNS cannot be queried, what
      Route 53's API says (TestDNSAnswer), which need not be what users get, since it is not documented to follow health
      checks. V(none) if there is no zone.
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
    note:
      description: Source of the answer, with O(request=true), if it is not the zone's name servers; empty otherwise.
      type: str
      sample: ""
      version_added: 0.4.0
route53_problem:
  description: Why Route 53's API could not be read, with O(best_effort=true). Empty if it could.
  returned: success
  type: str
  sample: ""
unread:
  description: What could not be read, and is not in the other values. Empty if everything was read.
  returned: success
  type: list
  elements: dict
  version_added: 0.4.0
  contains:
    region:
      description: Where. V(the global endpoint) for Route 53.
      type: str
      sample: us-west-1
    reason:
      description: Why. For a missing right it names action, resource, and the statement of docs/iam that gives it.
      type: str
      sample: "AWS could not be called in us-west-1: Read timeout on endpoint URL."
    refused:
      description: Whether a right is missing, rather than an answer.
      type: bool
      sample: false
dns:
  description: What DNS answers, queried from the parent zone down. V(none) unless O(dns=true).
  returned: success
  type: dict
  contains:
    response_code:
      description: Code of the answer; empty without an answer.
      type: str
      sample: NOERROR
    addresses:
      description: The addresses.
      type: list
      elements: str
      sample: [198.51.100.10, 198.51.100.20]
    region:
      description: The region of these addresses; V(none) if name servers differ, or if they are no region's.
      type: str
      sample: us-east-1
    ttl:
      description: For how many seconds resolvers may cache it.
      type: int
      sample: 60
    name_servers:
      description: The name servers that were queried, from the parent zone down.
      type: list
      elements: str
      sample: ["ns-1.awsdns-00.com (192.0.2.1)", "ns-2.awsdns-01.org (192.0.2.2)"]
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
    problem:
      description: Why there are no addresses; empty if there are some.
      type: str
      sample: ""
request:
  description: What a request from this machine got. V(none) unless O(request=true), and while no address is known.
  returned: success
  type: dict
  contains:
    url:
      description: What was requested.
      type: str
      sample: http://dev.example.com/health
    address:
      description: At which address; empty where E(EVERLOOK_FAILOVER_RESOLVER) is V(none), and no request was made.
      type: str
      sample: 198.51.100.10
    ok:
      description: Whether it got an answer with a status from 200 to 399.
      type: bool
      sample: true
    status:
      description: Status of the answer; V(none) without one.
      type: int
      sample: 200
    problem:
      description: What is wrong; empty if nothing is.
      type: str
      sample: ""
    milliseconds:
      description: How long it took.
      type: int
      sample: 12
    note:
      description: Source of the address, if it is not the zone's name servers; empty otherwise.
      type: str
      sample: ""
      version_added: 0.4.0
delegation:
  description: What the parent zone's name servers answer for the zone. V(none) unless O(dns=true) and O(parent_zone)
    are set.
  returned: success
  type: dict
  contains:
    parent_zone:
      description: Name of the parent zone.
      type: str
      sample: example.com
    delegated:
      description: Whether they refer to the zone's own name servers.
      type: bool
      sample: true
    parent_answers:
      description: The name servers they refer to.
      type: list
      elements: str
      sample: [ns-2.awsdns-01.org]
    zone_name_servers:
      description: The zone's own.
      type: list
      elements: str
      sample: [ns-2.awsdns-01.org]
    problem:
      description: What is wrong; empty if nothing is.
      type: str
      sample: ""
held_switches:
  description: The switches that evict a region in DNS, and what holds them. Empty if none does.
  returned: success
  type: list
  elements: dict
  sample: []
  contains:
    region:
      description: The region that is evicted.
      type: str
      sample: us-east-1
    switch_in:
      description: The region that keeps the switch.
      type: str
      sample: us-west-1
    schedule:
      description:
        - V(enabled), V(disabled), V(missing), or V(unknown).
        - The schedule of EventBridge Scheduler in that region publishes a data point every minute while it is enabled.
      type: str
      sample: enabled
    newest_data_point:
      description: When its newest data point was, to the minute. V(none) if there is none of the last hours.
      type: str
      sample: "2030-01-01T12:00:00+00:00"
    warning:
      description: Why the switch may not stay, empty if it does.
      type: str
      sample: ""
    problem:
      description: Why this could not be read, empty if it could.
      type: str
      sample: ""
switch:
  description: Positions of the switches. V(none) if Route 53's API could not be read.
  returned: success
  type: dict
  contains:
    position:
      description: >-
        V(auto) if no region is evicted, so that health decides. Else the first region in DNS that is not, or V(none) if
        all are; V(unknown) if Route 53 reports neither success nor failure for a switch.
      type: str
      sample: auto
    evicted:
      description: For each evicted region the regions whose switches evict it.
      type: dict
      sample: {}
problems:
  description:
    - What no healthy deployment has, such as a name without an answer or a region in DNS without healthy targets.
    - Eviction by a switch is not among them, nor are the checkers' reports, which may be old.
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
      description: V(primary), V(secondary), V(standby) or V(not in DNS); V(unknown) if Route 53 could not be read.
      type: str
      sample: primary
    healthy:
      description: >-
        Whether Route 53 considers its record healthy, or would if it were in DNS. V(none) if that is not known.
      type: bool
      sample: true
    reasons:
      description: Why not.
      type: list
      elements: str
      sample: []
    unknown:
      description: Why it is not known whether its record is healthy.
      type: list
      elements: str
      sample: []
      version_added: 0.4.0
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
        missing:
          description: Which target groups do not exist; empty if all do.
          type: str
          sample: ""
          version_added: 0.4.0
        problem:
          description: Why they could not be read; empty if they could.
          type: str
          sample: ""
    evaluates_target_health:
      description:
        - Whether Route 53 judges the region by its targets, too, as
          O(everlook.failover.route53_failover#module:evaluate_target_health) has it; also V(true) for a region that is
          not in DNS.
      type: bool
      sample: true
      version_added: 0.4.0
    health_check:
      description: The C(CALCULATED) check that the record carries, C(id) and C(healthy). V(none) if there is none.
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
        observations:
          description: >-
            What each checker reported last, with C(region), C(ip), C(status) and C(checked_at). V(none) unless
            O(observations=true).
          type: raw
          sample: []
        last_failure:
          description: The latest failure that a checker remembers, likewise. V(none) if there is none.
          type: dict
          sample:
            region: us-east-1
            ip: 192.0.2.7
            status: "Failure: Connection timed out."
            checked_at: "2026-11-25T12:00:00+00:00"
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
    tasks:
      description: The service's tasks. V(none) unless O(tasks=true).
      type: dict
      contains:
        desired:
          description: How many there should be.
          type: int
          sample: 2
        running:
          description: How many run.
          type: int
          sample: 2
        pending:
          description: How many are being started.
          type: int
          sample: 0
        minimum:
          description:
            - The fewest that scaling may choose, including the tasks of services that do not scale.
            - V(none) if none does.
          type: int
          sample: 2
          version_added: 0.4.0
        maximum:
          description: The most that scaling may choose, likewise.
          type: int
          sample: 10
          version_added: 0.4.0
        most:
          description:
            - How many there were at most in the last 24 hours.
            - Container Insights' C(DesiredTaskCount). Where a cluster does not have that, how many targets the load
              balancer saw healthy for five minutes at a stretch, its C(HealthyHostCount).
            - V(0) if it is not known.
          type: int
          sample: 2
          version_added: 0.4.0
        most_source:
          description: Source of that number, C(Container Insights) or C(the load balancer); empty if it is not known.
          type: str
          sample: Container Insights
          version_added: 0.4.0
        fargate:
          description:
            - How large the services on Fargate may grow, an item for each.
            - C(maximum) tasks, the CPU units of each as C(cpu), and C(strategy) with C(capacity_provider), C(base) and
              C(weight) of each part.
          type: list
          elements: dict
          sample: [{"maximum": 10, "cpu": 256, "strategy": []}]
          version_added: 0.4.0
        rollout:
          description: Why the last deployment is not complete; empty if it is.
          type: str
          sample: ""
        missing:
          description: Which cluster or service does not exist; empty if all do.
          type: str
          sample: ""
          version_added: 0.4.0
        problem:
          description: Why they could not be read; empty if they could.
          type: str
          sample: ""
    image:
      description: The digests of the images that the tasks run, or the images' names where ECS knows no digest.
      type: str
      sample: sha256:6f1d5a2f8c7d6e0b
    fargate_quotas:
      description:
        - The region's quotas of Fargate vCPUs, by their codes in Service Quotas.
        - Only for regions after the first one, and only quotas that the services count toward.
        - Empty unless O(tasks=true).
      type: dict
      sample: {"L-3032A538": 6.0}
      version_added: 0.4.0
    depends_on:
      description:
        - What the tasks need from other regions, by region. Without it none of them can start.
        - Images in ECR, secrets and parameters count. See O(everlook.failover.ecs_service#module:allow_other_regions).
        - V(none) unless O(tasks=true).
      type: dict
      sample: {}
      version_added: 0.4.0
    certificate:
      description: The certificate of an HTTPS listener that expires first. V(none) without one.
      type: dict
      contains:
        expires_at:
          description: When.
          type: str
          sample: "2027-02-01T00:00:00+00:00"
        days:
          description: In how many days.
          type: int
          sample: 67
"""

from ansible_collections.everlook.failover.plugins.module_utils._engine.module_host import run_module
from ansible_collections.everlook.failover.plugins.module_utils._failover_info.job import JOB


def main() -> None:
    run_module(JOB)


if __name__ == "__main__":
    main()
