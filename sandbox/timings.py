# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Durations of the local AWS for what takes AWS a while."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace


@dataclass(frozen=True, slots=True)
class Timings:
    """Durations in seconds at speed 1. `speed` divides every one of them.

    AWS takes minutes for most of these. The defaults are short, and long enough for
    code that does not wait to fail.
    """

    nat_gateway_create: float = 0.6
    nat_gateway_delete: float = 0.6
    endpoint_create: float = 0.6
    endpoint_delete: float = 0.4
    load_balancer_create: float = 0.8
    load_balancer_interfaces_delete: float = 0.6
    target_initial: float = 0.4
    target_draining: float = 0.4
    task_start: float = 0.5
    deployment_settle: float = 0.3
    circuit_breaker: float = 0.8
    # How long ECS watches a service's alarms once all tasks of a rollout run.
    alarm_bake: float = 1.0
    # A minute of the bake times of a deployment that shifts traffic
    deployment_minute: float = 1.0
    service_draining: float = 0.6
    change_insync: float = 0.3
    certificate_issue: float = 0.6
    certificate_told: float = 0.3
    iam_propagation: float = 0.3
    # From PutMetricData to the health check that follows the metric, as long as on AWS: a minute or two.
    metric_delay: float = 90.0
    # How long a check on a metric remembers its last data, and CloudWatch data points of a minute.
    metric_memory: float = 3 * 3600.0
    metric_retention: float = 15 * 86400.0
    # The interval at which CloudWatch gets metrics of AWS's services, and evaluates their alarms
    metric_minute: float = 60.0
    # `rate(1 minute)` of EventBridge Scheduler
    schedule_minute: float = 60.0
    # Until Application Auto Scaling has brought a count between new limits.
    scaling_activity: float = 0.3
    # A minute of its metrics and cooldowns
    scaling_minute: float = 20.0
    # Until a pushed image is in another region too
    image_replication: float = 0.5
    # Within which ECR applies a lifecycle policy, as long as on AWS
    lifecycle_evaluation: float = 86400.0
    speed: float = 1.0

    def of(self, name: str) -> float:
        """Seconds of wall time that the named duration takes at this speed."""
        seconds: float = getattr(self, name)
        return seconds / self.speed


# What AWS typically takes. AWS promises none of it but the last; the rest are medians of logs of `terraform apply` that
# people published, rounded to five seconds, with the spread behind them. What such logs don't show is an estimate.
AWS = Timings(
    nat_gateway_create=105.0,  # seven logs: 85 to 125 s
    nat_gateway_delete=60.0,  # eight logs: 37 to 79 s
    endpoint_create=70.0,  # estimate
    endpoint_delete=40.0,  # estimate
    load_balancer_create=155.0,  # six logs: 141 to 187 s
    load_balancer_interfaces_delete=30.0,  # estimate
    # HealthyThresholdCount times HealthCheckIntervalSeconds of the stack's target group
    target_initial=20.0,
    # its deregistration_delay.timeout_seconds
    target_draining=30.0,
    task_start=40.0,  # estimate: Fargate gives a task its interface, pulls the image and starts it in 30 to 60 s
    deployment_settle=5.0,  # estimate
    circuit_breaker=60.0,  # estimate
    # "Amazon ECS computes this time period based on the alarm configuration": five periods of a minute
    alarm_bake=300.0,
    deployment_minute=60.0,
    service_draining=5.0,  # estimate, beyond the draining of its targets
    scaling_activity=10.0,  # estimate
    scaling_minute=60.0,
    # AWS gives no figure, and Terraform does not wait: it registers a task definition, and is refused.
    iam_propagation=0.0,
    # ChangeResourceRecordSets: "generally propagate to all Route 53 name servers within 60 seconds"; a log shows 35 s.
    change_insync=35.0,
    # RequestCertificate with validation by DNS: one log, 61 s from the record on.
    certificate_issue=60.0,
    # RequestCertificate: "a delay of several seconds before you can retrieve information about the new certificate".
    certificate_told=5.0,
    # ECR User Guide, "Private image replication": most images within 30 minutes; small ones take less, an estimate.
    image_replication=60.0,
)

# Periodic work, which nothing waits for: metrics, schedules, and their evaluation
_PACE = {
    *("metric_delay", "metric_memory", "metric_retention", "metric_minute"),
    *("schedule_minute", "scaling_minute", "lifecycle_evaluation", "speed"),
}
# Without waits; alarms and the scaler still run once a minute, as on AWS: otherwise they would run all the time.
INSTANT = replace(
    Timings(scaling_minute=60.0),
    **{name: seconds / 1000 for name, seconds in asdict(Timings()).items() if name not in _PACE},
)

PROFILES: Mapping[str, Timings] = {"quick": Timings(), "aws": AWS, "instant": INSTANT}
