#!/usr/bin/python
# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: environment_lock
short_description: Let one run at a time change an environment
version_added: 0.1.0
author: Everlook contributors (@everlook)
description:
  - Refuses a second run of the same environment on the same machine, and says who is at it.
  - The lock is a file that names the C(ansible-playbook) process. It ends with O(state=absent) or with that process,
    however it ends; whoever comes next takes a lock over whose holder is gone.
  - Runs on different machines do not see each other's locks. They end converged, because every change looks first at
    what is there.
  - Runs on the controller, whatever the connection of the host.
options:
  stack:
    description: Name of the application.
    type: str
    required: true
  environment:
    description: Name of the environment.
    type: str
    required: true
  account_id:
    description: The account of the environment, so that environments of one name in two accounts do not meet.
    type: str
    default: ""
  playbook:
    description: What the lock is for, told to whoever is refused.
    type: str
    default: a playbook
  state:
    description: V(present) takes the lock, V(absent) gives it back.
    type: str
    choices: [present, absent]
    default: present
  directory:
    description:
      - Where lock files are kept.
      - C(everlook-failover) in the directory for temporary files if it is not set.
    type: path
attributes:
  action:
    description: Has an action plugin, which is all there is.
    support: full
  check_mode:
    description: In check mode the lock is neither taken nor refused; a warning says when somebody else holds it.
    support: full
  diff_mode:
    description: Changes nothing that could be shown.
    support: none
  idempotent:
    description: Taking a lock that the same run holds already is no failure.
    support: full
notes:
  - With C(AWS_ENDPOINT_URL) in the environment, runs against different endpoints do not meet either.
"""

EXAMPLES = r"""
- name: Keep other runs out
  everlook.failover.environment_lock:
    stack: hello
    environment: dev
    playbook: site.yml

- name: Let other runs in again
  everlook.failover.environment_lock:
    stack: hello
    environment: dev
    state: absent
"""

RETURN = r"""
path:
  description: The lock file.
  returned: always
  type: str
  sample: /tmp/everlook-failover/hello-dev-8f14e45fceea.lock
"""
