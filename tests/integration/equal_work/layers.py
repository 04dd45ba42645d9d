# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drifts of what the inventory for production has besides: the tests of the layers make them, find and repair them."""

from __future__ import annotations

import typing as t

from tests.integration import test_route53_query_logging, test_vpc_endpoints, test_vpc_flow_logs
from tests.integration.alb import test_log_bucket, test_web_acl
from tests.integration.cloudwatch_alarms import drifts as alarms
from tests.integration.cloudwatch_alarms import test_environment
from tests.integration.ecr import test_layer as test_repositories
from tests.integration.ecs_service import test_scaling, test_spot

_LAYERS: t.Final[t.Mapping[str, t.Iterable[str]]] = {
    "alarms": alarms.DRIFT,
    "bucket": test_log_bucket.DRIFTS,
    "endpoints": test_vpc_endpoints.DRIFTS,
    "environment": test_environment.DRIFT,
    "flow logs": test_vpc_flow_logs.DRIFTS,
    "queries": test_route53_query_logging.DRIFTS,
    "repositories": test_repositories.DRIFT,
    "scaling": [str(each.id) for each in test_scaling.DRIFTS],
}
# Those that are a part of one test
_TESTS: t.Final[t.Mapping[str, t.Callable[..., object]]] = {
    "dashboard body": test_environment.test_a_dashboard_is_made_put_right_and_taken_away,
    "spot providers": test_spot.test_a_running_service_moves_to_spot_and_back,
    "web ACL another": test_web_acl.test_another_one_is_drift_and_it_goes_with_the_load_balancer,
}
_LISTED = {f"{layer}: {name}" for layer, names in _LAYERS.items() for name in names}
LAYER_DRIFTS: t.Final = frozenset(_LISTED | _TESTS.keys())
