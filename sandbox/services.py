# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of moto's services are served: those that keep what they are told, and run none of it.

moto runs functions of Lambda and jobs of Batch in containers, and CloudFormation's templates can name Python functions
to call. All of that would be done as the user who started the local AWS, for whoever on the machine asks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Response

# By moto's names of them.
SERVED = frozenset(
    {
        *("acm", "applicationautoscaling", "cloudwatch", "ec2", "ecr", "ecs", "elb", "elbv2", "events", "iam", "kms"),
        *("logs", "dynamodb", "rds", "resourcegroupstaggingapi", "route53", "s3", "scheduler", "secretsmanager"),
        *("servicequotas", "sns", "sqs", "ssm", "sts", "wafv2"),
    }
)


def only_served(create: Callable[[str], Any]) -> Callable[[str], Any]:
    """Makes applications of services, as `create` does; the others answer that they are not served."""
    return lambda service: create(service) if service in SERVED else _not_served(service)


def _not_served(service: str) -> Response:
    # What begins so is nothing that a client of AWS tries to parse.
    text = f"<html>Not in the sandbox: {service}, see services.py</html>"
    return Response(text, 501, mimetype="text/html")
