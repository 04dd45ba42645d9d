#!/usr/bin/python
# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecr
short_description: Repositories for container images in a region
version_added: 0.4.0
author: Everlook contributors (@everlook)
description:
  - Converges Amazon ECR repositories with tag mutability, scanning, encryption, a lifecycle policy, the right of other
    accounts to pull, and replication to other regions.
  - Resources are found by name and identified by their tags. A foreign one with such a name is an error, and never
    changed. A repository that is no longer in O(repositories) stays, because images are data.
  - Deployed images never expire. Where anything can expire, each image that O(images) names, that one of O(services)
    runs, or that it could be rolled back to, gets a tag C(deployed-<environment>-<digest>), and the first rule of the
    lifecycle policy matches these tags and expires nothing. ECR lets no later rule expire an image that an earlier one
    matches, by its own or by more tags. The newest ten of them keep such a tag when they are no longer deployed.
  - The replication configuration of a registry is one list of rules, shared by all. Only the rule whose filters are
    names of the stack's repositories, and whose destinations are regions of the same account, is added, changed and
    removed.
extends_documentation_fragment:
  - everlook.failover.layer
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
options:
  repositories:
    description:
      - Names of the repositories, as in the names of images.
    type: list
    elements: str
    required: true
  tag_mutability:
    description:
      - Whether a tag can be pushed again for another image. V(IMMUTABLE) makes sure that a tag means one image.
    type: str
    choices: [IMMUTABLE, MUTABLE]
    default: IMMUTABLE
  scan_on_push:
    description:
      - Whether ECR looks for known vulnerabilities in each image that is pushed. It is a setting of the repository.
        Where the registry has enhanced scanning, that counts instead.
    type: bool
    default: true
  kms_key_arn:
    description:
      - ARN of a KMS key in O(region) that encrypts the images. By default ECR does so with AES-256 and a key of its
        own. AWS cannot change it for an existing repository.
    type: str
  untagged_days:
    description:
      - Days after which an image that has no tag expires. With V(0) it does not.
    type: int
    default: 14
  keep_images:
    description:
      - How many images with a tag are kept in each repository, the newest ones, beside those that are deployed. With
        V(0) all are.
      - With O(pull_accounts) it has to be V(0), since what other accounts run is not known here.
    type: int
    default: 0
  services:
    description:
      - Names of the services whose task definitions say what is deployed, as in M(everlook.failover.ecs_service).
    type: list
    elements: str
    default: []
  images:
    description:
      - Images that will be deployed. C({region}) stands for O(region). Those that are not in O(repositories), or not
        pushed yet, are ignored.
    type: list
    elements: str
    default: []
  pull_accounts:
    description:
      - Ids of other accounts that may pull, such as that of an environment that images are promoted to. V([]) deletes
        the policy of the repositories. Without this option it is not changed.
    type: list
    elements: str
  replicate_to:
    description:
      - Regions of the same account to which ECR copies what is pushed here from then on. The repositories have to exist
        there, each with its own settings, so run this module in each region. What is deleted here stays there.
    type: list
    elements: str
    default: []
  delete_images:
    description:
      - Whether O(state=absent) deletes repositories in which there are images, together with these. Otherwise such a
        repository is left, with a warning.
    type: bool
    default: false
seealso:
  - module: everlook.failover.ecs_service
notes:
  - The first rule of replication in an account makes the service-linked role C(AWSServiceRoleForECRReplication).
"""

EXAMPLES = r"""
- name: A repository in the region
  everlook.failover.ecr:
    stack: hello
    environment: dev
    region: us-east-1
    repositories: [hello]
    services: [hello]
    images: ["111111111111.dkr.ecr.{region}.amazonaws.com/hello:1.4.3"]

- name: What is pushed here is copied to the standby
  everlook.failover.ecr:
    stack: hello
    environment: dev
    region: us-east-1
    repositories: [hello]
    replicate_to: [us-west-1]

- name: Keep 50 images, and what is deployed
  everlook.failover.ecr:
    stack: hello
    environment: dev
    region: us-east-1
    repositories: [hello]
    keep_images: 50
    services: [hello]

- name: Let production pull
  everlook.failover.ecr:
    stack: hello
    environment: dev
    region: us-east-1
    repositories: [hello]
    pull_accounts: ["333333333333"]

- name: Delete them, with all images
  everlook.failover.ecr:
    stack: hello
    environment: dev
    region: us-east-1
    repositories: [hello]
    state: absent
    delete_images: true
    confirm: dev
"""

RETURN = r"""
repositories:
  description: The repositories; none with O(state=absent).
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The repository's name.
      type: str
      sample: hello
    arn:
      description: Its ARN.
      type: str
      sample: arn:aws:ecr:us-east-1:111111111111:repository/hello
    uri:
      description: What the names of its images begin with.
      type: str
      sample: 111111111111.dkr.ecr.us-east-1.amazonaws.com/hello
kept:
  description: Names of the repositories that O(state=absent) leaves, because there are images in them.
  returned: always
  type: list
  elements: str
  sample: [hello]
"""

from ansible_collections.everlook.failover.plugins.module_utils._ecr.layer import JOB
from ansible_collections.everlook.failover.plugins.module_utils._engine.module_host import run_module


def main() -> None:
    run_module(JOB)


if __name__ == "__main__":
    main()
