# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The style of the architecture: stacked on a phone, a column for each region where there is room."""

from __future__ import annotations

DRAWING = """
.why-serves { margin: -6px 0 10px; }
.map { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 18px; }
.account { border: 1.5px solid var(--strong); border-radius: 10px; padding: 12px; }
.account-name { font-size: .84rem; font-weight: 400; color: var(--soft); margin-bottom: 8px; }
.account-name b { color: var(--ink); font-weight: 600; }
.box { border: 1px solid var(--strong); border-radius: 8px; padding: 9px 12px; background: var(--box); }
.dns-box, .record { background: var(--dns-soft); border-color: var(--dns); }
.dns-box { display: flex; flex-wrap: wrap; gap: 2px 16px; justify-content: space-between; }
.above { display: grid; grid-template-columns: 1fr; }
.users { display: flex; flex-direction: column; align-items: center; justify-content: center; text-align: center;
  border: 2px solid var(--ink); border-radius: 24px; padding: 9px 18px; }
.ask { position: relative; height: 34px; display: grid; place-items: center; font-size: .84rem; color: var(--soft); }
.ask span, .pipe > span > span { position: relative; background: var(--card); padding: 1px 8px; border-radius: 99px; }
.ask::before { content: ""; position: absolute; left: 50%; top: 0; bottom: 7px; border-left: 2px solid var(--dns); }
.ask::after, .parent::after { content: ""; position: absolute; border: 6px solid transparent; }
.ask::after { left: 50%; bottom: 0; margin-left: -5px; border-top: 8px solid var(--dns); border-bottom: 0; }
.parent { position: relative; margin-bottom: 34px; }
.parent::before { content: ""; position: absolute; left: 50%; top: 100%; height: 26px;
  border-left: 2px solid var(--dns); }
.parent::after { left: 50%; top: calc(100% + 24px); margin-left: -5px; border-top: 8px solid var(--dns);
  border-bottom: 0; }
.parent.cut::before { border-left: 2px dashed var(--bad); } .parent.cut::after { border-top-color: var(--bad); }
.above > .users:last-child { margin-bottom: 18px; }

.columns { display: grid; grid-template-columns: minmax(0, 1fr); }
.zone { background: var(--dns-soft); border: 1px solid var(--dns); border-radius: 8px; padding: 8px 12px; display: flex;
  flex-wrap: wrap; gap: 0 16px; justify-content: space-between; margin-bottom: 12px; }
.zone span + span, .dns-box .marked { font-size: .9rem; }
.band { display: none; }
.column { display: grid; grid-template-columns: minmax(0, 1fr); grid-template-rows: auto 46px auto; }
.column + .column { margin-top: 22px; }
.record { background: var(--box); font-size: .9rem; }
.record-head, .region-head { display: flex; flex-wrap: wrap; gap: 4px 10px; justify-content: space-between;
  align-items: center; }
.checks { margin-top: 6px; font-size: .86rem; }
.checks li { display: flex; gap: .45em; align-items: baseline; } .checks .icon { transform: translateY(.16em); }
.record .cut { stroke: var(--box); }

.pipe { position: relative; display: grid; place-items: center; font-size: .84rem; font-weight: 600; min-height: 46px; }
.pipe::before { content: ""; position: absolute; left: 50%; top: 0; bottom: 0; transform: translateX(-50%); }
.pipe::after { content: ""; position: absolute; left: 50%; bottom: -1px; transform: translateX(-50%);
  border: 0 solid transparent; }
.pipe > span > span { border: 1px solid currentColor; padding: 1px 10px; }
.is-flows.pipe, .is-fails.pipe { color: var(--good); }
.is-flows.pipe::before, .is-fails.pipe::before { width: 12px; bottom: 10px; background: currentColor; }
.is-flows.pipe::after, .is-fails.pipe::after { border-width: 13px 16px 0; border-top-color: currentColor; }
.is-flows.pipe > span > span { background: var(--good); color: var(--card); border-color: var(--good); }
.is-fails.pipe, .is-avoided.pipe { color: var(--bad); }
.is-fails.pipe > span > span { background: var(--bad); color: var(--card); border-color: var(--bad); }
.is-waits.pipe::before, .is-avoided.pipe::before, .is-held.pipe::before { border-left: 2px dashed currentColor; }
.is-waits.pipe, .is-absent.pipe { color: var(--soft); }
.is-held.pipe { color: var(--warn); }

.region { border: 1.5px solid var(--strong); border-radius: 10px; padding: 12px; background: var(--card); min-width: 0;
  display: flex; flex-direction: column; }
.region.is-flows { border: 3px solid var(--good); padding: 10.5px; }
.region.is-fails, .region.is-avoided { border: 3px double var(--bad); padding: 10.5px; }
.region.is-held { border: 2px dashed var(--warn); }
.region.is-waits, .region.is-absent { border-style: dashed; }
.region-head h3 { font-size: 1.1rem; letter-spacing: -.01em; }
.reasons { margin-top: 8px; font-size: .88rem; color: var(--bad); }
.is-held .reasons { color: var(--warn); }
.reasons li + li { margin-top: 2px; }
.vpc { margin-top: auto; padding-top: 10px; }
.vpc-name { font-size: .84rem; color: var(--soft); margin-bottom: 6px; } .vpc-name b { color: var(--ink);
  font-weight: 500; }
.zones { display: grid; grid-template-columns: repeat(var(--zones), minmax(0, 1fr)); gap: 0 8px; font-size: .84rem;
  grid-template-rows: auto auto auto auto auto; }
.zone-frame { grid-column: var(--column); grid-row: 1 / span 5; border: 1px dashed var(--strong); border-radius: 8px;
  padding: 5px 8px; text-align: center; color: var(--soft); }
.alb { grid-column: 1 / -1; grid-row: 2; }
.zones::before { content: ""; grid-row: 1; grid-column: 1; height: 30px; }
.alb, .service { position: relative; margin: 0 -3px; border: 1.5px solid var(--ink); border-radius: 8px;
  background: var(--box);
  padding: 7px 11px; display: flex; flex-wrap: wrap; gap: 0 14px; justify-content: space-between; }
.alb .cut { stroke: var(--box); }
.public, .private { grid-column: var(--column); margin: 8px 8px 0; border-radius: 6px; padding: 6px 8px;
  color: var(--soft); }
.public { grid-row: 3; background: var(--public); } .private { grid-row: 4; background: var(--private);
  padding-bottom: 74px; }
.nat { color: var(--ink); display: flex; flex-direction: column; margin-top: 2px; } .nat b { font-weight: 500; }
.nat span { font-size: .78rem; margin-right: -6px; }
.narrow .public, .narrow .private { margin-left: 3px; margin-right: 3px; padding-left: 5px; padding-right: 5px; }
.service { grid-column: 1 / -1; grid-row: 4; align-self: end; margin: 0 14px 8px; align-items: center; }
.zones::after { content: ""; grid-row: 5; grid-column: 1; height: 8px; }
.tasks { display: inline-flex; gap: 4px; }
.tasks i { width: 14px; height: 14px; border-radius: 3px; border: 2px solid var(--ink); }
.tasks .running { background: var(--ink); }
.tasks .pending { background: linear-gradient(135deg, var(--ink) 50%, transparent 50%); }
.tasks .missing { border-style: dashed; border-color: var(--soft); }
.key { display: flex; flex-wrap: wrap; gap: 2px 18px; margin-top: 8px; color: var(--soft); font-size: .86rem; }
@media (max-width: 560px) {
  .map { padding: 10px; } .account { padding: 8px; } .service { margin: 0 6px 8px; }
  .public, .private { margin: 8px 5px 0; }
  .private { padding-bottom: 84px; }
}
SIDE_BY_SIDE
"""

# From here on: columns beside each other. Rows of all columns line up, and the zone lies behind the records.
_COLUMNS = """
@media (min-width: WIDTH) { .nN { grid-template-columns: repeat(N, minmax(0, 1fr));
  grid-template-rows: auto auto 54px auto;
    column-gap: 18px; }
  .nN .zone { grid-column: 1 / -1; grid-row: 1; background: none; border: 0; margin: 0; padding: 10px 14px 8px; }
  .nN .band { display: block; grid-column: 1 / -1; grid-row: 1 / span 2; background: var(--dns-soft);
  border: 1px solid var(--dns);
    border-radius: 8px; margin-bottom: -12px; }
  .nN .column { grid-column: var(--column); grid-row: 2 / span 3; grid-template-rows: subgrid; margin: 0; }
  .nN .record { margin: 0 12px; position: relative; }
  .nN .pipe { padding-top: 12px; margin-top: 0; }
}
"""
_WIDE = """
@media (min-width: 720px) {
  .above { grid-template-columns: auto minmax(60px, 1fr) minmax(0, 3fr); align-items: center; }
  .above .parent { align-self: end; }
  .above .users { margin-bottom: 34px; }
  .ask { height: 20px; margin-bottom: 34px; }
  .ask::before { left: 0; right: 8px; top: 50%; bottom: auto; border-left: 0; border-top: 2px solid var(--dns); }
  .ask::after { left: auto; right: 0; top: 50%; margin: -5px 0 0; border: 6px solid transparent;
  border-left: 8px solid var(--dns);
    border-right: 0; }
}
"""
DRAWING = DRAWING.replace(
    "SIDE_BY_SIDE",
    _WIDE
    + "".join(
        _COLUMNS.replace("WIDTH", width).replace("nN", f"n{count}").replace("(N,", f"({count},")
        for count, width in ((2, "720px"), (3, "1020px"), (4, "1180px"))
    ),
)
