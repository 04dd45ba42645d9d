# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m sandbox up|env|status|address|load|break|heal|down`: the local AWS of this checkout."""

from __future__ import annotations

import argparse
import shlex
import ssl
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from dnslib import QTYPE, DNSRecord

from sandbox.accounts import ACCOUNTS, UnknownAccountError, account_name, credentials
from sandbox.api import NO_DNS, ControlError
from sandbox.commands import HOW_TO_ALLOW
from sandbox.outages import How
from sandbox.process import DEFAULT_TTL, FOLDER, Daemon, Options, Process, StartError
from sandbox.timings import PROFILES

# They send an SDK elsewhere, or belong to other credentials than those printed.
_IN_THE_WAY = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")
_NOT_RUNNING = "not running; start it with: python -m sandbox up"


_SECONDS = 5
_PRIVILEGED = 1024


class NoAddressError(Exception):
    """DNS has no address of a name."""


class NotRunningError(Exception):
    """No sandbox is running."""


def main(argv: list[str] | None = None) -> int:
    """Run a command; the exit code is 0, 1 (not running, did not start) or 2 (usage)."""
    arguments = _parser().parse_args(argv)
    daemon = Daemon(arguments.folder)
    try:
        return int(arguments.command(daemon, arguments))
    except (StartError, UnknownAccountError, NotRunningError, NoAddressError, ControlError) as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 1


def _up(daemon: Daemon, arguments: argparse.Namespace) -> int:
    options = Options(
        ttl=arguments.ttl,
        speed=arguments.speed,
        timings=arguments.timings,
        port=arguments.port,
        plane=arguments.plane,
        allow_commands=arguments.allow_commands,
    )
    process, started = daemon.up(options)
    word = "started" if started else "already running"
    print(f"Local AWS {word} at {process.url} (process {process.pid}).")
    print('Point a shell at it:  eval "$(python -m sandbox env)"')
    return 0


def _env(daemon: Daemon, arguments: argparse.Namespace) -> int:
    process = _running(daemon)
    print(f"unset {' '.join(_IN_THE_WAY)}")
    api = process.api
    network = api.get("plane")["environment"] or NO_DNS
    bundle = str(_bundle(daemon, api.get("authority")["root"]))
    # curl reads SSL_CERT_FILE only where neither its own variable nor SSL_CERT_DIR is set.
    trust = {"SSL_CERT_FILE": bundle, "CURL_CA_BUNDLE": bundle}
    for name, value in (credentials(arguments.account).environment(process.url) | network | trust).items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def _bundle(daemon: Daemon, root: str) -> Path:
    """A file of all authorities that this machine trusts and the local AWS's own.

    OpenSSL reads SSL_CERT_FILE, and with it Python and Ansible. AWS_CA_BUNDLE would be about AWS's own endpoints.
    """
    known = ssl.get_default_verify_paths().openssl_cafile
    trusted = Path(known).read_text() if Path(known).is_file() else ""
    daemon.bundle.write_text(f"{trusted}\n{root}")
    return daemon.bundle


def _status(daemon: Daemon, _arguments: argparse.Namespace) -> int:
    process = daemon.running()
    if process is None:
        print(f"Local AWS: {_NOT_RUNNING}")
        return 1
    api = process.api
    print(f"Local AWS at {process.url} (process {process.pid}), {api.get('health')['mark']} calls answered.")
    counts = Counter(resource["account"] for resource in api.get("snapshot")["resources"])
    for account in sorted(set(counts) | set(ACCOUNTS.values())):
        print(f"  {account_name(account):<12} {account}  {counts[account]:>4} resources")
    print(f"Clock of its schedules: {api.get('health')['clock']}")
    _describe(api.get("plane"))
    print(f"Calls: {daemon.request_log}")
    return 0


def _describe(plane: dict[str, Any]) -> None:
    """Print the state of the data plane: addresses, and what is broken."""
    if not plane["on"]:
        print("Without the data plane: nothing runs or listens.")
    else:
        print("Data plane: " + " ".join(f"{name}={value}" for name, value in plane["environment"].items()))
    for known in plane["balancers"]:
        place = f"{account_name(known['account']):<12} {known['region']:<14}"
        print(f"  {place} {known['name']:<32} {known['state']:<12} {' '.join(known['addresses'])}")
    if plane["refused_commands"]:
        print(f"Commands not run, of {', '.join(plane['refused_commands'])}; to run them: {HOW_TO_ALLOW}")
    if plane["slow"]:
        print(plane["slow"])
    for region, how in sorted(plane["broken"].items()):
        print(f"Broken: {region} ({how}); heal it with: python -m sandbox heal {region}")


def _address(daemon: Daemon, arguments: argparse.Namespace) -> int:
    print(locate(_running(daemon).api.get("plane")["environment"], arguments.name, arguments.port))
    return 0


def locate(environment: Mapping[str, str], name: str, port: int) -> str:
    """``address:port`` on this machine for a name, by DNS. Raises NoAddressError.

    :param environment: variables for clients of the data plane.
    """
    address, _colon, own_port = environment.get("EVERLOOK_FAILOVER_RESOLVER", "").partition(":")
    if not address:
        raise NoAddressError("without the data plane there is no DNS")
    answer = DNSRecord.parse(DNSRecord.question(name).send(address, int(own_port or 53), timeout=_SECONDS))
    found = [str(record.rdata) for record in answer.rr if record.rtype == QTYPE.A]
    if not found:
        raise NoAddressError(f"DNS has no address of {name}")
    shift = int(environment.get("EVERLOOK_FAILOVER_PORT_SHIFT", 0)) if port < _PRIVILEGED else 0
    return f"{found[0]}:{port + shift}"


def _break(daemon: Daemon, arguments: argparse.Namespace) -> int:
    api = _running(daemon).api
    for region in arguments.regions:
        api.post("regions", region=region, how=arguments.how)
    print(f"Broken ({arguments.how}): {', '.join(arguments.regions)}.")
    return 0


def _heal(daemon: Daemon, arguments: argparse.Namespace) -> int:
    api = _running(daemon).api
    for region in arguments.regions:
        api.delete("regions", region=region)
    if not arguments.regions:
        api.delete("regions")
    print(f"Healed: {', '.join(arguments.regions) or 'everything'}.")
    return 0


def _load(daemon: Daemon, arguments: argparse.Namespace) -> int:
    given = {name: getattr(arguments, name) for name in ("cpu", "memory") if getattr(arguments, name) is not None}
    # Without a number, the load is not known.
    known = given or {"cpu": None, "memory": None}
    found = _running(daemon).api.post("load", service=arguments.service, region=arguments.region, **known)
    words = ", ".join(f"{name} {percent:g} %" for name, percent in given.items()) or "not known"
    print(f"Tasks of {arguments.service} in {', '.join(found['regions'])}: {words}.")
    return 0


def _running(daemon: Daemon) -> Process:
    process = daemon.running()
    if process is None:
        raise NotRunningError(_NOT_RUNNING)
    return process


def _down(daemon: Daemon, _arguments: argparse.Namespace) -> int:
    process = daemon.down()
    print(f"Local AWS at {process.url} stopped." if process else "Local AWS: not running.")
    return 0


def _add_up(up: argparse.ArgumentParser) -> None:
    up.set_defaults(command=_up)
    up.add_argument("--ttl", type=float, default=DEFAULT_TTL, help="seconds (default: %(default)s)")
    up.add_argument("--port", type=int, default=0, help="default: a free one")
    up.add_argument("--speed", type=float, default=1.0, help="divides every waiting time")
    up.add_argument("--no-plane", dest="plane", action="store_false", help="without the data plane: only the API")
    up.add_argument("--allow-commands", action="store_true", help="run the commands of task definitions as your user")
    up.add_argument(
        "--timings",
        choices=sorted(PROFILES),
        default="quick",
        help="aws: as slow as AWS; instant: no waits (default: quick)",
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A local AWS on loopback.")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where its state is kept")
    commands = parser.add_subparsers(required=True, metavar="up|env|status|address|load|break|heal|down")
    _add_up(commands.add_parser("up", help="start it, unless it is running; it stops after --ttl"))
    env = commands.add_parser("env", help="print the exports for a shell")
    env.set_defaults(command=_env)
    env.add_argument("--account", default="dev", help=f"{', '.join(ACCOUNTS)} or an id (default: dev)")
    commands.add_parser("status", help="show its address, and what is in it").set_defaults(command=_status)
    address = commands.add_parser("address", help="print address:port of a name, as `curl --connect-to` takes it")
    address.set_defaults(command=_address)
    address.add_argument("name")
    address.add_argument("port", nargs="?", type=int, default=80, help="of the service (default: %(default)s)")
    load = commands.add_parser("load", help="set how busy the tasks of an ECS service are, for its scaling")
    load.set_defaults(command=_load)
    load.add_argument("service", help="its name in ECS, such as hello-dev-hello")
    load.add_argument("--cpu", type=float, metavar="PERCENT", help="of each task now; more tasks share it")
    load.add_argument("--memory", type=float, metavar="PERCENT")
    load.add_argument("--region", help="default: each that has the service")
    broken = commands.add_parser(
        "break", help="break regions, 'global': the APIs of Route 53 and IAM, or 'dns': port 53"
    )
    broken.set_defaults(command=_break)
    broken.add_argument("regions", nargs="+", metavar="REGION")
    broken.add_argument("--how", choices=get_args(How), default="cut", help="default: %(default)s")
    heal = commands.add_parser("heal", help="heal regions; all of them when none is named")
    heal.set_defaults(command=_heal)
    heal.add_argument("regions", nargs="*", metavar="REGION")
    commands.add_parser("down", help="stop it").set_defaults(command=_down)
    return parser


if __name__ == "__main__":
    sys.exit(main())
