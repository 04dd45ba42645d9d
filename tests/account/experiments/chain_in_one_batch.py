# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a failover pair and an alias to it can be made in one batch, and whether health goes through."""

from __future__ import annotations

from botocore.exceptions import ClientError

from tests.account.experiment import Experiment, Finding
from tests.account.lab import Lab, NotInTimeError, equals
from tests.account.prices import Use
from tests.account.zones import Record, Zone, fixed_check

FIRST, SECOND, THIRD = "192.0.2.1", "192.0.2.2", "192.0.2.3"


def _attempt(zone: Zone, *batches: list[Record]) -> str:
    """`accepted`, or what AWS says; the zone is empty before and after."""
    try:
        for batch in batches:
            zone.change(*(("CREATE", record) for record in batch))
    except ClientError as error:
        return str(error.response["Error"].get("Message", error))
    finally:
        zone.clear()
    return "accepted"


def _run(lab: Lab) -> Finding:
    zone = Zone.make(lab, "chain")
    sick, well = fixed_check(lab, "sick", healthy=False), fixed_check(lab, "well", healthy=True)
    lower_name = f"standby-1.{zone.name}"
    upper = [zone.member(zone.name, "PRIMARY", FIRST, sick), zone.link(zone.name, lower_name)]
    lower = [zone.member(lower_name, "PRIMARY", SECOND, well), zone.member(lower_name, "SECONDARY", THIRD)]
    said = {
        "upper pair first": _attempt(zone, [*upper, *lower]),
        "lower pair first": _attempt(zone, [*lower, *upper]),
        "two batches": _attempt(zone, lower, upper),
    }
    zone.change(*(("CREATE", record) for record in lower))
    zone.change(*(("CREATE", record) for record in upper))
    try:
        lab.until(lambda: zone.addresses(zone.name), equals([SECOND]), "the answer of the lower pair")
        follows = True
    except NotInTimeError:
        follows = False
    texts = [*(f"{how}: {answer}" for how, answer in said.items()), f"health goes through the alias: {follows}"]
    right = said["lower pair first"] == said["two batches"] == "accepted" and follows
    return Finding(answer="; ".join(texts), as_expected=right, seen={**said, "health goes through": follows})


EXPERIMENT = Experiment(
    name="chain_in_one_batch",
    question="May one batch make a failover pair and an alias to it, and does the alias follow the pair's health?",
    source=(
        "Route 53 API Reference, AliasTarget: the record must exist before an alias to it can be made. Whether one "
        "made in the same batch counts is not said. Developer Guide, complex configurations: health goes through."
    ),
    does="Makes a zone, both pairs in three ways, and asks its name servers while the first record is unhealthy.",
    expected="accepted with the lower pair first, in one batch and in two; the answer is the lower pair's",
    minutes=10,
    uses=(Use("hosted zone"), Use("health check", 2)),
    run=_run,
)
