# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin of every module in this collection; plugins/action/ has a file for each module's name."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleAction
from ansible.plugins.action import ActionBase

from ...module_utils._engine.job import Job
from ...module_utils._engine.printable import clean_result
from .. import deployed, inventory, module_defaults
from ..environment_lock import refusal
from ..jobs import registry
from ..jobs.local import LocalJob
from ..terminal import show
from . import host, process, read_ahead, releases, run_lease, start_at_task

process.preload()

# A variable of plays that only find out what a deployment would change
LOOKS_ONLY: t.Final = "everlook_failover_looks_only"
# Modules of global services
_GLOBAL: t.Final = ("route53", "delegation_roles")


class ActionModule(ActionBase):
    """Runs the job of the task's module."""

    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """The module's result, without anything that a callback should not print."""
        super().run(tmp, task_vars)
        result = clean_result(self._run(task_vars))
        if result.get("mistakes") and self._task.register and not self._decides_on_failures():
            # The play shows those of all regions together. Callbacks that print results would print them here too.
            result["_ansible_no_log"] = True
        if result.get("failed") and not self._decides_on_failures() and not result.get("exception"):
            # Ansible would print the message of a failed result twice: as an error's, and in the result.
            raise AnsibleAction("The reason is in its result.", result=result)
        return result

    def _decides_on_failures(self) -> bool:
        """Whether the task evaluates failed results. It cannot evaluate exceptions."""
        return bool(self._task.failed_when or self._task.until or self._task.retries)

    def _run(self, task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        name = self._task.action.rpartition(".")[2]
        refused = refusal(self) if name in registry.LOCKED else None
        if refused is not None:
            return {"failed": True, "changed": False, "msg": f"{name}: {refused}"}
        read_ahead.begin(self, name, task_vars or {})
        if name == "preflight":
            read = {**inventory.read(self._templar, task_vars or {}), "deployed": deployed.of_region(self._task.args)}
            self._task.args = {**read, **self._task.args}
        job = registry.load(name)
        if isinstance(job, LocalJob):
            return self._run_locally(job, task_vars or {})
        return self._run_job(job, task_vars or {})

    def _run_locally(self, job: LocalJob, variables: dict[str, t.Any]) -> dict[str, t.Any]:
        result = job.run_action(self)
        if job.name == "deployment_report" and not result.get("failed"):
            read_ahead.keep(self, variables)
        return result

    def _run_job(self, job: Job, variables: dict[str, t.Any]) -> dict[str, t.Any]:
        name = job.name
        found = module_defaults.arguments(name, self._task.args, self._task.module_defaults or (), self._templar)
        self._task.args = found
        started = start_at_task.refusal(job, self._task.args)
        if started is not None:
            return {"failed": True, "changed": False, "msg": f"{name}: {started}"}
        run = releases.run_action if name in releases.MODULES else host.run_action
        result = run(self, job, variables)
        if result.get("failed") and not self._task.check_mode:
            releases.note_failure(variables)
        if result.get("diff"):
            result["diff"] |= dict.fromkeys(("before_header", "after_header"), _place(name, self._task.args))
        if name == "route53_zone" and self._task.args.get("state") == "absent" and not self._task.check_mode:
            # Deleted last.
            run_lease.note_removal()
        if LOOKS_ONLY in variables:
            # What a deployment would change is no change of this run.
            result["changed"] = False
        if self._task.args.get("show"):
            # Callbacks that print results would print it again, as JSON.
            show(result.pop("summary", ()))
        return result


def _place(name: str, args: t.Mapping[str, t.Any]) -> str:
    """The place of a change: ``us-east-1 vpc``, or with several services ``us-east-1 ecs_service worker``."""
    service = args.get("name") if name == "ecs_service" and args.get("name") != args.get("stack") else ""
    region = "" if name.startswith(_GLOBAL) else args.get("region")
    return " ".join(str(part) for part in (region, name, service) if part)
