#!/usr/bin/python
# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: batch
short_description: Run several modules of this collection one after the other in one task
version_added: 0.2.0
author: Everlook contributors (@everlook)
description:
  - Does what the roles of the same names do one after the other, in one task. A task costs a process, and modules that
    share a process share what they have loaded, and their connections.
  - What a module reads begins before its turn, as far as it does not depend on modules before it, and is read again if
    one of those has changed anything.
  - The options of a module are the variables of its name. C(vpc_cidr) is the option C(cidr) of
    M(everlook.failover.vpc). A variable that is not defined, or is omitted, leaves the module its own default.
  - While it runs, the result of each module is the variable C(vpc_result), C(alb_result) and so on, so that variables
    of the modules after it may refer to it. Afterwards all of them are in what is registered.
  - Connection options of the batch itself, as from C(module_defaults), are those of each module whose variables do not
    say otherwise.
  - It ends with the first module that fails.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
options:
  modules:
    description:
      - Which modules, in their order.
      - One that is named twice runs a second time if it has left something V(pending), and waits for that then,
        whatever its variable C(_wait) says.
    type: list
    elements: str
    choices:
      - vpc
      - alb
      - ecs_service
      - route53_zone
      - route53_zone_delegation
      - route53_failover
      - failover_info
      - preflight
      - environment_lock
    required: true
  limit_to_tags:
    description:
      - Whether tags of the run that name modules (C(--tags alb)) leave out those after the last one that they name.
        C(--skip-tags) leaves out the ones that it names.
    type: bool
    default: false
attributes:
  action:
    description: Has an action plugin, which does what the action plugins of the modules do.
    support: full
  check_mode:
    description: As the modules.
    support: full
  diff_mode:
    description: Shows the differences of all modules that change something, one after the other.
    support: full
  idempotent:
    description: As the modules.
    support: full
seealso:
  - module: everlook.failover.vpc
  - module: everlook.failover.alb
  - module: everlook.failover.ecs_service
  - module: everlook.failover.route53_failover
"""

EXAMPLES = r"""
- name: Network, load balancer and service of a region
  everlook.failover.batch:
    # Twice the network: what has to wait for NAT gateways does so after the load balancer was begun.
    modules: [vpc, alb, vpc, ecs_service]
  vars:
    vpc_stack: hello
    vpc_environment: dev
    vpc_region: us-east-1
    vpc_cidr: 10.10.0.0/16
    vpc_wait: false
    alb_stack: hello
    alb_environment: dev
    alb_region: us-east-1
    alb_vpc_id: "{{ vpc_result.vpc_id }}"
    alb_subnet_ids: "{{ vpc_result.public_subnet_ids }}"
    alb_target_port: 80
    ecs_service_stack: hello
    ecs_service_environment: dev
    ecs_service_region: us-east-1
    ecs_service_vpc_id: "{{ vpc_result.vpc_id }}"
    ecs_service_subnet_ids: "{{ vpc_result.private_subnet_ids }}"
    ecs_service_alb_security_group_id: "{{ alb_result.security_group_id }}"
    ecs_service_target_group_arn: "{{ alb_result.target_group_arn }}"
    ecs_service_container_name: hello
    ecs_service_container_port: 80
    ecs_service_containers:
      - name: hello
        image: public.ecr.aws/nginx/nginx:1.29-alpine
        port_mappings: [{container_port: 80}]
  register: region_result

- name: Where it is reached
  ansible.builtin.debug:
    msg: "{{ region_result.results.alb.dns_name }}"
"""

RETURN = r"""
results:
  description:
    - What each module returned that has run, by its name. Without the differences, which the task shows.
    - Of one that ran twice, the second result with the changes of both.
    - If one fails, no more than what each has changed and what it has not. The one that failed has V(failed) and
      V(msg), which the task has as well.
  returned: always
  type: dict
  sample:
    alb: {changed: false, dns_name: hello-dev-1234567890.us-east-1.elb.amazonaws.com}
not_done:
  description: What the module that failed had planned and not done.
  returned: if a module failed while it changed something
  type: list
  elements: str
  sample: [service/main]
"""
