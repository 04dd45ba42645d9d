# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A headless Chromium, driven over a pipe: `--remote-debugging-pipe` of Chromium, DevTools protocol 1.3."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import pathlib
import select
import shutil
import subprocess
import tempfile
import time
import typing as t

NAMES: t.Final = ("chromium", "chromium-browser", "google-chrome")
# Seconds: a busy machine may take its time; a browser that hangs is not waited for for ever.
_PATIENCE: t.Final = 60.0

Answer = dict[str, t.Any]


class BrowserError(Exception):
    """The browser said no, or nothing."""


def find() -> str | None:
    """The browser's program."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Browser:
    """One page of one browser; ended by ``close``.

    :param fonts: a configuration of fontconfig; without one there are the fonts of the machine.
    """

    def __init__(self, program: str, fonts: pathlib.Path | None = None) -> None:
        self._profile = tempfile.mkdtemp(prefix="page-browser-")
        its_input, self._writes = os.pipe()
        self._reads, its_output = os.pipe()
        # Chromium reads commands from descriptor 3 and writes answers to 4.
        shell = f'exec "$0" "$@" 3<&{its_input} 4>&{its_output}'
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage"]
        flags += ["--remote-debugging-pipe", "--no-first-run", "--disable-background-networking"]
        flags += ["--font-render-hinting=none", "--host-resolver-rules=MAP * ~NOTFOUND"]
        self._process = subprocess.Popen(
            ["bash", "-c", shell, program, *flags, f"--user-data-dir={self._profile}", "about:blank"],
            pass_fds=(its_input, its_output),
            env={**os.environ, "FONTCONFIG_FILE": str(fonts)} if fonts else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(its_input)
        os.close(its_output)
        self._buffer = b""
        self._ids = itertools.count(1)
        self._session = ""
        self.requests: list[str] = []
        try:
            self._attach()
        except BaseException:
            self.close()
            raise

    def _attach(self) -> None:
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Accessibility", "DOM", "CSS"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: t.Any) -> Answer:
        """A call of the protocol. Raises BrowserError."""
        number = next(self._ids)
        message: Answer = {"id": number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._writes, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != number:
            self._note(answer)
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error']['message']}")
        return t.cast("Answer", answer["result"])

    def _note(self, event: Answer) -> None:
        if event.get("method") == "Network.requestWillBeSent":
            self.requests.append(event["params"]["request"]["url"])

    def _next(self) -> Answer:
        deadline = time.monotonic() + _PATIENCE
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._reads], [], [], max(0.0, deadline - time.monotonic()))
            piece = os.read(self._reads, 1 << 20) if ready else b""
            if not piece:
                raise BrowserError("the browser has ended" if ready else f"no answer within {_PATIENCE:.0f} s")
            self._buffer += piece
        message, _, self._buffer = self._buffer.partition(b"\0")
        return t.cast("Answer", json.loads(message))

    def open(self, path: pathlib.Path, width: int = 1280, scheme: str = "light", media: str = "screen") -> None:
        """Show a file in a window of that width, and wait until it is laid out."""
        self._set_width(width)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)
        self.requests.clear()
        self.call("Page.navigate", url=path.as_uri())
        self.evaluate(
            "new Promise(done => document.readyState === 'complete' ? done() : addEventListener('load', done))"
        )

    def resize(self, width: int) -> None:
        """Show the same page in a window of another width, which costs a fifth of opening it there."""
        self._set_width(width)
        self.evaluate(
            "new Promise(done => { const look = () => document.documentElement.clientWidth === "
            f"{width} ? done() : requestAnimationFrame(look); look() }})"
        )

    def _set_width(self, width: int) -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600
        )

    def evaluate(self, expression: str) -> t.Any:
        """The value of an expression, awaited. Raises BrowserError when it throws."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise BrowserError(json.dumps(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def fonts(self, selector: str) -> list[str]:
        """The families of the fonts that an element's own text is set in."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        return [font["familyName"] for font in self.call("CSS.getPlatformFontsForNode", nodeId=node)["fonts"]]

    def screenshot(
        self, path: pathlib.Path, scale: float = 1.0, selector: str = "html", height: float | None = None
    ) -> None:
        """An element as PNG, or the upper part of it."""
        box = self.evaluate(
            f"(r => ({{x: r.x + scrollX, y: r.y + scrollY, width: r.width, height: r.height}}))"
            f"(document.querySelector({json.dumps(selector)}).getBoundingClientRect())"
        )
        clip = {**box, "scale": scale, "height": min(box["height"], height or box["height"])}
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def close(self) -> None:
        """End the browser, and remove what it kept."""
        with contextlib.suppress(BrowserError, OSError):
            self._session = ""
            self.call("Browser.close")
        for descriptor in (self._writes, self._reads):
            os.close(descriptor)
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._profile, ignore_errors=True)
