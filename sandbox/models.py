# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""moto's models of operations, when several threads want the first one."""

from __future__ import annotations

import threading
from typing import Any


def one_at_a_time(model: Any) -> None:
    """Let one thread make a service's model of an operation at a time.

    moto's method and the one of botocore's that it extends keep what they make in the same place of the same cache:
    between the two, another thread finds botocore's, which has no `http_trait`, and the call gets no answer.

    :param model: the class `moto.core.model.ServiceModel`, or one made of it.
    """
    lock = threading.RLock()
    original = model.operation_model

    def operation_model(service: Any, name: str) -> Any:
        with lock:
            return original(service, name)

    model.operation_model = operation_model
