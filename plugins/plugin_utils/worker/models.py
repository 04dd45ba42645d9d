# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""botocore's service models, stored between runs in the form that Python reads fastest: 120 ms.

They follow the rules of bytecode: in the folder that importlib names, only if it is writable, and written again when
botocore's file changes. They lack documentation, which is most of a model, and of EC2 the unused operations. They
contain nothing about an account.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.util
import json
import marshal
import os
import pathlib
import sys
import tempfile
import typing as t

from ...module_utils._engine.clients import session
from .operations import IN_USE, only

# Without botocore no client is built, see clients.py.
with contextlib.suppress(ImportError):
    import botocore.exceptions
    import botocore.loaders

_SERVICES: t.Final = ("cloudwatch", "ec2", "ecs", "elbv2", "iam", "logs", "route53", "sts")
_SUFFIXES: t.Final = (".json.gz", ".json")
_DOCUMENTATION: t.Final = "documentation"
# botocore needs the documentation here.
_WHOLE: t.Final = "clientContextParams"
_SERVICE_MODEL: t.Final = "service-2"


def preload() -> None:
    """Read the models of all services in use before the process is forked, so that its children have them."""
    known = loader(None)
    for service in _SERVICES:
        for model in ("service-2", "endpoint-rule-set-1", "paginators-1"):
            known.load_service_model(service, model)
    for data in ("endpoints", "partitions", "sdk-default-configuration"):
        known.load_data(data)
    # A process's first connection needs it.
    importlib.import_module("encodings.idna")
    # The first use of a missing profile or an invalid endpoint reports it.
    with contextlib.suppress(botocore.exceptions.BotoCoreError, ValueError):
        _warm(session(None, loader))


def _warm(shared: t.Any) -> None:
    """Create what a session's first client creates for all clients: 40 ms. Does not look for credentials."""
    shared.get_component("credential_provider")
    shared.create_client("sts", region_name="us-east-1", aws_access_key_id="-", aws_secret_access_key="-")


@functools.cache
def loader(data_path: str | None) -> t.Any:
    """The process's loader, see new_loader."""
    return new_loader(data_path)


def new_loader(data_path: str | None) -> t.Any:
    """A loader for botocore sessions. Its methods and errors are those of botocore.loaders.Loader.

    :param data_path: more folders with models, as in AWS_DATA_PATH; None for only botocore's own.
    """
    made: t.Any = botocore.loaders.create_loader(data_path)
    made.file_loader = _Files(made.file_loader)
    services = _folders(made.search_paths)
    # 20 ms. botocore would list more than 400 folders again for each kind of file.
    made.list_available_services = lambda type_name: services  # noqa: ARG005  # called by keyword, too
    return made


def _folders(paths: t.Iterable[str]) -> list[str]:
    """The names of the services that have a folder."""
    found: set[str] = set()
    for path in paths:
        with contextlib.suppress(OSError):
            found.update(entry.name for entry in os.scandir(path) if entry.is_dir())
    return sorted(found)


class _Files:
    """Reads models as botocore.loaders.JSONFileLoader does, from the stored form."""

    def __init__(self, plain: t.Any) -> None:
        self._plain = plain

    def exists(self, file_path: str) -> bool:
        """Whether the model exists; ``file_path`` has no suffix."""
        return bool(self._plain.exists(file_path))

    def load_file(self, file_path: str) -> t.Any:
        """The model; None if it does not exist."""
        wanted = _wanted(file_path)
        source = _stamp(file_path, wanted)
        if source is None:
            return self._plain.load_file(file_path)
        kept = pathlib.Path(importlib.util.cache_from_source(f"{file_path}.py")).with_suffix(".model")
        with contextlib.suppress(OSError, EOFError, ValueError, TypeError):
            known, model = marshal.loads(kept.read_bytes())  # nosec B302: as trusted as the bytecode beside it
            if known == source:
                return model
        model = without_documentation(self._plain.load_file(file_path))
        if wanted:
            model = only(model, wanted)
        if not sys.dont_write_bytecode:
            with contextlib.suppress(OSError):
                _keep(kept, marshal.dumps((source, model)))
        return model


def without_documentation(model: t.Any) -> t.Any:
    """The model in plain dictionaries, without documentation. A member may be called documentation too."""
    if isinstance(model, dict):
        return {
            key: json.loads(json.dumps(value)) if key == _WHOLE else without_documentation(value)
            for key, value in model.items()
            if not (key == _DOCUMENTATION and isinstance(value, str))
        }
    if isinstance(model, list):
        return [without_documentation(item) for item in model]
    return model


def _wanted(file_path: str) -> list[str]:
    """The operations to keep, sorted; empty for all, and for files other than service models."""
    path = pathlib.Path(file_path)
    return sorted(IN_USE.get(path.parent.parent.name, ())) if path.name == _SERVICE_MODEL else []


def _stamp(file_path: str, wanted: list[str]) -> tuple[int, int, list[str]] | None:
    """Time and size of the file, which identify it as for bytecode, and the operations to keep."""
    for suffix in _SUFFIXES:
        with contextlib.suppress(OSError):
            found = pathlib.Path(file_path + suffix).stat()
            return found.st_mtime_ns, found.st_size, wanted
    return None


def _keep(path: pathlib.Path, content: bytes) -> None:
    """Replace the file as a whole: other runs may be reading it. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    pathlib.Path(file.name).replace(path)
