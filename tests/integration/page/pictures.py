# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the pictures of the README out of reports: those of an environment in which all is well, and of a broken one.

    PYTHONPATH=.ansible/collections python -m tests.integration.page.pictures <reports/dev> <reports/dev when broken>

Fonts are those of the machine; with Inter installed they are the ones in the repository. pngquant and optipng make them
small where they are installed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

from ansible_collections.everlook.failover.plugins.plugin_utils.page.draw import read
from ansible_collections.everlook.failover.plugins.plugin_utils.page.gather import gather
from ansible_collections.everlook.failover.plugins.plugin_utils.page.render import render
from tests.integration.page.browser import Browser, find

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "pictures"


class Picture(t.NamedTuple):
    """What is shown; the rest below the element ``until`` is cut off."""

    broken: bool
    width: int
    scheme: str
    selector: str = "html"
    until: str = ""


PICTURES: t.Final = {
    "healthy.png": Picture(broken=False, width=1120, scheme="light", until=".key"),
    "failed-over.png": Picture(broken=True, width=1120, scheme="light", selector=".map"),
    "drill.png": Picture(broken=False, width=1120, scheme="light", selector=".drill"),
    "drill-dark.png": Picture(broken=False, width=1120, scheme="dark", selector=".drill"),
}


def main(well: Path, broken: Path) -> None:
    """Draw all of them, from two folders of reports."""
    program = find()
    if program is None:
        raise SystemExit("There is no Chromium on PATH.")
    browser = Browser(program)
    try:
        with tempfile.TemporaryDirectory() as folder:
            for name, picture in PICTURES.items():
                page = Path(folder) / "page.html"
                reports = read(broken if picture.broken else well, "hello", "dev")
                page.write_text(render(gather(reports)), encoding="utf-8")
                browser.open(page, picture.width, picture.scheme)
                browser.screenshot(FOLDER / name, scale=1.5, selector=picture.selector, height=height(browser, picture))
                shrink(FOLDER / name)
    finally:
        browser.close()


def height(browser: Browser, picture: Picture) -> float | None:
    """Pixels of the page down to the end of the picture, None for all of it."""
    if not picture.until:
        return None
    found = browser.evaluate(f"document.querySelector({picture.until!r}).getBoundingClientRect().bottom")
    return float(found) + 20.0


def shrink(path: Path) -> None:
    """Fewer colours, and packed as well as can be."""
    for tool in (["pngquant", "--force", "--ext=.png", "--strip", "96"], ["optipng", "-quiet", "-o3", "-strip", "all"]):
        if shutil.which(tool[0]):
            subprocess.run([*tool, str(path)], check=True)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
