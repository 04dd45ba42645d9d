# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs several modules one after the other in one worker."""

from __future__ import annotations

import contextlib
import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec

from ..module_utils._alb.layer import LAYER as ALB
from ..module_utils._ecs_service.layer import LAYER as ECS_SERVICE
from ..module_utils._engine.errors import FailoverError
from ..module_utils._failover_info.job import JOB as FAILOVER_INFO
from ..module_utils._preflight.job import JOB as PREFLIGHT
from ..module_utils._route53_failover.layer import LAYER as ROUTE53_FAILOVER
from ..module_utils._route53_zone.layer import LAYER as ROUTE53_ZONE
from ..module_utils._route53_zone_delegation.layer import LAYER as ROUTE53_ZONE_DELEGATION
from ..module_utils._vpc.layer import LAYER as VPC
from ..plugin_utils.batch import chosen, combined, has_touched, is_done, with_second_pass
from ..plugin_utils.options.batch import OPTIONS
from ..plugin_utils.options.environment_lock import OPTIONS as ENVIRONMENT_LOCK
from ..plugin_utils.worker import Batch, begin, run_action

Result = dict[str, t.Any]

_LAYERS: t.Final = (VPC, ALB, ECS_SERVICE, ROUTE53_ZONE, ROUTE53_ZONE_DELEGATION, ROUTE53_FAILOVER)
_JOBS: t.Final = {job.name: job for job in (*(layer.job for layer in _LAYERS), FAILOVER_INFO, PREFLIGHT)}
# Their options. All of the others are jobs.
_ON_THE_CONTROLLER: t.Final = {"environment_lock": ENVIRONMENT_LOCK}
_CONNECTION: t.Final = tuple(aws_argument_spec())


class ActionModule(ActionBase):
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        super().run(tmp, task_vars)
        _validation, params = self.validate_argument_spec(argument_spec={**aws_argument_spec(), **OPTIONS})
        variables = dict(task_vars or {})
        names = params["modules"]
        if params["limit_to_tags"]:
            names = chosen(names, variables["ansible_run_tags"], variables["ansible_skip_tags"])
        # Connection options of the batch, by module_defaults as well: a module's own variables win.
        self._defaults = {key: value for key, value in self._task.args.items() if key not in OPTIONS}
        self._batch = Batch(check_mode=self._task.check_mode)
        try:
            # What refers to results is not known early, whatever an earlier task has registered under their names.
            results = {f"{name}_result" for name in names}
            known = {key: value for key, value in variables.items() if key not in results}
            self._early = {name: self._read_early(name, known) for name in dict.fromkeys(names[1:])}
            return combined(self._run_modules(names, variables))
        finally:
            self._batch.readings.close()

    def _run_modules(self, names: t.Sequence[str], variables: dict[str, t.Any]) -> dict[str, Result]:
        results: dict[str, Result] = {}
        for name in names:
            if name in results and is_done(results[name]):
                continue
            # What the first pass has left is waited for in the second one.
            wait = {"wait": True} if name in results else {}
            result = self._outcome(name, wait, variables)
            results[name] = with_second_pass(results[name], result) if name in results else result
            variables[f"{name}_result"] = results[name]
            if result.get("failed"):
                break
            if has_touched(result, check_mode=self._task.check_mode):
                self._batch.readings.forget()
        return results

    def _read_early(self, name: str, known: dict[str, t.Any]) -> Result:
        """Begin to read for a module. Returns those of its options that are known for good."""
        early = _JOBS[name].early if name in _JOBS else None
        if early is None:
            return {}
        # What is wrong with its options is told when its turn comes, and what is to be deleted is read just before.
        with contextlib.suppress(AnsibleError, FailoverError):
            options = self._options(name, {*_CONNECTION, *early.options}, known)
            if options.get("state", "present") == "present":
                begin(self._action({**self._defaults, **options}), _JOBS[name], early, known, self._batch)
            return options
        return {}

    def _outcome(self, name: str, overrides: Result, variables: dict[str, t.Any]) -> Result:
        """The result of one module. What is wrong with its options must not hide what those before it have done."""
        try:
            if name in _ON_THE_CONTROLLER:
                return self._run_plugin(name, self._options(name, _ON_THE_CONTROLLER[name], variables), variables)
            job, early = _JOBS[name], self._early.get(name, {})
            own = self._options(name, {*_CONNECTION, *job.argument_spec} - early.keys(), variables)
            action = self._action({**self._defaults, **early, **own, **overrides})
            return run_action(action, job, variables, self._batch)
        except AnsibleError as error:
            return {"failed": True, "changed": False, "msg": f"{name}: {error.message}"}

    def _run_plugin(self, name: str, options: Result, variables: dict[str, t.Any]) -> Result:
        plugin = self._shared_loader_obj.action_loader.get(f"everlook.failover.{name}", **self._parts(options))
        result: Result = plugin.run(task_vars=variables)
        return result

    def _action(self, options: Result) -> ActionBase:
        """An action for a task with these options, otherwise like this one."""
        return type(self)(**self._parts(options))

    def _parts(self, options: Result) -> dict[str, t.Any]:
        task = self._task.copy()
        task.args = options
        return {
            "task": task,
            "connection": self._connection,
            "play_context": self._play_context,
            "loader": self._loader,
            "templar": self._templar,
            "shared_loader_obj": self._shared_loader_obj,
        }

    def _options(self, name: str, options: t.Iterable[str], variables: dict[str, t.Any]) -> Result:
        """The options of a module: `cidr` of vpc is the variable vpc_cidr. What is omitted is left out."""
        given = {option: variables[f"{name}_{option}"] for option in options if f"{name}_{option}" in variables}
        self._templar.available_variables = variables
        return dict(self._templar.template(given))
