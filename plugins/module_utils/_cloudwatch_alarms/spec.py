# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired state of the layer, from its options. Pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t
import urllib.parse

from .._aws.limits import KMS_KEY_ARN, TOPIC_ARN
from .._aws.owner import ALARMS, FAILOVER_ALARMS, Owner, parse_owner, parse_service_name
from .._aws.validation import check_range
from .._engine.errors import SpecError
from .._engine.unknown import is_unknown

# PutMetricAlarm, AlarmActions: five, of which the layer's own topic is one.
_MOST_TOPICS: t.Final = 4
_EMAIL: t.Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_MOST: t.Final = 1_000_000
# "Route 53 metrics are not available if you select any other Region" (Developer Guide, "Monitoring health checks using
# CloudWatch").
ROUTE53_REGION: t.Final = "us-east-1"
_CERTIFICATE_ARN: t.Final = re.compile(r"arn:aws[a-z-]*:acm:(?P<region>[a-z0-9-]+):\d{12}:certificate/[\w-]+", re.ASCII)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Thresholds:
    """Thresholds of alarms, as in the options; 0 and False disable an alarm."""

    unhealthy_hosts: int
    healthy_hosts: bool
    running_tasks: bool
    target_errors: float
    load_balancer_errors: float
    latency: float
    least_requests: int
    rollout_failed: bool
    certificate_days: int
    route53_health: bool
    route53_checkers: int
    no_standby: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class Region:
    """A region and its health checks in Route 53, or their placeholders.

    :param health_check_id: of the region's record.
    :param endpoint_health_check_id: of the check that probes the region.
    """

    name: str
    health_check_id: str
    endpoint_health_check_id: str


# A suffix of a service's name in the names of its alarms: no service's name has two hyphens in a row.
ALTERNATE: t.Final = "--alternate"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shown:
    """The services on a dashboard; the fields are as in Spec."""

    services: t.Mapping[str, int]
    workers: frozenset[str]
    paired: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Spec:
    """The layer in one region, or for the environment. If it should be absent, only owner, region and account are set.

    :param account_id: None if the option is not set.
    :param subscribers: (protocol, endpoint) of the subscriptions of the layer's own topic.
    :param topic_arns: others' topics.
    :param services: each with the number of tasks below which its alarms go off.
    :param workers: services without a target group.
    :param paired: services with two target groups.
    :param certificate_arns: of the region; None if the option is not set, which leaves their alarms alone.
    :param rolls_back: whether alarms roll back rollouts.
    :param dashboard: what the environment's dashboard shows; None if there should be none.
    :param failover_regions: the environment's regions, in order; None for the alarms of a region.
    """

    owner: Owner
    region: str
    account_id: str | None
    absent: bool
    subscribers: tuple[tuple[str, str], ...] = ()
    topic_arns: tuple[str, ...] = ()
    services: t.Mapping[str, int] = dataclasses.field(default_factory=dict)
    workers: frozenset[str] = frozenset()
    paired: frozenset[str] = frozenset()
    certificate_arns: tuple[str, ...] | None = None
    thresholds: Thresholds | None = None
    kms_key_arn: str = ""
    failover_regions: tuple[Region, ...] | None = None
    dashboard: Shown | None = None
    rolls_back: bool = False

    def groups_of(self, service: str) -> tuple[str, ...]:
        """Names for the service's target groups in the names of alarms."""
        return (service, f"{service}{ALTERNATE}") if service in self.paired else (service,)

    @property
    def notifies(self) -> bool:
        """Whether there is anyone to notify; else nothing of the layer exists."""
        return not self.absent and bool(self.subscribers or self.topic_arns)

    @property
    def why_not(self) -> str:
        """Why nothing of the layer should exist."""
        return "state is absent" if self.absent else "notify names no recipients"


def parse(params: t.Mapping[str, t.Any], region: str) -> Spec:
    """The desired state. Raises SpecError."""
    of_region = params["scope"] == "region"
    if not of_region and region != ROUTE53_REGION:
        raise SpecError("region", f"is {region}, and Route 53 has its metrics in {ROUTE53_REGION} alone.")
    spec = Spec(
        owner=parse_owner(params, ALARMS if of_region else FAILOVER_ALARMS),
        region=region,
        account_id=params["account_id"],
        absent=params["state"] == "absent",
        failover_regions=None if of_region else (),
    )
    if spec.absent:
        return spec
    wanted = "services" if of_region else "failover_regions"
    if params[wanted] is None:
        raise SpecError(wanted, f"is required if state is present and scope is {params['scope']}.")
    services = _services(params["services"] or {})
    shown = Shown(
        services=services,
        workers=_named(params["workers"] if services else (), services, "workers"),
        paired=_named(params["paired"] if services else (), services, "paired"),
    )
    return dataclasses.replace(
        spec,
        subscribers=(*_emails(params["notify"]["email"]), *_urls(params["notify"]["urls"])),
        topic_arns=_topics(params["notify"]["topic_arns"], spec),
        **(dataclasses.asdict(shown) if of_region else {}),
        failover_regions=None if of_region else tuple(map(_region, params["failover_regions"])),
        certificate_arns=_certificates(params["certificate_arns"], region) if of_region else (),
        thresholds=_thresholds(params["thresholds"]),
        dashboard=shown if params["dashboard"] and not of_region else None,
        kms_key_arn=_key(params["kms_key_arn"]),
        rolls_back=of_region and params["rollback_on_alarms"],
    )


def _services(given: t.Mapping[str, t.Any]) -> dict[str, int]:
    return {
        parse_service_name("services", str(name)): check_range(f"services.{name}", _count(name, least), 0, _MOST)
        for name, least in given.items()
    }


def _region(item: t.Mapping[str, t.Any]) -> Region:
    values = {each.name: str(item.get(each.name) or "") for each in dataclasses.fields(Region)}
    missing = [name for name, value in values.items() if not value]
    if missing:
        raise SpecError("failover_regions", f"a region has no {' and no '.join(missing)}.")
    return Region(**values)


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
        if url.scheme not in ("http", "https") or not url.hostname or re.search(r"\s", value):
            # Without the value, which may be a secret.
            raise SpecError(
                "notify.urls", "one of them is not a URL.", "It begins with https:// or http://, and has no blanks."
            )
        yield url.scheme, value


def _topics(values: t.Iterable[str], spec: Spec) -> tuple[str, ...]:
    """Those in the region. For the environment, others are ignored: the inventory names topics of all regions."""
    topics = []
    for arn in dict.fromkeys(values):
        found = TOPIC_ARN.fullmatch(arn)
        if not found:
            raise SpecError("notify.topic_arns", f"{arn!r} is not the ARN of a topic.")
        elsewhere = found["region"] != spec.region
        if (elsewhere and spec.failover_regions is None) or found["account"] != (spec.account_id or found["account"]):
            what = f"{arn} is not in {spec.region} of this account, and alarms and rules publish nowhere else."
            raise SpecError("notify.topic_arns", what, "Name a topic of this region, such as with inventory_hostname.")
        topics += [] if elsewhere else [arn]
    if len(topics) > _MOST_TOPICS:
        raise SpecError("notify.topic_arns", f"has {len(topics)} topics.", f"An alarm has room for {_MOST_TOPICS}.")
    return tuple(topics)


def _named(names: t.Iterable[str], services: t.Container[str], option: str) -> frozenset[str]:
    for name in names:
        if name not in services:
            raise SpecError(option, f"{name!r} is not one of the services.")
    return frozenset(names)


def _certificates(arns: t.Sequence[str] | None, region: str) -> tuple[str, ...] | None:
    for arn in arns or ():
        found = _CERTIFICATE_ARN.fullmatch(arn)
        if not is_unknown(arn) and (not found or found["region"] != region):
            raise SpecError("certificate_arns", f"{arn!r} is not the ARN of a certificate in {region}.")
    return None if arns is None else tuple(dict.fromkeys(arns))


def _thresholds(given: t.Mapping[str, t.Any]) -> Thresholds:
    for name in ("target_errors", "load_balancer_errors", "route53_checkers"):
        check_range(f"thresholds.{name}", given[name], 0, 100)
    for name in ("unhealthy_hosts", "latency", "least_requests", "certificate_days"):
        check_range(f"thresholds.{name}", given[name], 0, _MOST)
    return Thresholds(**given)


def _key(arn: str | None) -> str:
    if arn and not is_unknown(arn) and not KMS_KEY_ARN.fullmatch(arn):
        raise SpecError("kms_key_arn", f"{arn!r} is not the ARN of a customer managed key.")
    return arn or ""
