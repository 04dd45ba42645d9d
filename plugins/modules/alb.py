#!/usr/bin/python
# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: alb
short_description: The internet-facing application load balancer of a region
version_added: 0.1.0
author: Everlook contributors (@everlook)
description:
  - Converges a security group, an application load balancer over public subnets, an HTTP listener and, with
    O(certificate_arn), an HTTPS listener. It does as much as possible in parallel.
  - The listener answers 404 to requests that match no service's rule. A service, such as one of
    M(everlook.failover.ecs_service), adds its own target group and rule, which this module never changes.
  - Compares every setting that AWS can change, and repairs only what differs.
  - Resources are found by name and identified by their tags. A foreign one with such a name is an error, and never
    changed.
  - O(state=absent) is refused before the first change while services of the stack are behind the load balancer.
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
    description: The public subnets, two or more, each in another zone. Required if O(state=present).
    type: list
    elements: str
  ip_address_type:
    description: Whether clients may connect over IPv6, too, for which the VPC and its subnets need IPv6 networks.
    type: str
    choices: [ipv4, dualstack]
    default: ipv4
  ingress_cidrs:
    description: IPv4 networks that may reach the listener.
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
  admit_health_checkers:
    description:
      - Whether Route 53's health checkers may reach the listener, through AWS's managed prefix list of their networks.
        Without them every region counts as unhealthy.
      - V(true) by default if O(ingress_cidrs) is without V(0.0.0.0/0). The list counts as 25 rules in the security
        group's quota.
    type: bool
    version_added: 0.4.0
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
  certificate_arn:
    description:
      - ARN of the certificate of the HTTPS listener, in ACM in this region, or in IAM. There is no such listener if it
        is not set.
      - In check mode it may be a placeholder of M(everlook.failover.acm_certificate).
      - When the option is removed, the listener stays while services have rules on it, and the HTTP listener redirects
        to it. It is deleted in a run after they have moved to RV(listener_arn).
    type: str
    version_added: 0.4.0
  more_certificate_arns:
    description:
      - Certificates besides O(certificate_arn), up to 25. A client gets the one for the name that it requests (SNI),
        and O(certificate_arn) if none matches.
      - Other certificates are removed from the listener.
    type: list
    elements: str
    default: []
    version_added: 0.4.0
  https_port:
    description: The port on which clients reach the load balancer over HTTPS.
    type: int
    default: 443
    version_added: 0.4.0
  ssl_policy:
    description:
      - Name of Elastic Load Balancing's security policy, which says what versions of TLS and what ciphers clients may
        use.
      - A policy with TLS 1.3 alone is refused, since Route 53's health checkers speak TLS 1.0 to 1.2.
    type: str
    default: ELBSecurityPolicy-TLS13-1-2-2021-06
    version_added: 0.4.0
  redirect_http:
    description:
      - Whether the HTTP listener redirects clients to the same place over HTTPS, with status 301, if there is an HTTPS
        listener.
      - A rule that a service still has on the HTTP listener takes precedence.
    type: bool
    default: true
    version_added: 0.4.0
  strict_transport_security:
    description:
      - Value of the header C(Strict-Transport-Security) that the HTTPS listener adds to answers, such as
        V(max-age=31536000; includeSubDomains). No header if it is not set.
      - Browsers that have seen it refuse HTTP for that many seconds, so there is no way back to HTTP before then.
    type: str
    version_added: 0.4.0
  mutual_authentication:
    description:
      - How the HTTPS listener handles client certificates (mutual TLS). It requests none if this is not set.
      - Route 53's health checkers have no certificate. A region whose health check goes to a listener that verifies
        clients counts as unhealthy.
    type: dict
    version_added: 0.4.0
    suboptions:
      mode:
        description:
          - V(passthrough) accepts any certificate, or none, and passes it to targets in the header
            C(X-Amzn-Mtls-Clientcert). They have to verify it.
          - V(verify) accepts only clients with a certificate of the trust store's authorities, and describes it to
            targets in headers that begin with C(X-Amzn-Mtls-Clientcert-).
        type: str
        choices: ["off", passthrough, verify]
        required: true
      trust_store_arn:
        description: ARN of the trust store to verify with, in the same region. It must exist.
        type: str
      ignore_client_certificate_expiry:
        description: Whether V(verify) accepts clients whose certificate has expired.
        type: bool
        default: false
      advertise_ca_names:
        description: Whether V(verify) sends clients the names of the trust store's authorities in the handshake.
        type: bool
        default: false
  verify_clients_later:
    description:
      - Whether an existing listener that does not verify its clients yet is left so in this run, although
        O(mutual_authentication) says V(verify). RV(verifies_clients_later) says that another run has to follow.
      - For playbooks that first move Route 53's health checks to another listener.
    type: bool
    default: false
    version_added: 0.4.0
  moved_services:
    description:
      - Names of the stack's services that a run moves off an HTTPS listener that is to be removed, for check mode with
        O(continue_from). A dry run then shows what happens to the listener. Any other rule keeps it.
    type: list
    elements: str
    default: []
    version_added: 0.4.0
  not_found_body:
    description:
      - Plain text of the 404 answer to requests that match no service's rule.
      - Up to 1024 characters.
    type: str
    default: There is no service here.
    version_added: 0.3.0
  deletion_protection:
    description: Whether AWS refuses to delete the load balancer. Then O(state=absent) is refused before any change.
    type: bool
    default: false
  idle_timeout:
    description: Seconds after which a connection without traffic is closed, 1 to 4000.
    type: int
    default: 60
  client_keep_alive:
    description:
      - Seconds that a client may keep a connection, 60 to 604800. The answer to its next request closes it.
      - A client with an open connection stays that long in a region that DNS has left. AWS's own default of 3600 would
        keep users for an hour after a switch; with V(60) each client opens a connection a minute.
    type: int
    default: 60
  http2:
    description: Whether clients may use HTTP/2.
    type: bool
    default: true
  drop_invalid_header_fields:
    description: Whether header fields with invalid names are removed from requests. AWS's own default is V(false).
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
  web_acl_arn:
    description:
      - ARN of a regional web ACL of AWS WAF in the same region, which filters the requests. It replaces any other that
        is associated with the load balancer.
      - An empty string removes the current one. If the option is not set, the current one stays, such as that of
        Firewall Manager.
      - It has to let Route 53's health checkers through, or no region is healthy. O(waf_fail_open) says what happens
        when AWS WAF does not answer.
    type: str
    version_added: 0.4.0
  zonal_shift:
    description: Whether Application Recovery Controller may shift traffic away from a zone.
    type: bool
    default: false
  access_logs:
    description:
      - Where a line for each request is written. No such log if it is not set.
      - A named bucket must exist in the same region, with a policy that lets Elastic Load Balancing write to it.
    type: dict
    suboptions: &log
      bucket:
        description: Name of the S3 bucket. If it is not set, the one that O(log_bucket) makes.
        type: str
      prefix:
        description: Prefix of the names of the objects.
        type: str
  connection_logs:
    description: Where a line for each connection is written, as in O(access_logs).
    type: dict
    suboptions: *log
  health_check_logs:
    description: Where a line for each health check is written, as in O(access_logs).
    type: dict
    suboptions: *log
  log_bucket:
    description:
      - Creates an S3 bucket for those of O(access_logs), O(connection_logs) and O(health_check_logs) that name none. If
        none of the three is set, it is for access logs.
      - Its name is C(<stack>-<environment>-<account>-<region>-logs). It is private and encrypted with S3's own keys,
        the only ones that log delivery supports; only log delivery may write, and requests without TLS are denied.
      - O(state=absent) leaves the bucket with its logs, and says so, unless O(log_bucket.delete_logs) is set. When the
        option is removed, the bucket is left unchanged.
    type: dict
    suboptions:
      expiration_days:
        description: Days after which a log is deleted, 1 to 36500.
        type: int
        required: true
      delete_logs:
        description: Whether O(state=absent) deletes the bucket with everything in it.
        type: bool
        default: false
    version_added: 0.4.0
seealso:
  - module: everlook.failover.vpc
  - module: everlook.failover.ecs_service
notes:
  - The security group admits the listeners' ports only.
"""

EXAMPLES = r"""
- name: A load balancer for the services of the region
  everlook.failover.alb:
    stack: hello
    environment: dev
    region: us-east-1
    vpc_id: "{{ vpc_result.vpc_id }}"
    vpc_cidrs: "{{ vpc_result.cidrs }}"
    subnet_ids: "{{ vpc_result.public_subnet_ids }}"
    wait: false
  register: alb_result

- name: One with HTTPS, and a redirect from HTTP
  everlook.failover.alb:
    stack: hello
    environment: dev
    region: us-east-1
    vpc_id: vpc-0123456789abcdef0
    subnet_ids: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]
    certificate_arn: "{{ acm_certificate_result.certificate_arn }}"
    strict_transport_security: max-age=86400

- name: One that accepts only clients with a certificate
  everlook.failover.alb:
    stack: hello
    environment: dev
    region: us-east-1
    vpc_id: vpc-0123456789abcdef0
    subnet_ids: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]
    certificate_arn: "{{ acm_certificate_result.certificate_arn }}"
    mutual_authentication:
      mode: verify
      trust_store_arn: arn:aws:elasticloadbalancing:us-east-1:111111111111:truststore/clients/73e2d6bc24d8a067

- name: One with access logs
  everlook.failover.alb:
    stack: hello
    environment: dev
    region: us-east-1
    vpc_id: vpc-0123456789abcdef0
    subnet_ids: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]
    access_logs:
      bucket: hello-dev-logs
      prefix: alb

- name: One with access logs in a bucket of its own
  everlook.failover.alb:
    stack: hello
    environment: dev
    region: us-east-1
    vpc_id: vpc-0123456789abcdef0
    subnet_ids: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]
    log_bucket:
      expiration_days: 30

- name: Delete the load balancer
  everlook.failover.alb:
    stack: hello
    environment: dev
    region: us-east-1
    state: absent
    confirm: dev
"""

RETURN = r"""
load_balancer_arn:
  description: ARN of the load balancer.
  returned: when O(state=present)
  type: str
  sample: arn:aws:elasticloadbalancing:us-east-1:111111111111:loadbalancer/app/hello-dev/50dc6c495c0c9188
load_balancer_name:
  description: Its name, C(<stack>-<environment>), with a hash where that is ambiguous or longer than 32 characters.
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
listener_arn:
  description: ARN of the listener that services use, which is the HTTPS listener if there should be one.
  returned: when O(state=present)
  type: str
  sample: arn:aws:elasticloadbalancing:us-east-1:111111111111:listener/app/hello-dev/50dc6c495c0c9188/f2f7dc8efc522ab2
listener_arns:
  description: The ARNs of the listeners that there should be, by C(http) and C(https).
  returned: when O(state=present)
  type: dict
  sample:
    http: arn:aws:elasticloadbalancing:us-east-1:111111111111:listener/app/hello-dev/50dc6c495c0c9188/f2f7dc8efc522ab2
retiring_listener_arn:
  description:
    - ARN of an HTTPS listener that is to be removed, but on which services still have rules. It is deleted in a run
      after they have moved, and until then redirects requests that match no rule to the HTTP listener. Empty if there
      is none.
  returned: when O(state=present)
  type: str
  sample: ""
  version_added: 0.4.0
verifies_clients_later:
  description: Whether the HTTPS listener is to verify its clients, and does not yet because of O(verify_clients_later).
  returned: when O(state=present)
  type: bool
  sample: false
  version_added: 0.4.0
security_group_id:
  description: Id of the load balancer's security group, which targets admit.
  returned: when O(state=present)
  type: str
  sample: sg-0123456789abcdef0
log_bucket:
  description: Name of the bucket that O(log_bucket) makes. Empty without it.
  returned: when O(state=present)
  type: str
  sample: hello-dev-111111111111-us-east-1-logs
  version_added: 0.4.0
"""

from ansible_collections.everlook.failover.plugins.module_utils._alb.layer import LAYER
from ansible_collections.everlook.failover.plugins.module_utils._engine.module_host import run_module


def main() -> None:
    run_module(LAYER.job)


if __name__ == "__main__":
    main()
