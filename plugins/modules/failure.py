#!/usr/bin/python
# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: failure
short_description: Fail with a message that is printed once
version_added: 0.4.0
author: Everlook contributors (@everlook)
description:
  - Fails, as M(ansible.builtin.fail) does, whose message Ansible prints twice.
  - Its reasons are printed in lines, with any callback. Where standard output is one JSON document, they are part of
    RV(msg).
options:
  msg:
    description: What failed, in a sentence.
    type: str
    required: true
  reasons:
    description: Why, and what to do, a line for each.
    type: list
    elements: str
    default: []
seealso:
  - module: ansible.builtin.fail
"""

EXAMPLES = r"""
- name: Refuse a run that cannot work
  everlook.failover.failure:
    msg: dev was not touched, because the run cannot work.
    reasons:
      - "app_memory: is not set."
"""

RETURN = r"""
msg:
  description: What failed.
  returned: always
  type: str
  sample: dev was not touched, because the run cannot work. The reasons are above.
"""
