# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""As test_killed.py: a stack with HTTPS, scaling, Fargate Spot and alarms. Certificates have tests of their own."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._alb.layer import LAYER as ALB
from ansible_collections.everlook.failover.plugins.module_utils._cloudwatch_alarms.layer import JOB as ALARMS
from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.layer import LAYER as ECS_SERVICE
from ansible_collections.everlook.failover.plugins.module_utils._engine.job import Job
from sandbox import Sandbox
from sandbox.certificate_authority import CertificateAuthority
from sandbox.plane.certificates import self_signed
from tests.client_certificates import create_trust_store
from tests.integration.alb.world import make_network, make_web_acls
from tests.integration.cloudwatch_alarms.world import OWN, make_service
from tests.integration.conftest import RunJob
from tests.integration.ecs_service.world import make_surroundings
from tests.integration.kill import assert_once, kill_after
from tests.integration.whole_stack import tally
from tests.sampling import one_of_each

pytestmark = pytest.mark.once

Params = dict[str, t.Any]
# A schedule, a policy for requests, and the target that both need.
SCALING: dict[str, t.Any] = {
    "minimum": 1,
    "maximum": 4,
    "requests": 600,
    "schedules": [{"name": "night", "schedule": "cron(0 20 ? * * 2099)", "minimum": 1, "maximum": 2}],
}
# After which write of turning it on, of turning it off and of the removal a run dies: the first, the last, between.
DEATHS = [
    ("https", 1, 3, 2),
    ("https", 5, 1, 4),
    ("mutual_tls", 1, 1, 2),
    ("web_acl", 1, 1, 1),
    ("scaling", 1, 2, 3),
    ("scaling", 4, 1, 1),
    ("spot", 1, 1, 1),
    ("alarms", 2, 9, 4),
    ("alarms", 9, 4, 8),
]


@dataclasses.dataclass(frozen=True)
class Layer:
    """A layer and its surroundings, without the option, with it, and gone."""

    run: RunJob
    job: Job
    plain: Params
    option: Params
    absent: Params = dataclasses.field(default_factory=dict)

    def off(self) -> Params:
        return self.run(self.job, **self.plain)

    def on(self) -> Params:
        return self.run(self.job, **{**self.plain, **self.option})

    def gone(self) -> Params:
        return self.run(self.job, state="absent", **self.absent)


def https(aws: Sandbox, run: RunJob) -> Layer:
    acm, pairs = aws.client("acm"), [self_signed(f"{name}.example.com") for name in ("one", "two")]
    arns = [acm.import_certificate(Certificate=one, PrivateKey=key)["CertificateArn"] for one, key in pairs]
    option = {"certificate_arn": arns[0], "more_certificate_arns": arns[1:], "strict_transport_security": "max-age=1"}
    return Layer(run, ALB.job, {"wait": False, **make_network(aws).options}, option)


def mutual_tls(aws: Sandbox, run: RunJob) -> Layer:
    encrypted = https(aws, run)
    store = create_trust_store({name: aws.client(name) for name in ("s3", "elbv2")}, CertificateAuthority())
    option = {"mutual_authentication": {"mode": "verify", "trust_store_arn": store}}
    plain = {**encrypted.plain, "certificate_arn": encrypted.option["certificate_arn"]}
    return dataclasses.replace(encrypted, plain=plain, option=option)


def web_acl(aws: Sandbox, run: RunJob) -> Layer:
    network = make_network(aws).options
    return Layer(run, ALB.job, {**network, "web_acl_arn": ""}, {"web_acl_arn": make_web_acls(aws)[0]})


def scaling(aws: Sandbox, run: RunJob) -> Layer:
    waiting = {"wait_timeout": 60}
    plain = {**waiting, **make_surroundings(aws).options}
    return Layer(run, ECS_SERVICE.job, plain, {"scaling": SCALING}, {"name": plain["name"], **waiting})


def spot(aws: Sandbox, run: RunJob) -> Layer:
    return dataclasses.replace(scaling(aws, run), option={"spot": {"base": 1}})


def alarms(aws: Sandbox, run: RunJob) -> Layer:
    make_service(aws)
    return Layer(run, ALARMS, {**OWN, "notify": {}}, OWN)


LAYERS: dict[str, t.Callable[[Sandbox, RunJob], Layer]] = {
    "https": https,
    "mutual_tls": mutual_tls,
    "web_acl": web_acl,
    "scaling": scaling,
    "spot": spot,
    "alarms": alarms,
}


@pytest.fixture
def layer(aws: Sandbox, run_job: RunJob, kind: str) -> Layer:
    return LAYERS[kind](aws, run_job)


@pytest.mark.parametrize(("kind", "on", "off", "gone"), one_of_each(DEATHS, lambda death: death[0]))
def test_a_killed_run_is_finished_by_the_next(aws: Sandbox, layer: Layer, on: int, off: int, gone: int) -> None:
    before = there(aws)
    layer.off()
    plain = there(aws)
    kill_after(aws, on, layer.on)
    layer.on()
    assert not layer.on()["changes"]
    assert_once(aws)
    kill_after(aws, off, layer.off)
    layer.off()
    assert there(aws) == plain
    layer.on()
    kill_after(aws, gone, layer.gone)
    layer.gone()
    assert there(aws) == before
    assert not layer.gone()["changes"]


def there(aws: Sandbox) -> tuple[object, ...]:
    """How many of each kind, and what Application Auto Scaling and EventBridge have of the stack by name."""
    scaler, ecs = aws.client("application-autoscaling"), {"ServiceNamespace": "ecs"}
    return (
        tally(aws),
        len(scaler.describe_scalable_targets(**ecs)["ScalableTargets"]),
        sorted(each["PolicyName"] for each in scaler.describe_scaling_policies(**ecs)["ScalingPolicies"]),
        sorted(each["ScheduledActionName"] for each in scaler.describe_scheduled_actions(**ecs)["ScheduledActions"]),
        sorted(each["AlarmName"] for each in aws.client("cloudwatch").describe_alarms()["MetricAlarms"]),
    )


@pytest.mark.parametrize(("on", "gone"), one_of_each([(2, 6), (4, 4), (6, 8)], lambda _death: "pair"))
def test_a_killed_run_leaves_no_second_target_group_behind(aws: Sandbox, run_job: RunJob, on: int, gone: int) -> None:
    """It stays when the option goes, and goes with the service."""
    layer, waiting = scaling(aws, run_job), {"wait_timeout": 300}
    layer = dataclasses.replace(
        layer,
        plain={**layer.plain, "decides_failover": False, **waiting},
        option={"deployment_strategy": {"type": "blue_green", "bake_time": 1}},
    )
    before = there(aws)
    layer.off()
    kill_after(aws, on, layer.on)
    layer.on()
    assert not layer.on()["changes"]
    assert_once(aws)
    kill_after(aws, gone, layer.gone)
    layer.gone()
    assert there(aws) == before
