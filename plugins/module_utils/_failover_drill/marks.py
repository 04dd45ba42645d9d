# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether AWS confirms a journal: its resources carry the mark of the drill, with the journal's digest.

Anyone who can write to the folder can forge a journal, but marking the stack's resources takes the right to tag them.
Needs only the standard library.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .fault import TAG, CallAws, Tagged
from .journal import Journal
from .undo import unless_missing

Tags: t.TypeAlias = "t.Mapping[str, str]"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Verification:
    """What AWS says about a journal.

    :param marked: the resources that carry the mark of the drill.
    :param against: why the journal must not be followed; empty if it may.
    """

    marked: tuple[str, ...]
    against: tuple[str, ...]


def verify(journal: Journal, call: CallAws) -> Verification:
    """Check the tags of all resources that the journal says are marked. Raises botocore's errors."""
    marked, against = [], []
    owner = {"ManagedBy": "everlook.failover", "Stack": journal.stack, "Environment": journal.environment}
    for tagged in journal.tagged:
        tags = _read_tags(tagged, call)
        if tags is None:
            continue
        if any(tags.get(key) != value for key, value in owner.items()):
            against.append(f"{tagged.resource} does not belong to {journal.stack} in {journal.environment}")
        elif tags.get(TAG, "").startswith(f"{journal.id} {journal.digest} "):
            marked.append(tagged.resource)
        elif TAG in tags:
            against.append(f"{tagged.resource} carries another mark than that of this journal")
    return Verification(marked=tuple(marked), against=tuple(against))


def _read_tags(tagged: Tagged, call: CallAws) -> Tags | None:
    """The tags of a resource; None if it does not exist."""
    return unless_missing(lambda: _READERS[tagged.service](tagged, call), None)


def _of_security_group(tagged: Tagged, call: CallAws) -> Tags | None:
    answer = call("ec2", tagged.region, "describe_security_groups", {"GroupIds": [tagged.resource]})
    return _pairs(answer["SecurityGroups"][0].get("Tags"))


def _of_service(tagged: Tagged, call: CallAws) -> Tags | None:
    cluster, _slash, name = tagged.resource.partition(":service/")[2].partition("/")
    request = {"cluster": cluster, "services": [name], "include": ["TAGS"]}
    services = call("ecs", tagged.region, "describe_services", request)["services"]
    found = next((item for item in services if item["status"] == "ACTIVE"), None)
    return None if found is None else {item["key"]: item.get("value", "") for item in found.get("tags") or ()}


def _of_target_group(tagged: Tagged, call: CallAws) -> Tags | None:
    answer = call("elbv2", tagged.region, "describe_tags", {"ResourceArns": [tagged.resource]})
    return _pairs(answer["TagDescriptions"][0].get("Tags"))


def _of_alarm(tagged: Tagged, call: CallAws) -> Tags | None:
    answer = call("cloudwatch", tagged.region, "list_tags_for_resource", {"ResourceARN": tagged.resource})
    return _pairs(answer.get("Tags"))


def _pairs(tags: t.Iterable[t.Mapping[str, str]] | None) -> Tags:
    return {item["Key"]: item.get("Value", "") for item in tags or ()}


_READERS: t.Final[dict[str, t.Callable[[Tagged, CallAws], Tags | None]]] = {
    "ec2": _of_security_group,
    "ecs": _of_service,
    "elbv2": _of_target_group,
    "cloudwatch": _of_alarm,
}
