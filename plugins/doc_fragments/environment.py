# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options of modules that are about an environment as a whole."""

from __future__ import annotations


class ModuleDocFragment:
    """Use with C(extends_documentation_fragment: everlook.failover.environment), and with its parts."""

    DOCUMENTATION = r"""
options:
  stack:
    description: Name of the application, as in M(everlook.failover.route53_failover).
    type: str
    required: true
  environment:
    description: Name of the environment, such as V(dev).
    type: str
    required: true
"""

    # everlook.failover.environment.chain: where its failover records are, and what is behind them
    CHAIN = r"""
options:
  zone:
    description: Name of the public hosted zone.
    type: str
    required: true
  zone_id:
    description: Id of the zone. Without it the zone is looked up by its name, with one more call.
    type: str
  record_name:
    description: The name that users resolve. By default the zone's own name.
    type: str
  parent_zone:
    description: The zone that delegates O(zone), from which names are resolved. By default O(zone) itself.
    type: str
    version_added: 0.2.0
  services:
    description:
      - Names of the services that decide the failover, as in O(everlook.failover.route53_failover#module:services).
        Their targets and tasks are read.
    type: list
    elements: str
    required: true
"""

    # everlook.failover.environment.dns: for modules that query DNS
    DNS = r"""
options:
  dns_over_https_url:
    description:
      - URL of a resolver that answers DNS over HTTPS (RFC 8484). It is used where port 53 is closed, as in many
        corporate networks, through the proxy of E(HTTPS_PROXY) if there is one; results say so. It may cache answers
        for as long as their TTL.
      - If empty, DNS over HTTPS is not used. E(EVERLOOK_FAILOVER_DNS_OVER_HTTPS) overrides this option.
    type: str
    default: https://dns.google/dns-query
    version_added: 0.4.0
"""

    # everlook.failover.environment.reports: for what writes a file beside the others, in an action plugin alone
    REPORTS = r"""
options:
  directory:
    description: Where reports are kept, each environment's in a folder of its name.
    type: path
    default: reports
notes:
  - Runs on the controller, whatever the connection of the host.
attributes:
  action:
    description: Runs entirely in its action plugin.
    support: full
  check_mode:
    description: In check mode nothing is written.
    support: full
  diff_mode:
    description: Changes nothing that could be shown.
    support: none
  idempotent:
    description: What is written is a record and no part of what is deployed, so writing it is no change.
    support: full
"""
