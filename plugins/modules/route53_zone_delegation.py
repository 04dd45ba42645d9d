#!/usr/bin/python
# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: route53_zone_delegation
short_description: The NS record of a zone in its parent zone, in another account
version_added: 0.1.0
author: Everlook contributors (@everlook)
description:
  - Makes the parent zone's NS record equal to the child zone's name servers.
  - The parent zone is usually in the management account. The module gets there by assuming the role O(role_arn),
    or its own connection options are those of that account.
  - The parent is the public zone whose name is exactly O(parent_zone). Name servers are compared as a set, whatever
    their case and trailing dots.
  - A new delegation that would hide records of the parent zone is refused, see O(replace_records). Warns of those that
    are hidden.
options:
  zone:
    description: Name of the child zone, such as V(dev.example.com).
    type: str
    required: true
  parent_zone:
    description: Name of the zone in which the record is made, such as V(example.com).
    type: str
    required: true
  parent_zone_id:
    description: Id of the parent zone. Needed only when its account has several public zones of the name.
    type: str
  name_servers:
    description:
      - The child zone's name servers, as M(everlook.failover.route53_zone) returns them. Needed for O(state=present).
      - With O(state=absent) and O(role_arn), they are looked up in the environment's account when left out.
    type: list
    elements: str
    default: []
  ttl:
    description:
      - TTL of the record in seconds, 300 to 172800.
      - Two days are usual for an established delegation; use five minutes while setting up.
    type: int
    default: 300
  role_arn:
    description:
      - ARN of the role to assume, in the account of the parent zone. See docs/bootstrap.md for the policies it needs.
      - Leave it out when the connection options, such as O(profile), are those of that account.
    type: str
  external_id:
    description: External ID that the role's trust policy requires.
    type: str
  role_session_name:
    description:
      - Name of the session, which appears in the CloudTrail of the parent's account.
      - By default C(everlook-failover-) and the environment.
    type: str
  replace_records:
    description:
      - Whether foreign records in the parent zone may be replaced. Those at the name and below it are hidden by the
        delegation, and no longer resolve. While there are any, a new delegation is otherwise refused.
      - C(site.yml) also refuses a name that the parent delegates elsewhere while this account has no zone of it,
        because that zone would lose the name. Later, such a record is drift and is corrected.
    type: bool
    default: false
    version_added: 0.4.0
notes:
  - O(state=absent) deletes the record only if it points at the name servers given, or at those of this stack's zone.
    One that points elsewhere is left alone, with a warning. A DS record goes with it, in the same change.
  - Run it before the child zone is deleted. A delegation to a zone that is gone can be taken over by others.
  - O(wait=true) waits until all of Route 53's name servers have the change, which takes up to a minute.
  - The record has no tags, so O(tags) has no effect.
seealso:
  - module: everlook.failover.route53_zone
extends_documentation_fragment:
  - everlook.failover.layer
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Delegate dev.example.com, which is in this account, from example.com, which is in another
  everlook.failover.route53_zone_delegation:
    stack: hello
    environment: dev
    zone: dev.example.com
    parent_zone: example.com
    name_servers: "{{ zone.name_servers }}"
    role_arn: arn:aws:iam::999999999999:role/dns-delegation-dev
    external_id: everlook-failover-dev
    region: us-east-1

- name: The same with a profile of the management account
  everlook.failover.route53_zone_delegation:
    stack: hello
    environment: dev
    zone: dev.example.com
    parent_zone: example.com
    name_servers: "{{ zone.name_servers }}"
    profile: management
    region: us-east-1

- name: Remove it before the zone is deleted
  everlook.failover.route53_zone_delegation:
    stack: hello
    environment: dev
    state: absent
    zone: dev.example.com
    parent_zone: example.com
    role_arn: arn:aws:iam::999999999999:role/dns-delegation-dev
    external_id: everlook-failover-dev
    region: us-east-1
"""

RETURN = r"""
zone:
  description: Name of the child zone, without a trailing dot.
  returned: success
  type: str
  sample: dev.example.com
parent_zone:
  description: Name of the parent zone, without a trailing dot.
  returned: success
  type: str
  sample: example.com
parent_zone_id:
  description: Id of the parent zone; empty if it does not exist, which only O(state=absent) allows.
  returned: success
  type: str
  sample: Z0123456789ABCDEFGHIJ
name_servers:
  description: The name servers that the parent zone names, sorted; empty if it names none.
  returned: success
  type: list
  elements: str
delegated:
  description: Whether the parent zone has an NS record for the child.
  returned: success
  type: bool
"""

from ansible_collections.everlook.failover.plugins.module_utils._engine.module_host import run_module
from ansible_collections.everlook.failover.plugins.module_utils._route53_zone_delegation.layer import LAYER


def main() -> None:
    run_module(LAYER.job)


if __name__ == "__main__":
    main()
