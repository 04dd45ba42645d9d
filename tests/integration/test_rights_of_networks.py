# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints, regional NAT gateways and query logging with the policies of docs/iam, and no other right."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import FailoverError
from ansible_collections.everlook.failover.plugins.module_utils._route53_zone.layer import LAYER as ZONE
from ansible_collections.everlook.failover.plugins.module_utils._vpc.layer import LAYER as VPC
from sandbox import Sandbox
from tests.integration.conftest import RunJob

pytestmark = pytest.mark.once

POLICIES = Path(__file__).resolve().parents[2] / "docs" / "iam"
NETWORK: dict[str, t.Any] = {"cidr": "10.10.0.0/16", "interface_endpoints": ["logs"], "nat_gateways": "regional"}
LOGGED: dict[str, t.Any] = {"name": "dev.example.com", "query_logging": True, "wait": False}


def restrict(aws: Sandbox, *names: str) -> None:
    aws.restrict("dev", *(json.loads((POLICIES / f"{name}.json").read_text()) for name in names))


def test_a_network_comes_and_goes(aws: Sandbox, run_job: RunJob) -> None:
    restrict(aws, "read", "site", "network")
    with pytest.raises(FailoverError, match="AssociateVPCWithHostedZone"):
        run_job(VPC.job, **NETWORK)
    restrict(aws, "read", "site", "network", "endpoints")
    run_job(VPC.job, **NETWORK)
    restrict(aws, "read", "destroy")
    run_job(VPC.job, **NETWORK, state="absent")


def test_a_logged_zone_comes_and_goes(aws: Sandbox, run_job: RunJob) -> None:
    restrict(aws, "read", "site", "network", "query-logging")
    run_job(ZONE.job, **LOGGED)
    restrict(aws, "read", "destroy", "query-logging")
    run_job(ZONE.job, **LOGGED, state="absent")
