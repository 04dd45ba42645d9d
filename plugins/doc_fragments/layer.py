# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that every layer module has."""

from __future__ import annotations


class ModuleDocFragment:
    """Use with C(extends_documentation_fragment: everlook.failover.layer)."""

    DOCUMENTATION = r"""
options:
  stack:
    description:
      - Name of the application. Part of the names of its resources, and the value of their tag C(Stack).
      - Up to 32 letters, digits and single hyphens, starting with a letter.
    type: str
    required: true
  environment:
    description:
      - Name of the environment, such as V(dev). Part of the names of its resources, and the value of their tag
        C(Environment).
    type: str
    required: true
  state:
    description:
      - V(present) creates what is missing and repairs what differs.
      - V(absent) deletes what belongs to O(stack) and O(environment), and nothing else.
    type: str
    choices: [present, absent]
    default: present
  tags:
    description:
      - Tags for every resource, beside C(ManagedBy), C(Stack), C(Environment), C(Component), C(Resource) and C(Name),
        which the module sets to identify its own resources.
      - Other tags of a resource are left alone.
    type: dict
    default: {}
  wait:
    description:
      - Whether to wait for what takes AWS some time. With V(false), whatever needs such a wait is left for a later run
        and listed in RV(ignore:pending).
    type: bool
    default: true
  wait_timeout:
    description:
      - How long each wait may take, in seconds.
      - In a removal AWS has three times as long to delete the network interfaces of deleted resources.
    type: int
    default: 900
  account_id:
    description:
      - The only account that may be changed. Before its first change the module reads the account of its credentials
        from AWS, and fails if it is another one.
      - If it is not set, any account may be changed.
    type: str
  confirm:
    description:
      - The name of the environment, as in O(environment), to confirm that its resources may be deleted.
      - Required for changes with O(state=absent), except in check mode.
    type: str
  continue_from:
    description:
      - What the module returned in an earlier pass with O(wait=false). The result has the changes and the timeline of
        both passes.
    type: dict
attributes:
  check_mode:
    description: Can run in check mode and return the complete list of changes without making them.
    support: full
  diff_mode:
    description: Returns what would change (in check mode) or has changed, attribute by attribute.
    support: full
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
"""

    RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
  contains:
    kind:
      description: Kind of resource, in AWS's term.
      type: str
      sample: subnet
    name:
      description: Name of the resource within the layer.
      type: str
      sample: public-a
    action:
      description: One of V(create), V(update), V(delete).
      type: str
      sample: create
    reason:
      description: Why.
      type: str
      sample: missing
    id:
      description: Id or ARN of what is there, if it is known.
      type: str
      sample: subnet-0123456789abcdef0
      version_added: 0.4.0
timeline:
  description: The steps that took a second or more, in the order in which they started; empty in check mode.
  returned: always
  type: list
  elements: dict
  contains:
    step:
      description: What it was.
      type: str
      sample: NAT gateway public-a to be available
    started:
      description: When it started, in seconds since the epoch.
      type: float
      sample: 1764000000.0
    ended:
      description: When it ended.
      type: float
      sample: 1764000105.3
    after:
      description: The step in this list that it waited for last; empty if there was none.
      type: str
      sample: create nat_gateway/public-a
unread:
  description:
    - What could not be read. The run continued without it, so its plan does not cover what exists there.
    - Empty if everything was read.
  returned: success
  type: list
  elements: dict
  version_added: 0.4.0
  contains:
    region:
      description: Where. V(the global endpoint) for IAM and Route 53.
      type: str
      sample: us-west-1
    reason:
      description: Why. For a missing right it names action, resource, and the statement of docs/iam that gives it.
      type: str
      sample: "AWS could not be called in us-west-1: Read timeout on endpoint URL."
    refused:
      description: Whether a right is missing, rather than an answer.
      type: bool
      sample: false
untagged:
  description:
    - Resources that O(state=absent) leaves, because they have names of the stack, but not its tags. They may have lost
      their tags, or belong to something else.
    - Empty with O(state=present).
  returned: success
  type: list
  elements: dict
  version_added: 0.4.0
  contains:
    kind:
      description: What it is, in AWS's terms.
      type: str
      sample: cluster
    name:
      description: The name that the layer has for such a resource.
      type: str
      sample: main
    id:
      description: AWS's id or ARN of it.
      type: str
      sample: arn:aws:ecs:us-east-1:123456789012:cluster/hello-dev-hello
    tags:
      description: The tags that would say that it is the stack's.
      type: str
      sample: ManagedBy=everlook.failover, Stack=hello, Environment=dev, Component=hello, Resource=cluster/main
pending:
  description: What O(wait=false) left for a later run, as C(kind/name).
  returned: always
  type: list
  elements: str
"""
