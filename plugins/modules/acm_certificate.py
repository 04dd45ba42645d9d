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
  - Requests a public certificate from AWS Certificate Manager, creates the records that validate it, and waits until it
    is issued. ACM renews it automatically as long as the records exist, which each run ensures.
  - A domain has the same record in all certificates of an account. It is created once for all names and regions that
    share it, and deleted when no certificate needs it.
  - A certificate cannot be changed. With other O(names) or another O(key_algorithm) a new one is requested; the
    previous one is kept while something uses it, and deleted in a later run. So there is no gap, if the load balancer
    gets RV(certificate_arn) in between.
  - Certificates are identified by their tags. Others are never changed or deleted.
options:
  names:
    description:
      - The names that the certificate covers, all of them in O(zone). V(*) may stand for the leftmost label.
      - For a failover these are the name that users request and the region's own, which Route 53's health checkers
        request.
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
      - ARN of a certificate to use instead, which something else requested or imported. It must be issued, in this
        region, and cover all O(names). It is never changed or deleted.
      - It replaces one that the module requested before.
    type: str
  other_regions:
    description:
      - The other regions of the environment, where certificates may need the same validation records. They are checked
        when a certificate is deleted.
      - Records that only certificates in other regions need are deleted.
    type: list
    elements: str
    default: []
notes:
  - ACM looks up the records in public DNS, so it issues a certificate only after the zone is delegated.
  - O(state=absent) waits until nothing uses the certificate, which ACM notices some time after a listener is deleted.
  - After a change of O(zone), certificates for names in the previous zone are not found.
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

- name: Delete the certificate
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
    - With O(wait=false) it may not be issued yet, and a load balancer does not accept it. The return value C(pending)
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
  description: The names that it covers, in lower case.
  returned: when O(state=present)
  type: list
  elements: str
  sample: [dev.example.com, us-east-1.dev.example.com]
renewal:
  description:
    - How the certificate will be renewed, as of before the run. V(automatic), V(in progress), or V(blocked), for which
      RV(renewal_problem) has the reason. Empty for one that is not issued yet, and with O(certificate_arn).
  returned: when O(state=present)
  type: str
  sample: automatic
  version_added: 0.4.0
renewal_problem:
  description:
    - Why ACM will not renew the certificate, as of before the run. Empty if it will, for one that is not issued yet,
      and with O(certificate_arn).
  returned: when O(state=present)
  type: str
  sample: ""
validation_records:
  description: Names of the records that validate the deleted certificates. One that another certificate needs is kept.
  returned: when O(state=absent)
  type: list
  elements: str
  sample: [_3639ac514e785e898d2646601fa951d5.dev.example.com]
replaced_arns:
  description: Replaced certificates that are still in use. A later run deletes them.
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
