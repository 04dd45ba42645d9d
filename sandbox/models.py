# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""moto's models of operations, made thread-safe."""

from __future__ import annotations

import threading
from typing import Any


def one_at_a_time(model: Any) -> None:
    """Let only one thread at a time create the model of an operation.

    moto's method and botocore's, which it extends, store their results in the same place of the same cache:
    between the two, another thread finds botocore's, which has no `http_trait`, and the call gets no answer.

    :param model: the class `moto.core.model.ServiceModel`, or a subclass.
    """
    lock = threading.RLock()
    original = model.operation_model

    def operation_model(service: Any, name: str) -> Any:
        with lock:
            return original(service, name)

    model.operation_model = operation_model
