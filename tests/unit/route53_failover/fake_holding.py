# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds switches: schedules by region, and the roles that they have, in memory."""

from __future__ import annotations

import copy
import json
import typing as t

from .fake_route53 import Json, refuse


class FakeScheduler:
    """`schedules` is by region and name."""

    def __init__(self, schedules: dict[tuple[str, str], Json], region: str, wrote: t.Callable[[str], None]) -> None:
        self._schedules, self._region, self._wrote = schedules, region, wrote

    def get_schedule(self, GroupName: str, Name: str) -> Json:  # noqa: N803
        assert GroupName == "default"
        return copy.deepcopy(self._found(Name, "GetSchedule"))

    def create_schedule(self, GroupName: str, Name: str, **request: t.Any) -> Json:  # noqa: N803
        assert (self._region, Name) not in self._schedules
        return self._put(GroupName, Name, request, "CreateSchedule")

    def update_schedule(self, GroupName: str, Name: str, **request: t.Any) -> Json:  # noqa: N803
        self._found(Name, "UpdateSchedule")
        return self._put(GroupName, Name, request, "UpdateSchedule")

    def delete_schedule(self, GroupName: str, Name: str) -> Json:  # noqa: N803
        assert GroupName == "default"
        self._found(Name, "DeleteSchedule")
        del self._schedules[self._region, Name]
        self._wrote("DeleteSchedule")
        return {}

    def _put(self, group: str, name: str, request: Json, operation: str) -> Json:
        defaults = {"State": "ENABLED", "ScheduleExpressionTimezone": "UTC", "GroupName": group}
        self._schedules[self._region, name] = {**defaults, **copy.deepcopy(request)}
        self._wrote(operation)
        return {}

    def _found(self, name: str, operation: str) -> Json:
        if (self._region, name) not in self._schedules:
            raise refuse("ResourceNotFoundException", "none", operation)
        return self._schedules[self._region, name]


class FakeIam:
    """Roles with their inline policies, `policies`; also STS."""

    def __init__(self, roles: dict[str, Json], wrote: t.Callable[[str], None]) -> None:
        self._roles, self._wrote = roles, wrote

    def get_caller_identity(self) -> Json:
        return {"Account": "111111111111"}

    def get_role(self, RoleName: str) -> Json:  # noqa: N803
        return {"Role": copy.deepcopy(self._found(RoleName))}

    def list_role_policies(self, RoleName: str) -> Json:  # noqa: N803
        return {"PolicyNames": list(self._found(RoleName)["policies"])}

    def list_attached_role_policies(self, RoleName: str) -> Json:  # noqa: N803
        assert self._found(RoleName)
        return {"AttachedPolicies": []}

    def get_role_policy(self, RoleName: str, PolicyName: str) -> Json:  # noqa: N803
        return {"PolicyDocument": self._found(RoleName)["policies"][PolicyName]}

    def create_role(self, RoleName: str, AssumeRolePolicyDocument: str, **request: t.Any) -> Json:  # noqa: N803
        if RoleName in self._roles:
            raise refuse("EntityAlreadyExists", "there", "CreateRole")
        trust = json.loads(AssumeRolePolicyDocument)
        arn = f"arn:aws:iam::111111111111:role/{RoleName}"
        role = {"Arn": arn, "AssumeRolePolicyDocument": trust, "policies": {}, **request}
        self._roles[RoleName] = role
        self._wrote("CreateRole")
        return {"Role": role}

    def put_role_policy(self, RoleName: str, PolicyName: str, PolicyDocument: str) -> Json:  # noqa: N803
        self._found(RoleName)["policies"][PolicyName] = json.loads(PolicyDocument)
        self._wrote("PutRolePolicy")
        return {}

    def tag_role(self, RoleName: str, Tags: list[Json]) -> Json:  # noqa: N803
        kept = {tag["Key"]: tag for tag in (*self._found(RoleName)["Tags"], *Tags)}
        self._found(RoleName)["Tags"] = list(kept.values())
        self._wrote("TagRole")
        return {}

    def delete_role_policy(self, RoleName: str, PolicyName: str) -> Json:  # noqa: N803
        del self._found(RoleName)["policies"][PolicyName]
        self._wrote("DeleteRolePolicy")
        return {}

    def delete_role(self, RoleName: str) -> Json:  # noqa: N803
        assert not self._found(RoleName)["policies"]
        del self._roles[RoleName]
        self._wrote("DeleteRole")
        return {}

    def _found(self, name: str) -> Json:
        if name not in self._roles:
            raise refuse("NoSuchEntity", "none", "GetRole")
        return self._roles[name]
