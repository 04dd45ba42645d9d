# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Registries as clients without credentials of AWS ask them: which digest a tag points to.

Source: OCI Distribution Specification, "Pulling manifests"; CNCF Distribution, "Token Authentication Specification".
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import pathlib
import re
import typing as t
import urllib.error
import urllib.parse
import urllib.request

from .answer import Answer
from .reference import Reference, is_digest

# Per step of an exchange: the thread that waits for the whole of it gives up by itself.
_SECONDS: t.Final = 5.0
# The specification lets clients push manifests of 4 MiB.
_MOST_BYTES: t.Final = 4 * 1024 * 1024
# An image for several platforms is an index: without these a registry answers with the manifest of one of them.
_MANIFESTS: t.Final = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
_DIGEST: t.Final = "Docker-Content-Digest"
_CHALLENGE: t.Final = re.compile(r'(\w+)="([^"]*)"')
_AGENT: t.Final = {"User-Agent": "everlook.failover"}
_UNAUTHORIZED, _NOT_FOUND = 401, 404
# As Docker has it: what runs on this machine need not have a certificate.
_LOCAL: t.Final = re.compile(r"(localhost|127\.\d+\.\d+\.\d+)(:\d+)?")
# Docker's name of Docker Hub among credentials.
_HUB_API, _HUB_KEY = "registry-1.docker.io", "https://index.docker.io/v1/"


class _Refused(Exception):
    """A registry that does not say what a tag points to, for people."""


class _KeepOut(urllib.request.HTTPRedirectHandler):
    """Follows redirects, and takes no credentials along."""

    def redirect_request(self, req: t.Any, fp: t.Any, code: int, msg: str, headers: t.Any, newurl: str) -> t.Any:
        found = super().redirect_request(req, fp, code, msg, headers, newurl)
        if found is not None:
            found.remove_header("Authorization")
        return found


def ask(reference: Reference) -> Answer:
    """The digest of the tag, that there is none, or why nobody knows. Never raises."""
    try:
        return _ask(reference)
    except _Refused as error:
        return Answer(unanswered=str(error))
    except urllib.error.HTTPError as error:
        if error.code == _NOT_FOUND:
            return Answer(missing=True)
        return Answer(unanswered=f"{reference.registry} answers with HTTP {error.code}")
    except (OSError, ValueError) as error:  # URLError, timeouts, TLS, answers that are none
        reason = getattr(error, "reason", error)
        return Answer(unanswered=f"{reference.registry} cannot be asked ({str(reason)[:100]})")


def _ask(reference: Reference) -> Answer:
    plain = _LOCAL.fullmatch(reference.registry)
    url = f"http{'' if plain else 's'}://{reference.registry}/v2/{reference.repository}/manifests/{reference.tag}"
    headers = {"Accept": _MANIFESTS, **_AGENT}
    try:
        return _head_or_get(url, headers)
    except urllib.error.HTTPError as error:
        if error.code != _UNAUTHORIZED:
            raise
        challenge = str(error.headers.get("WWW-Authenticate") or "")
    headers["Authorization"] = _authorization(reference, challenge, plain=bool(plain))
    try:
        return _head_or_get(url, headers)
    except urllib.error.HTTPError as error:
        if error.code in (_UNAUTHORIZED, 403):
            # Docker Hub says so of what does not exist, too.
            raise _Refused(f"{reference.registry} wants credentials for {reference.repository}") from None
        raise


def _head_or_get(url: str, headers: t.Mapping[str, str]) -> Answer:
    """By HEAD, which Docker Hub does not count as a pull; by GET where that says too little."""
    try:
        digest, _body = _request(url, headers, method="HEAD")
        if is_digest(digest):
            return Answer(digest=digest)
    except urllib.error.HTTPError as error:
        if error.code not in (405, 501):
            raise
    digest, body = _request(url, headers)
    return Answer(digest=digest if is_digest(digest) else f"sha256:{hashlib.sha256(body).hexdigest()}")


def _authorization(reference: Reference, challenge: str, *, plain: bool) -> str:
    """What answers a challenge: with credentials of Docker's configuration, if it has some for this registry."""
    own = _credentials(reference.registry)
    scheme, parameters = challenge.partition(" ")[0].lower(), dict(_CHALLENGE.findall(challenge))
    if scheme == "basic" and own:
        return f"Basic {own}"
    realm = parameters.get("realm", "")
    if scheme != "bearer" or not realm.startswith("https://" if not plain else "http"):
        raise _Refused(f"{reference.registry} wants credentials for {reference.repository}")
    query = {"scope": parameters.get("scope") or f"repository:{reference.repository}:pull"}
    if "service" in parameters:
        query["service"] = parameters["service"]
    url = f"{realm}{'&' if urllib.parse.urlsplit(realm).query else '?'}{urllib.parse.urlencode(query)}"
    try:
        _digest, body = _request(url, {**_AGENT, **({"Authorization": f"Basic {own}"} if own else {})})
    except urllib.error.HTTPError as error:
        raise _Refused(f"{reference.registry} gives no token for {reference.repository} (HTTP {error.code})") from None
    answer = json.loads(body)
    token = (answer.get("token") or answer.get("access_token")) if isinstance(answer, dict) else None
    if not isinstance(token, str) or not token.isprintable():
        raise _Refused(f"{reference.registry} gives no token for {reference.repository}")
    return f"Bearer {token}"


def _credentials(registry: str) -> str:
    """Of a ``docker login`` without a credential helper; empty if there are none."""
    folder = os.environ.get("DOCKER_CONFIG") or pathlib.Path.home() / ".docker"
    try:
        found = json.loads((pathlib.Path(folder) / "config.json").read_text(encoding="utf-8"))
        text = str(found["auths"][_HUB_KEY if registry == _HUB_API else registry]["auth"])
        base64.b64decode(text, validate=True)
    except (OSError, RuntimeError, ValueError, KeyError, TypeError):
        return ""
    return text


def _request(url: str, headers: t.Mapping[str, str], method: str = "GET") -> tuple[str, bytes]:
    """(The header that names the digest, the body). Raises OSError, ValueError."""
    opener = urllib.request.build_opener(_KeepOut)
    request = urllib.request.Request(url, headers=dict(headers), method=method)
    with opener.open(request, timeout=_SECONDS) as answer:
        body: bytes = answer.read(_MOST_BYTES + 1)
        if len(body) > _MOST_BYTES:
            raise ValueError("an answer of more than 4 MiB")
        return str(answer.headers.get(_DIGEST) or ""), body
