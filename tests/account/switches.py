# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A health check that follows a metric, as the stack's switches do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.account.lab import Lab

_METRIC = "Evict"


@dataclass(frozen=True)
class Switch:
    """The check, and the metric behind it."""

    lab: Lab
    id: str

    @classmethod
    def make(cls, lab: Lab, suffix: str) -> Switch:
        """As route53_failover makes them: LastKnownStatus, one data point of 60 s, Maximum, at least 1."""
        name = f"{lab.token}-{suffix}"
        cloudwatch, route53 = lab.client("cloudwatch"), lab.client("route53")
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace=lab.token,
            MetricName=_METRIC,
            Statistic="Maximum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1.0,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            TreatMissingData="missing",
            Tags=lab.tags,
        )
        lab.later(f"alarm {name}", lambda: cloudwatch.delete_alarms(AlarmNames=[name]))
        config = {
            "Type": "CLOUDWATCH_METRIC",
            "AlarmIdentifier": {"Region": lab.home, "Name": name},
            "InsufficientDataHealthStatus": "LastKnownStatus",
        }
        made = route53.create_health_check(CallerReference=name, HealthCheckConfig=config)["HealthCheck"]["Id"]
        lab.later(f"health check {made}", lambda: route53.delete_health_check(HealthCheckId=made))
        route53.change_tags_for_resource(ResourceType="healthcheck", ResourceId=made, AddTags=lab.tags)
        return cls(lab, made)

    def publish(self, value: float) -> None:
        """A data point."""
        data: list[Any] = [{"MetricName": _METRIC, "Value": value}]
        self.lab.client("cloudwatch").put_metric_data(Namespace=self.lab.token, MetricData=data)

    def words(self) -> list[str]:
        """What GetHealthCheckStatus says, each text once, sorted."""
        found = self.lab.client("route53").get_health_check_status(HealthCheckId=self.id)["HealthCheckObservations"]
        return sorted({str(item.get("StatusReport", {}).get("Status", "")) for item in found})

    def publish_until_changed(self, value: float, before: list[str]) -> list[str]:
        """Publish again and again until other words are used. Raises NotInTimeError."""

        def look() -> list[str]:
            self.publish(value)
            return self.words()

        return self.lab.until(look, lambda words: words and words != before, f"other words than {before}")
