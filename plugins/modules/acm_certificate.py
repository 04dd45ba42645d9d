#!/usr/bin/python
# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: acm_certificate
short_description: A TLS certificate of a region, validated by records in the environment's zone
version_added: 0.4.0
author: Everlook contributors (@everlook)
description:
  - Requests a public certificate from AWS Certificate Manager, makes the records that validate it, and waits until it
    is issued. ACM renews it by itself as long as the records are there, which each run sees to.
  - A domain has the same record in all certificates of an account. It is made once, whatever names and regions share
    it, and goes when no certificate needs it any more.
  - A certificate cannot be changed. Another set of O(names) or another O(key_algorithm) is another certificate; the one
    before it stays as long as something uses it, and goes in a later run. So there is no gap, if the load balancer
    takes RV(certificate_arn) in between.
  - Certificates are known by their tags. Those of others are never changed or deleted.
options:
  names:
    description:
      - The names that the certificate covers, all of them in O(zone). V(*) may stand for the leftmost label.
      - For a failover these are the name that users ask for and the region's own, which Route 53's health checkers ask
        for.
      - The first may have 64 characters, the others 253. The initial quota is 10 names, and AWS allows up to 100.
    type: list
    elements: str
    required: true
  zone:
    description: Name of the public zone in which the records are made, such as V(dev.example.com).
    type: str
    required: true
  zone_id:
    description:
      - Id of the zone. Without it the zone is looked up by its name, with one more call.
      - In check mode it may be a placeholder of M(everlook.failover.route53_zone).
    type: str
  key_algorithm:
    description: The certificate's key. Every client supports V(RSA_2048); the others are faster.
    type: str
    choices: [RSA_2048, EC_prime256v1, EC_secp384r1]
    default: RSA_2048
  certificate_arn:
    description:
      - ARN of a certificate to use instead, which someone else made or imported. It has to be issued, in this region,
        and good for all O(names). It is never changed or deleted.
      - One that the module made before is replaced by it.
    type: str
  other_regions:
    description:
      - The other regions of the environment, where certificates may need the same validation records. They are checked
        when a certificate is deleted.
      - The records of certificates in regions that are not named here are not spared.
    type: list
    elements: str
    default: []
notes:
  - ACM asks public DNS for the records. A certificate is not issued before the zone is delegated.
  - O(state=absent) waits until nothing uses the certificate, which ACM learns some time after a listener is gone.
  - Certificates that the stack made for names of another zone are not found any more after O(zone) has changed.
seealso:
  - module: everlook.failover.alb
  - module: everlook.failover.route53_zone
extends_documentation_fragment:
  - everlook.failover.layer
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Certificate of a region
  everlook.failover.acm_certificate:
    stack: hello
    environment: dev
    region: us-east-1
    names: [dev.example.com, us-east-1.dev.example.com]
    zone: dev.example.com
    other_regions: [us-west-1]
  register: certificate

- name: One with a wildcard and a key on an elliptic curve
  everlook.failover.acm_certificate:
    stack: hello
    environment: dev
    region: us-east-1
    names: [dev.example.com, "*.dev.example.com"]
    zone: dev.example.com
    key_algorithm: EC_prime256v1

- name: No certificate any more
  everlook.failover.acm_certificate:
    stack: hello
    environment: dev
    region: us-east-1
    names: [dev.example.com, us-east-1.dev.example.com]
    zone: dev.example.com
    other_regions: [us-west-1]
    state: absent
    confirm: dev
"""

RETURN = r"""
certificate_arn:
  description:
    - ARN of the certificate that has O(names). In check mode, a placeholder if it does not exist yet.
    - With O(wait=false) it may not be issued yet, and a load balancer does not take it. The return value C(pending)
      says so.
  returned: when O(state=present)
  type: str
  sample: arn:aws:acm:us-east-1:111111111111:certificate/12345678-1234-1234-1234-123456789012
not_after:
  description: When it expires, in ISO 8601. A placeholder if it is not issued yet.
  returned: when O(state=present)
  type: str
  sample: "2027-06-15T23:59:59+00:00"
names:
  description: The names that it is good for, in lower case.
  returned: when O(state=present)
  type: list
  elements: str
  sample: [dev.example.com, us-east-1.dev.example.com]
renewal:
  description:
    - What becomes of the certificate before it expires, as it was before the run. V(automatic), V(in progress), or
      V(blocked), for which RV(renewal_problem) has the reason. Empty of one that is not issued yet or was named with
      O(certificate_arn).
  returned: when O(state=present)
  type: str
  sample: automatic
  version_added: 0.4.0
renewal_problem:
  description:
    - Why ACM would not renew the certificate, as it was before the run. Empty if it will, and of one that is not issued
      yet or was named with O(certificate_arn).
  returned: when O(state=present)
  type: str
  sample: ""
validation_records:
  description: Names of the records that validate the certificates that go. One that another certificate needs stays.
  returned: when O(state=absent)
  type: list
  elements: str
  sample: [_3639ac514e785e898d2646601fa951d5.dev.example.com]
replaced_arns:
  description: Certificates that it has replaced and that are still in use. They go in a run after that.
  returned: when O(state=present)
  type: list
  elements: str
  sample: []
"""

from ansible_collections.everlook.failover.plugins.module_utils._acm_certificate.layer import LAYER
from ansible_collections.everlook.failover.plugins.module_utils._engine.module_host import run_module


def main() -> None:
    run_module(LAYER.job)


if __name__ == "__main__":
    main()
