#!/usr/bin/python
# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_release
short_description: Release another image of a service, or go back to the previous revision
version_added: 0.4.0
author: Everlook contributors (@everlook)
description:
  - Changes the images of a service that M(everlook.failover.ecs_service) has deployed, and nothing else. The new
    revision of the task definition is the running one with other images.
  - Waits until all tasks are replaced and healthy, and fails when ECS rolls the deployment back.
  - If a task runs this for several regions at once, they get the release one after the other, the standby first, as
    with M(everlook.failover.ecs_service).
  - The next run of M(everlook.failover.ecs_service) deploys the images that it is given.
options:
  name:
    description: Name of the service.
    type: str
    required: true
  image:
    description:
      - The image of the container that gets the requests, or of the only one. C({region}) stands for the region's name.
      - One of O(image), O(images) and O(previous) is required.
    type: str
  images:
    description: The images of several containers, by the containers' names. Others keep theirs.
    type: dict
  pin_images:
    description:
      - Whether O(image) and O(images) are run by the digests that their tags point to, as with
        O(everlook.failover.ecs_service#module:pin_images).
    type: bool
    default: false
  allow_other_regions:
    description: Whether images may be in ECR of another region than the service. Without that region no task can start.
    type: bool
    default: false
  previous:
    description:
      - Whether to go back to the previous revision as a whole, with its variables, secrets and sizes. This is the
        newest one before the running revision that ECS has rolled out successfully.
      - ECS remembers deployments for 90 days.
    type: bool
    default: false
  wait:
    description: Whether to wait until all tasks are replaced and healthy.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait, in seconds.
    type: int
    default: 900
  show:
    description: Whether to print RV(summary), which then is not in the result.
    type: bool
    default: false
  account_id:
    description: The account of the environment. With the credentials of another one, nothing is changed.
    type: str
attributes:
  check_mode:
    description: Returns what it would change.
    support: full
  diff_mode:
    description: Shows what differs between the revisions; values that may be secret as a short hash.
    support: full
  idempotent:
    description:
      - With O(image) and O(images) it changes nothing if they run already.
      - With O(previous) each run goes back by one more revision.
    support: partial
seealso:
  - module: everlook.failover.ecs_service
extends_documentation_fragment:
  - everlook.failover.environment
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Release another image
  everlook.failover.ecs_release:
    stack: hello
    environment: dev
    name: hello
    image: registry.example.com/hello:1.4.3
    region: us-west-1

- name: Go back to what ran before
  everlook.failover.ecs_release:
    stack: hello
    environment: dev
    name: hello
    previous: true
    region: us-west-1
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: success
  type: list
  elements: dict
cluster:
  description: Name of the cluster.
  returned: success
  type: str
  sample: hello-dev-hello
service:
  description: Name of the service in ECS.
  returned: success
  type: str
  sample: hello-dev-hello
component:
  description: Name of the service, as in O(name).
  returned: success
  type: str
  sample: hello
task_definition_arn:
  description: The revision that runs now. In check mode, of one that is not registered yet, a placeholder.
  returned: success
  type: str
  sample: arn:aws:ecs:us-west-1:111111111111:task-definition/hello-dev-hello:8
revision:
  description: The same, in short.
  returned: success
  type: str
  sample: hello-dev-hello:8
images:
  description: Its images, by the containers' names.
  returned: success
  type: dict
  sample: {hello: 'registry.example.com/hello:1.4.3'}
named_images:
  description: The same with the tags that RV(images) were pinned from, and their digests.
  returned: success
  type: dict
  sample: {hello: 'registry.example.com/hello:1.4.3@sha256:6f1d…'}
before:
  description: The revision that ran before.
  returned: success
  type: dict
  contains:
    task_definition_arn:
      description: Its ARN.
      type: str
      sample: arn:aws:ecs:us-west-1:111111111111:task-definition/hello-dev-hello:7
    revision:
      description: The same, in short.
      type: str
      sample: hello-dev-hello:7
    images:
      description: Its images, by the containers' names.
      type: dict
      sample: {hello: 'registry.example.com/hello:1.4.2'}
    named_images:
      description: The same with tags and digests.
      type: dict
      sample: {hello: 'registry.example.com/hello:1.4.2'}
summary:
  description: A line for people.
  returned: when O(show) is V(false)
  type: list
  elements: str
  sample: ['us-west-1 hello: hello-dev-hello:7 (hello:2) is replaced by a new revision (hello:3)']
desired_count:
  description: How many tasks should run.
  returned: success
  type: int
  sample: 2
running_count:
  description: How many tasks run.
  returned: success
  type: int
  sample: 2
"""

from ansible_collections.everlook.failover.plugins.module_utils._ecs_release.job import JOB
from ansible_collections.everlook.failover.plugins.module_utils._engine.module_host import run_module


def main() -> None:
    run_module(JOB)


if __name__ == "__main__":
    main()
