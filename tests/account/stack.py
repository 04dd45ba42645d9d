# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole stack for the experiments that need one, deployed by the playbooks as users deploy theirs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.account.lab import PURPOSE, Lab
from tests.account.policies import APP, ENVIRONMENT, ROOT

_ANSIBLE_PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
_CIDRS = ("10.210.0.0/16", "10.211.0.0/16")


@dataclass(frozen=True)
class Run:
    """What a playbook has done."""

    code: int
    text: str

    @property
    def last(self) -> str:
        """The end of its output, in a line."""
        return " ".join(self.text.split())[-1500:]


class Stack:
    """The playbooks, with an inventory of their own."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._inventory = lab.options.folder / "inventory"
        self.reports = lab.options.folder / "reports"
        self._write()

    def _write(self) -> None:
        options = self.lab.options
        hosts = {
            region: {"failover_priority": number, "vpc_cidr": _CIDRS[number - 1]}
            for number, region in enumerate(options.regions, start=1)
        }
        variables: dict[str, Any] = {
            "app_name": APP,
            "app_environment": ENVIRONMENT,
            "app_account_id": options.account,
            "app_image": "public.ecr.aws/nginx/nginx:1.29-alpine",
            "app_port": 80,
            "app_desired_count": 2,
            "app_domain": options.domain,
            "app_parent_domain": options.parent,
            "app_tags": {PURPOSE[0]: PURPOSE[1], "Run": self.lab.token},
            "vpc_nat_gateways": "single",
            "vpc_interface_endpoints": ["logs"],
            "alb_log_bucket": {"expiration_days": 1, "delete_logs": True},
            "drill_allowed": True,
            "reports_directory": str(self.reports),
        }
        folder = self._inventory / "group_vars"
        folder.mkdir(parents=True, exist_ok=True)
        (self._inventory / "hosts.yml").write_text(json.dumps({"regions": {"hosts": hosts}}), encoding="utf-8")
        (folder / "all.yml").write_text(json.dumps(variables), encoding="utf-8")

    def run(self, playbook: str, *arguments: str, credentials: dict[str, str] | None = None) -> Run:
        """A playbook to its end, as the user's own, or with other credentials."""
        command = [str(_ANSIBLE_PLAYBOOK), f"{playbook}.yml", "-i", str(self._inventory), *arguments]
        environment = {**os.environ, **(credentials or {}), "ANSIBLE_NOCOLOR": "1"}
        if credentials:
            environment.pop("AWS_PROFILE", None)
        self.lab.say(f"  {' '.join(command[1:])}")
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        self.lab.options.folder.joinpath(f"{playbook}.log").write_text(done.stdout, encoding="utf-8")
        return Run(done.returncode, done.stdout)

    def deploy(self, credentials: dict[str, str] | None = None) -> Run:
        """site.yml. From then on it has to go again."""
        self.lab.later("the stack", self.destroy)
        return self.run("site", credentials=credentials)

    def destroy(self) -> None:
        """destroy.yml. Raises RuntimeError with the end of what it says."""
        found = self.run("destroy", "-e", f"confirm={ENVIRONMENT}")
        if found.code:
            raise RuntimeError(f"destroy.yml failed, run it again: {found.last}")

    def report(self, name: str) -> dict[str, Any]:
        """A report of the last run: `deployment`, `status`, `drill`."""
        found: dict[str, Any] = json.loads((self.reports / ENVIRONMENT / f"{name}.json").read_text(encoding="utf-8"))
        return found
