# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m sandbox up|env|status|down`: the local AWS of this checkout."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections import Counter
from pathlib import Path

from sandbox.accounts import ACCOUNTS, UnknownAccountError, account_name, credentials
from sandbox.api import ControlApi
from sandbox.process import DEFAULT_TTL, Options, StartError
from sandbox.standing import FOLDER, Standing
from sandbox.timings import PROFILES

# They lead an SDK elsewhere, or belong to other credentials than those printed.
_IN_THE_WAY = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")
_NOT_RUNNING = "not running; start it with: python -m sandbox up"


def main(argv: list[str] | None = None) -> int:
    """Run a command; the exit code is 0, 1 (not running, did not start) or 2 (usage)."""
    arguments = _parser().parse_args(argv)
    standing = Standing(arguments.folder)
    try:
        return int(arguments.command(standing, arguments))
    except (StartError, UnknownAccountError) as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 1


def _up(standing: Standing, arguments: argparse.Namespace) -> int:
    options = Options(
        ttl=arguments.ttl,
        speed=arguments.speed,
        timings=arguments.timings,
        port=arguments.port,
    )
    process, started = standing.up(options)
    word = "started" if started else "already running"
    print(f"Local AWS {word} at {process.url} (process {process.pid}).")
    print('Point a shell at it:  eval "$(python -m sandbox env)"')
    return 0


def _env(standing: Standing, arguments: argparse.Namespace) -> int:
    process = standing.running()
    if process is None:
        print(f"sandbox: {_NOT_RUNNING}", file=sys.stderr)
        return 1
    print(f"unset {' '.join(_IN_THE_WAY)}")
    for name, value in credentials(arguments.account).environment(process.url).items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def _status(standing: Standing, _arguments: argparse.Namespace) -> int:
    process = standing.running()
    if process is None:
        print(f"Local AWS: {_NOT_RUNNING}")
        return 1
    api = ControlApi(process.url)
    print(f"Local AWS at {process.url} (process {process.pid}), {api.get('health')['mark']} calls answered.")
    counts = Counter(resource["account"] for resource in api.get("snapshot")["resources"])
    for account in sorted(set(counts) | set(ACCOUNTS.values())):
        print(f"  {account_name(account):<12} {account}  {counts[account]:>4} resources")
    print(f"Calls: {standing.request_log}")
    return 0


def _down(standing: Standing, _arguments: argparse.Namespace) -> int:
    process = standing.down()
    print(f"Local AWS at {process.url} stopped." if process else "Local AWS: not running.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A local AWS on loopback.")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where its state is kept")
    commands = parser.add_subparsers(required=True, metavar="up|env|status|down")
    up = commands.add_parser("up", help="start it, unless it runs; it ends by itself after --ttl")
    up.set_defaults(command=_up)
    up.add_argument("--ttl", type=float, default=DEFAULT_TTL, help="seconds (default: %(default)s)")
    up.add_argument("--port", type=int, default=0, help="default: a free one")
    up.add_argument("--speed", type=float, default=1.0, help="divides every waiting time")
    up.add_argument("--timings", choices=sorted(PROFILES), default="quick", help="aws: as slow as AWS (default: quick)")
    env = commands.add_parser("env", help="print the exports for a shell")
    env.set_defaults(command=_env)
    env.add_argument("--account", default="dev", help=f"{', '.join(ACCOUNTS)} or an id (default: dev)")
    commands.add_parser("status", help="where it answers, and what is in it").set_defaults(command=_status)
    commands.add_parser("down", help="end it").set_defaults(command=_down)
    return parser


if __name__ == "__main__":
    sys.exit(main())
