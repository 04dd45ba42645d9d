# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What corrections are made of: a world with a clock, and handlers that wrap operations."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from moto.core.errors import COMMON_ERROR_CODES
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import camelcase_to_underscores

from sandbox.observations import Observations
from sandbox.timings import Timings

if TYPE_CHECKING:
    from sandbox.plane.addresses import Addresses

T = TypeVar("T")


class AwsError(ServiceException):
    """An error as AWS answers it: code and message, in the service's wire format."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        # moto warns of codes that the service's model does not list; AWS has many of these.
        if code not in COMMON_ERROR_CODES:
            COMMON_ERROR_CODES.append(code)


@dataclass(slots=True)
class World:
    """What the corrections share: time, what probers see, and state moto has no place for."""

    timings: Timings
    observations: Observations
    # Of the data plane; None without one. What it runs and probes is then as it finds it.
    addresses: Addresses | None = None
    _stores: dict[tuple[Any, ...], Any] = field(default_factory=dict)

    def now(self) -> float:
        """Seconds on a clock that only goes forward."""
        return time.monotonic()

    def after(self, timing: str) -> float:
        """The moment at which something that starts now and takes `timing` is done."""
        return self.now() + self.timings.of(timing)

    def store(self, make: Callable[[], T], *key: Any) -> T:
        """The thing kept under the key, made on first use; gone after a reset."""
        if key not in self._stores:
            self._stores[key] = make()
        kept: T = self._stores[key]
        return kept

    def reset(self) -> None:
        """Forget what is kept."""
        self._stores.clear()
        if self.addresses:
            self.addresses.forget()


@dataclass(slots=True)
class Call:
    """One API call on its way to moto."""

    response: Any
    _original: Callable[[Any], Any]

    @property
    def account(self) -> str:
        """The id of the calling account."""
        return str(self.response.current_account)

    @property
    def region(self) -> str:
        """The region that was called."""
        return str(self.response.region)

    @property
    def params(self) -> dict[str, Any]:
        """The parameters, named as in the API model. Changes are seen by moto."""
        params: dict[str, Any] = self.response.params
        return params

    def get(self, name: str, default: Any = None) -> Any:
        """A parameter from the body or the path; dots reach into structures."""
        return self.response._get_param(name, default)

    def proceed(self) -> Any:
        """moto's own result (what the serializer is given)."""
        result = self._original(self.response)
        return result.result if isinstance(result, ActionResult) else result


Handler = Callable[[Call], Any]


def override(response_class: type[BaseResponse], operation: str, handler: Handler) -> None:
    """Answer an API operation with what the handler returns: a dict in the API's shape."""
    name = camelcase_to_underscores(operation)
    original = getattr(response_class, name, _missing)

    def method(self: BaseResponse) -> Any:
        result = handler(Call(self, original))
        return result if isinstance(result, ActionResult | tuple | str) else ActionResult(result)

    method.__name__ = name
    setattr(response_class, name, method)


def _missing(response: BaseResponse) -> Any:
    raise NotImplementedError(f"moto has no {response._get_action()}")
