# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom the local AWS does not answer: web pages, in whose hands a browser on this machine is."""

from __future__ import annotations

import re
from email.message import Message

# The names under which an SDK, Terraform and curl find it. Any other is a web page's own name that its DNS has
# turned to loopback (DNS rebinding).
_LOOPBACK = re.compile(r"(127(\.\d{1,3}){3}|localhost|\[::1\])(:\d{1,5})?", re.IGNORECASE)
# Only browsers send these: with cross-origin requests, and with every request (Fetch standard; Fetch Metadata).
_BROWSERS = ("Origin", "Sec-Fetch-Site")
# moto's own pages, which reset it, seed it and show its content
_MOTO = "/moto-api"


def refusal(headers: Message[str, str], target: str, path: str) -> str | None:
    """Why a request is refused, None when it is not.

    :param target: as on the wire: a whole URL counts more than Host (RFC 9112, 3.2.2).
    :param path: decoded, as requests are routed by it.
    """
    hosts = headers.get_all("Host") or [""]
    if not target.startswith("/"):
        hosts += filter(None, [target.partition("://")[2].partition("/")[0]])
    if not all(map(_LOOPBACK.fullmatch, hosts)):
        return "Host is not a name of this machine: use 127.0.0.1 or localhost"
    for name in _BROWSERS:
        if headers.get(name) is not None:
            return f"the local AWS answers no web page ({name})"
    if path.startswith(_MOTO):
        return f"{_MOTO} is not served: what it does, python -m sandbox does"
    return None
