# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client of the control API. Independent of moto, and quick to import."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlencode, urlsplit

_TIMEOUT_SECONDS = 70.0
# Without a data plane there is no DNS: local names must not be queried elsewhere.
NO_DNS = {"EVERLOOK_FAILOVER_RESOLVER": "none"}


class UnreachableError(ConnectionError):
    """Nothing answers there, or not as a sandbox does."""


class ControlError(RuntimeError):
    """The sandbox refused a control request."""


class ControlApi:
    """Requests to /_sandbox/ of a server, with its token."""

    def __init__(self, url: str, token: str) -> None:
        self._address = urlsplit(url).netloc
        self._headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}

    def get(self, name: str, **arguments: Any) -> Any:
        """GET; raises UnreachableError and ControlError."""
        return self._request("GET", name, arguments)

    def post(self, name: str, **arguments: Any) -> Any:
        """POST; raises UnreachableError and ControlError."""
        return self._request("POST", name, arguments)

    def delete(self, name: str, **arguments: Any) -> Any:
        """DELETE; raises UnreachableError and ControlError."""
        return self._request("DELETE", name, arguments)

    def _request(self, method: str, name: str, arguments: dict[str, Any]) -> Any:
        path = f"/_sandbox/{name}"
        body = None
        if method == "GET" and arguments:
            path = f"{path}?{urlencode(arguments)}"
        elif arguments:
            body = json.dumps(arguments)
        connection = http.client.HTTPConnection(self._address, timeout=_TIMEOUT_SECONDS)
        try:
            connection.request(method, path, body, self._headers)
            response = connection.getresponse()
            content = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise UnreachableError(f"no sandbox answers at {self._address}: {error}") from error
        finally:
            connection.close()
        if response.status >= 300:
            raise ControlError(content.get("error", response.reason))
        return content
