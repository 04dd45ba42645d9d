# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names are for good: AWS knows what is deployed by them, and nothing else."""

from __future__ import annotations

import re
import string
import typing as t

import hypothesis
import hypothesis.strategies as st
import pytest

from ansible_collections.everlook.failover.plugins.module_utils._aws import stack_names
from ansible_collections.everlook.failover.plugins.module_utils._aws.owner import Owner

REGIONS = ("us-east-1", "us-west-1", "us-gov-west-1", "ap-southeast-2")


def part() -> st.SearchStrategy[str]:
    """What a stack, an environment or a service may be called; short words, so that clashes are likely."""
    word = st.text(string.ascii_letters + string.digits, min_size=1, max_size=5)
    names = st.lists(word, min_size=1, max_size=5).map("-".join)
    return names.filter(lambda name: name[0].isalpha() and len(name) <= 32)


OWNERS = st.builds(Owner, stack=part(), environment=part(), component=part())


def of_component(owner: Owner, region: str) -> dict[str, str]:
    return {
        "target_group": stack_names.target_group(owner),
        "service": stack_names.service(owner),
        "security_group": stack_names.security_group(owner),
        "endpoint_group": stack_names.endpoint_group(owner),
        "role": stack_names.role(owner, region, "task"),
        "log_group": stack_names.log_group(owner, "ecs"),
        "switch_role": stack_names.switch_role(owner),
    }


def of_stack(owner: Owner, region: str) -> dict[str, str]:
    return {
        "load_balancer": stack_names.load_balancer(owner),
        "log_bucket": stack_names.log_bucket(owner, "111111111111", region),
        "switch_alarm": stack_names.switch_alarm(owner, region),
        "alarm": stack_names.alarm(owner, "web-latency"),
        "alarm_topic": stack_names.alarm_topic(owner),
        "dashboard": stack_names.dashboard(owner),
        "rollout_rule": stack_names.rollout_rule(owner),
        "switch_namespace": stack_names.switch_namespace(owner),
        "switch_schedule": stack_names.switch_schedule(owner),
        "caller_reference": stack_names.caller_reference_prefix(owner),
        "set_identifier": stack_names.record_set_identifier(owner, region),
    }


# What AWS allows: CreateBucket, CreateLoadBalancer, CreateTargetGroup, CreateService, CreateSecurityGroup, CreateRole,
# CreateLogGroup, PutMetricAlarm, PutMetricData, CreateSchedule, CreateHealthCheck, ChangeResourceRecordSets.
ALLOWED: t.Final = {
    "load_balancer": r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?",
    "log_bucket": r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]",
    "target_group": r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?",
    "service": r"[A-Za-z0-9_-]{1,255}",
    "security_group": r"(?!sg-)[A-Za-z0-9-]{1,255}",
    "endpoint_group": r"(?!sg-)[A-Za-z0-9-]{1,255}",
    "role": r"[\w+=,.@-]{1,64}",
    "log_group": r"[\w./#-]{1,512}",
    "switch_alarm": r"[ -~]{1,255}",
    "alarm": r"[ -~]{1,255}",
    "alarm_topic": r"[A-Za-z0-9_-]{1,256}",
    "dashboard": r"[A-Za-z0-9_-]{1,255}",
    "rollout_rule": r"[.\-_A-Za-z0-9]{1,64}",
    "switch_namespace": r"[0-9A-Za-z.\-_/#:]{1,255}",
    "switch_schedule": r"[0-9a-zA-Z\-_.]{1,64}",
    "switch_role": r"[\w+=,.@-]{1,64}",
    "caller_reference": r"[ -~]{1,40}",
    "set_identifier": r"[ -~]{1,128}",
}


@hypothesis.given(OWNERS, st.sampled_from(REGIONS))
def test_every_name_is_within_the_limits_of_aws(owner: Owner, region: str) -> None:
    for kind, name in (of_component(owner, region) | of_stack(owner, region)).items():
        assert re.fullmatch(ALLOWED[kind], name), (kind, name)


@hypothesis.given(OWNERS, OWNERS, st.sampled_from(REGIONS))
def test_different_components_share_no_name(owner: Owner, other: Owner, region: str) -> None:
    hypothesis.assume(owner != other)
    names, others = of_component(owner, region), of_component(other, region)
    assert not {kind for kind, name in names.items() if name == others[kind]}


@hypothesis.given(OWNERS, OWNERS, st.sampled_from(REGIONS))
def test_different_stacks_share_no_name(owner: Owner, other: Owner, region: str) -> None:
    hypothesis.assume((owner.stack, owner.environment) != (other.stack, other.environment))
    names, others = of_stack(owner, region), of_stack(other, region)
    assert not {kind for kind, name in names.items() if name == others[kind]}


@hypothesis.given(OWNERS, st.sampled_from(REGIONS), st.sampled_from(REGIONS))
def test_different_regions_share_no_global_name(owner: Owner, region: str, other: str) -> None:
    hypothesis.assume(region != other)
    assert stack_names.role(owner, region, "task") != stack_names.role(owner, other, "task")
    assert stack_names.switch_alarm(owner, region) != stack_names.switch_alarm(owner, other)


def test_one_hyphen_moved_makes_another_name() -> None:
    one = Owner(stack="a-b", environment="c", component="d")
    assert stack_names.service(one) != stack_names.service(Owner(stack="a", environment="b-c", component="d"))


def test_roles_that_differ_in_capitals_alone_have_different_names() -> None:
    """IAM does not distinguish names by case."""
    names = {
        stack_names.role(Owner(stack=stack, environment="dev", component="api"), "us-east-1", "task").lower()
        for stack in ("shop", "Shop", "SHOP")
    }
    assert len(names) == 3


HELLO: t.Final = Owner(stack="hello", environment="dev", component="api")
FAILOVER: t.Final = Owner(stack="hello", environment="dev", component="failover-alarms")
SHOP: t.Final = Owner(stack="web-shop", environment="staging", component="checkout-worker")

# A name that changes is a resource that is lost: never edit a line, only add some.
GOLDEN: t.Final = [
    (stack_names.load_balancer(HELLO), "hello-dev"),
    (stack_names.target_group(HELLO), "hello-dev-api"),
    (stack_names.log_bucket(HELLO, "111111111111", "us-east-1"), "hello-dev-111111111111-us-east-1-logs"),
    (stack_names.service(HELLO), "hello-dev-api"),
    (stack_names.security_group(HELLO), "hello-dev-api"),
    (
        stack_names.endpoint_group(Owner(stack="hello", environment="dev", component="network")),
        "hello-dev-network-endpoints",
    ),
    (stack_names.query_log_policy(HELLO), "hello-dev-query-logging"),
    (stack_names.query_log_group("dev.example.com"), "/aws/route53/dev.example.com"),
    (stack_names.role(HELLO, "us-east-1", "task"), "hello-dev-api-us-east-1-task"),
    (stack_names.log_group(HELLO, "ecs"), "/ecs/hello/dev/api"),
    (stack_names.switch_alarm(HELLO, "us-east-1"), "hello-dev-switch-us-east-1"),
    (stack_names.alarm(HELLO, "api-latency"), "hello-dev-alarm-api-latency"),
    (stack_names.alarm_topic(HELLO), "hello-dev-alarms"),
    (stack_names.alarm(FAILOVER, "us-east-1-health"), "hello-dev-failover-alarm-us-east-1-health"),
    (stack_names.alarm_topic(FAILOVER), "hello-dev-failover-alarms"),
    (stack_names.dashboard(FAILOVER), "hello-dev-failover"),
    (stack_names.rollout_rule(HELLO), "hello-dev-rollout-failed"),
    (stack_names.caller_reference_prefix(HELLO), "elf/be8a141e72/"),
    (stack_names.record_set_identifier(HELLO, "us-east-1"), "hello/dev/us-east-1"),
    (stack_names.switch_namespace(HELLO), "everlook.failover/hello-dev"),
    (stack_names.switch_schedule(HELLO), "hello-dev-switch"),
    (stack_names.switch_role(Owner(stack="hello", environment="dev", component="dns")), "hello-dev-dns-switch"),
    (stack_names.switch_schedule(SHOP), "web-shop-staging-30984848-switch"),
    (stack_names.load_balancer(SHOP), "web-shop-staging-30984848"),
    (stack_names.target_group(SHOP), "web-shop-staging-checko-2a85de05"),
    (stack_names.service(SHOP), "web-shop-staging-checkout-worker-2a85de05"),
    (
        stack_names.role(SHOP, "us-gov-west-1", "execution"),
        "web-shop-staging-checkout-worke-2a85de05-us-gov-west-1-execution",
    ),
    (stack_names.security_group(Owner(stack="sg", environment="dev", component="entrance")), "stack-sg-dev-entrance"),
]


@pytest.mark.parametrize(("name", "golden"), GOLDEN, ids=[golden for _name, golden in GOLDEN])
def test_the_same_input_gives_the_same_name_in_every_release(name: str, golden: str) -> None:
    assert name == golden
