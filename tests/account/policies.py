# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policies of docs/iam, written for the stack of the experiments, and a role that has them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.account.lab import PREFIX, Lab

ROOT = Path(__file__).resolve().parents[2]
APP, ENVIRONMENT = "ef", "acct"
_PATH = f"/{PREFIX.rstrip('-')}/"
# A new role is known to STS after some seconds.
_SECONDS = 60.0
_SESSION = 3600


def document(name: str, account: str, domain: str) -> str:
    """A policy of docs/iam for this account, this stack and this domain, as docs/iam.md says to replace them."""
    text = (ROOT / "docs" / "iam" / f"{name}.json").read_text(encoding="utf-8")
    replaced = {
        "dev.example.com": domain,
        "hello-dev": f"{APP}-{ENVIRONMENT}",
        "hello/dev": f"{APP}/{ENVIRONMENT}",
        '"hello"': f'"{APP}"',
        '"dev"': f'"{ENVIRONMENT}"',
        "111111111111": account,
    }
    for old, new in replaced.items():
        text = text.replace(old, new)
    return json.dumps(json.loads(text), separators=(",", ":"))


def deployer(lab: Lab, *names: str) -> dict[str, str]:
    """The environment variables of a new role that may do what these policies of docs/iam allow, and nothing else."""
    iam, account = lab.client("iam"), lab.options.account
    role = f"{lab.token}-{'-'.join(names)}"
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    arn = iam.create_role(Path=_PATH, RoleName=role, AssumeRolePolicyDocument=json.dumps(trust), Tags=lab.tags)
    lab.later(f"role {role}", lambda: iam.delete_role(RoleName=role))
    for name in names:
        _attach(lab, role, f"{role}-{name}", document(name, account, lab.options.domain))
    return _assume(lab, str(arn["Role"]["Arn"]), names)


def _attach(lab: Lab, role: str, name: str, text: str) -> None:
    iam = lab.client("iam")
    policy = iam.create_policy(Path=_PATH, PolicyName=name, PolicyDocument=text, Tags=lab.tags)["Policy"]["Arn"]
    lab.later(f"policy {name}", lambda: iam.delete_policy(PolicyArn=policy))
    iam.attach_role_policy(RoleName=role, PolicyArn=policy)
    lab.later(f"{name} at {role}", lambda: iam.detach_role_policy(RoleName=role, PolicyArn=policy))


def _assume(lab: Lab, arn: str, names: Sequence[str]) -> dict[str, str]:
    sts = lab.client("sts")

    def attempt() -> Any:
        try:
            return sts.assume_role(RoleArn=arn, RoleSessionName="-".join(names), DurationSeconds=_SESSION)[
                "Credentials"
            ]
        except sts.exceptions.ClientError as error:
            return error

    found = lab.until(attempt, lambda answer: isinstance(answer, dict), f"that {arn} may be assumed", _SECONDS)
    return {
        "AWS_ACCESS_KEY_ID": found["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": found["SecretAccessKey"],
        "AWS_SESSION_TOKEN": found["SessionToken"],
    }
