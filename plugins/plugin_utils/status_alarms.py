# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alarms in the state ALARM, and their unconfirmed subscribers, from the layer cloudwatch_alarms. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .status_look import Document, Look

# The place of the environment's own alarms, among the regions
ENVIRONMENT: t.Final = "the environment"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ringing:
    """An alarm in the state ALARM.

    :param region: or ENVIRONMENT.
    :param since: in ISO 8601; None if AWS does not say.
    :param description: its meaning, and the remedy.
    """

    region: str
    name: str
    since: str | None
    description: str


def ringing(look: Look) -> list[Ringing]:
    """The alarms in the state ALARM, region by region."""
    return [
        Ringing(region=region, name=alarm["name"], since=alarm.get("since"), description=alarm["description"])
        for region, result in look.alarms.items()
        for alarm in result.get("alarms") or ()
        if alarm["state"] == "ALARM"
    ]


def unconfirmed(look: Look) -> dict[str, list[str]]:
    """Subscriber → the regions with a subscription to confirm. A missing subscription is drift instead."""
    found: dict[str, list[str]] = {}
    for region, result in look.alarms.items():
        missing = [change["name"] for change in result.get("changes") or () if change["kind"] == "subscription"]
        for who in result.get("unconfirmed") or ():
            if not any(str(name).endswith(f" {who}") for name in missing):
                found.setdefault(who, []).append(region)
    return found


def rings(look: Look) -> t.Iterator[str]:
    """A sentence for each alarm in the state ALARM."""
    for alarm in ringing(look):
        since = f" since {alarm.since}" if alarm.since else ""
        yield f"The alarm {alarm.name} rings in {alarm.region}{since}: {alarm.description}"


def unconfirmed_subscriptions(look: Look) -> t.Iterator[str]:
    """A sentence for each subscriber who gets no alarms."""
    for who, regions in unconfirmed(look).items():
        yield (
            f"{who} gets no alarms from {', '.join(regions)}, because the subscription is not confirmed: follow "
            "the link in SNS's message. SNS deletes it after two days; the next site.yml creates it again."
        )


def line(look: Look) -> list[str]:
    """The line of the table; none if there are no alarms, or they were not read."""
    if not any(result.get("alarms") for result in look.alarms.values()):
        return []
    names = [f"{alarm.name} in {alarm.region}" for alarm in ringing(look)]
    return [f"  alarms      {'; '.join(names) or 'none rings'}"]


def documents(look: Look) -> dict[str, t.Any]:
    """The alarms in the status document."""
    return {"alarms": [dataclasses.asdict(alarm) for alarm in ringing(look)], "unconfirmed": unconfirmed(look)}


def of_all(regions: t.Iterable[Document], environment: Document) -> dict[str, Document]:
    """Region, or ENVIRONMENT → the layer's result, from what a playbook has registered.

    :param environment: the layer's result for the environment.
    """
    return {**{region["name"]: region.get("cloudwatch_alarms") or {} for region in regions}, ENVIRONMENT: environment}
