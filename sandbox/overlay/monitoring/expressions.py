# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Metric math, as far as alarms here use it: arithmetic, comparisons, IF and FILL. Pure.

Amazon CloudWatch User Guide, "Using math expressions with CloudWatch metrics". An operation on two time series has a
value where both have one; a comparison is 1 or 0.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Collection, Mapping
from typing import Any

Times = dict[float, float]
_Value = Times | float

_OPERATORS: dict[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def calculate(expression: str, series: Mapping[str, Times], ends: Collection[float]) -> Times:
    """The expression's time series.

    `series` are those that it can name; `ends` are the ends of the periods, which FILL fills.
    Raises ValueError for an expression that cannot be read.
    """
    try:
        found = _Expression(series, ends).value(ast.parse(expression.strip(), mode="eval").body)
    except SyntaxError:
        raise ValueError(f"{expression} is not an expression of the sandbox") from None
    return found if isinstance(found, dict) else dict.fromkeys(ends, found)


class _Expression:
    def __init__(self, series: Mapping[str, Times], ends: Collection[float]) -> None:
        self._series = series
        self._ends = ends

    def value(self, node: ast.expr) -> _Value:
        match node:
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.Name(id=name) if name in self._series:
                return self._series[name]
            case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _OPERATORS:
                return _apply(_OPERATORS[type(sign)], self.value(left), self.value(right))
            case ast.Compare(left=left, ops=[sign], comparators=[right]) if type(sign) in _OPERATORS:
                return _apply(_OPERATORS[type(sign)], self.value(left), self.value(right))
            case ast.Call(func=ast.Name(id="FILL"), args=[what, ast.Constant(value=number)], keywords=[]):
                return self._fill(self.value(what), number)
            case ast.Call(func=ast.Name(id="IF"), args=[condition, this, that], keywords=[]):
                return self._if(*map(self.value, (condition, this, that)))
        raise ValueError(f"{ast.unparse(node)} is no expression of the sandbox")

    def _fill(self, times: _Value, number: Any) -> _Value:
        return {**dict.fromkeys(self._ends, float(number)), **times} if isinstance(times, dict) else times

    def _if(self, condition: _Value, this: _Value, that: _Value) -> _Value:
        chosen = {end: this if well else that for end, well in _spread(condition, self._ends).items()}
        values = {end: _at(value, end) for end, value in chosen.items()}
        return {end: value for end, value in values.items() if value is not None}


def _spread(value: _Value, ends: Collection[float]) -> Times:
    return value if isinstance(value, dict) else dict.fromkeys(ends, value)


def _at(value: _Value, end: float) -> float | None:
    return value.get(end) if isinstance(value, dict) else value


def _apply(sign: Callable[[float, float], float], first: _Value, second: _Value) -> _Value:
    if not isinstance(first, dict) and not isinstance(second, dict):
        return _quotient(sign, first, second) or 0.0
    ends = [each.keys() for each in (first, second) if isinstance(each, dict)]
    common = ends[0] if len(ends) == 1 else ends[0] & ends[1]
    found = {end: _quotient(sign, _at(first, end) or 0.0, _at(second, end) or 0.0) for end in common}
    return {end: value for end, value in found.items() if value is not None}


def _quotient(sign: Callable[[float, float], float], first: float, second: float) -> float | None:
    """There is no data point where a number is divided by zero."""
    return None if sign is operator.truediv and second == 0 else float(sign(first, second))
