# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services of moto that are served: those that only store data, and run nothing.

moto runs functions of Lambda and jobs of Batch in containers, and CloudFormation's templates can name Python functions
to call. All of that would run as the user who started the local AWS, for any user of the machine.
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
    """Creates applications of services with `create`; other services answer that they are not served."""
    return lambda service: create(service) if service in SERVED else _not_served(service)


def _not_served(service: str) -> Response:
    # Clients of AWS do not parse answers that start like this.
    text = f"<html>Not in the sandbox: {service}, see services.py</html>"
    return Response(text, 501, mimetype="text/html")
