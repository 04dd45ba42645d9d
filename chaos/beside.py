# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Foreign resources that the full stack uses: a web ACL and a trust store in each region."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chaos.witness import REGIONS
from sandbox import Sandbox
from sandbox.certificate_authority import CertificateAuthority
from tests.client_certificates import create_trust_store


def make(aws: Sandbox, file: Path, authority: CertificateAuthority) -> None:
    """Create them, and write their ARNs by region into the file that inventories read."""
    file.write_text(json.dumps({region: _in_region(aws, region, authority) for region in REGIONS}))


def variables(file: Path) -> Mapping[str, Any]:
    """Variables of an inventory that uses them. Their ARNs differ between deployments."""
    arn = "{{{{ (lookup('ansible.builtin.file', '{}') | from_json)[inventory_hostname].{} }}}}"
    verify = {"mode": "verify", "trust_store_arn": arn.format(file, "trust_store")}
    return {"alb_web_acl_arn": arn.format(file, "web_acl"), "alb_mutual_authentication": verify}


def _in_region(aws: Sandbox, region: str, authority: CertificateAuthority) -> dict[str, str]:
    config = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "shop"}
    made = aws.client("wafv2", region=region).create_web_acl(
        Name="shop", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=config
    )
    clients = {name: aws.client(name, region=region) for name in ("s3", "elbv2")}
    return {"web_acl": made["Summary"]["ARN"], "trust_store": create_trust_store(clients, authority)}
