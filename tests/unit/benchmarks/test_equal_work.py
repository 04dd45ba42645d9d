# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of equal work is complete: every member of AWS's shapes, and a drift for each that Terraform compares.

There is no section for what Terraform alone compares, but for what is others' to set (`theirs`): the lead must not be
bought with blindness.
"""

from __future__ import annotations

import collections
import functools
import typing as t

import botocore.session
import pytest
import yaml

from benchmarks.contenders import HERE
from tests.integration.equal_work.every import DRIFTS
from tests.integration.equal_work.layers import LAYER_DRIFTS
from tests.unit.benchmarks.unit_drifts import UNIT_DRIFTS

TABLE: t.Final[dict[str, dict[str, t.Any]]] = yaml.safe_load((HERE / "equal_work.yml").read_text())
SECTIONS = ("compared", "immutable", "ours", "theirs", "neither", "request")


@functools.cache
def model(service: str) -> t.Any:
    return botocore.session.Session().get_service_model(service)


def members(shape: str) -> set[str]:
    service, _, name = shape.partition(".")
    return set(model(service).shape_for(name).members)


@pytest.mark.parametrize("resource", TABLE)
def test_every_member_is_in_one_section(resource: str) -> None:
    row = TABLE[resource]
    listed = [member for section in SECTIONS for member in row.get(section, ())]
    assert [member for member, count in collections.Counter(listed).items() if count > 1] == []
    real = set().union(*(members(shape) for shape in row["shapes"]))
    assert {member for member in listed if not member.startswith("Attributes.")} == real
    assert row.keys() <= {"terraform", "shapes", *SECTIONS}


def test_every_drift_is_in_the_table_and_every_row_has_its_drift() -> None:
    named = {name for row in TABLE.values() for name in row["compared"].values()}
    assert named - LAYER_DRIFTS == set(DRIFTS) | set(UNIT_DRIFTS)


def test_the_table_has_every_resource_of_the_hcl() -> None:
    text = "".join(path.read_text() for path in sorted((HERE / "terraform").rglob("*.tf")))
    declared = {line.split('"')[1] for line in text.splitlines() if line.startswith("resource ")}
    # A wait of Terraform's own, and nothing in AWS; and what nobody has confirmed
    unlike = {"aws_acm_certificate_validation", "aws_sns_topic_subscription"}
    assert declared - unlike == {row["terraform"] for row in TABLE.values()}


@pytest.mark.parametrize("name", UNIT_DRIFTS)
def test_what_the_local_aws_does_not_have_is_seen_in_an_answer_of_aws(name: str) -> None:
    assert UNIT_DRIFTS[name]()
