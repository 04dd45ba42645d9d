# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The three ways to deploy the stack: their commands and folders."""

from __future__ import annotations

import dataclasses
import enum
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks.measure import Command, run
from benchmarks.stacks import DEFAULT, Stack
from sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[1]
HERE = Path(__file__).resolve().parent
STOCK = "stock"
# The folder of a mirror of Terraform's plugins, which avoids the download
MIRROR_VARIABLE = "TF_PLUGIN_MIRROR"


class Phase(enum.Enum):
    """The phases to measure, in their order."""

    FIRST = "first"
    NOTHING = "nothing"
    CHECK = "check"
    IMAGE = "image"
    DESTROY = "destroy"

    @property
    def undone_by(self) -> Phase | None:
        """The phase that takes the stack back to where it was; None if that takes none, or is not possible."""
        return Phase.FIRST if self is Phase.IMAGE else None

    @property
    def repeatable(self) -> bool:
        """Whether the stack can be left as it was."""
        return self in (Phase.NOTHING, Phase.CHECK) or self.undone_by is not None


class Contender(Protocol):
    """One way to deploy the stack."""

    name: str
    # Phases that it cannot do.
    cannot: frozenset[Phase]

    def prepare(self, aws: Sandbox, folder: Path) -> None:
        """Prepare what is done once and not measured; `folder` is this contender's own."""

    def command(self, phase: Phase) -> Command:
        """The command of a phase."""


def clean_environment(aws: Sandbox, folder: Path, account: str) -> dict[str, str]:
    """The environment of an account's user in the local AWS, without the caller's own settings."""
    # Including the Makefile's for bytecode: without bytecode every process parses all of its code.
    ours = ("AWS_", "ANSIBLE_", "TF_", "EVERLOOK_", "PYTHONDONTWRITEBYTECODE")
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    return {**inherited, **aws.credentials(account), "TMPDIR": str(folder), "NO_COLOR": "1"}


def parent_zone_id(aws: Sandbox) -> str:
    """The ID of the public parent zone in the management account."""
    zones = aws.client("route53", "management").list_hosted_zones()["HostedZones"]
    public = [zone["Id"] for zone in zones if not zone["Config"]["PrivateZone"]]
    return str(public[0]).rpartition("/")[2]


def _let_read_the_parent_zone(aws: Sandbox, account: str) -> None:
    """Let Terraform's provider read the zone before it writes a record, which the delegation role does not allow."""
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "route53:GetHostedZone", "Resource": "arn:aws:route53:::hostedzone/*"}
        ],
    }
    aws.client("iam", "management").put_role_policy(
        RoleName=f"dns-delegation-{account}", PolicyName="terraform", PolicyDocument=json.dumps(policy)
    )


def terraform_environment(aws: Sandbox, folder: Path, account: str = "dev") -> dict[str, str]:
    """The environment of Terraform, with the mirror of its plugins if there is one."""
    environment = clean_environment(aws, folder, account) | {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
    if mirror := os.environ.get(MIRROR_VARIABLE):
        settings = folder / "terraform.rc"
        settings.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n')
        environment["TF_CLI_CONFIG_FILE"] = str(settings)
    return environment


@dataclass(slots=True)
class Terraform:
    """Plain HCL for the AWS provider. `plan` is both the run with nothing to do and the dry run."""

    name: str = "terraform"
    stack: Stack = DEFAULT
    cannot: frozenset[Phase] = frozenset()
    _folder: Path = Path()
    _environment: Mapping[str, str] | None = None

    @staticmethod
    def available() -> bool:
        """Whether it is on PATH."""
        return shutil.which("terraform") is not None

    @staticmethod
    def versions() -> dict[str, str]:
        """The version of Terraform; the provider's is in versions.tf."""
        told = subprocess.run(["terraform", "version", "-json"], capture_output=True, text=True, check=True).stdout
        return {"terraform": str(json.loads(told)["terraform_version"])}

    def prepare(self, aws: Sandbox, folder: Path) -> None:
        """Copy the HCL, since Terraform writes beside it, and fetch the provider."""
        _let_read_the_parent_zone(aws, self.stack.account)
        self._folder = folder
        shutil.copytree(HERE / "terraform", folder / "hcl")
        environment = terraform_environment(aws, folder, self.stack.account)
        variables = {"parent_zone_id": parent_zone_id(aws), **self.stack.terraform_variables(self.stack.given(aws))}
        environment |= {f"TF_VAR_{name}": str(value) for name, value in variables.items()}
        self._environment = environment
        done = subprocess.run(
            ["terraform", "init", "-input=false", "-no-color"],
            cwd=folder / "hcl",
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(
                f"terraform init failed (a mirror of plugins can be named in {MIRROR_VARIABLE}): {done.stderr}"
            )
        if registry := self.stack.registry:
            first = self.command(Phase.FIRST)
            run(dataclasses.replace(first, words=[*first.words, *registry.terraform]))
            registry.push(aws)

    def command(self, phase: Phase) -> Command:
        """The command of a phase."""
        assert self._environment is not None, "prepare() comes first"
        other = self.stack.other_image
        words = {
            Phase.FIRST: ["apply", "-auto-approve"],
            Phase.NOTHING: ["plan", "-detailed-exitcode"],
            Phase.CHECK: ["plan", "-detailed-exitcode", *other],
            Phase.IMAGE: ["apply", "-auto-approve", *other],
            Phase.DESTROY: ["destroy", "-auto-approve", *other],
        }[phase]
        return Command(
            words=["terraform", words[0], *self.stack.terraform, *words[1:], "-input=false", "-no-color"],
            folder=self._folder / "hcl",
            environment=self._environment,
            log=self._folder / "output.log",
            # With -detailed-exitcode, 2 means that there are changes.
            codes=(2,) if phase is Phase.CHECK else (0,),
        )


@dataclass(slots=True)
class Playbooks:
    """Playbooks run by ansible-playbook."""

    name: str
    site: Path
    destroy: Path
    stack: Stack = DEFAULT
    # By default that of the stack
    inventory: Path | None = None
    cannot: frozenset[Phase] = frozenset()
    _inventory: Path = Path()
    _folder: Path = Path()
    _environment: Mapping[str, str] | None = None
    _parent_zone: str = ""

    def prepare(self, aws: Sandbox, folder: Path) -> None:
        """Set own folders for Ansible's files, and write Python's bytecode."""
        self._folder = folder
        self._inventory = self.inventory or self.stack.inventory(folder, self.stack.given(aws))
        self._parent_zone = parent_zone_id(aws)
        self._environment = clean_environment(aws, folder, self.stack.account) | {
            "ANSIBLE_LOCAL_TEMP": str(folder / "local"),
            "ANSIBLE_REMOTE_TMP": str(folder / "remote"),
            "ANSIBLE_NOCOLOR": "1",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        if registry := self.stack.registry:
            first = self.command(Phase.FIRST)
            run(dataclasses.replace(first, words=[*first.words, *registry.playbook]))
            registry.push(aws)
        dry = self.command(Phase.CHECK)
        # In an empty account a dry run of stock modules fails half-way.
        subprocess.run(dry.words, cwd=dry.folder, env=dict(dry.environment), capture_output=True, check=False)

    def command(self, phase: Phase) -> Command:
        """The command of a phase."""
        assert self._environment is not None, "prepare() comes first"
        changed = phase in (Phase.CHECK, Phase.IMAGE, Phase.DESTROY)
        variables = {
            "reports_directory": str(self._folder / "reports"),
            # Terraform does not wait for a record's TTL either.
            "dns_ttl_wait": 0,
            **({"stock_parent_zone_id": self._parent_zone} if self.name == STOCK else {}),
            "app_image": self.stack.images[changed],
            **(self.stack.removal if phase is Phase.DESTROY else {}),
        }
        words: Sequence[str] = [
            str(Path(sys.executable).with_name("ansible-playbook")),
            str(self.destroy if phase is Phase.DESTROY else self.site),
            "-i",
            str(self._inventory),
            "-e",
            json.dumps(variables),
            *(["--check"] if phase is Phase.CHECK else []),
            *(["-e", f"confirm={self.stack.account}"] if phase is Phase.DESTROY else []),
        ]
        return Command(words=words, folder=ROOT, environment=self._environment, log=self._folder / "output.log")


def ours(inventory: Path | None = None, *, stack: Stack = DEFAULT) -> Playbooks:
    """This collection, run as in its README."""
    return Playbooks(
        name="ours", site=ROOT / "site.yml", destroy=ROOT / "destroy.yml", stack=stack, inventory=inventory
    )


def stock() -> Playbooks:
    """Stock modules, one task per resource."""
    folder = HERE / "stock"
    return Playbooks(
        name=STOCK,
        site=folder / "site.yml",
        destroy=folder / "destroy.yml",
        # elb_target_group does not run in check mode, so that the next tasks have no target group.
        cannot=frozenset({Phase.CHECK}),
    )
