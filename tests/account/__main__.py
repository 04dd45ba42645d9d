# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks AWS what its documentation leaves open, in an account that the user names. See docs/real-account.md."""

from __future__ import annotations

import argparse
import datetime
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from tests.account import leftovers, prices, report
from tests.account.experiment import Experiment
from tests.account.experiments import ALL
from tests.account.lab import Lab, Options
from tests.account.report import Result

_NIGHT_HOURS = 8.0
_WATCH_SECONDS = 180.0


class Refused(Exception):
    """Nothing was done; the message says why."""


def main(arguments: Sequence[str] | None = None, ask: Callable[[str], str] = input) -> int:
    """0 if every experiment has an answer that was expected and nothing is left, 1 if not, 2 if nothing was done."""
    wish = _parser().parse_args(arguments)
    folder = wish.reports / f"{datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H%M%S}"
    options = Options(
        account=wish.account,
        regions=tuple(wish.regions),
        domain=wish.domain,
        parent=wish.parent,
        night=wish.night * 3600,
        watch=wish.watch,
        folder=folder,
    )
    lab = Lab(options, print)
    try:
        _check_account(lab)
        if wish.leftovers:
            print("\n".join(leftovers.find(lab)) or "Nothing is left.")
            return 0
        chosen = _chosen(wish.experiments, options)
        print(explanation(chosen, options))
        _confirm(options.account, wish.confirm, ask)
    except Refused as error:
        print(f"Nothing was done: {error}", file=sys.stderr)
        return 2
    return _make(lab, chosen)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.account", description=__doc__)
    parser.add_argument(
        "--account", required=True, help="the id of the account; with credentials of another one nothing is done"
    )
    parser.add_argument("--confirm", default="", help="the id again, instead of typing it")
    parser.add_argument("--regions", nargs=2, default=["us-east-1", "us-west-1"], help="default: %(default)s")
    parser.add_argument("--domain", default="", help="a name below --parent that the stack may have")
    parser.add_argument("--parent", default="", help="a public zone of the account that delegates --domain")
    parser.add_argument("--night", type=float, default=_NIGHT_HOURS, help="hours without data (default: %(default)s)")
    parser.add_argument("--watch", type=float, default=_WATCH_SECONDS, help="seconds (default: %(default)s)")
    parser.add_argument("--experiments", default="", help="names, with commas; default: all that can be made")
    parser.add_argument("--reports", type=Path, default=Path("reports/account"), help="default: %(default)s")
    parser.add_argument("--leftovers", action="store_true", help="only list what earlier runs have left behind")
    return parser


def _check_account(lab: Lab) -> None:
    try:
        actual = lab.client("sts").get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise Refused(f"there are no credentials that work ({error})") from error
    if actual != lab.options.account:
        raise Refused(f"the credentials are those of account {actual}, and --account names {lab.options.account}.")


def _chosen(names: str, options: Options) -> list[Experiment]:
    known = {experiment.name: experiment for experiment in ALL}
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise Refused(f"there is no experiment {', '.join(unknown)}; there are {', '.join(known)}.")
    chosen = [experiment for experiment in ALL if not wanted or experiment.name in wanted]
    needy = [experiment.name for experiment in chosen if experiment.deployed]
    if bool(options.domain) != bool(options.parent):
        raise Refused("--domain and --parent go together.")
    if needy and not options.domain:
        if wanted:
            raise Refused(f"{', '.join(needy)} need a stack, and so --domain and --parent.")
        print(f"Left out, since they need --domain and --parent: {', '.join(needy)}.")
        chosen = [experiment for experiment in chosen if not experiment.deployed]
    if needy and options.domain and "own_policies" not in needy:
        chosen = [known["own_policies"], *chosen]
    return sorted(chosen, key=ALL.index)


def explanation(chosen: Sequence[Experiment], options: Options) -> str:
    """What will be made, how long it takes and what it costs."""
    hours = {
        item.name: options.night / 3600 + 0.25 if item.name == "night_without_data" else item.minutes / 60
        for item in chosen
    }
    deployed = [item for item in chosen if item.deployed]
    stack = prices.cost(deployed[0].uses, sum(hours[item.name] for item in deployed)) if deployed else 0.0
    others = sum(prices.cost(item.uses, hours[item.name]) for item in chosen if not item.deployed)
    lines = [f"In account {options.account}, in {' and '.join(options.regions)}:", ""]
    for item in chosen:
        lines += [f"- {item.name}, {hours[item.name] * 60:.0f} minutes: {item.question}", f"    {item.does}"]
    total = f"{sum(hours.values()):.1f} hours, about ${stack + others:.2f}"
    lines += [
        "",
        f"Together {total} by {prices.SOURCE}, {prices.AS_OF}; requests, queries, logs and traffic are cents more.",
        "Everything is tagged, and removed at the end, also after an error or Ctrl-C. `--leftovers` lists what is not.",
    ]
    return "\n".join(lines)


def _confirm(account: str, given: str, ask: Callable[[str], str]) -> None:
    if not given and not sys.stdin.isatty():
        raise Refused("nobody can be asked here; repeat it with confirm=<the account's id>.")
    typed = given or ask("Type the account's id to begin: ").strip()
    if typed != account:
        raise Refused(f"{typed!r} is not {account}.")


def _make(lab: Lab, chosen: Sequence[Experiment]) -> int:
    lab.options.folder.mkdir(parents=True, exist_ok=True)
    started, results = datetime.datetime.now(datetime.UTC), []
    failed: list[str] = []
    try:
        for experiment in chosen:
            lab.say(f"{experiment.name}: {experiment.question}")
            results.append(_result(lab, experiment))
            lab.say(f"  {results[-1].verdict}: {_said(results[-1])}")
    finally:
        lab.say("Cleaning up.")
        failed = lab.clean()
        left = [*failed, *leftovers.find(lab)]
        head = {
            "account": lab.options.account,
            "regions": ", ".join(lab.options.regions),
            "run": lab.token,
            "started": started.isoformat(timespec="seconds"),
            "ended": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        }
        (lab.options.folder / "account.json").write_text(report.as_json(head, results, left), encoding="utf-8")
        (lab.options.folder / "account.md").write_text(report.as_markdown(head, results, left), encoding="utf-8")
        lab.say("\n".join(f"Left behind: {line}" for line in left) or "Nothing is left behind.")
        lab.say(f"Report: {lab.options.folder / 'account.md'}")
    well = all(item.finding and item.finding.as_expected is not False for item in results)
    return 0 if well and not left else 1


def _result(lab: Lab, experiment: Experiment) -> Result:
    began = time.monotonic()
    try:
        finding = experiment.run(lab)
    except Exception as error:  # noqa: BLE001  # the other questions are asked all the same
        return Result(experiment, time.monotonic() - began, problem=f"{type(error).__name__}: {error}")
    return Result(experiment, time.monotonic() - began, finding)


def _said(result: Result) -> str:
    return result.finding.answer if result.finding else result.problem


if __name__ == "__main__":
    sys.exit(main())
