# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A network without NAT gateways has endpoints for all that tasks need to start."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._preflight.checks import check_inventory
from ansible_collections.everlook.failover.plugins.module_utils._preflight.spec import PreflightSpec

from .test_checks import CONTAINER, GOOD, VALUES

ECR = {**CONTAINER, "image": "111111111111.dkr.ecr.{region}.amazonaws.com/hello:1"}
ALL = ["ecr.api", "ecr.dkr", "logs"]
PARAMETER = "arn:aws:ssm:us-east-1:111111111111:parameter/b"
SECRET = "arn:aws:secretsmanager:us-east-1:111111111111:secret:x"


def spec(container: dict[str, t.Any] = ECR, given: dict[str, t.Any] | None = None, **vpc: t.Any) -> PreflightSpec:
    values = {
        **VALUES,
        "vpc": {**VALUES["vpc"], "nat_gateways": "none", **vpc},
        "ecs_service": {**VALUES["ecs_service"], "containers": [container]},
    }
    return dataclasses.replace(GOOD, values=values, given=given or {}, tags=("all",))


def problems(wanted: PreflightSpec) -> dict[str, str]:
    return {problem.variable: str(problem) for problem in check_inventory(wanted)}


@pytest.mark.parametrize(
    ("container", "missing"),
    [
        (ECR, ""),
        ({**ECR, "secrets": {"A": SECRET}}, "secretsmanager"),
        ({**ECR, "repository_credentials": SECRET}, "secretsmanager"),
        ({**ECR, "secrets": {"A": PARAMETER}}, "ssm"),
        (
            {**ECR, "secrets": {"A": SECRET, "B": PARAMETER}},
            "secretsmanager, ssm",
        ),
    ],
)
def test_each_service_that_tasks_need_has_an_endpoint(container: dict[str, t.Any], missing: str) -> None:
    (message,) = problems(spec(container)).values()
    listed = ", ".join([*ALL, *([missing] if missing else [])])
    assert message.startswith(f"vpc_interface_endpoints: lacks {listed}, without which no task starts")
    found = problems(spec(container, interface_endpoints=ALL))
    assert bool(found) is bool(missing)
    assert problems(spec(container, interface_endpoints=[*ALL, "secretsmanager", "ssm"])) == {}


def test_endpoints_that_are_no_list_are_reported_once() -> None:
    (message,) = problems(spec(interface_endpoints=True)).values()
    assert message.startswith("vpc_interface_endpoints: 'True' is not the name of a service.")


def test_images_have_to_be_in_ecr() -> None:
    (message,) = problems(spec({**CONTAINER, "image": "public.ecr.aws/nginx/nginx"}, interface_endpoints=ALL)).values()
    assert "vpc_nat_gateways: is none: tasks do not reach the registry of public.ecr.aws/nginx/nginx" in message
    assert "Copy it to Amazon ECR in each region" in message


@pytest.mark.parametrize(
    "host", ["dkr-ecr.us-east-1.on.aws", "dkr.ecr-fips.us-east-1.amazonaws.com", "dkr-ecr-fips.us-east-1.on.aws"]
)
def test_other_names_of_ecr_do_not_lead_to_the_endpoint(host: str) -> None:
    image = f"111111111111.{host}/hello:1"
    (message,) = problems(spec({**CONTAINER, "image": image}, interface_endpoints=ALL)).values()
    assert f"tasks do not reach the registry of {image}, for which there is no endpoint" in message
    assert "Write <account>.dkr.ecr.{region}.amazonaws.com/…. Or set vpc_nat_gateways" in message


def test_layers_of_images_come_from_s3() -> None:
    (message,) = problems(spec(interface_endpoints=ALL, s3_endpoint=False)).values()
    assert message.startswith("vpc_s3_endpoint: is false: layers of images come from S3")


@pytest.mark.parametrize(
    "wanted",
    [
        spec(given={"app_own_egress": True}),
        spec(given={"ecs_service_subnet_ids": ["subnet-1"]}),
        spec(nat_gateways="regional"),
        dataclasses.replace(spec(), skip=("ecs_service",)),
    ],
    ids=["another way out", "subnets of others", "regional", "no tasks"],
)
def test_nothing_is_asked_for_where_there_is_a_way_out(wanted: PreflightSpec) -> None:
    assert problems(wanted) == {}
