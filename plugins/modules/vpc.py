#!/usr/bin/python
# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: vpc
short_description: The network of one region, over two or more Availability Zones
version_added: 0.1.0
author: Everlook contributors (@everlook)
description:
  - Converges a VPC with its DNS attributes, a public and a private subnet in every zone, an internet gateway, NAT
    gateways with Elastic IP addresses, route tables with their default routes, the default security group (without a
    rule), the gateway endpoint for S3 and, if asked for, flow logs. It does as much as possible in parallel.
  - A subnet's network follows from O(cidr) and the letter of its zone alone. O(cidr) is divided into sixteen equal
    parts; the first eight are the public subnets of the zones a to h, the others the private ones. Adding or removing a
    zone, or AWS listing zones in another order, moves no subnet.
  - Zones that have subnets already are kept. More are taken from AWS's list in the order of their names.
  - Routes other than the default one, and resources in the VPC that are not of this stack, are left alone.
extends_documentation_fragment:
  - everlook.failover.layer
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
options:
  cidr:
    description:
      - The VPC's IPv4 network, V(/16) to V(/23). Required if O(state=present).
      - It cannot be changed afterwards. AWS has no call for that, so another value is an error.
    type: str
  zones:
    description:
      - Names of the Availability Zones, two or more, such as V(us-east-1a).
      - If empty, O(zone_count) zones are chosen.
    type: list
    elements: str
    default: []
  zone_count:
    description: How many zones, 2 to 8, if O(zones) is empty.
    type: int
    default: 2
  nat_gateways:
    description:
      - V(per_zone) makes a NAT gateway in every zone, so that losing a zone does not cut off the others.
      - V(single) makes one for all zones. It stays in its zone as long as that zone is used.
      - V(regional) makes one for the VPC, which AWS extends to each zone in which something uses it, and to which it
        gives addresses; RV(nat_public_ips) is empty then. It needs a version of botocore that supports such NAT
        gateways.
      - V(none) makes none. Then O(s3_endpoint) and O(interface_endpoints) are all that tasks reach. A default route of
        the private route tables that leads to something else, such as a transit gateway, is left alone.
      - It can be changed at any time. New routes come first, then the old NAT gateways are deleted and their addresses
        released.
    type: str
    choices: [per_zone, single, regional, none]
    default: per_zone
  s3_endpoint:
    description: Whether to have a gateway endpoint for S3 in all route tables. It costs nothing, and layers of images
      from ECR come through it instead of a NAT gateway.
    type: bool
    default: true
  interface_endpoints:
    description:
      - AWS services that get an interface endpoint, each named by what follows the region in its service name, such as
        V(ecr.api). Tasks reach them at addresses of the private subnets, under their usual names (private DNS), with
        O(nat_gateways=none) too. AWS bills each by the hour and zone.
      - They are in all private subnets whose zone the service is in, with a security group of their own that admits
        HTTPS from the VPC. S3 has O(s3_endpoint).
      - They are added and removed one by one. A new one works before a default route is removed, and one that is no
        longer listed is deleted after new default routes exist.
    type: list
    elements: str
    default: []
    version_added: 0.4.0
  endpoint_policy:
    description:
      - What may be done through the endpoints, O(s3_endpoint) as well as O(interface_endpoints), as a policy document,
        a mapping or JSON, of up to 20,480 characters. By default everything.
      - Layers of images in ECR come from a bucket of AWS's own, C(prod-REGION-starport-layer-bucket), which it has to
        let through.
    type: json
    version_added: 0.4.0
  flow_logs:
    description:
      - The traffic of the VPC that is logged to CloudWatch Logs, which bills by volume. V(accept) logs what security
        groups and network ACLs let through, V(reject) what they refuse.
      - V(none) deletes the log group and what is in it.
      - The log group and the role that writes to it belong to the network, and are deleted with it.
    type: str
    choices: [none, all, accept, reject]
    default: none
    version_added: 0.3.0
  flow_logs_retention_days:
    description: Days for which the log group keeps them. With V(0) they never expire.
    type: int
    choices:
      [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]
    default: 30
    version_added: 0.3.0
  flow_logs_interval:
    description:
      - Maximum number of seconds for which packets of a flow are aggregated into one record.
      - AWS cannot change a flow log. With another value, or another one of O(flow_logs), a new one replaces it, with
        the same log group.
    type: int
    choices: [60, 600]
    default: 600
    version_added: 0.3.0
  permissions_boundary_arn:
    description: ARN of the permissions boundary of the role that writes the flow logs.
    type: str
    version_added: 0.4.0
notes:
  - A zone that is no longer wanted, but in whose subnets there are network interfaces of others, is kept with a warning
    and removed by the first run that finds nothing in it.
  - O(state=absent) is refused, before anything is deleted, when the VPC holds what is not of this stack, or what other
    layers of the stack still use.
"""

EXAMPLES = r"""
- name: A network over two zones
  everlook.failover.vpc:
    stack: hello
    environment: dev
    region: us-east-1
    cidr: 10.10.0.0/16
  register: vpc_result

- name: Three zones by name and one NAT gateway, without waiting for it
  everlook.failover.vpc:
    stack: hello
    environment: dev
    region: us-east-1
    cidr: 10.10.0.0/16
    zones: [us-east-1a, us-east-1b, us-east-1d]
    nat_gateways: single
    wait: false

- name: Delete the network
  everlook.failover.vpc:
    stack: hello
    environment: dev
    region: us-east-1
    state: absent
"""

RETURN = r"""
vpc_id:
  description: Id of the VPC. This and all ids below are placeholders in check mode for what does not exist yet, and
    V(null), or an empty list, if O(state=absent).
  returned: always
  type: str
  sample: vpc-0123456789abcdef0
cidr:
  description: The VPC's network.
  returned: always
  type: str
  sample: 10.10.0.0/16
cidrs:
  description: All IPv4 networks of the VPC, including those that others have added.
  returned: always
  type: list
  elements: str
  sample: [10.10.0.0/16]
zones:
  description: Names of the zones. All lists below are in this order.
  returned: always
  type: list
  elements: str
  sample: [us-east-1a, us-east-1b]
public_subnet_ids:
  description: Ids of the public subnets.
  returned: always
  type: list
  elements: str
  sample: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]
private_subnet_ids:
  description: Ids of the private subnets.
  returned: always
  type: list
  elements: str
  sample: [subnet-0123456789abcdef2, subnet-0123456789abcdef3]
public_route_table_id:
  description: Id of the route table of all public subnets.
  returned: always
  type: str
  sample: rtb-0123456789abcdef0
private_route_table_ids:
  description: Ids of the private subnets' route tables.
  returned: always
  type: list
  elements: str
  sample: [rtb-0123456789abcdef1, rtb-0123456789abcdef2]
internet_gateway_id:
  description: Id of the internet gateway.
  returned: always
  type: str
  sample: igw-0123456789abcdef0
nat_gateway_ids:
  description: Ids of the NAT gateways, as many as O(nat_gateways) says.
  returned: always
  type: list
  elements: str
  sample: [nat-0123456789abcdef0, nat-0123456789abcdef1]
nat_public_ips:
  description: Addresses from which the private subnets reach the internet, for allow lists elsewhere. An address stays
    when its NAT gateway has to be replaced. Empty if O(nat_gateways=regional), whose addresses are AWS's.
  returned: always
  type: list
  elements: str
  sample: [198.51.100.7, 198.51.100.8]
default_security_group_id:
  description: Id of the VPC's default security group, which has no rule.
  returned: always
  type: str
  sample: sg-0123456789abcdef0
s3_endpoint_id:
  description: Id of the gateway endpoint for S3; V(null) if O(s3_endpoint=false).
  returned: always
  type: str
  sample: vpce-0123456789abcdef0
interface_endpoint_ids:
  description: Ids of the interface endpoints, by the names in O(interface_endpoints).
  returned: always
  type: dict
  sample: {ecr.api: vpce-0123456789abcdef1}
flow_log_group:
  description: Name of the log group of the flow logs in CloudWatch Logs; V(null) if O(flow_logs=none).
  returned: always
  type: str
  sample: /vpc/hello/dev/network
services:
  description:
    - Services of the stack that had a security group in the VPC when the module began, by name. The inventory may have
      lost some of them.
  returned: always
  type: list
  elements: str
  sample: [hello]
"""

from ansible_collections.everlook.failover.plugins.module_utils._engine.module_host import run_module
from ansible_collections.everlook.failover.plugins.module_utils._vpc.layer import LAYER


def main() -> None:
    run_module(LAYER.job)


if __name__ == "__main__":
    main()
