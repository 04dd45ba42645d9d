# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log groups where CloudWatch Logs is put right."""

from __future__ import annotations

from tests.sandbox.overlay.conftest import Local
from tests.sandbox.overlay.helpers import refused


def test_a_log_group_has_a_class_and_an_arn_for_its_tags(local: Local) -> None:
    logs = local.client("logs")
    logs.create_log_group(logGroupName="usual")
    logs.create_log_group(logGroupName="cheap", logGroupClass="INFREQUENT_ACCESS")
    groups = {group["logGroupName"]: group for group in logs.describe_log_groups()["logGroups"]}
    assert {name: group["logGroupClass"] for name, group in groups.items()} == {
        "usual": "STANDARD",
        "cheap": "INFREQUENT_ACCESS",
    }
    assert groups["usual"]["arn"] == f"{groups['usual']['logGroupArn']}:*"
    with refused("InvalidParameterException"):
        logs.create_log_group(logGroupName="odd", logGroupClass="FREQUENT")
