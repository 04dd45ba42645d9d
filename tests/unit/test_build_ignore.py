# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tarball holds what belongs in it, whatever else a checkout has."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import typing as t
from pathlib import Path

import pytest

from scripts.build_ignore import BELONGS, GALAXY, main

ROOT: t.Final = GALAXY.parent
# What its user may have put into a checkout
STRANGE: t.Final = (
    *("inventories/mycompany/hosts.yml", "inventories/dev2/hosts.yml", "inventories/de/hosts.yml", "inventories/x.yml"),
    *(
        "inventories/dev/group_vars/vault.yml",
        "inventories/prod/host_vars/us-east-1.yml",
        "inventories/dev/hosts.yml.bak",
    ),
    *("reports/dev/deployment.json", ".sandbox/state.json", ".env", ".aws/credentials", "docs/.notes.md"),
    *(
        "group_vars/all.yml",
        "host_vars/us-east-1.yml",
        "inventory.ini",
        "inventory/hosts.yml",
        "hosts.yml",
        "vault.yml",
    ),
    *("terraform.tfstate", "README.md.orig", "LICENSES/x", "requirements.yaml", "changelogs/fragments/x.yml"),
    *("plugins/__pycache__/x.pyc", "roles/vpc/tasks/main.yml~", "my notes.txt", "secrets", "docs2/x", "playbook.yml"),
)


def test_galaxy_yml_is_what_the_list_makes_of_it() -> None:
    assert main(["--check"]) == 0


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Of a tarball built in a checkout as a user may have it."""
    folder = tmp_path_factory.mktemp("checkout")
    checkout = folder / "failover"
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    for name in (*listed, *STRANGE):
        place = checkout / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if name in STRANGE:
            place.write_text("secret: yes", encoding="utf-8")
        elif (ROOT / name).is_file():
            shutil.copyfile(ROOT / name, place)
    command = [str(Path(sys.executable).parent / "ansible-galaxy"), "collection", "build", "--output-path", str(folder)]
    subprocess.run(command, cwd=checkout, check=True, capture_output=True)
    (built,) = folder.glob("*.tar.gz")
    with tarfile.open(built) as tarball:
        return set(tarball.getnames())


def test_nothing_of_the_user_is_in_it(members: set[str]) -> None:
    assert sorted(members & set(STRANGE)) == []
    assert {name.split("/")[0] for name in members} == {*BELONGS[""], "MANIFEST.json", "FILES.json"}


def test_all_that_belongs_is_in_it(members: set[str]) -> None:
    folders = ("plugins", "roles", "playbooks", "docs", "meta", "inventories")
    listed = subprocess.run(["git", "ls-files", *folders], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert sorted(set(listed.split("\n")) - {""} - members) == []
