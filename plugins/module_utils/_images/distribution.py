# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The digests of tags in registries other than ECR.

Source: OCI Distribution Specification, "Pulling manifests"; CNCF Distribution, "Token Authentication Specification".
"""

from __future__ import annotations

import hashlib
import json
import re
import typing as t
import urllib.error
import urllib.parse
import urllib.request

from .answer import Answer
from .docker_credentials import Credentials, HelperError, find_credentials
from .reference import MANIFEST_TYPES, Reference, is_digest

# For each step of an exchange; digests.py limits the whole exchange.
_SECONDS: t.Final = 5.0
# The specification lets clients push manifests of 4 MiB.
_MOST_BYTES: t.Final = 4 * 1024 * 1024
# Without the types of indexes, a registry returns the manifest for one platform.
_ACCEPT: t.Final = ", ".join(MANIFEST_TYPES)
_DIGEST: t.Final = "Docker-Content-Digest"
_CHALLENGE: t.Final = re.compile(r'(\w+)="([^"]*)"')
_AGENT: t.Final = {"User-Agent": "everlook.failover"}
_UNAUTHORIZED, _NOT_FOUND = 401, 404
# Like Docker: a registry on this machine needs no certificate.
_LOCAL: t.Final = re.compile(r"(localhost|127\.\d+\.\d+\.\d+)(:\d+)?")


class _Refused(Exception):
    """Why a registry does not return the digest, for people."""


class _KeepOut(urllib.request.HTTPRedirectHandler):
    """Follows redirects without passing on credentials."""

    def redirect_request(self, req: t.Any, fp: t.Any, code: int, msg: str, headers: t.Any, newurl: str) -> t.Any:
        found = super().redirect_request(req, fp, code, msg, headers, newurl)
        if found is not None:
            found.remove_header("Authorization")
        return found


def ask(reference: Reference) -> Answer:
    """The digest of the reference, that there is no such image, or why it is not known. Never raises."""
    try:
        return _ask(reference)
    except _Refused as error:
        return Answer(unanswered=str(error))
    except urllib.error.HTTPError as error:
        if error.code == _NOT_FOUND:
            return Answer(missing=True)
        return Answer(unanswered=f"{reference.registry} answers with HTTP {error.code}")
    except (OSError, ValueError) as error:  # URLError, timeouts, TLS, malformed answers
        reason = getattr(error, "reason", error)
        return Answer(unanswered=f"{reference.registry} cannot be queried ({str(reason)[:100]})")


def _ask(reference: Reference) -> Answer:
    plain, named = _LOCAL.fullmatch(reference.registry), reference.digest or reference.tag
    url = f"http{'' if plain else 's'}://{reference.registry}/v2/{reference.repository}/manifests/{named}"
    headers = {"Accept": _ACCEPT, **_AGENT}
    try:
        return _head_or_get(url, headers)
    except urllib.error.HTTPError as error:
        if error.code != _UNAUTHORIZED:
            raise
        challenge = str(error.headers.get("WWW-Authenticate") or "")
    try:
        own, trouble = find_credentials(reference.registry), ""
    except HelperError as error:
        # A public image needs none.
        own, trouble = Credentials(), f" ({error})"
    try:
        headers["Authorization"] = _authorization(reference, challenge, own, plain=bool(plain))
        return _head_or_get(url, headers)
    except _Refused as error:
        raise _Refused(f"{error}{trouble}") from None
    except urllib.error.HTTPError as error:
        # Docker Hub answers 401 for what does not exist, too, and others 404 for what is private.
        if error.code in (_UNAUTHORIZED, 403) or (trouble and error.code == _NOT_FOUND):
            raise _Refused(f"{reference.registry} requires credentials for {reference.repository}{trouble}") from None
        raise


def _head_or_get(url: str, headers: t.Mapping[str, str]) -> Answer:
    """By HEAD, which Docker Hub does not count as a pull, or by GET if that returns no digest."""
    try:
        digest, _body = _request(url, headers, method="HEAD")
        if is_digest(digest):
            return Answer(digest=digest)
    except urllib.error.HTTPError as error:
        if error.code not in (405, 501):
            raise
    digest, body = _request(url, headers)
    return Answer(digest=digest if is_digest(digest) else f"sha256:{hashlib.sha256(body).hexdigest()}")


def _authorization(reference: Reference, challenge: str, own: Credentials, *, plain: bool) -> str:
    """The header Authorization for a challenge, with the credentials of Docker's configuration if there are any."""
    scheme, parameters = challenge.partition(" ")[0].lower(), dict(_CHALLENGE.findall(challenge))
    if scheme == "basic" and own.basic:
        return f"Basic {own.basic}"
    realm = parameters.get("realm", "")
    if scheme != "bearer" or not realm.startswith("https://" if not plain else "http"):
        raise _Refused(f"{reference.registry} requires credentials for {reference.repository}")
    query = {"scope": parameters.get("scope") or f"repository:{reference.repository}:pull"}
    if "service" in parameters:
        query["service"] = parameters["service"]
    try:
        body = _token(realm, query, own)
    except urllib.error.HTTPError as error:
        raise _Refused(f"{reference.registry} gives no token for {reference.repository} (HTTP {error.code})") from None
    answer = json.loads(body)
    token = (answer.get("token") or answer.get("access_token")) if isinstance(answer, dict) else None
    if not isinstance(token, str) or not token.isprintable():
        raise _Refused(f"{reference.registry} gives no token for {reference.repository}")
    return f"Bearer {token}"


def _token(realm: str, query: t.Mapping[str, str], own: Credentials) -> bytes:
    """The answer of an authorization server. Raises OSError, ValueError.

    An identity token is exchanged by POST (CNCF Distribution, "OAuth2 Token Authentication").
    """
    if own.identity_token:
        grant = {"grant_type": "refresh_token", "refresh_token": own.identity_token, "client_id": "everlook.failover"}
        return _request(realm, _AGENT, method="POST", data=urllib.parse.urlencode({**query, **grant}).encode())[1]
    url = f"{realm}{'&' if urllib.parse.urlsplit(realm).query else '?'}{urllib.parse.urlencode(query)}"
    return _request(url, {**_AGENT, **({"Authorization": f"Basic {own.basic}"} if own.basic else {})})[1]


def _request(
    url: str, headers: t.Mapping[str, str], method: str = "GET", data: bytes | None = None
) -> tuple[str, bytes]:
    """(The header with the digest, the body). Raises OSError, ValueError."""
    opener = urllib.request.build_opener(_KeepOut)
    request = urllib.request.Request(url, data=data, headers=dict(headers), method=method)
    with opener.open(request, timeout=_SECONDS) as answer:
        body: bytes = answer.read(_MOST_BYTES + 1)
        if len(body) > _MOST_BYTES:
            raise ValueError("an answer of more than 4 MiB")
        return str(answer.headers.get(_DIGEST) or ""), body
