#!/usr/bin/python
# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: route53_failover
short_description: Route 53 failover records over all regions of a stack, with the health checks that decide
version_added: 0.1.0
author: Everlook contributors (@everlook)
description:
  - Makes one name answer with the first healthy region. Converges a name of its own for every region, the health checks
    and switch alarms, and the failover records, which are changed in one batch.
  - Two regions are a C(PRIMARY) and a C(SECONDARY) alias to their load balancers. With more, the C(SECONDARY) leads
    on to C(standby-1) below the name, which is a pair of the next two, and so on. One region alone is a C(PRIMARY).
  - Every region's record carries a C(CALCULATED) health check that is healthy while all of its children are. These
    are a check that probes the region's own name, and for each other region a switch, which follows a metric there.
  - The load balancer of every region is looked up by its name and tags, also of regions that are not in the run.
  - A region joins DNS once every service in O(services) has a healthy target there, and stays there until it is taken
    out with O(state=absent). While it is there, its health decides whether it serves.
options:
  zone:
    description: Name of the public hosted zone, such as V(dev.example.com).
    type: str
    required: true
  zone_id:
    description:
      - Id of the zone. Without it the zone is looked up by its name, with one more call.
      - In check mode it may be a placeholder of M(everlook.failover.route53_zone).
    type: str
  record_name:
    description:
      - The service's name. By default the zone's own name, its apex.
      - A stack has one such name in an environment. After a change of this option the records under the old name stay,
        and are removed with O(state=absent).
    type: str
  regions:
    description:
      - Every region that may serve. Required if O(state=present).
      - With O(state=absent), the regions to take out of DNS, in one batch that also closes the gap. All if it is empty.
      - A region that is in DNS and not listed is left where it is, and returned in RV(unlisted_regions).
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the region, such as V(us-east-1).
        type: str
        required: true
      priority:
        description: The region with the lowest number serves first. Required with O(state=present), and unique.
        type: int
  services:
    description:
      - Names of the services that decide the failover, as in O(everlook.failover.ecs_service#module:name). Required if
        O(state=present).
      - A region joins DNS once each of them has a healthy target there. Others are ignored. Give them
        O(everlook.failover.ecs_service#module:decides_failover=false), so that the load balancer does not either.
    type: list
    elements: str
  evaluate_target_health:
    description:
      - Whether Route 53 also judges a region by the targets behind its load balancer, C(EvaluateTargetHealth) of the
        alias. Every target group that has targets then needs a healthy one.
      - With V(false) the endpoint's health check judges alone. It requests one path, so that O(services) can name one
        service. A service that decides and has a O(everlook.failover.ecs_service#module:deployment_strategy) needs it.
      - A change is one batch, in which no region leaves DNS. A change back to V(true) is refused while such a service
        has two target groups, which it keeps until it is taken out.
    type: bool
    default: true
    version_added: 0.4.0
  health_check:
    description: How Route 53's health checkers probe a region, under C(<region>.<record_name>).
    type: dict
    suboptions:
      protocol:
        description: With V(HTTPS) certificates are not validated by the checkers.
        type: str
        choices: [HTTP, HTTPS]
        default: HTTP
      port:
        description: By default V(80) for C(HTTP) and V(443) for C(HTTPS).
        type: int
      path:
        description: Path of the request. An answer of 2xx or 3xx within two seconds is healthy.
        type: str
        default: /
      interval:
        description: Seconds between two probes of a checker. V(10) costs more than V(30). A change makes a new check.
        type: int
        choices: [10, 30]
        default: 10
      failure_threshold:
        description: How many probes in a row change the status, either way; 1 to 10.
        type: int
        default: 3
      search_string:
        description:
          - Text that has to be in the first 5,120 bytes of the answer, up to 255 characters.
          - Setting it for the first time, and removing it, makes a new check.
        type: str
      checker_regions:
        description: Where the checkers are, at least three regions. Empty for all that Route 53 has.
        type: list
        elements: str
        choices: [us-east-1, us-west-1, us-west-2, eu-west-1, ap-southeast-1, ap-southeast-2, ap-northeast-1, sa-east-1]
        default: []
      measure_latency:
        description: Whether CloudWatch gets the latency that the checkers see. A change makes a new check.
        type: bool
        default: false
  replace_records:
    description:
      - Whether A, AAAA, CNAME and HTTPS records under O(record_name) and the regional names that are not the stack's
        are replaced by its own, in the same batch, so that no name is ever without an answer. Otherwise they are an
        error, since clients that follow them do not follow a failover.
      - Use it to take over a name from something else, such as Terraform, once that no longer manages its records.
      - A simple record that leads to a load balancer of the stack is replaced in any case.
    type: bool
    default: false
  permissions_boundary_arn:
    description: ARN of the permissions boundary of the role by which the schedules that hold switches publish.
    type: str
    version_added: 0.4.0
  fail_when_not_ready:
    description:
      - Whether the module fails, after everything else is done, when a listed region is not ready for DNS.
      - When V(false) it warns. RV(not_ready) has the reasons either way.
    type: bool
    default: true
  status:
    description:
      - Whether RV(status) says which region serves, and why. It takes two calls for each region, and some to Route 53.
      - It is read again after the run has changed something. While no region is healthy, and one may become so once
        Route 53's health checkers report on it, the module waits for that, up to two minutes or O(wait_timeout). It
        does not with O(wait=false).
      - Nothing is read for it with O(state=absent).
    type: bool
    default: false
    version_added: 0.4.0
  request:
    description: Whether RV(status) has a request, as with O(everlook.failover.failover_info#module:request).
    type: bool
    default: false
    version_added: 0.4.0
  dns:
    description:
      - Whether RV(status) has what DNS answers, as a resolver without a cache resolves it from O(parent_zone) down.
        Needs C(dnspython).
    type: bool
    default: false
    version_added: 0.4.0
  parent_zone:
    description: The zone that delegates O(zone), from which O(dns) resolves. By default O(zone) itself.
    type: str
    version_added: 0.4.0
  dns_over_https_url:
    description:
      - URL of a resolver that answers DNS over HTTPS, for O(request) and O(dns) where port 53 is closed. If empty, DNS
        over HTTPS is not used. E(EVERLOOK_FAILOVER_DNS_OVER_HTTPS) overrides this option.
    type: str
    default: https://dns.google/dns-query
    version_added: 0.4.0
notes:
  - AWS recommends health checks for records that are not aliases. Here they are on aliases on purpose, and both the
    check and the load balancer's targets have to be healthy. The check sees what the load balancer cannot see, which
    is the way to it from the internet, and it carries the switches.
  - The switches are derived from AWS's documentation, and have not yet been tested in an account.
  - Health checks belong to the stack by their C(CallerReference), records by their C(SetIdentifier) or the load
    balancer they lead to, and alarms by their description. What others made is never changed or deleted.
  - Actions that something else has added to an alarm, or disabled, are kept when the module repairs the alarm, with a
    warning. Route 53 follows an alarm's data, whatever its actions do.
  - From four regions on the tags of alarms are read with C(tag:GetResources), a call for each region. Without that
    right it is a call for each pair of regions.
  - What cannot be changed in a health check is replaced. The new check is made, what refers to the old one is pointed
    at the new one, and only then is the old one deleted.
  - With O(state=absent) records go first. Wait 60 seconds before you delete the load balancers, until the records have
    expired in resolvers.
seealso:
  - module: everlook.failover.failover_info
  - module: everlook.failover.route53_zone
  - module: everlook.failover.alb
extends_documentation_fragment:
  - everlook.failover.layer
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Two regions behind dev.example.com
  everlook.failover.route53_failover:
    stack: hello
    environment: dev
    zone: dev.example.com
    regions:
      - name: us-east-1
        priority: 1
      - name: us-west-1
        priority: 2
    services: [hello]
    health_check:
      path: /health
    region: us-east-1

- name: Take one region out of DNS
  everlook.failover.route53_failover:
    stack: hello
    environment: dev
    state: absent
    zone: dev.example.com
    regions:
      - name: us-west-1
    region: us-east-1

- name: Remove the name and everything behind it
  everlook.failover.route53_failover:
    stack: hello
    environment: dev
    state: absent
    zone: dev.example.com
    region: us-east-1
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
  description: Id of the zone. With O(state=absent) it is V(none) if the zone is gone.
  returned: success
  type: str
  sample: Z0123456789ABCDEFGHIJ
regions:
  description: The regions in DNS after the run, first to serve first.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the region.
      type: str
      sample: us-east-1
    place:
      description: Its place in the chain, from 1.
      type: int
      sample: 1
    role:
      description: V(primary), V(secondary), or V(standby) from the third on.
      type: str
      sample: primary
    listed:
      description: Whether it is in O(regions).
      type: bool
      sample: true
    record:
      description: The region's own name, which the health checkers probe.
      type: str
      sample: us-east-1.dev.example.com
    load_balancer_dns_name:
      description: What its record leads to.
      type: str
      sample: hello-dev-1234567890.us-east-1.elb.amazonaws.com
    health_check_id:
      description: The C(CALCULATED) check that its record carries.
      type: str
      sample: 11111111-1111-1111-1111-111111111111
    endpoint_health_check_id:
      description: The check that probes it.
      type: str
      sample: 22222222-2222-2222-2222-222222222222
    switch_health_check_ids:
      description: For each region that can evict it, the check that does.
      type: dict
      sample:
        us-west-1: 33333333-3333-3333-3333-333333333333
not_ready:
  description: Listed regions that were not added to DNS, or could not be kept up to date there.
  returned: success
  type: list
  elements: dict
  contains:
    region:
      description: Name of the region.
      type: str
      sample: us-west-1
    reason:
      description: What is in the way.
      type: str
      sample: "no healthy target in target group hello-dev-hello: initial"
unlisted_regions:
  description: Regions of the stack that are not in O(regions) and were left as they are.
  returned: success
  type: list
  elements: str
  sample: []
removed_regions:
  description: With O(state=absent), regions that were in DNS, or had health checks, and were taken out.
  returned: success
  type: list
  elements: str
  sample: []
released_switches:
  description: With O(state=absent), regions whose eviction ended because it was held in a region that was taken out.
  returned: success
  type: list
  elements: dict
  contains:
    region:
      description: The region that was evicted, and on which health decides again.
      type: str
      sample: us-east-1
    switch_in:
      description: The region that was taken out.
      type: str
      sample: us-west-1
status:
  description:
    - With O(status=true), what M(everlook.failover.failover_info) returns of regions in DNS and those in O(regions).
    - It is that at the end of the run. In check mode it is that before the changes. V(none) if it could not be read.
  returned: success
  type: dict
  sample:
    serving: us-east-1
    serving_reason: the first region is healthy
    url: http://dev.example.com/
other_records:
  description: Names in the zone that have failover records of the stack from an earlier O(record_name).
  returned: success
  type: list
  elements: str
  sample: []
"""

from ansible_collections.everlook.failover.plugins.module_utils._engine.module_host import run_module
from ansible_collections.everlook.failover.plugins.module_utils._route53_failover.layer import JOB


def main() -> None:
    run_module(JOB)


if __name__ == "__main__":
    main()
