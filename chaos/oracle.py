# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges the accounts by what boto3 reads, against undisturbed runs."""

from __future__ import annotations

from pathlib import Path

from chaos import canon, facts
from chaos.lab import Lab, settled
from chaos.stacks import IMAGE
from chaos.witness import REGIONS, look

DOMAIN = "dev.example.com"
CONFIRM = ("-e", "confirm=dev")
RELEASE = ("-e", f"image={IMAGE}")
# The variant of the golden run after a release
RELEASED = "released"


class UndisturbedError(RuntimeError):
    """An undisturbed run is not right, so that nothing can be judged by it."""


def deploy(lab: Lab, inventory: Path | None = None) -> None:
    """Deploy the stack, and let the next run read ahead. Raises UndisturbedError."""
    # The second run has nothing to do: only such a run stores its reads for the next one.
    for _time in range(2):
        ended = lab.run("site", inventory=inventory)
        if not ended.ok:
            raise UndisturbedError(ended.message)


def golden(lab: Lab, variant: str = "plain", inventory: Path | None = None) -> canon.Named:
    """The stack's resources after an undisturbed run."""
    key = (lab.stack, variant)
    if key not in lab.goldens:
        lab.fresh()
        deploy(lab, inventory)
        wrong = settled(lambda: facts.wrong(lab.stack, look(lab.aws)))
        if wrong:
            raise UndisturbedError("\n".join(wrong))
        lab.goldens[key] = canon.ours(look(lab.aws))
        lab.keep_reads()
    return lab.goldens[key]


def whole(lab: Lab, variant: str = "plain", inventory: Path | None = None) -> list[str]:
    """How the stack differs from the golden one, and what the next run would change."""
    return [*stands(lab, variant), *_would_change(lab, inventory)]


def stands(lab: Lab, variant: str = "plain") -> list[str]:
    """How the stack differs from the golden one."""
    expected = lab.goldens[lab.stack, variant]
    return settled(lambda: canon.differences(expected, canon.ours(look(lab.aws))))


def _would_change(lab: Lab, inventory: Path | None) -> list[str]:
    outcome = lab.machine("judge").run("site", "--check", inventory=inventory or lab.inventory())
    found = [f"a dry run would change {count} in {host}" for host, count in outcome.changed.items() if count]
    if outcome.rc:
        found.append(f"a dry run fails: {outcome.text[-1500:]}")
    return [*found, *(f"a dry run called {name}" for name in outcome.writes)]


def released(lab: Lab) -> list[str]:
    """How the stack differs from the golden one with the image of the release."""
    return whole(lab, RELEASED, release_inventory(lab))


def release_inventory(lab: Lab) -> Path:
    """The inventory with the image of the release."""
    return lab.inventory(RELEASED, app_image=IMAGE)


def gone(lab: Lab, before: dict[str, str]) -> list[str]:
    """How the accounts differ from those before the stack."""

    def look_again() -> list[str]:
        after = canon.everything(look(lab.aws))
        return [*canon.touched(before, after), *canon.left(before, after)]

    return settled(look_again)


def untouched(lab: Lab, before: dict[str, str]) -> list[str]:
    """The foreign resources that are gone or changed."""
    return canon.touched(before, canon.others(look(lab.aws)))


def serves(lab: Lab, region: str) -> list[str]:
    """Why DNS does not answer with that region; empty if it does."""
    return settled(lambda: _serves(lab, region), seconds=90)


def _serves(lab: Lab, region: str) -> list[str]:
    answers = {name: _answer(lab, f"{name}.{DOMAIN}") for name in REGIONS}
    answer = _answer(lab, DOMAIN)
    serving = [name for name, addresses in answers.items() if addresses and addresses == answer]
    return [] if serving == [region] else [f"DNS answers {serving or answer}, not {region}"]


def _answer(lab: Lab, name: str) -> list[str]:
    route53 = lab.aws.client("route53")
    zones = route53.list_hosted_zones_by_name(DNSName=DOMAIN)["HostedZones"]
    zone = next(each["Id"] for each in zones if each["Name"] == f"{DOMAIN}." and not each["Config"]["PrivateZone"])
    return sorted(route53.test_dns_answer(HostedZoneId=zone, RecordName=name, RecordType="A")["RecordData"])
