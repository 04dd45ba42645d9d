# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The style of a drill's timeline and its numbers."""

from __future__ import annotations

DRILL = """
.drill > * + * { margin-top: 14px; }
.drill .note { margin-top: 4px; }
.verdict { display: flex; flex-wrap: wrap; gap: 6px 12px; align-items: center; font-size: 1.05rem; }
.why li { display: flex; gap: .5em; align-items: baseline; } .why .icon { transform: translateY(.16em); }
.timeline { position: relative; isolation: isolate; display: grid; grid-template-columns: minmax(0, 1fr);
  row-gap: 2px; }
.lane-name { display: flex; gap: 0 8px; justify-content: space-between; align-items: baseline; font-size: .84rem;
  padding-top: 6px; position: relative; z-index: 1; }
.lane-name > * { background: var(--card); padding-right: 4px; }
.lane-name span { color: var(--soft); }
.lane-name:empty { display: none; }
.lane { position: relative; height: 40px; border-bottom: 1px solid var(--line); overflow: hidden; }
.lane svg { display: block; width: 100%; height: 100%; }
.bars { fill: var(--bad); } .bars.r1 { fill: var(--r1); } .bars.r2 { fill: var(--r2); } .bars.r3 { fill: var(--r3); }
.bars.r4 { fill: var(--r4); }
.dns-lane { height: 28px; border: 0; }
.answer { position: absolute; top: 2px; bottom: 2px; border-right: 2px solid var(--card); padding: 0 6px;
  overflow: hidden;
  font-size: .8rem; line-height: 24px; font-weight: 600; color: var(--card); background: var(--bad);
  white-space: nowrap;
  border-radius: 4px; text-overflow: ellipsis; }
.answer.r1 { background: var(--r1); } .answer.r2 { background: var(--r2); } .answer.r3 { background: var(--r3); }
.answer.r4 { background: var(--r4); }
.rings { position: relative; }
.ring { display: inline-grid; place-items: center; width: 20px; height: 20px; border-radius: 50%; font-size: .75rem;
  font-weight: 700;
  background: var(--card); border: 1.5px solid var(--ink); flex: none; line-height: 1; }
.rings .ring { position: absolute; transform: translateX(-50%); z-index: 2; }
.ring.is-fault { background: var(--bad); color: var(--card); border-color: var(--bad); }
.ring.is-healed { background: var(--good); color: var(--card); border-color: var(--good); }
.overlay { position: absolute; inset: 12px 0 22px 0; pointer-events: none; }
.under { z-index: -1; }
.overlay span { position: absolute; top: 0; bottom: 0; }
.fault { background: repeating-linear-gradient(135deg, var(--fault) 0 6px, transparent 6px 12px); }
.moment { border-left: 1px solid var(--soft); }
.moment.is-fault { border-left: 2px solid var(--bad); } .moment.is-healed { border-left: 2px solid var(--good); }
.limit { border-left: 2px dashed var(--warn); margin-left: -1px; }
.budget-lane { height: 24px; border: 0; margin-top: 4px; }
.budget-lane span { position: absolute; top: 3px; bottom: 3px; border-radius: 3px; }
.budget-lane .later { border: 1.5px dashed var(--warn); border-left: 0; padding: 0 6px; font-size: .78rem;
  line-height: 1;
  display: flex; align-items: center; color: var(--warn); background: var(--card); overflow: hidden;
  white-space: nowrap; }
.may { border: 1.5px solid var(--warn); }
.budget-lane .beyond { padding: 0 8px; font-size: .78rem; line-height: 18px; text-align: right; color: var(--warn); }
.used { background: var(--good); opacity: .75; } .used.over { background: var(--bad); }
.axis { position: relative; height: 22px; font-size: .8rem; color: var(--soft); border-top: 1px solid var(--strong); }
.axis span { position: absolute; top: 5px; transform: translateX(-50%); white-space: nowrap; }
.axis span::before { content: ""; position: absolute; left: 50%; top: -5px; height: 5px;
  border-left: 1px solid var(--strong); }
.axis .zero { color: var(--ink); font-weight: 700; }
.events { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 310px), 1fr)); gap: 7px 20px;
  margin-top: 14px;
  font-size: .92rem; }
.events li { display: flex; gap: 9px; align-items: flex-start; }
.history tbody th { min-width: 8.2rem; }
.measured { border: 0; } .measured caption { padding-top: 4px; }
.measured tr > :first-child { padding-left: 0; } .measured td, .measured th { padding-top: 5px; padding-bottom: 5px; }
.measured .main th, .measured .main td { font-weight: 700; }
.wide { width: 45%; }
.meter { position: relative; display: block; height: 12px; margin-top: 4px; background: var(--paper);
  border-radius: 3px; }
.meter i { position: absolute; inset: 0 auto 0 0; background: var(--strong); border-radius: 3px; min-width: 2px; }
.meter i.over { background: var(--bad); }
.meter u { position: absolute; top: -3px; bottom: -3px; border-left: 3px solid var(--warn); margin-left: -1px; }
@media (max-width: 560px) {
  .history { table-layout: fixed; }
  .history th:first-child { width: 34%; min-width: 0; } .history th:nth-child(2) { width: 27%; }
}
@media (max-width: 719px) { .wide { display: none; } .axis span:nth-child(even):not(.zero) { visibility: hidden; } }
@media (min-width: 720px) {
  .timeline { grid-template-columns: 128px minmax(0, 1fr); column-gap: 14px; align-items: center; }
  .lane-name { flex-direction: column; padding: 0; line-height: 1.25; } .lane-name:empty { display: block; }
  .lane { height: 46px; } .dns-lane { height: 30px; } .budget-lane { height: 26px; }
  .axis { grid-column: 2; } .overlay { inset: 12px 0 22px 142px; }
}
"""
