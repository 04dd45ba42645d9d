#!/usr/bin/python
# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: delegation_roles
short_description: Roles with which environments delegate their zones from the parent zone
version_added: 0.4.0
author: Everlook contributors (@everlook)
description:
  - In the management account, converges an IAM role for each environment. The environment's account may assume it with
    its external id, and write the NS and DS record of one name in the parent zone, and nothing else.
  - A role of an environment that is no longer listed is reported, and deleted only if O(remove) names it.
  - A role without this collection's tags is never changed, unless O(adopt=true), and never deleted.
options:
  account_id:
    description: The management account. With the credentials of another one nothing is read or changed.
    type: str
    required: true
  domain:
    description: Name of the parent zone.
    type: str
    required: true
  zone_id:
    description: Id of the parent zone, if the account has several public ones of the name.
    type: str
  environments:
    description: All environments.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the environment. The role is C(dns-delegation-) followed by this name.
        type: str
        required: true
      account_id:
        description: Its account.
        type: str
        required: true
      domain:
        description: The name that it delegates, below O(domain).
        type: str
        required: true
      external_id:
        description: External ID that the role's trust policy requires.
        type: str
        required: true
      principals:
        description: ARNs that may assume the role. By default all in the account that may call C(sts:AssumeRole) on it.
        type: list
        elements: str
  remove:
    description: Names of environments that are not in O(environments), whose roles are deleted.
    type: list
    elements: str
    default: []
  adopt:
    description: Whether to take over roles of these names that something else created.
    type: bool
    default: false
  show:
    description: Whether to print RV(summary), which then is not in the result.
    type: bool
    default: false
attributes:
  check_mode:
    description: Says what it would change.
    support: full
  diff_mode:
    description: Shows trust policies and permissions as they are and as they will be.
    support: full
  idempotent:
    description: A second run changes nothing.
    support: full
seealso:
  - module: everlook.failover.route53_zone_delegation
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Let dev delegate its zone
  everlook.failover.delegation_roles:
    account_id: "999999999999"
    domain: example.com
    environments:
      - name: dev
        account_id: "111111111111"
        domain: dev.example.com
        external_id: everlook-failover-dev
    region: us-east-1
"""

RETURN = r"""
changes:
  description: What was changed, with C(kind), C(name), C(action) and C(reason).
  returned: success
  type: list
  elements: dict
roles:
  description: Values for the environments' inventories.
  returned: success
  type: list
  elements: dict
  sample:
    - environment: dev
      role_arn: arn:aws:iam::999999999999:role/dns-delegation-dev
      external_id: everlook-failover-dev
left:
  description: Names of environments that are not listed, but whose roles still exist.
  returned: success
  type: list
  elements: str
  sample: []
summary:
  description: Lines for people.
  returned: when O(show) is V(false)
  type: list
  elements: str
"""

from ansible_collections.everlook.failover.plugins.module_utils._delegation_roles.job import JOB
from ansible_collections.everlook.failover.plugins.module_utils._engine.module_host import run_module


def main() -> None:
    run_module(JOB)


if __name__ == "__main__":
    main()
