# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several modules in one task: which of them, and what came of them together. Pure."""

from __future__ import annotations

import typing as t

Result = dict[str, t.Any]

# What a task says of itself, whichever module said it
_OF_THE_TASK: t.Final = ("warnings", "deprecations")
# What is not repeated under the name of the module
_LEFT_OUT: t.Final = frozenset({"diff", "exception", "invocation", *_OF_THE_TASK})
# All that is of interest when one has failed: Ansible shows such a result to people as a whole.
_OF_A_FAILURE: t.Final = frozenset({"changed", "changes", "timeline", "not_done", "failed", "msg"})

# Ansible's words for every task
_EVERYTHING: t.Final = frozenset({"all", "tagged"})


def chosen(names: t.Sequence[str], run_tags: t.Iterable[str], skip_tags: t.Iterable[str]) -> list[str]:
    """The modules that the tags of the run ask for: those that they name and all before them, less those to skip."""
    wanted, skipped = set(run_tags), set(skip_tags)
    order = list(dict.fromkeys(names))
    places = [place for place, name in enumerate(order) if name in wanted]
    kept = order if wanted & _EVERYTHING or not places else order[: places[-1] + 1]
    return [name for name in names if name in kept and name not in skipped]


def is_done(result: t.Mapping[str, t.Any]) -> bool:
    """Whether the module has left nothing for later."""
    return not result.get("pending")


def has_touched(result: t.Mapping[str, t.Any], *, check_mode: bool) -> bool:
    """Whether what was read before this module ran may be out of date: it has changed something, or left it to AWS."""
    return bool(result.get("pending") or (result.get("changed") and not check_mode))


def with_second_pass(first: t.Mapping[str, t.Any], second: t.Mapping[str, t.Any]) -> Result:
    """A module's result over two passes."""
    diffs = [result.get("diff") or {} for result in (first, second)]
    return {
        **second,
        "changed": bool(first.get("changed") or second.get("changed")),
        "changes": [*first.get("changes", ()), *second.get("changes", ())],
        "timeline": [*first.get("timeline", ()), *second.get("timeline", ())],
        "warnings": [*first.get("warnings", ()), *second.get("warnings", ())],
        "diff": {side: {**diffs[0].get(side, {}), **diffs[1].get(side, {})} for side in ("before", "after")},
    }


def combined(results: t.Mapping[str, t.Mapping[str, t.Any]]) -> Result:
    """The result of the task. A module that failed is the last one, and says why."""
    last = list(results.values())[-1] if results else {}
    failure = {
        key: last[key] for key in ("failed", "msg", "not_done", "exception") if last.get("failed") and key in last
    }
    told = {key: [item for result in results.values() for item in result.get(key) or ()] for key in _OF_THE_TASK}
    return {
        **failure,
        **{key: items for key, items in told.items() if items},
        "changed": any(result.get("changed") for result in results.values()),
        "diff": [
            {"before_header": name, "after_header": name, **result["diff"]}
            for name, result in results.items()
            if result.get("diff") and result.get("changed")
        ],
        "results": {name: _kept(result, compact=bool(failure)) for name, result in results.items()},
    }


def _kept(result: t.Mapping[str, t.Any], *, compact: bool) -> Result:
    # Some versions of Ansible say of a module that it has not failed, others nothing.
    kept = {key: value for key, value in result.items() if key not in _LEFT_OUT and (key, value) != ("failed", False)}
    if compact:
        return {key: value for key, value in kept.items() if key in _OF_A_FAILURE and value not in ([], None)}
    return kept
