# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The style sheet: colours, type, and everything but the two pictures.

Text has a contrast of at least 4.5 to its ground in both schemes (WCAG 2.2, 1.4.3), which a test measures.
"""

from __future__ import annotations

from .style_drawing import DRAWING
from .style_drill import DRILL

_LIGHT = """
  --paper: #f5f7f9; --card: #fff; --ink: #17212b; --soft: #51606f; --line: #d8dee5; --strong: #7d8b99;
  --good: #14713f; --good-soft: #e2f4e9; --bad: #b3241c; --bad-soft: #fdeae8; --warn: #875200; --warn-soft: #fdf1d9;
  --dns: #5a3ea6; --dns-soft: #f1edfb; --link: #1a5cb0;
  --public: #eaf3fc; --private: #dbe8f6; --box: #fff;
  --r1: #1f62b8; --r2: #a63d8b; --r3: #0b7a74; --r4: #8a5a12; --fault: rgb(179 36 28 / 9%);
"""
_DARK = """
  --paper: #0e141a; --card: #161e26; --ink: #e8edf2; --soft: #a7b4c1; --line: #2b3743; --strong: #73828f;
  --good: #63d393; --good-soft: #143324; --bad: #ff9087; --bad-soft: #431d1b; --warn: #f2bd62; --warn-soft: #392b10;
  --dns: #bda9f7; --dns-soft: #262042; --link: #86b8f7;
  --public: #17293a; --private: #1d344b; --box: #1b252f;
  --r1: #7fb2f6; --r2: #e79ad4; --r3: #57cfc5; --r4: #e0b36a; --fault: rgb(255 144 135 / 13%);
"""
_BASE = """
* { box-sizing: border-box; }
html { color-scheme: light dark; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); overflow-wrap: anywhere; line-height: 1.45;
  font-family: Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; font-size: 15px;
  font-variant-numeric: tabular-nums; }
main, .top, footer { max-width: 1220px; margin: 0 auto; padding: 0 16px; }
h1, h2, h3, p, ul, ol, dl, dd, table, figure { margin: 0; padding: 0; }
ul, ol { list-style: none; }
h2 { font-size: 1.2rem; margin-bottom: 12px; letter-spacing: -.01em; }
h3 { font-size: 1rem; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; font-size: .92em; }
main > * { margin-top: 32px; }
.symbols { position: absolute; }
.icon { width: 1.05em; height: 1.05em; flex: none; vertical-align: -.16em; }
.icon .cut, .cut { fill: none; stroke: var(--card); stroke-width: 2.4; stroke-linecap: round; stroke-linejoin: round; }
.is-good.icon { color: var(--good); } .is-bad.icon { color: var(--bad); } .is-warn.icon { color: var(--warn); }
.is-none.icon, .is-standby.icon { color: var(--soft); }
.marked { display: inline-flex; gap: .4em; align-items: baseline; }
.marked .icon { transform: translateY(.16em); }
.badge { display: inline-flex; gap: .4em; align-items: center; padding: 2px 9px 2px 6px; border-radius: 99px;
  font-weight: 600;
  font-size: .84rem; line-height: 1.4; border: 1px solid currentColor; }
.on-good { background: var(--good-soft); color: var(--good); } .on-bad { background: var(--bad-soft);
  color: var(--bad); }
.on-warn { background: var(--warn-soft); color: var(--warn); }
.on-none, .on-standby { background: var(--card); color: var(--soft); }

.top { padding-top: 24px; }
.eyebrow { color: var(--soft); } .eyebrow b { color: var(--ink); }
h1 { display: flex; gap: .45em; align-items: flex-start; margin: 6px 0 8px; max-width: 50ch;
  font-size: clamp(1.35rem, 1rem + 1.6vw, 1.95rem); line-height: 1.22; letter-spacing: -.018em; }
h1 .icon { width: 1.1em; height: 1.1em; margin-top: .06em; }
h1.long { font-size: clamp(1.15rem, 1rem + .7vw, 1.4rem); max-width: 80ch; line-height: 1.3; }
.unbroken { white-space: nowrap; }
.seen { display: flex; flex-wrap: wrap; gap: 2px 0; color: var(--soft); font-size: .93rem; }
.seen > span:not(:last-child)::after { content: "·"; margin: 0 .55em; }
.stand-in { display: flex; gap: .6em; align-items: baseline; margin-top: 12px; padding: 9px 13px; border-radius: 8px;
  background: var(--warn-soft); border: 1px dashed var(--warn); }
.stand-in .icon { transform: translateY(.16em); }
.problems { border: 1px solid var(--bad); border-left-width: 6px; border-radius: 10px; padding: 13px 16px;
  background: var(--card);
  margin-top: 20px; }
.problems h2 { margin-bottom: 6px; font-size: 1.05rem; }
.problems li { display: flex; gap: .5em; align-items: baseline; margin-top: 4px; }
.problems .icon { transform: translateY(.16em); }
.tiles { display: flex; flex-wrap: wrap; gap: 1px; margin-top: 20px;
  overflow: hidden;
  background: var(--line); border: 1px solid var(--line); border-radius: 10px; }
.tiles > div { background: var(--card); padding: 10px 14px 11px; flex: 1 1 158px; }
.tiles dt { color: var(--soft); font-size: .84rem; } .tiles dd { font-weight: 600; }

.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 330px), 1fr)); gap: 16px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; }
.card h3 { margin-bottom: 8px; }
.card dl { display: grid; grid-template-columns: minmax(6.4rem, auto) 1fr; gap: 6px 14px; font-size: .92rem; }
.card dt { color: var(--soft); }
.card dd > * + * { margin-top: 3px; }
.because td { border-top: 0; padding-top: 0; color: var(--soft); }
.because li + li { margin-top: 2px; }
table { overflow-wrap: break-word; border-collapse: collapse; width: 100%; background: var(--card);
  border: 1px solid var(--line);
  font-size: .93rem; }
caption { text-align: left; color: var(--soft); padding-bottom: 6px; }
th, td { text-align: left; vertical-align: top; padding: 8px 12px; border-top: 1px solid var(--line); }
thead th { color: var(--soft); font-weight: 500; font-size: .84rem; border-top: 0; }
tbody th { font-weight: 500; }
td.number, th.number { text-align: right; }
td.number, td .badge { white-space: nowrap; }
td.number div { white-space: normal; }
th a, td code { overflow-wrap: anywhere; }
.quiet { color: var(--soft); font-weight: 400; }
.note { color: var(--soft); font-size: .92rem; margin-top: 8px; }
footer { margin-top: 36px; padding-bottom: 40px; }
footer h2 { font-size: 1.05rem; }
@media (max-width: 560px) {
  th, td { padding: 7px 6px; } table { font-size: .88rem; } .card dl { grid-template-columns: 1fr; gap: 0; }
  .card dd { margin-bottom: 7px; }
  .tiles > div { padding: 8px 11px; flex-basis: 40%; }
}
@media print {
  body { font-size: 11pt; } .card, .region, .column, tr, figure { break-inside: avoid; } h2 { break-after: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""

STYLE = "\n".join(
    [
        f":root {{{_LIGHT}}}",
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{{_DARK}}} }}",
        _BASE,
        DRAWING,
        DRILL,
    ]
)
