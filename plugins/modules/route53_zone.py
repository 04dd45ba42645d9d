#!/usr/bin/python
# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: route53_zone
short_description: The public Route 53 hosted zone of an environment
version_added: 0.1.0
author: Everlook contributors (@everlook)
description:
  - Creates a public hosted zone, keeps its comment and tags as they should be, and returns its name servers.
  - The zone is identified by its C(CallerReference), which cannot be changed, so it is found even without its tags.
  - A public zone of the name that something else made is an error, unless O(zone_id) names it. It is then used as it
    is, and never changed or deleted.
  - M(everlook.failover.route53_zone_delegation) delegates it from the parent zone.
options:
  name:
    description: Name of the zone, such as V(dev.example.com).
    type: str
    required: true
  zone_id:
    description:
      - Id of the public zone to use. Needed when the account has several of the name, or one that something else
        created.
      - It must have the name O(name).
    type: str
  former_name:
    description:
      - Confirms that the stack's users move from this domain name to O(name), for a single run.
      - Without it, a stack whose health checks probe another domain gets no zone O(name), because the zone, the records
        and the delegation of the former name would stay behind, and its users get a certificate for other names.
    type: str
    version_added: 0.4.0
  validation_records:
    description:
      - In check mode with O(state=absent), names of the records that are deleted with the environment's certificates,
        as M(everlook.failover.acm_certificate) returns them. Other records that validate certificates of ACM keep the
        zone.
      - By default all records that validate certificates are expected to be deleted.
    type: list
    elements: str
    version_added: 0.4.0
  comment:
    description:
      - Comment of the zone, up to 256 characters.
      - By default one that names the stack and the environment.
    type: str
  query_logging:
    description:
      - Whether Route 53 logs the queries for the zone that its servers get, to CloudWatch Logs in C(us-east-1), whose
        log group C(/aws/route53/NAME) and resource policy are made with it. CloudWatch Logs bills by volume.
      - V(false) deletes all of that, with the logs. If it is not set, existing logging stays and is not checked, and
        deleting the zone leaves its log group. Set it to V(false) before you remove the option.
      - An existing resource policy that lets Route 53 write to the log group is used; AWS allows ten in a region.
      - Only for a zone that this module created.
    type: bool
    version_added: 0.4.0
  query_log_group_arn:
    description:
      - ARN of a log group in C(us-east-1) to use instead. It is never changed or deleted.
      - One that this module created before is deleted, with its logs.
    type: str
    version_added: 0.4.0
  query_log_retention_days:
    description: Days for which the log group keeps the queries. With V(0) they never expire.
    type: int
    choices:
      [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]
    default: 30
    version_added: 0.4.0
notes:
  - O(state=absent) deletes the zone only if this module made it. It fails while the zone has records besides its own
    SOA and NS, and names them. In check mode those of M(everlook.failover.route53_failover) and O(validation_records)
    do not count, because they would be deleted by then; they are in RV(remaining_records).
  - O(wait=true) waits until all of Route 53's name servers have a new zone, which takes up to a minute.
seealso:
  - module: everlook.failover.route53_zone_delegation
  - module: everlook.failover.route53_failover
extends_documentation_fragment:
  - everlook.failover.layer
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Zone of the environment
  everlook.failover.route53_zone:
    stack: hello
    environment: dev
    name: dev.example.com
    region: us-east-1
  register: zone

- name: Its name servers
  ansible.builtin.debug:
    var: zone.name_servers

- name: A zone that Terraform made, used as it is
  everlook.failover.route53_zone:
    stack: hello
    environment: dev
    name: dev.example.com
    zone_id: Z0123456789ABCDEFGHIJ
    region: us-east-1
"""

RETURN = r"""
zone:
  description: Name of the zone, without a trailing dot.
  returned: success
  type: str
  sample: dev.example.com
zone_id:
  description:
    - Id of the zone. In check mode, a placeholder if it does not exist yet.
    - With O(state=absent), that of the zone that was deleted, or empty if there was none.
  returned: success
  type: str
  sample: Z0123456789ABCDEFGHIJ
name_servers:
  description: Its name servers, sorted; what the parent zone has to delegate to.
  returned: success
  type: list
  elements: str
  sample: [ns-1024.awsdns-00.org, ns-1536.awsdns-00.co.uk, ns-512.awsdns-00.net, ns-0.awsdns-00.com]
owned:
  description: Whether this module made the zone. One that it did not make is never changed or deleted.
  returned: success
  type: bool
query_log_group:
  description: Name of the log group of the queries, in C(us-east-1); empty if they are not logged.
  returned: success
  type: str
  sample: /aws/route53/dev.example.com
remaining_records:
  description:
    - With O(state=absent) in check mode, the records that have to be gone before the zone can be deleted. Those that
      M(everlook.failover.route53_failover) made are all that can be here; others are an error.
  returned: success
  type: list
  elements: str
  sample: [A dev.example.com, A us-east-1.dev.example.com]
"""

from ansible_collections.everlook.failover.plugins.module_utils._engine.module_host import run_module
from ansible_collections.everlook.failover.plugins.module_utils._route53_zone.layer import LAYER


def main() -> None:
    run_module(LAYER.job)


if __name__ == "__main__":
    main()
