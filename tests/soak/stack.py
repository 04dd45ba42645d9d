# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stack that the soak breaks."""

from __future__ import annotations

from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.integration.whole_stack import Stack
from tests.soak.ailments import Region

SPEED = 10.0
CHAIN = ("us-east-1", "us-west-1")
DOMAIN = "dev.example.com"


def deploy(aws: Sandbox, run_job: RunJob) -> list[Region]:
    """Deploy both regions and the records over them."""
    results = Stack(run_job, CHAIN).deploy()
    return [
        Region(
            aws=aws,
            name=region,
            seat=next(other for other in CHAIN if other != region),
            group_arn=results[f"ecs_service {region}"]["target_group_arn"],
            security_group_id=results[f"alb {region}"]["security_group_id"],
            cluster=results[f"ecs_service {region}"]["cluster"],
            service=results[f"ecs_service {region}"]["service"],
            desired=2,
        )
        for region in CHAIN
    ]
