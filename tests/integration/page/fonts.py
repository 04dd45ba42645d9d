# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fonts for a browser: those of a test, whatever else the machine has.

What a page has room for depends on the font. DejaVu Sans is as wide as Verdana, and a sixth wider than Arial, whose
measures Liberation Sans has. In a font whose letters are all of one width those that are narrow elsewhere are wide.
"""

from __future__ import annotations

import typing as t
from pathlib import Path

NARROW: t.Final = "Liberation Sans"
WIDE: t.Final = "DejaVu Sans"
EVEN: t.Final = "DejaVu Sans Mono"
FONTS: t.Final = (NARROW, WIDE, EVEN)
# What the page names for code.
_CODE: t.Final = "Liberation Mono"
# Debian's packages of all these.
PACKAGES: t.Final = "fonts-dejavu-core fonts-liberation"

_CONFIGURATION: t.Final = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>/usr/local/share/fonts</dir>
  <dir prefix="xdg">fonts</dir>
  <cachedir>{cache}</cachedir>
  <selectfont>
    <acceptfont><pattern><patelt name="family"><string>{family}</string></patelt></pattern></acceptfont>
    <acceptfont><pattern><patelt name="family"><string>{code}</string></patelt></pattern></acceptfont>
    <rejectfont><pattern><patelt name="scalable"><bool>true</bool></patelt></pattern></rejectfont>
    <rejectfont><pattern><patelt name="scalable"><bool>false</bool></patelt></pattern></rejectfont>
  </selectfont>
  <match target="pattern"><edit name="family" mode="append_last"><string>{family}</string></edit></match>
</fontconfig>
"""


def configure(folder: Path, family: str) -> Path:
    """A configuration of fontconfig, written to the folder, by which there is that font and one for code."""
    path = folder / "fonts.conf"
    path.write_text(_CONFIGURATION.format(cache=folder / "cache", family=family, code=_CODE), encoding="utf-8")
    return path
