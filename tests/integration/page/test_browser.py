# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page in a real browser: it fits, it can be read, and it says the same to who cannot see it.

Screenshots of each state are kept in the folder that PAGE_SCREENSHOTS names, or in pytest's.
"""

from __future__ import annotations

import itertools
import os
import struct
import typing as t
from pathlib import Path

import pytest

from ansible_collections.everlook.failover.plugins.plugin_utils.page.gather import gather
from ansible_collections.everlook.failover.plugins.plugin_utils.page.render import render
from tests.integration.page.browser import Browser
from tests.integration.page.fonts import FONTS, PACKAGES, WIDE
from tests.sampling import every_third, one_of_each
from tests.unit.page.states import STATES

pytestmark = pytest.mark.once

PHONE, TABLET, DESK = 360, 800, 1280
# The wide one first: the sample has every state in it.
BY_WIDTH = sorted(FONTS, key=lambda font: font != WIDE)
SCRIPTS = Path(__file__).parent
# A GIF of one pixel
_PICTURE = "R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs="


@pytest.fixture(scope="package")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A file for each state."""
    folder = tmp_path_factory.mktemp("pages")
    found = {}
    for name, reports in STATES.items():
        found[name] = folder / f"{name}.html"
        found[name].write_text(render(gather(reports())), encoding="utf-8")
    return found


@pytest.fixture(scope="package")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    named = os.environ.get("PAGE_SCREENSHOTS")
    return Path(named) if named else tmp_path_factory.mktemp("screenshots")


def script(name: str) -> str:
    return (SCRIPTS / name).read_text(encoding="utf-8")


def size(picture: Path) -> tuple[int, int]:
    """Width and height of a PNG: its header is the first chunk."""
    width, height = struct.unpack(">II", picture.read_bytes()[16:24])
    return width, height


@pytest.mark.parametrize("browser", FONTS, indirect=True)
def test_fonts_are_those_of_the_test(browser: Browser, pages: dict[str, Path], request: pytest.FixtureRequest) -> None:
    browser.open(pages["healthy"])
    family = request.node.callspec.params["browser"]
    assert browser.fonts("h2") == [family], f"On Debian: apt-get install {PACKAGES}"


@pytest.mark.parametrize(
    ("browser", "name"),
    one_of_each([(font, name) for font in BY_WIDTH for name in sorted(STATES)], lambda row: row[0], lambda row: row[1]),
    indirect=["browser"],
)
def test_it_fits(browser: Browser, pages: dict[str, Path], name: str) -> None:
    browser.open(pages[name])
    for width in (320, PHONE, 560, 720, TABLET, 1020, DESK):
        browser.resize(width)
        outside = browser.evaluate(script("outside.js"))
        assert browser.evaluate("document.documentElement.scrollWidth") == width, (width, outside)
        assert outside == [], width


@pytest.mark.parametrize("name", every_third(sorted(STATES)))
def test_it_fits_in_a_font_wider_than_all_of_these(browser: Browser, pages: dict[str, Path], name: str) -> None:
    browser.open(pages[name], 320)
    wider = "<style>* { letter-spacing: .06em !important }</style>"
    browser.evaluate(f"document.head.insertAdjacentHTML('beforeend', {wider!r})")
    outside = browser.evaluate(script("outside.js"))
    assert browser.evaluate("document.documentElement.scrollWidth") == 320, outside
    assert outside == []


@pytest.mark.parametrize(("name", "scheme"), every_third(itertools.product(sorted(STATES), ["light", "dark"])))
def test_it_can_be_read(browser: Browser, pages: dict[str, Path], name: str, scheme: str) -> None:
    """Contrast 4.5 for text, 3 for large text (WCAG 2.2, 1.4.3)."""
    browser.open(pages[name], DESK, scheme)
    found = browser.evaluate(script("contrast.js"))
    assert found["texts"] > (5 if name == "nothing" else 20)
    assert found["faint"] == []


def test_the_measure_of_contrast_sees_what_is_faint(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "faint.html"
    path.write_text("<body style='background:#fff'><p style='color:#888'>faint</p><p style='color:#666'>good</p>")
    browser.open(path)
    assert [item["text"] for item in browser.evaluate(script("contrast.js"))["faint"]] == ["faint"]


def test_it_is_dark_where_people_want_it_dark(browser: Browser, pages: dict[str, Path]) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    seen = {}
    for scheme in ("light", "dark"):
        browser.open(pages["healthy"], DESK, scheme)
        seen[scheme] = browser.evaluate(ground)
    assert seen["light"] != seen["dark"]
    browser.open(pages["healthy"], DESK, "dark", media="print")
    assert browser.evaluate(ground) == seen["light"]


@pytest.mark.parametrize("name", every_third(sorted(STATES)))
def test_it_loads_nothing(browser: Browser, pages: dict[str, Path], name: str) -> None:
    browser.open(pages[name])
    assert browser.requests == [pages[name].as_uri()]


def test_what_gets_into_it_cannot_run_or_load(browser: Browser, pages: dict[str, Path], tmp_path: Path) -> None:
    inside = (
        "<script>document.title = 'ran'</script><style>body { opacity: 0 }</style>"
        f"<img src='data:image/gif;base64,{_PICTURE}' onload=\"document.title = 'ran'\">"
    )
    page = tmp_path / "page.html"
    page.write_text(pages["healthy"].read_text(encoding="utf-8").replace("<main>", f"<main>{inside}"), encoding="utf-8")
    browser.open(page)
    assert "ran" not in browser.evaluate("document.title")
    assert browser.evaluate("getComputedStyle(document.body).opacity") == "1"
    assert browser.evaluate("document.images[0].naturalWidth") == 0


class Tree:
    """What assistive technology gets to know of the page, in reading order."""

    def __init__(self, browser: Browser) -> None:
        nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
        self.nodes: list[dict[str, t.Any]] = [node for node in nodes if not node.get("ignored")]

    def names(self, role: str) -> list[str]:
        return [node.get("name", {}).get("value", "") for node in self.nodes if node["role"]["value"] == role]

    @property
    def levels(self) -> list[int]:
        """Levels of headings, in reading order."""
        headings = [node for node in self.nodes if node["role"]["value"] == "heading"]
        return [item["value"]["value"] for node in headings for item in node["properties"] if item["name"] == "level"]


@pytest.mark.parametrize(("name", "width"), every_third(itertools.product(sorted(STATES), [PHONE, DESK])))
def test_who_does_not_see_it_finds_a_way(browser: Browser, pages: dict[str, Path], name: str, width: int) -> None:
    browser.open(pages[name], width)
    tree = Tree(browser)
    assert [len(tree.names(landmark)) for landmark in ("banner", "main", "contentinfo")] == [1, 1, 1]
    assert tree.levels[0] == 1
    assert tree.levels.count(1) == 1
    steps = zip(tree.levels, tree.levels[1:], strict=False)
    assert all(below <= above + 1 for above, below in steps)
    assert all([*tree.names("region"), *tree.names("image")])


def test_tables_have_heads_in_the_tree(browser: Browser, pages: dict[str, Path]) -> None:
    """Styles can take a table's meaning away; this is what is left of it."""
    for width in (PHONE, DESK):
        browser.open(pages["drill_failed"], width)
        tree = Tree(browser)
        assert {"Drill", "Verdict", "Moved", "Failed", "Measured", "Seconds", "Report"} <= set(
            tree.names("columnheader")
        )
        assert "All traffic moved" in tree.names("rowheader")


def test_the_timeline_has_a_name_that_tells_it(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["healthy"])
    told = " ".join(Tree(browser).names("image")).replace("\u202f", "")
    assert "us-east-1 answered 177 requests, us-west-1 answered 549 requests, 125 requests failed" in told


def box(browser: Browser, selector: str, index: int = 0) -> dict[str, float]:
    found = browser.evaluate(f"document.querySelectorAll({selector!r})[{index}].getBoundingClientRect().toJSON()")
    return t.cast("dict[str, float]", found)


def test_regions_are_side_by_side_on_a_desk_and_stacked_on_a_phone(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["three_regions"], DESK)
    first, third = box(browser, ".region"), box(browser, ".region", 2)
    assert (first["top"], first["bottom"]) == (third["top"], third["bottom"])
    assert first["right"] < third["left"]
    browser.open(pages["three_regions"], PHONE)
    first, third = box(browser, ".region"), box(browser, ".region", 2)
    assert first["left"] == third["left"]
    assert first["bottom"] < third["top"]


def test_the_line_to_who_serves_is_the_thick_one(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["failed_over"], DESK)
    widths = browser.evaluate(
        "[...document.querySelectorAll('.pipe')].map(pipe => getComputedStyle(pipe, '::before'))"
        ".map(style => parseFloat(style.width) + parseFloat(style.borderLeftWidth))"
    )
    assert widths[0] < 4 < 10 < widths[1]


def test_moments_of_the_timeline_are_where_the_axis_says(browser: Browser, pages: dict[str, Path]) -> None:
    """The ring of the fault stands above 0 s, and bars begin to fail there, at any width."""
    for width in (PHONE, DESK):
        browser.open(pages["healthy"], width)
        ring, zero = box(browser, ".rings .is-fault"), box(browser, ".axis .zero")
        middle = zero["left"] + zero["width"] / 2
        assert abs(ring["left"] + ring["width"] / 2 - middle) < 1.5
        bars = box(browser, ".bars.nobody")
        assert abs(bars["left"] - middle) < 0.02 * width


SHOTS = [(name, DESK, "light") for name in sorted(STATES)]
SHOTS += [("healthy", PHONE, "light"), ("failed_over", PHONE, "dark"), ("drill_failed", DESK, "dark")]


@pytest.mark.parametrize(("name", "width", "scheme"), every_third(SHOTS))
def test_a_picture_of_each_state(
    browser: Browser, pages: dict[str, Path], screenshots: Path, name: str, width: int, scheme: str
) -> None:
    browser.open(pages[name], width, scheme)
    picture = screenshots / f"{name}-{width}-{scheme}.png"
    browser.screenshot(picture)
    shown = browser.evaluate("document.documentElement.getBoundingClientRect().height")
    across, down = size(picture)
    assert across == width
    assert abs(down - shown) <= 1
