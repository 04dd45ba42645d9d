# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a region's tasks need from another region."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.dependencies import (
    by_region,
    dependencies_of,
)
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.tasks import Tasks

WEST = "us-west-1"
ECR = "111111111111.dkr.ecr.{}.amazonaws.com/hello:1"
SECRET = "arn:aws:secretsmanager:{}:111111111111:secret:token-AbCdEf"
PARAMETER = "arn:aws:ssm:{}:111111111111:parameter/token"


def needed(**container: t.Any) -> dict[str, list[str]]:
    return by_region(dependencies_of({"containerDefinitions": [{"name": "hello", **container}]}, WEST))


def secrets(arn: str) -> list[dict[str, str]]:
    return [{"name": "TOKEN", "valueFrom": arn}]


@pytest.mark.parametrize(
    ("container", "what"),
    [
        ({"image": ECR.format("us-east-1")}, "the image of hello"),
        ({"secrets": secrets(SECRET.format("us-east-1"))}, "the secret TOKEN of hello"),
        ({"secrets": secrets(PARAMETER.format("us-east-1"))}, "the secret TOKEN of hello"),
        ({"logConfiguration": {"secretOptions": secrets(SECRET.format("us-east-1"))}}, "the secret TOKEN of hello"),
        (
            {"repositoryCredentials": {"credentialsParameter": SECRET.format("us-east-1")}},
            "the credentials for the image of hello",
        ),
    ],
)
def test_what_is_in_another_region_is_needed_from_there(container: dict[str, t.Any], what: str) -> None:
    assert needed(**container) == {"us-east-1": [what]}


@pytest.mark.parametrize(
    "container",
    [
        {},
        {"image": "public.ecr.aws/hello:1"},
        {"image": ECR.format(WEST), "secrets": secrets(SECRET.format(WEST))},
        {"secrets": secrets("a-parameter-of-this-region")},
    ],
)
def test_what_is_in_the_region_is_not(container: dict[str, t.Any]) -> None:
    assert needed(**container) == {}


def test_services_together_need_what_each_needs() -> None:
    one, other = Tasks(dependencies=(("us-east-1", "b"),)), Tasks(dependencies=(("us-east-1", "a"), ("eu-west-1", "c")))
    assert by_region((one + other).dependencies) == {"eu-west-1": ["c"], "us-east-1": ["a", "b"]}
