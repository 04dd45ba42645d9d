# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories of ECR, and the replication of a registry.

moto accepts any tags, lists everything at once, and supports one replication rule. Amazon ECR API, CreateRepository,
TagResource, DescribeRepositories and PutReplicationConfiguration; User Guide, "Private image replication" and
"Service-linked role for replication".
"""

from __future__ import annotations

from typing import Any

from moto.ecr.responses import ECRResponse
from moto.iam.models import iam_backends

from sandbox.overlay.base import AwsError, Call, corrects
from sandbox.overlay.registry.pages import page_of

LINKED_ROLE = "AWSServiceRoleForECRReplication"
_PRINCIPAL = "replication.ecr.amazonaws.com"
_MOST_TAGS = 50
_MOST_RULES = 10
_MOST_DESTINATIONS = 25
_SHORTEST = 2


@corrects(ECRResponse, "CreateRepository")
def create(call: Call) -> Any:
    """CreateRepository with tags that AWS takes."""
    if len(str(call.get("repositoryName"))) < _SHORTEST:
        raise _invalid("repositoryName", f"must have length greater than or equal to {_SHORTEST}")
    _check_tags(call.get("tags") or [], {})
    return call.proceed()


@corrects(ECRResponse, "TagResource")
def tag(call: Call) -> Any:
    """TagResource with tags that AWS takes."""
    there = call.backend.tagger.get_tag_dict_for_resource(str(call.get("resourceArn")))
    _check_tags(call.get("tags") or [], there)
    return call.proceed()


@corrects(ECRResponse, "DescribeRepositories")
def describe(call: Call) -> Any:
    """DescribeRepositories, in pages."""
    return page_of(call, "repositories", call.proceed()["repositories"], all_of="repositoryNames")


@corrects(ECRResponse, "PutReplicationConfiguration")
def put_replication(call: Call) -> Any:
    """PutReplicationConfiguration replaces all rules, within AWS's limits; the first call creates a role."""
    configuration = call.get("replicationConfiguration")
    rules = configuration["rules"]
    places = {(place["region"], place["registryId"]) for rule in rules for place in rule["destinations"]}
    if len(rules) > _MOST_RULES:
        raise AwsError("ValidationException", f"Replication configuration can have at most {_MOST_RULES} rules.")
    if len(places) > _MOST_DESTINATIONS:
        raise AwsError("ValidationException", f"A registry can have at most {_MOST_DESTINATIONS} unique destinations.")
    if (call.region, call.account) in places:
        raise _invalid("replicationConfiguration", "Replication destination cannot be the same as the source registry")
    iam = iam_backends[call.account]["aws"]
    if rules and not any(role.name == LINKED_ROLE for role in iam.roles.values()):
        # moto has another name for it.
        iam.create_service_linked_role(_PRINCIPAL, "", "").name = LINKED_ROLE
    call.backend.replication_config = configuration
    return {"replicationConfiguration": configuration}


def _check_tags(tags: list[dict[str, str]], there: dict[str, str]) -> None:
    keys = [str(item["Key"]) for item in tags]
    if any(key.lower().startswith("aws:") for key in keys):
        raise AwsError("InvalidTagParameterException", "Tag keys must not begin with aws:.")
    if len({*keys, *there}) > _MOST_TAGS:
        raise AwsError("TooManyTagsException", f"A repository can have at most {_MOST_TAGS} tags.")


def _invalid(parameter: str, why: str) -> AwsError:
    message = f"Invalid parameter at '{parameter}' failed to satisfy constraint: '{why}'"
    return AwsError("InvalidParameterException", message)
