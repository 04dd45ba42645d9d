# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials of ``docker login``, from Docker's configuration or a credential helper.

Source: docker login, "Credential stores" and "Credential helpers"; github.com/docker/docker-credential-helpers,
"Development", for the protocol. The package ``docker`` on PyPI has no timeout for a helper that waits to be unlocked,
and requires requests and urllib3.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import typing as t

# A helper may fetch a token, or wait in vain to be unlocked.
_SECONDS: t.Final = 8.0
# Part of a program's name, not a path.
_NAME: t.Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# What helpers print, with exit code 1, for an unknown registry.
_NOT_FOUND: t.Final = "credentials not found in native keychain"
# The user name if the secret is an identity token.
_TOKEN: t.Final = "<token>"
# Docker Hub's key among credentials.
_HUB_API, _HUB_KEY = "registry-1.docker.io", "https://index.docker.io/v1/"


class HelperError(Exception):
    """Why a credential helper failed, for people; without its output, which may be secret."""


@dataclasses.dataclass(frozen=True, repr=False)
class Credentials:
    """One of two, or both empty.

    :param basic: user name and password, encoded for HTTP's Basic authentication.
    :param identity_token: an OAuth 2 refresh token in place of a password.
    """

    basic: str = ""
    identity_token: str = ""


def find_credentials(registry: str) -> Credentials:
    """The credentials for a registry: from its helper, the default helper, or the file.

    Raises HelperError.
    """
    found = _configuration()
    key = _HUB_KEY if registry == _HUB_API else registry
    helpers = found.get("credHelpers")
    helper = (helpers.get(key) if isinstance(helpers, dict) else None) or found.get("credsStore")
    return _ask(str(helper), key) if helper else _of_file(found, key)


def _configuration() -> dict[str, t.Any]:
    try:
        folder = os.environ.get("DOCKER_CONFIG") or pathlib.Path.home() / ".docker"
        found = json.loads((pathlib.Path(folder) / "config.json").read_text(encoding="utf-8"))
    except (OSError, RuntimeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _of_file(found: t.Mapping[str, t.Any], key: str) -> Credentials:
    try:
        own = found["auths"][key]
        if own.get("identitytoken"):
            return Credentials(identity_token=str(own["identitytoken"]))
        text = str(own["auth"])
        base64.b64decode(text, validate=True)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Credentials()
    return Credentials(basic=text)


def _ask(helper: str, key: str) -> Credentials:
    """``docker-credential-<helper> get``, with the registry on standard input."""
    program = f"docker-credential-{helper}"
    where = shutil.which(program) if _NAME.fullmatch(helper) else None
    if where is None:
        raise HelperError(f"{program!r}, which Docker's configuration names for {key}, is not in PATH")
    try:
        done = subprocess.run(
            [where, "get"], input=key.encode(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            timeout=_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise HelperError(f"{program} did not answer within {_SECONDS:g} s") from None
    except OSError as error:
        raise HelperError(f"{program} cannot be run ({error.strerror})") from None
    if done.returncode and _NOT_FOUND.encode() in done.stdout:
        return Credentials()
    if done.returncode:
        raise HelperError(f"{program} fails with exit code {done.returncode}: see `echo {key} | {program} get`")
    return _parse(program, done.stdout)


def _parse(program: str, text: bytes) -> Credentials:
    try:
        answer = json.loads(text)
        name, secret = str(answer["Username"]), str(answer["Secret"])
    except (ValueError, KeyError, TypeError):
        raise HelperError(f"{program} answers with no JSON of Username and Secret") from None
    if name == _TOKEN:
        return Credentials(identity_token=secret)
    return Credentials(basic=base64.b64encode(f"{name}:{secret}".encode()).decode())
