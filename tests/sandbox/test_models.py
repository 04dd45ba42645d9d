# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Models of operations that several threads want at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event
from typing import Any

import moto.core.model
import pytest

from sandbox.models import one_at_a_time

DESCRIPTION = {"metadata": {}, "operations": {"Read": {"name": "Read", "http": {"method": "GET", "requestUri": "/"}}}}


def test_threads_that_come_first_at_once_get_the_same_model(monkeypatch: pytest.MonkeyPatch) -> None:
    class Service(moto.core.model.ServiceModel):
        """A service whose class is changed here alone."""

    one_at_a_time(Service)
    made, going_on = Event(), Event()
    original = moto.core.model.OperationModel

    def slowly(*arguments: Any) -> Any:
        """Botocore's is in the cache by now."""
        made.set()
        assert going_on.wait(30)
        return original(*arguments)

    monkeypatch.setattr(moto.core.model, "OperationModel", slowly)
    service = Service(DESCRIPTION, "service")
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(service.operation_model, "Read")
        assert made.wait(30)
        second = pool.submit(service.operation_model, "Read")
        wait([second], 0.1)
        going_on.set()
        assert first.result(30) is second.result(30)
    assert first.result().http_trait.method == "GET"
