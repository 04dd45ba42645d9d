#!/usr/bin/python
# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: alb
short_description: An internet-facing application load balancer with its target group, of one region
version_added: 0.1.0
author: Everlook contributors (@everlook)
description:
  - Converges a security group, an application load balancer over public subnets, a target group of type C(ip) and an
    HTTP listener that forwards to it. All of them together, and as much as possible at the same time.
  - Compares every setting that AWS can change, and repairs what differs, alone.
  - Never touches the targets that are registered. They are not even read.
  - Everything is found by its name and known by its tags. What has a name of ours without our tags is never changed,
    but an error.
extends_documentation_fragment:
  - everlook.failover.layer
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
options:
  vpc_id:
    description:
      - The VPC. Required if O(state=present). In check mode it may be a placeholder of another module.
      - It cannot be changed afterwards.
    type: str
  vpc_cidrs:
    description:
      - The VPC's IPv4 networks, to which traffic to the targets is limited with O(egress=vpc).
      - Looked up if it is not set, with one more call.
    type: list
    elements: str
  subnet_ids:
    description:
      - The public subnets, two or more, each in another zone. Required if O(state=present).
    type: list
    elements: str
  ip_address_type:
    description: Whether clients may come over IPv6 too, for which the VPC and its subnets need IPv6 networks.
    type: str
    choices: [ipv4, dualstack]
    default: ipv4
  ingress_cidrs:
    description: IPv4 networks that may reach the listener. Route 53's health checkers must be among them.
    type: list
    elements: str
    default: [0.0.0.0/0]
  ingress_ipv6_cidrs:
    description: IPv6 networks that may reach the listener. V([::/0]) if O(ip_address_type=dualstack), else none.
    type: list
    elements: str
  ingress_prefix_lists:
    description: Ids of managed prefix lists whose networks may reach the listener.
    type: list
    elements: str
    default: []
  egress:
    description:
      - What the load balancer may reach.
      - V(vpc) is every TCP port in the VPC's networks, since targets and their health checks may have ports of their
        own. V(all) is everything.
    type: str
    choices: [vpc, all]
    default: vpc
  listener_port:
    description: The port on which clients reach the load balancer over HTTP.
    type: int
    default: 80
  target_port:
    description:
      - The port of targets that are registered without one. Required if O(state=present).
      - It cannot be changed afterwards.
    type: int
  target_protocol:
    description: How the load balancer talks to targets. It cannot be changed afterwards.
    type: str
    choices: [HTTP, HTTPS]
    default: HTTP
  health_check:
    description: How the load balancer finds out whether a target is healthy.
    type: dict
    suboptions:
      path:
        description: What it asks for.
        type: str
        default: /
      matcher:
        description: The HTTP codes of a healthy answer, from 200 to 499, such as V(200-299,301).
        type: str
        default: "200"
      interval:
        description: Seconds between two checks of a target, 5 to 300.
        type: int
        default: 10
      timeout:
        description: Seconds to wait for an answer, 2 to 120, and less than O(health_check.interval).
        type: int
        default: 5
      healthy_threshold:
        description: Good answers in a row that make a target healthy, 2 to 10.
        type: int
        default: 2
      unhealthy_threshold:
        description: Failures in a row that make a target unhealthy, 2 to 10.
        type: int
        default: 2
      port:
        description: The port to check, or V(traffic-port) for the one that traffic goes to.
        type: str
        default: traffic-port
      protocol:
        description: How it asks.
        type: str
        choices: [HTTP, HTTPS]
        default: HTTP
  stickiness:
    description: Whether a client stays with its target.
    type: dict
    suboptions:
      enabled:
        description: Whether it does.
        type: bool
        default: false
      type:
        description: Whose cookie says which target it is, the load balancer's or the application's.
        type: str
        choices: [lb_cookie, app_cookie]
        default: lb_cookie
      duration:
        description: Seconds after which the cookie is no longer heeded, 1 to 604800.
        type: int
        default: 86400
      cookie_name:
        description: The application's cookie, with O(stickiness.type=app_cookie).
        type: str
  dns_failover:
    description:
      - When a zone of the load balancer is unhealthy to DNS. Once all are, Route 53 fails over to another region.
      - The thresholds must not be lower than those of O(unhealthy_state_routing).
    type: dict
    suboptions:
      minimum_healthy_targets_count:
        description: With fewer healthy targets than this it is unhealthy. A number, or V(off).
        type: str
        default: "1"
      minimum_healthy_targets_percentage:
        description: With a smaller share of healthy targets than this it is unhealthy. 1 to 100, or V(off).
        type: str
        default: "off"
  unhealthy_state_routing:
    description: When the load balancer sends to all targets, whatever their health.
    type: dict
    suboptions:
      minimum_healthy_targets_count:
        description: With fewer healthy targets than this it does. A number.
        type: str
        default: "1"
      minimum_healthy_targets_percentage:
        description: With a smaller share of healthy targets than this it does. 1 to 100, or V(off).
        type: str
        default: "off"
  deregistration_delay:
    description: Seconds that a target has to finish requests before it is gone, 0 to 3600.
    type: int
    default: 30
  slow_start:
    description: Seconds in which a new target's share of requests grows, 30 to 900, or V(0) for its full share at once.
    type: int
    default: 0
  algorithm:
    description: How a target is chosen for a request.
    type: str
    choices: [round_robin, least_outstanding_requests, weighted_random]
    default: round_robin
  anomaly_mitigation:
    description: Whether targets that behave oddly get fewer requests. Needs O(algorithm=weighted_random).
    type: bool
    default: false
  cross_zone:
    description: Whether requests go to targets of other zones too.
    type: str
    choices: [use_load_balancer_configuration, "true", "false"]
    default: use_load_balancer_configuration
  deletion_protection:
    description: Whether AWS refuses to delete the load balancer. Then O(state=absent) is refused before any change.
    type: bool
    default: false
  idle_timeout:
    description: Seconds after which a connection without traffic is closed, 1 to 4000.
    type: int
    default: 60
  client_keep_alive:
    description: Seconds that a client may keep a connection, 60 to 604800.
    type: int
    default: 3600
  http2:
    description: Whether clients may use HTTP/2.
    type: bool
    default: true
  drop_invalid_header_fields:
    description: Whether header fields with invalid names are taken out of requests. AWS's own default is V(false).
    type: bool
    default: true
  desync_mitigation_mode:
    description: How requests are handled that could be an attempt at request smuggling.
    type: str
    choices: [monitor, defensive, strictest]
    default: defensive
  preserve_host_header:
    description: Whether targets get the C(Host) header as the client sent it.
    type: bool
    default: false
  xff_header_processing_mode:
    description: What happens to the C(X-Forwarded-For) header.
    type: str
    choices: [append, preserve, remove]
    default: append
  xff_client_port:
    description: Whether the C(X-Forwarded-For) header has the client's port.
    type: bool
    default: false
  tls_headers:
    description: Whether targets get headers with the client's TLS version and cipher suite.
    type: bool
    default: false
  waf_fail_open:
    description: Whether requests pass when AWS WAF does not answer.
    type: bool
    default: false
  zonal_shift:
    description: Whether Application Recovery Controller may take a zone out.
    type: bool
    default: false
  access_logs:
    description:
      - Where a line for each request is written. No such log if it is not set.
      - The bucket must exist in the same region, with a policy that lets Elastic Load Balancing write to it.
    type: dict
    suboptions: &log
      bucket:
        description: Name of the S3 bucket.
        type: str
        required: true
      prefix:
        description: What the names of its objects start with.
        type: str
  connection_logs:
    description: Where a line for each connection is written, as in O(access_logs).
    type: dict
    suboptions: *log
  health_check_logs:
    description: Where a line for each health check is written, as in O(access_logs).
    type: dict
    suboptions: *log
seealso:
  - module: everlook.failover.vpc
  - module: everlook.failover.ecs_service
notes:
  - The security group admits the listener's port only. C(DescribeTargetHealth) says how the targets are.
"""

EXAMPLES = r"""
- name: A load balancer for the service
  everlook.failover.alb:
    stack: hello
    environment: dev
    region: us-east-1
    vpc_id: "{{ vpc_result.vpc_id }}"
    vpc_cidrs: ["{{ vpc_result.cidr }}"]
    subnet_ids: "{{ vpc_result.public_subnet_ids }}"
    target_port: 8080
    health_check:
      path: /health
      interval: 10
      unhealthy_threshold: 3
    wait: false
  register: alb_result

- name: A region counts as unhealthy to DNS with less than half of its targets
  everlook.failover.alb:
    stack: hello
    environment: dev
    region: us-east-1
    vpc_id: vpc-0123456789abcdef0
    subnet_ids: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]
    target_port: 8080
    dns_failover:
      minimum_healthy_targets_percentage: 50

- name: No load balancer any more
  everlook.failover.alb:
    stack: hello
    environment: dev
    region: us-east-1
    state: absent
"""

RETURN = r"""
load_balancer_arn:
  description: ARN of the load balancer.
  returned: when O(state=present)
  type: str
  sample: arn:aws:elasticloadbalancing:us-east-1:111111111111:loadbalancer/app/hello-dev/50dc6c495c0c9188
load_balancer_name:
  description: Its name, at most 32 characters. A longer C(<stack>-<environment>) is cut, with a hash at its end.
  returned: when O(state=present)
  type: str
  sample: hello-dev
dns_name:
  description: Its DNS name.
  returned: when O(state=present)
  type: str
  sample: hello-dev-1234567890.us-east-1.elb.amazonaws.com
canonical_hosted_zone_id:
  description: The hosted zone of its DNS name, for alias records.
  returned: when O(state=present)
  type: str
  sample: Z35SXDOTRQ7X7K
target_group_arn:
  description: ARN of the target group.
  returned: when O(state=present)
  type: str
  sample: arn:aws:elasticloadbalancing:us-east-1:111111111111:targetgroup/hello-dev/73e2d6bc24d8a067
target_group_name:
  description: Name of the target group, the same as RV(load_balancer_name).
  returned: when O(state=present)
  type: str
  sample: hello-dev
listener_arn:
  description: ARN of the HTTP listener.
  returned: when O(state=present)
  type: str
  sample: arn:aws:elasticloadbalancing:us-east-1:111111111111:listener/app/hello-dev/50dc6c495c0c9188/f2f7dc8efc522ab2
security_group_id:
  description: Id of the load balancer's security group, which targets admit.
  returned: when O(state=present)
  type: str
  sample: sg-0123456789abcdef0
"""

from ansible_collections.everlook.failover.plugins.module_utils._alb.layer import LAYER
from ansible_collections.everlook.failover.plugins.module_utils._engine.module_host import run_module


def main() -> None:
    """Run the layer."""
    run_module(LAYER.job)


if __name__ == "__main__":
    main()
