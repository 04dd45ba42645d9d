# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs several modules one after the other in one worker, each by its own action plugin."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec

from ..module_utils._alb.layer import LAYER as ALB
from ..module_utils._ecs.layer import LAYER as ECS_SERVICE
from ..module_utils._route53_delegation.layer import LAYER as ROUTE53_ZONE_DELEGATION
from ..module_utils._route53_failover.info import JOB as FAILOVER_INFO
from ..module_utils._route53_failover.layer import LAYER as ROUTE53_FAILOVER
from ..module_utils._route53_zone.layer import LAYER as ROUTE53_ZONE
from ..module_utils._vpc.layer import LAYER as VPC
from ..plugin_utils.batch import chosen, combined, is_done, with_second_pass

Result = dict[str, t.Any]

_LAYERS: t.Final = (VPC, ALB, ECS_SERVICE, ROUTE53_ZONE, ROUTE53_ZONE_DELEGATION, ROUTE53_FAILOVER)
_JOBS: t.Final = {job.name: job for job in (*(layer.job for layer in _LAYERS), FAILOVER_INFO)}
_ARGUMENT_SPEC: t.Final[dict[str, dict[str, t.Any]]] = {
    "modules": {"type": "list", "elements": "str", "choices": list(_JOBS), "required": True},
    "limit_to_tags": {"type": "bool", "default": False},
}


class ActionModule(ActionBase):
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        super().run(tmp, task_vars)
        _validation, params = self.validate_argument_spec(argument_spec={**aws_argument_spec(), **_ARGUMENT_SPEC})
        connection = {key: value for key, value in self._task.args.items() if key not in _ARGUMENT_SPEC}
        variables = dict(task_vars or {})
        names = params["modules"]
        if params["limit_to_tags"]:
            names = chosen(names, variables["ansible_run_tags"], variables["ansible_skip_tags"])
        results: dict[str, Result] = {}
        for name in names:
            if name in results and is_done(results[name]):
                continue
            # What the first pass has left is waited for in the second one.
            wait = {"wait": True} if name in results else {}
            result = self._outcome(name, connection, wait, variables)
            results[name] = with_second_pass(results[name], result) if name in results else result
            variables[f"{name}_result"] = results[name]
            if result.get("failed"):
                break
        return combined(results)

    def _outcome(self, name: str, defaults: Result, overrides: Result, variables: dict[str, t.Any]) -> Result:
        """The result of one module. What is wrong with its options must not hide what those before it have done.

        :param defaults: connection options of the batch, by module_defaults as well: a module's own variables win.
        """
        try:
            return self._run_module(name, {**defaults, **self._options(name, variables), **overrides}, variables)
        except AnsibleError as error:
            return {"failed": True, "changed": False, "msg": f"{name}: {error.message}"}

    def _options(self, name: str, variables: dict[str, t.Any]) -> Result:
        """The options of a module: `cidr` of vpc is the variable vpc_cidr. What is omitted is left out."""
        options = (*aws_argument_spec(), *_JOBS[name].argument_spec)
        given = {option: variables[f"{name}_{option}"] for option in options if f"{name}_{option}" in variables}
        self._templar.available_variables = variables
        return dict(self._templar.template(given))

    def _run_module(self, name: str, options: Result, variables: dict[str, t.Any]) -> Result:
        task = self._task.copy()
        task.args = options
        action = self._shared_loader_obj.action_loader.get(
            f"everlook.failover.{name}",
            task=task,
            connection=self._connection,
            play_context=self._play_context,
            loader=self._loader,
            templar=self._templar,
            shared_loader_obj=self._shared_loader_obj,
        )
        result: Result = action.run(task_vars=variables)
        return result
