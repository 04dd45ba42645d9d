# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each module of this collection runs, by its name."""

from __future__ import annotations

import typing as t

from ...module_utils._alb.layer import LAYER as ALB
from ...module_utils._ecs_service.layer import LAYER as ECS_SERVICE
from ...module_utils._engine.job import Job
from ...module_utils._failover_drill.job import JOB as FAILOVER_DRILL
from ...module_utils._failover_info.job import JOB as FAILOVER_INFO
from ...module_utils._failover_switch.job import JOB as FAILOVER_SWITCH
from ...module_utils._preflight.job import JOB as PREFLIGHT
from ...module_utils._route53_failover.layer import LAYER as ROUTE53_FAILOVER
from ...module_utils._route53_zone.layer import LAYER as ROUTE53_ZONE
from ...module_utils._route53_zone_delegation.layer import LAYER as ROUTE53_ZONE_DELEGATION
from ...module_utils._vpc.layer import LAYER as VPC
from .deployment_report import JOB as DEPLOYMENT_REPORT
from .failover_page import JOB as FAILOVER_PAGE
from .local import LocalJob
from .status_report import JOB as STATUS_REPORT

LAYERS: t.Final = (VPC, ALB, ECS_SERVICE, ROUTE53_ZONE, ROUTE53_ZONE_DELEGATION, ROUTE53_FAILOVER)
JOBS: t.Final[t.Mapping[str, Job]] = {
    job.name: job
    for job in (*(layer.job for layer in LAYERS), PREFLIGHT, FAILOVER_INFO, FAILOVER_SWITCH, FAILOVER_DRILL)
}
# About files of the controller: they call no AWS, and run there whatever the connection is.
LOCAL_JOBS: t.Final[t.Mapping[str, LocalJob]] = {
    job.name: job for job in (DEPLOYMENT_REPORT, STATUS_REPORT, FAILOVER_PAGE)
}
# One run at a time in an environment. Preflight holds the lock too, so that what it found still counts afterwards.
# failover_switch does not ask for it: when traffic has to move, nothing may stand in its way.
LOCKED: t.Final = frozenset({*(layer.name for layer in LAYERS), PREFLIGHT.name, FAILOVER_DRILL.name})
