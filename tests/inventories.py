# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory that tests and benchmarks run for."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from sandbox import Sandbox
from tests.waiting import eventually

ROOT = Path(__file__).resolve().parents[1]
DEV = ROOT / "inventories" / "dev"
PRODUCTION = ROOT / "docs" / "examples" / "production"
# The ids of web ACLs that stand in the example, by region.
_WEB_ACLS = {
    "us-east-1": "11111111-1111-1111-1111-111111111111",
    "us-west-1": "22222222-2222-2222-2222-222222222222",
}
PRODUCTION_REGIONS = tuple(_WEB_ACLS)


def over_http(copy: Path) -> Path:
    """A copy of inventories/dev without HTTPS, which takes longer and has tests of its own, such as test_https.py."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(DEV, copy)
    variables = copy / "group_vars" / "all.yml"
    lines = variables.read_text(encoding="utf-8").splitlines(keepends=True)
    variables.write_text("".join(line for line in lines if not line.startswith("app_https:")), encoding="utf-8")
    return copy


def production(copy: Path, web_acls: Mapping[str, str]) -> Path:
    """A copy of docs/examples/production with the ARNs of web ACLs that there are, by region."""
    shutil.copytree(PRODUCTION, copy)
    hosts = copy / "hosts.yml"
    text = hosts.read_text(encoding="utf-8")
    for region, example in _WEB_ACLS.items():
        text = text.replace(example, web_acls[region].rpartition("/")[2])
    hosts.write_text(text, encoding="utf-8")
    return copy


def web_acl(aws: Sandbox, region: str) -> str:
    """Make one of the name that the example has. Returns its ARN."""
    visibility = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "shop"}
    made = aws.client("wafv2", "prod", region).create_web_acl(
        Name="shop", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=visibility
    )
    return str(made["Summary"]["ARN"])


def push(aws: Sandbox, *tags: str) -> list[str]:
    """Push an image for each tag where the example says, and wait until the standby has them. Returns their digests."""
    ecr, standby = (aws.client("ecr", "prod", region) for region in PRODUCTION_REGIONS)
    kind = "application/vnd.oci.image.manifest.v1+json"
    digests = []
    for tag in tags:
        config = {"digest": tag, "size": 1}
        manifest = json.dumps({"schemaVersion": 2, "mediaType": kind, "config": config, "layers": []})
        pushed = ecr.put_image(repositoryName="shop", imageManifest=manifest, imageTag=tag)
        digests.append(str(pushed["image"]["imageId"]["imageDigest"]))
    wanted = [{"imageTag": tag} for tag in tags]
    eventually(
        lambda: standby.batch_get_image(repositoryName="shop", imageIds=wanted)["images"],
        lambda found: len(found) == len(tags),
        what="the images in the standby",
    )
    return digests
