# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The basis of corrections: a world with a clock and an agenda, and handlers that answer operations."""

from __future__ import annotations

import heapq
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from moto.backends import get_backend
from moto.core.errors import COMMON_ERROR_CODES
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import camelcase_to_underscores

from sandbox.certificate_authority import CertificateAuthority
from sandbox.observations import Observations
from sandbox.outages import Outages
from sandbox.timings import Timings
from sandbox.traffic import Traffic

if TYPE_CHECKING:
    from sandbox.plane.addresses import Addresses

_MINUTE = 60.0
# No alarm or scaling policy here looks further back.
_LOOKS_MADE_UP_FOR = 30

T = TypeVar("T")
Action = Callable[[], None]


class AwsError(ServiceException):
    """An error as AWS answers it: code and message, in the service's wire format."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        # moto warns of codes that the service's model does not list; AWS has many of these.
        if code not in COMMON_ERROR_CODES:
            COMMON_ERROR_CODES.append(code)


@dataclass(slots=True)
class World:
    """State that corrections share: time, scheduled actions, what probers see, and what moto cannot store."""

    timings: Timings
    observations: Observations
    # Of the data plane; None without one. With one, tasks and targets are as it finds them.
    addresses: Addresses | None = None
    # By the ARN of a target group: requests that a load balancer has forwarded to it, as the data plane saw them.
    requests: Counter[str] = field(default_factory=Counter)
    traffic: Traffic = field(default_factory=Traffic)
    outages: Outages = field(default_factory=Outages)
    # Changes with every change of the world: derived data may be outdated then.
    revision: int = 0
    # Stays the same after a reset: clients know its root.
    authority: CertificateAuthority = field(default_factory=CertificateAuthority)
    _stores: dict[tuple[Any, ...], Any] = field(default_factory=dict)
    _agenda: list[tuple[float, int, Action]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)
    _moment: float | None = None
    _epoch: float = 0.0
    _began: float = 0.0

    def __post_init__(self) -> None:
        self._began = self.now()
        self._epoch = time.time() - self._began

    def now(self) -> float:
        """Seconds of a monotonic clock."""
        return time.monotonic()

    def moment(self) -> float:
        """The time; for a scheduled action the time at which it was due, even if it runs late."""
        return self.now() if self._moment is None else self._moment

    def wall(self) -> float:
        """That moment in seconds since the epoch, for time stamps."""
        return self._epoch + self.moment()

    @property
    def clock_rate(self) -> float:
        """Seconds of the world's clock in a second of wall time."""
        return _MINUTE / self.timings.of("scaling_minute")

    def clock(self) -> float:
        """The world's clock in seconds since the epoch. It starts with the wall's, and its minutes are shorter."""
        return self._epoch + self._began + (self.moment() - self._began) * self.clock_rate

    def after(self, timing: str) -> float:
        """The moment at which something that starts now and takes `timing` ends."""
        return self.moment() + self.timings.of(timing)

    def at(self, due: float, action: Action) -> None:
        """Call the action at the moment `due`."""
        heapq.heappush(self._agenda, (due, next(self._numbers), action))

    def schedule(self, timing: str, action: Action) -> float:
        """Call the action after the named duration. Returns that moment."""
        due = self.after(timing)
        self.at(due, action)
        return due

    def again(self, seconds: float, action: Action) -> None:
        """Repeat a regular action after that many seconds of wall time.

        Of actions that came due without a call, only the last ones are made up for: at high speed on a busy machine,
        all of them would take longer than the time in which as many more come due.
        """
        missed = int((self.now() - self.moment()) / seconds)
        self.at(self.moment() + seconds * (1 + max(missed - _LOOKS_MADE_UP_FOR, 0)), action)

    def changed(self) -> None:
        """Record a change by a call, a prober or a person."""
        self.revision += 1

    @contextmanager
    def current(self) -> Iterator[None]:
        """Run due actions in order, without threads, when the world is read. Meanwhile time stands still.

        A call sees a single moment: a target that it lists does not disappear while it is described.
        """
        now = self.now()
        while self._agenda and self._agenda[0][0] <= now:
            due, _number, action = heapq.heappop(self._agenda)
            with self._clock_stopped(due):
                action()
            self.changed()
        with self._clock_stopped(now):
            yield

    @contextmanager
    def _clock_stopped(self, moment: float) -> Iterator[None]:
        before, self._moment = self._moment, moment
        try:
            yield
        finally:
            self._moment = before

    def store(self, make: Callable[[], T], *key: Any) -> T:
        """The object stored under the key, created on first use; a reset deletes it."""
        if key not in self._stores:
            self._stores[key] = make()
        kept: T = self._stores[key]
        return kept

    def reset(self) -> None:
        """Delete stored objects and scheduled actions."""
        self._stores.clear()
        self.requests.clear()
        self.traffic.clear()
        self._agenda.clear()
        self._began = self.now()
        self._epoch = time.time() - self._began
        self.changed()
        if self.addresses:
            self.addresses.forget()


@dataclass(slots=True)
class Call:
    """One API call on its way to moto."""

    response: Any
    operation: str
    world: World
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
    def backend(self) -> Any:
        """moto's state of the service, in the account and region that were called."""
        regions = get_backend(self.response.service_name)[self.account]
        return regions[self.region if self.region in regions else self.response.partition]

    @property
    def params(self) -> dict[str, Any]:
        """The parameters, named as in the API model. moto sees changes of them."""
        params: dict[str, Any] = self.response.params
        return params

    def get(self, name: str, default: Any = None) -> Any:
        """A parameter from the body or the path; dots reach into structures."""
        return self.response._get_param(name, default)

    def proceed(self) -> Any:
        """moto's own result, for the serializer."""
        result = self._original(self.response)
        return result.result if isinstance(result, ActionResult) else result


Handler = Callable[[Call], Any]


@dataclass(frozen=True, slots=True)
class Correction:
    """A handler and its operations. It returns a dict in the API's shape, for the serializer."""

    response_class: type[BaseResponse]
    operations: tuple[str, ...]
    handler: Handler

    def install(self, world: World) -> None:
        """Replace moto's operations, or earlier corrections of them, which `Call.proceed` calls."""
        for operation in self.operations:
            name = camelcase_to_underscores(operation)
            original = getattr(self.response_class, name, _missing)
            setattr(self.response_class, name, self._method(name, operation, world, original))

    def _method(self, name: str, operation: str, world: World, original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def method(response: BaseResponse) -> Any:
            result = self.handler(Call(response, operation, world, original))
            return result if isinstance(result, ActionResult | tuple | str) else ActionResult(result)

        method.__name__ = name
        return method


def corrects(response_class: type[BaseResponse], *operations: str) -> Callable[[Handler], Correction]:
    """Make a handler the correction of these operations."""
    return lambda handler: Correction(response_class, operations, handler)


def _missing(response: BaseResponse) -> Any:
    raise NotImplementedError(f"moto has no {response._get_action()}")
