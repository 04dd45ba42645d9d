#!/usr/bin/python
# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight
short_description: Look at an inventory and an account before the first change
version_added: 0.1.0
author: Everlook contributors (@everlook)
description:
  - Finds what would stop a deployment halfway, and fails with all of it in one message. Every line names the variable
    of the inventory and says what to do.
  - Looked at are the credentials and the account that they belong to, names and their lengths, the order of the
    regions, their networks, the domain, whether every region is enabled, and while something is still to be created
    the quotas for VPCs, Elastic IP addresses and NAT gateways.
  - Only reads. When nothing is to be created it makes one API call, and one more for every region.
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
      - With V(absent) networks, domain and quotas are not looked at.
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
      zones:
        description: The zones to use. The playbooks' C(vpc_zones).
        type: list
        elements: str
  only:
    description: The regions that this run changes. All of O(regions) if it is not set.
    type: list
    elements: str
  domain:
    description: Where the service answers, the playbooks' C(app_domain).
    type: str
    required: true
  parent_domain:
    description: The domain that O(domain) must lie below, the playbooks' C(app_parent_domain).
    type: str
  health_path:
    description: The path that health checks ask for, the playbooks' C(app_health_path).
    type: str
    default: /
  delegation_role_arn:
    description: The role that changes the parent zone, the playbooks' C(dns_delegation_role_arn).
    type: str
  zone_count:
    description: How many zones a region uses that names none.
    type: int
    default: 2
  nat_gateways:
    description: How many NAT gateways a region gets.
    type: str
    choices: [per_zone, single, none]
    default: per_zone
  needed:
    description: Variables of the inventory that layers need, and their values. One that is empty or null is a problem.
    type: dict
    default: {}
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
- name: Look before the first change
  everlook.failover.preflight:
    stack: hello
    environment: dev
    account_id: "111111111111"
    domain: dev.example.com
    parent_domain: example.com
    region: us-east-1
    regions:
      - name: us-east-1
        priority: 1
        cidr: 10.10.0.0/16
      - name: us-west-1
        priority: 2
        cidr: 10.20.0.0/16
"""

RETURN = r"""
account_id:
  description: The account of the credentials.
  returned: success
  type: str
  sample: "111111111111"
caller_arn:
  description: Who the credentials belong to.
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
