# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Amazon ECR: repositories by their ARNs and tags. The registry itself is no resource of its calls."""

from __future__ import annotations

from collections.abc import Iterator

from moto.ecr.models import ecr_backends

from sandbox.rights.call import ApiCall, Right

_OF_REGISTRY = ("PutReplicationConfiguration",)


def rights(call: ApiCall) -> Iterator[Right]:
    """The permissions that a call needs (Service Authorization Reference, Amazon Elastic Container Registry).

    Tags of a new repository are a separate action.
    """
    action, name = f"ecr:{call.operation}", call.params.get("repositoryName")
    arn = call.arn("ecr", f"repository/{name}") if name else str(call.params.get("resourceArn") or "")
    if call.operation == "CreateRepository":
        yield Right(action, arn, requested=call.tags)
        if call.tags:
            yield Right("ecr:TagResource", arn, requested=call.tags)
    elif arn:
        yield Right(action, arn, tags=_tags(call, arn), requested=call.tags)
    elif call.reads or call.operation in _OF_REGISTRY:
        yield Right(action, None if call.reads else "*")
    else:
        raise call.unknown()


def _tags(call: ApiCall, arn: str) -> dict[str, str]:
    found = ecr_backends[call.account][call.region].tagger.get_tag_dict_for_resource(arn)
    return {str(key): str(value) for key, value in found.items()}
