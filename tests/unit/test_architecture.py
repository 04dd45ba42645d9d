# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the house: which way imports run, and what is complete for every module and role."""

from __future__ import annotations

import ast
import functools
import importlib
import re
from pathlib import Path

import pytest
import yaml

from ansible_collections.everlook.failover.plugins.plugin_utils.jobs import registry

ROOT = Path(__file__).resolve().parents[2]
UTILS = ROOT / "plugins" / "module_utils"
OURS = "ansible_collections.everlook.failover.plugins"
SHARED = {"_engine", "_aws", "_failover_chain", "_resources", "_probe", "_route53", "_images"}
PACKAGES = sorted(path.name for path in UTILS.iterdir() if (path / "__init__.py").exists())
LAYERS = sorted(set(PACKAGES) - SHARED)
CONVERGING = [name for name in LAYERS if (UTILS / name / "layer.py").exists()]
RESOURCES = sorted(path for path in UTILS.rglob("*.py") if path.parent.name in ("resources", "_resources"))
OTHER_NAMES = {"addresses", "apply", "assemble", "calls", "fields", "identity", "model", "parse", "parsing"}
OTHER_NAMES |= {"plan_data", "standing", "state", "steps"}
IO = ("os", "pathlib", "socket", "subprocess", "threading", "time", "requests")
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
# About files of the controller: they call no AWS.
# They run on the controller alone, in the action plugin, and the module is their documentation.
LOCAL = {"deployment_report", "failover_page", "failure", "status_report"}
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir() if path.is_dir())


def private_and_unused(source: str) -> set[str]:
    """Functions, classes and constants of a file that begin with an underscore and are not named again in it.

    Decorated ones may be registered by their decorator.
    """
    tree = ast.parse(source)
    defined: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.decorator_list:
            defined.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            defined |= {target.id for target in targets if isinstance(target, ast.Name)}
    private = {name for name in defined if name.startswith("_") and not name.startswith("__")}
    if not private:
        return set()
    return private - {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


@functools.cache
def imports(path: Path) -> frozenset[str]:
    """Absolute names of everything the file imports, wherever in the file it does so."""
    package = [OURS, *path.relative_to(ROOT / "plugins").parent.parts] if "plugins" in path.parts else []
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            found |= {f"{stem}.{alias.name}" for alias in node.names}
    return frozenset(found)


def sources(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def packages_used(path: Path) -> set[str]:
    prefix = f"{OURS}.module_utils."
    return {name.removeprefix(prefix).split(".")[0] for name in imports(path) if name.startswith(prefix)}


def reaches(path: Path, *roots: str) -> set[str]:
    return {name for name in imports(path) if name.split(".")[0] in roots and not name.startswith(OURS)}


def test_there_is_something_to_check() -> None:
    assert set(PACKAGES) >= SHARED
    assert len(LAYERS) >= 5
    assert len(MODULES) >= 9


@pytest.mark.parametrize("path", sources(UTILS / "_engine"), ids=lambda path: path.stem)
def test_the_engine_knows_no_layer(path: Path) -> None:
    assert packages_used(path) <= {"_engine"}


@pytest.mark.parametrize("path", sources(ROOT / "plugins"), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_tricks_for_speed_are_in_one_folder(path: Path) -> None:
    """What Python reads, keeps or throws away otherwise than usual."""
    tricks = ("gc", "marshal", "importlib.abc", "importlib.machinery", "importlib.util")
    used = {name for name in imports(path) if name in tricks}
    assert not used or path.parent.name == "worker"


@pytest.mark.parametrize("package", sorted(SHARED - {"_engine"}))
def test_what_is_shared_knows_no_layer(package: str) -> None:
    for path in sources(UTILS / package):
        assert packages_used(path) <= SHARED, path


@pytest.mark.parametrize("layer", LAYERS)
def test_no_layer_imports_another(layer: str) -> None:
    """Preflight does: it asks all of them for their rules. A release changes what the layer of services has made."""
    others = {"_preflight": set(LAYERS), "_ecs_release": {layer, "_ecs_service"}}.get(layer, {layer})
    for path in sources(UTILS / layer):
        assert packages_used(path) <= {*others, *SHARED}, path


@pytest.mark.parametrize("layer", LAYERS)
def test_plans_and_specs_are_pure(layer: str) -> None:
    """Neither boto3 nor ansible, and no I/O."""
    pure = [path for path in sources(UTILS / layer) if path.stem.startswith(("plan", "spec"))]
    for path in pure:
        assert not reaches(path, "boto3", "botocore", "ansible", "ansible_collections"), path
        assert not reaches(path, *IO), path


@pytest.mark.parametrize("layer", CONVERGING)
def test_every_layer_has_the_same_rooms(layer: str) -> None:
    rooms = {path.stem for path in (UTILS / layer).glob("*.py")}
    assert rooms >= {"layer", "observe", "options", "plan", "snapshot", "spec"}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_room_has_one_name(package: str) -> None:
    """What these would hold stands in the resource that it is about, in snapshot.py, or in spec.py."""
    if package != "_engine":
        assert not {path.stem for path in sources(UTILS / package)} & OTHER_NAMES


@pytest.mark.parametrize("path", RESOURCES, ids=lambda path: str(path.relative_to(UTILS)))
def test_a_resource_decides_and_its_calls_do(path: Path) -> None:
    if not path.stem.endswith("_calls"):
        assert not reaches(path, "boto3", "botocore", "ansible", *IO), path
        assert not {name for name in imports(path) if name.startswith(OURS) and "_calls" in name}, path
    elif "CALLS: t.Final" in path.read_text():
        assert path.with_stem(path.stem.removesuffix("_calls")).exists(), path


@pytest.mark.parametrize("path", sources(ROOT / "plugins" / "modules"), ids=lambda path: path.stem)
def test_a_module_is_documentation_and_main(path: Path) -> None:
    body = ast.parse(path.read_text()).body
    functions = [node.name for node in body if isinstance(node, ast.FunctionDef)]
    assert functions == ([] if path.stem in LOCAL else ["main"])
    assert not [node for node in body if isinstance(node, ast.ClassDef)]


def test_one_action_plugin_runs_every_module() -> None:
    plugins = {path.stem: path for path in (ROOT / "plugins" / "action").glob("*.py") if path.stem != "__init__"}
    assert len({path.read_text() for path in plugins.values()}) == 1
    assert set(plugins) == set(MODULES)
    assert set(MODULES) == registry.MODULES
    assert set(registry.LOCAL) == LOCAL


@pytest.mark.parametrize("module", MODULES)
def test_in_the_worker_runs_what_the_module_runs(module: str) -> None:
    job = registry.load(module)
    assert job.name == module
    if module not in LOCAL:
        source = (ROOT / "plugins" / "modules" / f"{module}.py").read_text()
        place, name = re.search(rf"^from {OURS}\.(\S+) import (JOB|LAYER)$", source, re.MULTILINE).groups()  # type: ignore[union-attr]
        imported = getattr(importlib.import_module(f"{OURS}.{place}"), name)
        assert job.run.__code__ is (imported if name == "JOB" else imported.job).run.__code__


def test_the_action_group_has_every_module_that_calls_aws() -> None:
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())
    group = {item for item in runtime["action_groups"]["aws"] if isinstance(item, str)}
    assert group == set(MODULES) - LOCAL


def test_the_sandbox_and_the_plugins_do_not_know_each_other() -> None:
    for path in sources(ROOT / "sandbox"):
        assert not {name for name in imports(path) if name.startswith("ansible")}, path
    for path in sources(ROOT / "plugins"):
        assert not reaches(path, "sandbox", "moto"), path


@pytest.mark.parametrize("folder", ["plugins", "roles", "playbooks", "inventories"])
def test_nothing_that_is_deployed_names_the_sandbox(folder: str) -> None:
    """The same command everywhere: a local AWS and a real account differ in environment variables alone."""
    for path in sorted((ROOT / folder).rglob("*")):
        if path.is_file() and path.suffix in {".py", ".yml", ".j2"}:
            text = path.read_text().lower()
            assert "sandbox" not in text, path
            assert "moto" not in text.replace("remote", ""), path


@pytest.mark.parametrize("role", ROLES)
def test_the_readme_of_a_role_begins_with_an_example(role: str) -> None:
    readme = (ROOT / "roles" / role / "README.md").read_text()
    assert "everlook.failover." + role in readme
    assert readme.index("```yaml") < 1500


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"application"}))
def test_a_role_reads_its_own_variables_and_no_inventory(role: str) -> None:
    """It has to work in a playbook that has nothing else of this collection."""
    for path in sorted((ROOT / "roles" / role / "tasks").glob("*.yml")):
        assert not re.search(r"\b(groups|hostvars|app_\w+|dns_delegation_\w+)\b", path.read_text()), path


def test_files_stay_small_enough_to_read_in_one_sitting() -> None:
    """But for the documentation of modules, and the options that are generated from it."""
    long = {
        str(path.relative_to(ROOT)): lines
        for folder in ("plugins", "sandbox", "benchmarks", "chaos", "scripts")
        for path in sources(ROOT / folder)
        if path.parent.name != "modules"
        and path.name != "options.py"
        and (lines := len(path.read_text().splitlines())) > 300
    }
    assert not long


@pytest.mark.parametrize("folder", ["benchmarks", "chaos", "plugins", "sandbox", "scripts", "tests"])
def test_what_is_private_to_a_file_is_used_in_it(folder: str) -> None:
    unused = {str(path): names for path in sources(ROOT / folder) if (names := private_and_unused(path.read_text()))}
    assert not unused


def test_a_leftover_is_found() -> None:
    leftovers = "def _left(): ...\n_LIMIT: int = 1\n"
    source = leftovers + "def _used(): ...\ndef job(): return _used()\n@register\ndef _registered(): ...\n"
    assert private_and_unused(source) == {"_left", "_LIMIT"}


@pytest.mark.parametrize("path", sorted(UTILS.rglob("*.py")), ids=lambda path: str(path.relative_to(UTILS)))
def test_tags_of_answers_are_read_by_tags_from(path: Path) -> None:
    """APIs leave out lists and empty values: a dict of ``["Key"]: ["Value"]`` fails with a bare KeyError."""
    assert not re.search(r'\["[Kk]ey"\]: \w+\["[Vv]alue"\]', path.read_text())
