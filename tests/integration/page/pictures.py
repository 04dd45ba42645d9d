# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the pictures of the README: `PYTHONPATH=.ansible/collections python -m tests.integration.page.pictures`.

Fonts are those of the machine; with Inter installed they are the ones in the repository. pngquant and optipng make them
small where they are installed.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import typing as t
from pathlib import Path

from ansible_collections.everlook.failover.plugins.plugin_utils.page.gather import gather
from ansible_collections.everlook.failover.plugins.plugin_utils.page.page import render
from tests.integration.page.browser import Browser, find
from tests.unit.page.states import STATES

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "pictures"


class Picture(t.NamedTuple):
    """What is shown of which state; ``height`` cuts off the rest, in pixels of the page."""

    state: str
    width: int
    scheme: str
    selector: str = "html"
    height: float | None = None


PICTURES: t.Final = {
    "healthy.png": Picture("healthy", 1120, "light", height=1165),
    "failed-over.png": Picture("failed_over", 1120, "light", selector=".map"),
    "drill.png": Picture("healthy", 1120, "light", selector=".drill"),
    "drill-dark.png": Picture("drill_failed", 1120, "dark", selector=".drill"),
    "phone.png": Picture("failed_over", 360, "dark", height=1400),
}


def main() -> None:
    """Draw all of them."""
    program = find()
    if program is None:
        raise SystemExit("There is no Chromium on PATH.")
    browser = Browser(program)
    try:
        with tempfile.TemporaryDirectory() as folder:
            for name, picture in PICTURES.items():
                page = Path(folder) / "page.html"
                page.write_text(render(gather(STATES[picture.state]())), encoding="utf-8")
                browser.open(page, picture.width, picture.scheme)
                browser.screenshot(FOLDER / name, scale=1.5, selector=picture.selector, height=picture.height)
                shrink(FOLDER / name)
    finally:
        browser.close()


def shrink(path: Path) -> None:
    """Fewer colours, and packed as well as can be."""
    for tool in (["pngquant", "--force", "--ext=.png", "--strip", "96"], ["optipng", "-quiet", "-o5", "-strip", "all"]):
        if shutil.which(tool[0]):
            subprocess.run([*tool, str(path)], check=True)


if __name__ == "__main__":
    main()
