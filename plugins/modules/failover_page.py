#!/usr/bin/python
# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: failover_page
short_description: Draw an environment and its drills as an HTML page
version_added: 0.2.0
author: Everlook contributors (@everlook)
description:
  - Writes C(index.html) beside the reports of an environment, from whichever of them exist.
    C(deployment.json) says what is deployed where, C(status.json) which region serves and why, C(drill.json) what the
    last drill measured, and the folder C(drills) holds the earlier ones.
  - The page is one file without scripts, and loads nothing. It can be mailed, or opened where it is.
  - It shows what the reports say, and queries neither AWS nor DNS.
seealso:
  - module: everlook.failover.deployment_report
extends_documentation_fragment:
  - everlook.failover.environment
  - everlook.failover.environment.reports
"""

EXAMPLES = r"""
- name: Draw the page
  everlook.failover.failover_page:
    stack: hello
    environment: dev
"""

RETURN = r"""
path:
  description: The page.
  returned: always
  type: str
  sample: reports/dev/index.html
reports:
  description: The reports it was drawn from, without the history of drills.
  returned: success
  type: list
  elements: str
  sample: [deployment.json, status.json]
sentence:
  description: What the page says first.
  returned: success
  type: str
  sample: us-east-1 serves dev.example.com. us-west-1 stands by.
"""
