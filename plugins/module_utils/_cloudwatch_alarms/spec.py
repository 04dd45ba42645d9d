# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired state of the layer, and reading it from the module's options. Pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t
import urllib.parse

from .._aws.limits import TOPIC_ARN
from .._aws.owner import ALARMS, Owner, parse_owner, parse_service_name
from .._aws.validation import check_range
from .._engine.errors import SpecError
from .._engine.unknown import is_unknown
from .options import REQUIRED_IF

# PutMetricAlarm, AlarmActions: five, of which the layer's own topic is one.
_MOST_TOPICS: t.Final = 4
_EMAIL: t.Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_MOST: t.Final = 1_000_000
# Not alias/aws/sns, whose policy admits no other service (SNS Developer Guide, "Enable compatibility between event
# sources from AWS services and encrypted topics").
_KEY_ARN: t.Final = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[\w-]+", re.ASCII)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Thresholds:
    """When alarms ring, as the options say it; 0 and False leave an alarm out."""

    unhealthy_hosts: int
    healthy_hosts: bool
    running_tasks: bool
    target_errors: float
    load_balancer_errors: float
    latency: float
    least_requests: int
    rollout_failed: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class Spec:
    """The layer in one region. Of something that should be absent, owner, region and account are all there is.

    :param account_id: None if the user did not say.
    :param subscribers: (protocol, endpoint) of the subscriptions of the layer's own topic.
    :param topic_arns: topics of others.
    :param services: each with the number of tasks below which somebody is told.
    :param workers: those without a target group.
    """

    owner: Owner
    region: str
    account_id: str | None
    absent: bool
    subscribers: tuple[tuple[str, str], ...] = ()
    topic_arns: tuple[str, ...] = ()
    services: t.Mapping[str, int] = dataclasses.field(default_factory=dict)
    workers: frozenset[str] = frozenset()
    thresholds: Thresholds | None = None
    kms_key_arn: str = ""

    @property
    def told(self) -> bool:
        """Whether there is somebody to tell; else nothing of the layer exists."""
        return not self.absent and bool(self.subscribers or self.topic_arns)

    @property
    def why_not(self) -> str:
        """Why nothing of the layer should exist."""
        return "state is absent" if self.absent else "notify names nobody"


def parse(params: t.Mapping[str, t.Any], region: str) -> Spec:
    """The desired state. Raises SpecError."""
    spec = Spec(
        owner=parse_owner(params, ALARMS),
        region=region,
        account_id=params["account_id"],
        absent=params["state"] == "absent",
    )
    if spec.absent:
        return spec
    for option in REQUIRED_IF[0][2]:
        if params[option] is None:
            raise SpecError(option, "is required if state is present.")
    services = {
        parse_service_name("services", str(name)): check_range(f"services.{name}", _count(name, least), 0, _MOST)
        for name, least in params["services"].items()
    }
    return dataclasses.replace(
        spec,
        subscribers=(*_emails(params["notify"]["email"]), *_urls(params["notify"]["urls"])),
        topic_arns=_topics(params["notify"]["topic_arns"], spec),
        services=services,
        workers=_workers(params["workers"], services),
        thresholds=_thresholds(params["thresholds"]),
        kms_key_arn=_key(params["kms_key_arn"]),
    )


def _count(name: str, value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise SpecError(f"services.{name}", f"{value!r} is not a number of tasks.") from None


def _emails(values: t.Iterable[str]) -> t.Iterator[tuple[str, str]]:
    for value in dict.fromkeys(values):
        if not _EMAIL.fullmatch(value):
            raise SpecError("notify.email", f"{value!r} is not an e-mail address.")
        yield "email", value


def _urls(values: t.Iterable[str]) -> t.Iterator[tuple[str, str]]:
    for value in dict.fromkeys(values):
        url = urllib.parse.urlsplit(value)
        if url.scheme not in ("http", "https") or not url.hostname:
            # Without the value, which may be a secret.
            raise SpecError("notify.urls", "one of them is no URL.", "It begins with https:// or http://.")
        yield url.scheme, value


def _topics(values: t.Sequence[str], spec: Spec) -> tuple[str, ...]:
    topics = tuple(dict.fromkeys(values))
    if len(topics) > _MOST_TOPICS:
        raise SpecError("notify.topic_arns", f"has {len(topics)} topics.", f"An alarm has room for {_MOST_TOPICS}.")
    for arn in topics:
        found = TOPIC_ARN.fullmatch(arn)
        if not found:
            raise SpecError("notify.topic_arns", f"{arn!r} is not the ARN of a topic.")
        if found["region"] != spec.region or found["account"] != (spec.account_id or found["account"]):
            what = f"{arn} is not in {spec.region} of this account, and alarms and rules publish nowhere else."
            raise SpecError("notify.topic_arns", what, "Name a topic of this region, such as with inventory_hostname.")
    return topics


def _workers(names: t.Iterable[str], services: t.Container[str]) -> frozenset[str]:
    for name in names:
        if name not in services:
            raise SpecError("workers", f"{name!r} is none of the services.")
    return frozenset(names)


def _thresholds(given: t.Mapping[str, t.Any]) -> Thresholds:
    for name in ("target_errors", "load_balancer_errors"):
        check_range(f"thresholds.{name}", given[name], 0, 100)
    for name in ("unhealthy_hosts", "latency", "least_requests"):
        check_range(f"thresholds.{name}", given[name], 0, _MOST)
    return Thresholds(**given)


def _key(arn: str | None) -> str:
    if arn and not is_unknown(arn) and not _KEY_ARN.fullmatch(arn):
        raise SpecError("kms_key_arn", f"{arn!r} is not the ARN of a customer managed key.")
    return arn or ""
