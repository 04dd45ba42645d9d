# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks in the READMEs run as they stand."""

from __future__ import annotations

import re
import typing as t

import pytest
import yaml

from sandbox import Sandbox

from .conftest import ROOT, Outcome, Playbooks

# The regions of the examples of roles, which know no inventory's variables
REGIONS: dict[str, t.Any] = {"us-east-1": {}, "us-west-1": {}}
# In this order, because each builds on some before it
LAYERS = (
    "vpc",
    "alb",
    "ecr",
    "ecs_service",
    "route53_zone",
    "acm_certificate",
    "cloudwatch_alarms",
    "route53_failover",
)
ROLES = sorted(path.parent.name for path in ROOT.glob("roles/*/README.md"))

pytestmark = pytest.mark.timeout(300)


def blocks(readme: str) -> list[str]:
    """What a README has as YAML."""
    return re.findall(r"^```yaml\n(.*?)^```", (ROOT / readme).read_text(), re.MULTILINE | re.DOTALL)


def examples(readme: str) -> list[str]:
    """The playbooks in a README."""
    return [block for block in blocks(readme) if re.match(r"- (name: .*\n  )?hosts: ", block)]


def run(playbooks: Playbooks, example: str, *, regions: dict[str, t.Any] | None = None) -> Outcome:
    """Run it, with all variables of inventories/dev unless there are regions."""
    (playbooks.folder / "example.yml").write_text(example)
    hosts = playbooks.folder / "hosts.yml"
    hosts.write_text(yaml.safe_dump({"regions": {"hosts": regions}}))
    inventory = hosts if regions else ROOT / "inventories" / "dev"
    return playbooks.ok(str(playbooks.folder / "example"), inventory=inventory)


def test_every_role_begins_with_an_example_that_is_run_below() -> None:
    assert [role for role in ROLES if not examples(f"roles/{role}/README.md")] == []
    assert sorted(("application", *LAYERS)) == ROLES


# A module in a process is run by whichever Python Ansible finds first: the examples name none.
@pytest.mark.worker
@pytest.mark.once
@pytest.mark.parametrize(
    ("roles", "regions"),
    [
        pytest.param(("application",), None, id="application"),
        pytest.param(LAYERS, REGIONS, id="layers", marks=pytest.mark.exhaustive),
    ],
)
def test_the_example_of_a_role_runs(
    roles: tuple[str, ...], regions: dict[str, t.Any] | None, playbooks: Playbooks
) -> None:
    for role in roles:
        example = examples(f"roles/{role}/README.md")[0]
        assert any(run(playbooks, example, regions=regions).changed.values()), role


@pytest.mark.once
def test_the_readmes_examples_run(playbooks: Playbooks) -> None:
    alone, between = examples("README.md")
    assert run(playbooks, alone, regions=REGIONS).changed == {"us-east-1": 2}
    # Zone and delegation once, and in each region certificate, network, tag and load balancer
    assert run(playbooks, between).changed == {"us-east-1": 6, "us-west-1": 4}


def containers(playbooks: Playbooks, aws: Sandbox, variable: str) -> list[dict[str, t.Any]]:
    """The containers in us-west-1, with the lines of the README that set a variable in the inventory."""
    (lines,) = [block for block in blocks("README.md") if re.search(rf"^{variable}:", block, re.MULTILINE)]
    playbooks.ok("site", "--tags", "ecs_service", inventory=playbooks.inventory(**yaml.safe_load(lines)))
    ecs = aws.client("ecs", account="dev", region="us-west-1")
    (arn,) = ecs.list_task_definitions()["taskDefinitionArns"]
    found: list[dict[str, t.Any]] = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"][
        "containerDefinitions"
    ]
    return found


@pytest.mark.once
@pytest.mark.exhaustive
def test_the_readmes_environment_and_secrets_reach_the_container(playbooks: Playbooks, aws: Sandbox) -> None:
    (container,) = containers(playbooks, aws, "app_secrets")
    secrets = {secret["name"]: secret["valueFrom"] for secret in container["secrets"]}
    assert container["environment"] == [{"name": "LOG_LEVEL", "value": "info"}]
    assert sorted(secrets) == ["API_TOKEN", "DATABASE_PASSWORD", "DATABASE_USER"]
    assert secrets["API_TOKEN"] == "arn:aws:ssm:us-west-1:111111111111:parameter/hello/token"


@pytest.mark.once
@pytest.mark.exhaustive
def test_the_readmes_own_containers_are_those_of_the_task(playbooks: Playbooks, aws: Sandbox) -> None:
    found = {container["name"]: container for container in containers(playbooks, aws, "app_containers")}
    assert sorted(found) == ["hello", "metrics"]
    assert [secret["name"] for secret in found["hello"]["secrets"]] == ["API_TOKEN"]


DEFAULTS = """
- hosts: localhost
  gather_facts: false
  module_defaults:
    group/everlook.failover.aws:
      region: us-west-1
    everlook.failover.vpc:
      cidr: 10.60.0.0/16
      nat_gateways: none
      tags: {CostCenter: shop}
  roles:
    - role: everlook.failover.vpc
      vars:
        vpc_stack: shop
        vpc_environment: dev
        vpc_nat_gateways: single
"""


def test_module_defaults_reach_through_roles_and_count_less_than_variables(playbooks: Playbooks, aws: Sandbox) -> None:
    run(playbooks, DEFAULTS, regions=REGIONS)
    ec2 = aws.client("ec2", account="dev", region="us-west-1")
    mine = [{"Name": "tag:Stack", "Values": ["shop"]}]
    (vpc,) = ec2.describe_vpcs(Filters=mine)["Vpcs"]
    assert vpc["CidrBlock"] == "10.60.0.0/16"
    assert {"Key": "CostCenter", "Value": "shop"} in vpc["Tags"]
    assert len(ec2.describe_nat_gateways(Filter=mine)["NatGateways"]) == 1
