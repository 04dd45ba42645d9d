#!/usr/bin/python
# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight
short_description: Check an inventory and an account before the first change
version_added: 0.1.0
author: Everlook contributors (@everlook)
description:
  - Finds what would stop a deployment halfway, and returns all of it. Every mistake names the variable of the inventory
    and says what to do.
  - Checks the values of options by each layer's own rules, misspelled variables, the order of the regions and their
    networks, the credentials and their account, whether every region is enabled, and the account's quotas for what is
    still to be created, which are those for VPCs, Elastic IP addresses, NAT gateways, load balancers, target groups,
    rules, Fargate vCPUs and health checks. A quota that may not be read is a warning.
  - Only reads. When nothing is to be created it makes one API call, and one more for every region, or two for one that
    has a service which is not in O(services).
options:
  stack:
    description: Name of the application, the playbooks' C(app_name).
    type: str
    required: true
  environment:
    description: Name of the environment, the playbooks' C(app_environment).
    type: str
    required: true
  state:
    description:
      - What the run is going to do.
      - With V(absent) values, networks and quotas are not checked.
    type: str
    choices: [present, absent]
    default: present
  account_id:
    description: The account that this environment must be run in, the playbooks' C(app_account_id).
    type: str
    required: true
  regions:
    description: All regions of the inventory.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The region, such as V(us-east-1).
        type: str
        required: true
      priority:
        description: Its place in the failover chain, a whole number from 1 on. The playbooks' C(failover_priority).
        type: raw
      cidr:
        description: The network of its VPC. The playbooks' C(vpc_cidr).
        type: str
  only:
    description: The regions that this run changes. All of O(regions) if it is not set.
    type: list
    elements: str
  values:
    description:
      - What the roles would pass to their modules, by layer and option. A layer that is not in it is not checked.
      - By default what the variables of the roles say.
      - Playbooks run this module for every region, since a variable may have another value in each.
    type: dict
    default: {}
  services:
    description:
      - Options of each service. They override those in O(values).
      - By default C(ecs_service_services).
    type: list
    elements: dict
    default: [{}]
  variables:
    description:
      - The variables that the inventory sets, with the values of those that are this collection's. One with a role's
        prefix, or a name similar to one of a role's, that no role or playbook reads is a mistake.
      - By default those that Ansible knows.
    type: dict
    default: {}
  broken:
    description:
      - Variables whose template fails, and why.
      - By default those that Ansible knows.
    type: dict
    default: {}
  deployed:
    description:
      - What the last report says of the region, with the keys C(cidr), the network of its VPC, and
        C(target_protocols), a mapping of services to the protocol of their target groups. AWS can change neither.
      - Where O(values) differ, AWS is called, and what is deployed otherwise is a mistake.
      - By default what the report in O(directory) says. Nothing is checked without a report.
    type: dict
    default: {}
    version_added: 0.4.0
  directory:
    description: Where reports are written.
    type: path
  find_digests:
    description:
      - Whether to look up which digests the tags of images point to, of services with C(pin_images). A tag that does
        not exist is a mistake, and so is one of images of each region's own (C({region})) that differs between them.
    type: bool
    default: false
  find_target_health:
    description:
      - Whether to read the existing records, where a service that decides the failover is to have a
        C(deployment_strategy). While Route 53 judges the region by the health of targets, that is a mistake, because
        the services of a run come before its records.
      - For runs that change services. Nothing is read without such a service, and in a first deployment.
    type: bool
    default: false
    version_added: 0.4.0
  tags:
    description:
      - Tags that the run is limited to, such as C(ansible_run_tags). What is neither a layer nor in the variable
        C(preflight_tags) is a mistake.
    type: list
    elements: str
    default: []
  skip:
    description: Layers that the run leaves out, such as C(ansible_skip_tags).
    type: list
    elements: str
    default: []
  standby_capacity:
    description:
      - How much of the first region's load each other region must be able to carry, in tasks; the playbooks'
        C(standby_capacity). V(full), V(minimum) for one task, or a percentage such as V(50%).
      - A standby whose tasks without load are fewer than that, compared with what the first region runs, or ran in the
        last 24 hours, is a warning, and a mistake if this run would take them away.
      - The quota of Fargate's vCPUs in the standby is compared with the most tasks that its services may run, which is
        a mistake if it allows fewer, and with the most that the first region may run.
      - Nothing is compared, and nothing more is read, if it is not set.
    type: str
    version_added: 0.4.0
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    description: Only reads, so check mode makes no difference.
    support: full
  diff_mode:
    description: Changes nothing that could be shown.
    support: none
  idempotent:
    description: Changes nothing.
    support: full
"""

EXAMPLES = r"""
- name: Check before the first change
  everlook.failover.preflight:
    stack: hello
    environment: dev
    account_id: "111111111111"
    region: us-east-1
    regions:
      - name: us-east-1
        priority: 1
        cidr: 10.10.0.0/16
      - name: us-west-1
        priority: 2
        cidr: 10.20.0.0/16
    values:
      vpc: {stack: hello, environment: dev, cidr: 10.10.0.0/16}
  register: preflight_result
  failed_when: preflight_result.mistakes | length > 0
"""

RETURN = r"""
mistakes:
  description: Why the run cannot work, a line each; empty if it can.
  returned: success
  type: list
  elements: str
  sample: ["app_domain: dev.example.org is not below app_parent_domain."]
shared:
  description: Those of the mistakes that are about what all regions have in common, although only one region reports
    them.
  returned: success
  type: list
  elements: str
  sample: []
validation_records:
  description: Names of the records that are deleted with the region's certificates, for a zone that is to be deleted,
    too.
  returned: success
  type: list
  elements: str
  sample: []
lost_regions:
  description: Regions that a removal takes out of DNS, although the inventory does not have them.
  returned: success
  type: list
  elements: str
  sample: []
other_services:
  description:
    - Services of the stack that are in AWS and not in O(services), as items for O(services), of which C(name) is known.
      With O(state=present) each is a warning.
  returned: success
  type: list
  elements: dict
  sample: []
image_digests:
  description: Digests by image, for O(find_digests); an empty text where a registry does not answer.
  returned: success
  type: dict
  sample: {'registry.example.com/hello:1.4.3': 'sha256:6f1d…'}
account_id:
  description: The account of the credentials; null if that is not known.
  returned: success
  type: str
  sample: "111111111111"
caller_arn:
  description: Who the credentials belong to; null if that is not known.
  returned: success
  type: str
  sample: arn:aws:iam::111111111111:user/deployer
"""

from ansible_collections.everlook.failover.plugins.module_utils._engine.module_host import run_module
from ansible_collections.everlook.failover.plugins.module_utils._preflight.job import JOB


def main() -> None:
    run_module(JOB)


if __name__ == "__main__":
    main()
