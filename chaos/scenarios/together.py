# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two machines, which do not see each other's locks, change the same environment at the same time."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Sequence

from chaos.lab import Lab, settled
from chaos.oracle import CONFIRM, RELEASE, RELEASED, deploy, golden, gone, release_inventory, released, serves, whole
from chaos.plan import Trial, choose
from chaos.scenarios.faults import QUICK
from chaos.verdict import Ended, Judged, Verdict, judge, judge_undisturbed

# In the message of a run that is refused, or whose lease another one has taken
REFUSED = re.compile(r"\bsince \d{4}-\d\d-\d\d[T ]\d\d:\d\d")
DRILL = ("-e", json.dumps({"drill_hold": 5, "fault": "block_alb"}))
Command = tuple[str, ...]
SITE: Command = ("site",)
CHANGED: Command = ("site", "-e", "app_cpu=512", "-e", "app_memory=1024")
DESTROY: Command = ("destroy", *CONFIRM)
RELEASED_ONE: Command = ("release", *RELEASE)
PAIRS: Sequence[tuple[str, Command, Command]] = (
    ("two first runs", SITE, SITE),
    ("site and destroy", SITE, DESTROY),
    ("two changes", SITE, CHANGED),
    ("two drills", ("drill", *DRILL), ("drill", *DRILL)),
    ("release and site", RELEASED_ONE, SITE),
    ("release and drill", RELEASED_ONE, ("drill", *DRILL)),
    ("switch and release", ("switch", "-e", "to=us-west-1", *QUICK), RELEASED_ONE),
)


def run(lab: Lab, trial: Trial) -> Iterator[Judged]:
    """Run two playbooks at once. A successful run has to be right, unless the other one has succeeded too."""
    name, first, second = choose(trial.turn, PAIRS)
    golden(lab)
    if RELEASED_ONE in (first, second):
        golden(lab, RELEASED, release_inventory(lab))
    before = lab.fresh()
    if name != PAIRS[0][0]:
        deploy(lab)
        lab.share_reads("two")
    ends = _at_once(lab, trial, first, second)
    if name == "two drills":
        yield from _drills(lab, trial, ends)
    elif RELEASED_ONE in (first, second):
        yield from _releases(lab, trial, name, ends, ends[first != RELEASED_ONE])
    else:
        yield from _deployments(lab, trial, before, name, ends)


def _at_once(lab: Lab, trial: Trial, first: Command, second: Command) -> list[Ended]:
    """Run both commands, the second up to two seconds later."""
    runs = [lab.start(*first)]
    time.sleep(trial.draw().uniform(0, 2))
    runs.append(lab.start(*second, machine="two"))
    return [lab.wait(run) for run in runs]


def _deployments(lab: Lab, trial: Trial, before: dict[str, str], name: str, ends: Sequence[Ended]) -> Iterator[Judged]:
    words = [f"{name}: {which}" for which in ("first", "second")]
    oks = [ended.ok for ended in ends]
    wrong: list[str] = []
    # If both succeed, either may have been the last: the result has to be that of one of them.
    if any(oks) and name == "site and destroy":
        gone_wrong, whole_wrong = gone(lab, before) if oks[1] else ["-"], whole(lab) if oks[0] else ["-"]
        wrong = [] if not gone_wrong or not whole_wrong else [*gone_wrong, *whole_wrong]
    elif any(oks) and name == "two first runs":
        wrong = whole(lab)
    for number, ended in enumerate(ends):
        yield _told(judge(trial, words[number], ended, wrong if ended.ok else []), ended)
    last = lab.run("site")
    yield judge_undisturbed(trial, f"{name}: the next run", last, whole(lab) if last.ok else [])
    last = lab.run("destroy", *CONFIRM)
    yield judge_undisturbed(trial, f"{name}: destroy", last, gone(lab, before))


def _drills(lab: Lab, trial: Trial, ends: Sequence[Ended]) -> Iterator[Judged]:
    wrong = [*_open_journals(lab), *whole(lab), *serves(lab, "us-east-1")]
    for number, ended in enumerate(ends):
        yield _told(judge(trial, f"two drills: {'first' if not number else 'second'}", ended, wrong), ended)


def _releases(lab: Lab, trial: Trial, name: str, ends: Sequence[Ended], release: Ended) -> Iterator[Judged]:
    """Either site or release may have been the last. With a drill or a switch, a successful release holds."""
    wrong = [*(_open_journals(lab) if "drill" in name else [])]
    if release.ok and "site" not in name:
        wrong += released(lab)
    for number, ended in enumerate(ends):
        what = f"{name}: {'first' if not number else 'second'}"
        yield _told(judge(trial, what, ended, wrong if ended.ok else []), ended)
    if "switch" in name:
        back = lab.run("switch", "-e", "to=auto", *QUICK)
        yield judge_undisturbed(trial, f"{name}: back", back, serves(lab, "us-east-1") if back.ok else [])
    last = lab.run("release", *RELEASE)
    wrong = [*released(lab), *serves(lab, "us-east-1")] if last.ok else []
    yield judge_undisturbed(trial, f"{name}: the next release", last, wrong)


def _open_journals(lab: Lab) -> list[str]:
    def look() -> list[str]:
        paths = [lab.machine(name).folder / "reports" / "dev" / "drill-journal.json" for name in ("one", "two")]
        return [f"{path.parent.parent.parent.name}: a journal is open" for path in paths if path.exists()]

    return settled(look, seconds=120)


def _told(judged: Judged, ended: Ended) -> Judged:
    """The judgement, marked if the run was refused with the other one's name and time."""
    refused = judged.verdict is Verdict.SAID_SO and REFUSED.search(" ".join(ended.text.split()))
    return Judged(judged.trial, f"{judged.what}, refused", judged.verdict, judged.detail) if refused else judged
