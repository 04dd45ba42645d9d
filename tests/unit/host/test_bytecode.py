# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""This collection's own code comes from bytecode, in a process of its own as ansible-playbook is one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PLUGINS = "ansible_collections.everlook.failover.plugins"
LOOK = f"""
import importlib, json, sys
from ansible.plugins.loader import init_plugin_loader
init_plugin_loader()
importlib.import_module("{PLUGINS}.action.vpc")
ours = {{name: module for name, module in sys.modules.items() if name.startswith("{PLUGINS}.") and "_utils." in name}}
# Folders without an __init__.py are packages with nothing to load.
ours = {{name: module for name, module in ours.items() if hasattr(module, "__cached__")}}
print(json.dumps({{
    "cached": {{name: module.__cached__ for name, module in ours.items()}},
    "finders": sum(type(finder).__name__ == "_Finder" for finder in sys.meta_path),
    "others": [type(sys.modules[name].__loader__).__name__ for name in ("{PLUGINS}.action.vpc",)],
}}))
"""


def test_what_is_imported_has_bytecode(tmp_path: Path) -> None:
    _link_known(tmp_path)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPYCACHEPREFIX": str(tmp_path), "ANSIBLE_LOCAL_TEMP": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    found = json.loads(run.stdout)
    assert found["finders"] == 1
    # Plugins themselves are Ansible's to load.
    assert not [loader for loader in found["others"] if loader == "SourceFileLoader"]
    assert len(found["cached"]) > 40
    missing = [name for name, path in found["cached"].items() if not path or not Path(path).is_file()]
    # These Ansible has loaded, since the finder was not there yet.
    assert set(missing) == {f"{PLUGINS}.plugin_utils.worker{name}" for name in (".bytecode", ".kept", ".process")}


def _link_known(prefix: Path) -> None:
    """Bytecode of libraries, as far as this process knows it: to compile Ansible and boto3 takes five seconds."""
    for name in ("stdlib", "purelib"):
        folder = Path(sysconfig.get_path(name)).relative_to("/")
        if sys.pycache_prefix and (Path(sys.pycache_prefix) / folder).is_dir():
            (prefix / folder).parent.mkdir(parents=True, exist_ok=True)
            (prefix / folder).symlink_to(Path(sys.pycache_prefix) / folder)
