# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run says of itself against what the oracle sees."""

from __future__ import annotations

import pytest

from chaos.plan import Trial
from chaos.report import counts, problems, rows
from chaos.verdict import Ended, Judged, Verdict, judge, judge_undisturbed

TRIAL = Trial("rights", 3)
OK = Ended(0, "PLAY RECAP")
REFUSED = Ended(2, 'fatal: [us-east-1]: FAILED! => {"msg": "not allowed: ec2:CreateVpc"}', ("ec2:CreateVpc",))


def verdict(ended: Ended, *findings: str) -> Verdict:
    return judge(TRIAL, "site", ended, findings).verdict


def test_what_ends_ok_and_is_right() -> None:
    assert verdict(OK) is Verdict.RIGHT


def test_what_ends_ok_and_is_wrong() -> None:
    judged = judge(TRIAL, "site", OK, ["dev us-east-1 Vpcs vpc/main: 1 missing, 0 too much or other"])
    assert (judged.verdict, judged.bad) == (Verdict.WRONG, True)
    assert "vpc/main" in judged.detail


def test_what_fails_and_says_so() -> None:
    judged = judge(TRIAL, "site", REFUSED, [])
    assert (judged.verdict, judged.bad) == (Verdict.SAID_SO, False)


def test_an_item_of_a_loop_says_so_as_well() -> None:
    """Of a service that is not removed Ansible prints this alone."""
    ended = Ended(2, "failed: [us-east-1] (item=hello) => \n    msg: 'not allowed: ec2:CreateVpc'", ("ec2:CreateVpc",))
    assert verdict(ended) is Verdict.SAID_SO


def test_a_failure_does_not_excuse_harm() -> None:
    assert verdict(REFUSED, "gone: dev us-east-1 Vpcs vpc-1") is Verdict.WRONG


def test_what_fails_undisturbed_is_wrong_even_if_it_says_so() -> None:
    judged = judge_undisturbed(TRIAL, "switch again", REFUSED, [])
    assert judged.verdict is Verdict.WRONG
    assert "not allowed" in judged.detail
    assert judge_undisturbed(TRIAL, "switch again", OK, []).verdict is Verdict.RIGHT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PLAY RECAP",
        "fatal: [us-east-1]: FAILED! => not allowed",
        "fatal: [us-east-1]: FAILED! => ec2:CreateVpc\nTraceback (most recent call last):\n  File",
        "[ERROR]: Task failed: The reason is in its result.\nnot allowed: ec2:CreateVpc",
        "[ERROR] unexpected answer in us-east-1: no 'State' ec2:CreateVpc",
    ],
)
def test_what_fails_and_does_not_say_why(text: str) -> None:
    assert verdict(Ended(2, text, ("ec2:CreateVpc",))) is Verdict.SILENT


def test_reasons_come_before_the_message() -> None:
    pointer = "[ERROR]: Task failed: The reason is in its result.\n"
    text = (
        f"- not allowed: ec2:CreateVpc\n{pointer}fatal: [us-east-1]: FAILED! =>\n    msg: Refused. The reason is above."
    )
    ended = Ended(2, text, ("ec2:CreateVpc",))
    assert ended.says_why
    assert ended.message.splitlines()[0] == "- not allowed: ec2:CreateVpc"


def test_a_report_that_points_at_the_message_takes_nothing_from_it() -> None:
    assert Ended(2, f"{REFUSED.text}\n    msg: dev is not deployed. The reason is above.", ("ec2:CreateVpc",)).says_why


def test_the_name_may_be_wrapped() -> None:
    text = "fatal: [us-east-1]: FAILED! => is not authorized\nto perform: iam:GetRole on resource: x"
    assert Ended(2, text, ("authorized to perform: iam:GetRole",)).says_why


def test_the_table_and_what_there_is_to_mend() -> None:
    judged = [
        Judged(TRIAL, "site", Verdict.RIGHT),
        Judged(TRIAL, "destroy", Verdict.WRONG, "left: a VPC"),
        Judged(Trial("kills", 4), "site", Verdict.SAID_SO),
    ]
    assert counts(rows(judged)).splitlines()[2:] == [
        "| killed after its nth write, and run again | 1 | 1 | 0 | 1 | 0 | 0 |",
        "| an IAM action fewer | 1 | 2 | 1 | 0 | 0 | 1 |",
    ]
    assert problems(judged) == (
        "destroy: ok but wrong\nleft: a VPC\n  make chaos CHAOS='--only rights --seed 3 --rounds 1'"
    )
