# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS's models as they are kept between runs: the same, and never old."""

from __future__ import annotations

import ast
import functools
import json
import sys
import typing as t
from pathlib import Path

import botocore
import botocore.loaders
import botocore.session
import pytest

from ansible_collections.everlook.failover.plugins.plugin_utils.worker import models, operations

PLUGINS = Path(__file__).parents[3] / "plugins"
SMALL = {
    "metadata": {"apiVersion": "2020-01-01"},
    "documentation": "<p>A service.</p>",
    "shapes": {"Thing": {"type": "structure", "members": {"documentation": {"shape": "Text", "documentation": "x"}}}},
}
STRIPPED = {
    "metadata": {"apiVersion": "2020-01-01"},
    "shapes": {"Thing": {"type": "structure", "members": {"documentation": {"shape": "Text"}}}},
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the model of one service, for AWS_DATA_PATH; what is kept goes beside it."""
    monkeypatch.setattr(sys, "pycache_prefix", None)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    model = tmp_path / "things" / "2020-01-01" / "service-2.json"
    model.parent.mkdir(parents=True)
    model.write_text(json.dumps(SMALL))
    return tmp_path


def load(folder: Path) -> t.Any:
    return models.new_loader(str(folder)).load_service_model("things", "service-2")


def kept(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.model"))


def test_a_model_loses_its_documentation_and_no_member() -> None:
    assert models.without_documentation(SMALL) == STRIPPED


def test_it_is_kept_and_read_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(folder) == STRIPPED
    assert len(kept(folder)) == 1
    (path,) = kept(folder)
    before = path.stat().st_mtime_ns
    monkeypatch.setattr(models, "without_documentation", lambda _: pytest.fail("it was parsed again"))
    assert load(folder) == STRIPPED
    assert path.stat().st_mtime_ns == before


def test_another_file_is_read_anew(folder: Path) -> None:
    load(folder)
    changed = {**SMALL, "metadata": {"apiVersion": "2021-01-01"}, "version": "longer"}
    (folder / "things" / "2020-01-01" / "service-2.json").write_text(json.dumps(changed))
    assert load(folder)["metadata"] == {"apiVersion": "2021-01-01"}


@pytest.mark.parametrize("content", [b"", b"nonsense", b"i\x01\x00\x00\x00"])
def test_a_broken_one_is_made_again(folder: Path, content: bytes) -> None:
    load(folder)
    (path,) = kept(folder)
    whole = path.read_bytes()
    path.write_bytes(content)
    assert load(folder) == STRIPPED
    assert path.read_bytes() == whole


def test_nothing_is_written_where_no_bytecode_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert load(folder) == STRIPPED
    assert kept(folder) == []


def test_a_place_that_cannot_be_written_is_no_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "file").write_text("no folder")
    monkeypatch.setattr(sys, "pycache_prefix", str(folder / "file"))
    assert load(folder) == STRIPPED


def test_a_model_that_there_is_not_is_botocores_error(folder: Path) -> None:
    with pytest.raises(botocore.loaders.UnknownServiceError):
        models.new_loader(str(folder)).load_service_model("nothing-of-the-kind", "service-2")


@functools.cache
def words_in_sources() -> frozenset[str]:
    """Every attribute and every text in the collection's sources."""
    words: set[str] = set()
    for path in PLUGINS.rglob("*.py"):
        if path.name != "operations.py":
            for node in ast.walk(ast.parse(path.read_text())):
                words |= {node.attr} if isinstance(node, ast.Attribute) else set()
                words |= {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()
    return frozenset(words)


def operations_in_sources(service: str) -> set[str]:
    """Every operation of the service whose name, or whose method's name, is in the collection's sources."""
    known = botocore.session.Session().get_service_model(service).operation_names
    names = {**{botocore.xform_name(name): name for name in known}, **{name: name for name in known}}
    return {names[word] for word in words_in_sources() & names.keys()}


def test_what_is_called_is_kept_and_nothing_else() -> None:
    for service, kept_of_it in operations.IN_USE.items():
        assert kept_of_it == operations_in_sources(service), "correct the list in plugin_utils/worker/operations.py"


def test_shapes_are_followed_through_members_lists_and_errors() -> None:
    model = {
        "operations": {
            "A": {"input": {"shape": "In"}, "errors": [{"shape": "Bad"}]},
            "B": {"input": {"shape": "Other"}},
        },
        "shapes": {
            "In": {"type": "structure", "members": {"shape": {"shape": "List"}, "self": {"shape": "In"}}},
            "List": {"type": "list", "member": {"shape": "Text"}},
            "Text": {"type": "string"},
            "Bad": {"type": "structure", "members": {}},
            "Other": {"type": "structure", "members": {}},
        },
    }
    found = operations.only(model, {"A"})
    assert list(found["operations"]) == ["A"]
    assert found["shapes"].keys() == {"In", "List", "Text", "Bad"}


def test_clients_are_those_of_botocore(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every operation in use of every service in use, with the same members all the way down."""
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    session = botocore.session.Session()
    for _ in range(2):  # made, and read again
        loader = models.new_loader(None)
        for service in ("sts", *operations.IN_USE):
            plain = session.get_service_model(service)
            found = botocore.model.ServiceModel(loader.load_service_model(service, "service-2"), service)
            assert set(found.operation_names) == operations.IN_USE.get(service, set(plain.operation_names))
            for name in found.operation_names:
                ours, theirs = found.operation_model(name), plain.operation_model(name)
                assert ours.http == theirs.http
                assert described(ours.input_shape) == described(theirs.input_shape)
                assert described(ours.output_shape) == described(theirs.output_shape)


def described(shape: t.Any, above: tuple[str, ...] = ()) -> t.Any:
    """A shape with all that is in it."""
    if shape is None or shape.name in above:
        return shape and shape.name
    inside = [getattr(shape, name) for name in ("member", "key", "value") if hasattr(shape, name)]
    members = dict(getattr(shape, "members", {}))
    path = (*above, shape.name)
    return (
        shape.name,
        shape.type_name,
        shape.serialization,
        {name: described(member, path) for name, member in members.items()},
        [described(item, path) for item in inside],
    )
