# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings to make before moto is imported, and look-ups to avoid."""

from __future__ import annotations

import gc
import os
from functools import cache
from typing import Any

import boto3.session
import botocore.session

from sandbox.models import one_at_a_time

os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
# No instances are started here, and the catalogue of images takes a while to read.
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
# Headers for web pages of other origins, which get no answer (see `sandbox.guard`).
os.environ["MOTO_DISABLE_GLOBAL_CORS"] = "true"
os.environ.pop("MOTO_ACCOUNT_ID", None)


@cache
def _ec2_regions(partition: str) -> tuple[str, ...]:
    session: Any = botocore.session.Session()
    resolver = session._get_internal_component("endpoint_resolver")
    return tuple(resolver.get_available_endpoints("ec2", partition, False))


def _available_regions(
    _session: boto3.session.Session,
    _service_name: str,
    partition_name: str = "aws",
    _allow_non_regional: bool = False,
) -> list[str]:
    """Return EC2's regions for every service: to find out, boto3 would parse whole service models."""
    return list(_ec2_regions(partition_name))


# Loaded objects stay; searching them for garbage takes longer than loading.
gc.disable()
# Every session would parse the same files again.
botocore.session.create_loader = cache(botocore.session.create_loader)
boto3.session.Session.get_available_regions = _available_regions  # type: ignore[assignment]


def done() -> None:
    """Speed up a fully loaded server.

    moto lists its own folder and the methods of a response class for every call: a quarter of the time that a call
    takes. At the first call of a service it lists all services that botocore knows. Existing objects are not searched
    for garbage either; later ones are, seldom: calls leave little behind.
    """
    import moto.backends  # noqa: PLC0415  # after the settings above
    import moto.core.model  # noqa: PLC0415
    import moto.core.responses  # noqa: PLC0415
    import moto.core.utils  # noqa: PLC0415

    modules = tuple(moto.backends.list_of_moto_modules())
    moto.backends.list_of_moto_modules = lambda: modules
    moto.core.responses.method_names_from_class = cache(moto.core.responses.method_names_from_class)
    moto.core.utils.create_loader = cache(moto.core.utils.create_loader)
    one_at_a_time(moto.core.model.ServiceModel)
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    gc.enable()
