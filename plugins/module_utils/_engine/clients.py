# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""boto3 clients: built once, in one thread at a time, and guarded against forbidden writes."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import functools
import os
import threading
import time
import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.botocore import get_aws_connection_info

from .answers import complete_answers
from .assumed_role import AssumedRole
from .errors import DryRunError, SpecError, Stopped

# Without botocore no client is built: the module reports what is missing.
with contextlib.suppress(ImportError):
    import botocore.config
    import botocore.exceptions
    import botocore.session

# Route 53 allows an account five calls a second. The retry mode "adaptive" slows down once a call is throttled, so that
# a stack of many regions does not use up its attempts.
_SLOWING_DOWN: t.Final = frozenset({"route53"})
# Every operation in use that starts with one of these changes nothing.
_READS = ("Describe", "List", "Get", "Test", "AssumeRole", "Lookup", "Search", "Head")


# Creates a loader of AWS's service models for the folders in AWS_DATA_PATH.
NewLoader: t.TypeAlias = "t.Callable[[str | None], t.Any]"


def session(profile: str | None, new_loader: NewLoader | None = None) -> t.Any:
    """A botocore session, shared by the clients of one process: finding credentials takes as long as some calls.

    :param new_loader: None for botocore's own.
    """
    return _session(profile, new_loader, frozenset(item for item in os.environ.items() if item[0].startswith("AWS_")))


@functools.lru_cache(maxsize=1)
def _session(profile: str | None, new_loader: NewLoader | None, _environment: frozenset[tuple[str, str]]) -> t.Any:
    made = botocore.session.Session(profile=profile)
    if new_loader:
        made.register_component("data_loader", new_loader(made.get_config_variable("data_path")))
    return made


def is_read(operation: str) -> bool:
    """True if the API operation (``DescribeVpcs``) changes nothing."""
    return operation.startswith(_READS)


@dataclasses.dataclass(frozen=True)
class _Connection:
    """A module, as far as amazon.aws's get_aws_connection_info needs one."""

    params: t.Mapping[str, t.Any]

    def fail_json(self, *, msg: str, **_ignored: object) -> t.NoReturn:
        raise SpecError("connection", msg)


class Clients:
    """The clients of one run.

    :param params: module parameters, with amazon.aws's connection options among them.
    :param stop: once set, every writing call and its retries raise Stopped before they are sent.
    :param check_mode: if true, every writing call raises DryRunError before it is sent.
    :param new_loader: of service models; None for botocore's own.
    """

    def __init__(
        self,
        params: t.Mapping[str, t.Any],
        *,
        stop: threading.Event,
        check_mode: bool,
        new_loader: NewLoader | None = None,
    ) -> None:
        self.region, self._endpoint, connection = get_aws_connection_info(_Connection(params))
        self._config = connection.pop("aws_config", None)
        self._profile = connection.pop("profile_name", None)
        self._connection = connection
        self._stop = stop
        self._check_mode = check_mode
        self._new_loader = new_loader
        self._short_timeouts = False
        self._lock = threading.RLock()
        self._cache: dict[tuple[str, str | None, bool, AssumedRole | None], t.Any] = {}
        self._assuming = threading.Lock()
        self._assumed: dict[tuple[AssumedRole, str], dict[str, str]] = {}
        # By thread: the call it waits for, and since when.
        self._unanswered: dict[int, tuple[str, float]] = {}

    def renew(self, stop: threading.Event) -> bool:
        """Serve another run, with its ``stop``. False if the last one was stopped: its calls may still be running."""
        if self._stop.is_set():
            return False
        self._stop = stop
        return True

    def with_short_timeouts(self) -> Clients:
        """Clients that give up after some seconds, for regions that may be down."""
        clients = copy.copy(self)
        clients._short_timeouts = True
        clients._cache = {}
        return clients

    def within(self, region: str) -> Clients:
        """The same clients with this default region."""
        clients = copy.copy(self)
        clients.region = region
        return clients

    def get(
        self, service: str, *, region: str | None = None, retry: bool = True, role: AssumedRole | None = None
    ) -> t.Any:
        """The client for ``service`` in ``region`` (default: the run's).

        :param retry: False for creating calls without a client token, which must not be repeated blindly.
        :param role: a role to assume, once, through the regional STS endpoint.
        """
        region = region or self.region
        if not region:
            raise SpecError("region", "is not set.", "Set the option, or AWS_REGION in the environment.")
        # Before the lock is taken, so that other clients can be built meanwhile.
        credentials = self._credentials(role, region) if role else {}
        with self._lock:
            key = (service, region, retry, role)
            if key not in self._cache:
                self._cache[key] = self._build(service, region, retry, credentials)
            return self._cache[key]

    def unanswered(self, seconds: float) -> list[str]:
        """Calls that have been unanswered for so long, for people, the oldest first."""
        now = time.monotonic()
        found = sorted((since, call) for call, since in list(self._unanswered.values()) if now - since >= seconds)
        return [f"{call} ({now - since:.0f} s)" for since, call in found]

    def environment(self) -> dict[str, str]:
        """Environment variables with which a child process calls AWS as these clients do; empty values are to be unset.

        They include secrets, and exclude what the child inherits anyway.
        """
        keys = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
        given = {key.upper(): self._connection.get(key) or "" for key in keys}
        own = given if given["AWS_ACCESS_KEY_ID"] else {}
        bundle = self._connection.get("verify")
        return {
            **own,
            **({"AWS_PROFILE": self._profile, **dict.fromkeys(given, "")} if self._profile else {}),
            **({"AWS_ENDPOINT_URL": self._endpoint} if self._endpoint else {}),
            **({"AWS_CA_BUNDLE": bundle} if isinstance(bundle, str) else {}),
        }

    def _build(self, service: str, region: str, retry: bool, credentials: t.Mapping[str, str]) -> t.Any:
        config = self._client_config(service, retry)
        client = session(self._profile, self._new_loader).create_client(
            service,
            region_name=region,
            endpoint_url=self._endpoint,
            config=config,
            **{**self._connection, **credentials},
        )
        client.meta.events.register("before-send", self._guard)
        where = functools.partial(self._note, region)
        for moment in ("before-call", "after-call", "after-call-error"):
            client.meta.events.register(moment, where)
        complete_answers(client)
        return client

    def _client_config(self, service: str, retry: bool) -> t.Any:
        attempts = 2 if self._short_timeouts else 10
        mode: t.Literal["adaptive", "standard"] = "adaptive" if service in _SLOWING_DOWN else "standard"
        config = botocore.config.Config(
            # amazon.aws's AWSRetry knows neither ThrottlingException nor PriorRequestNotComplete; botocore's does.
            retries={"mode": mode, "total_max_attempts": attempts if retry else 1},
            connect_timeout=2 if self._short_timeouts else 5,
            read_timeout=4 if self._short_timeouts else 30,
            max_pool_connections=16,
            user_agent_extra="everlook.failover",
        )
        return config.merge(self._config) if self._config else config

    def _credentials(self, role: AssumedRole, region: str) -> dict[str, str]:
        with self._assuming:
            if (role, region) not in self._assumed:
                self._assumed[role, region] = self._assume(role, region)
            return self._assumed[role, region]

    def _assume(self, role: AssumedRole, region: str) -> dict[str, str]:
        request = {"RoleArn": role.arn, "RoleSessionName": role.session_name}
        if role.external_id:
            request["ExternalId"] = role.external_id
        answer = self.get("sts", region=region).assume_role(**request)["Credentials"]
        return {
            "aws_access_key_id": answer["AccessKeyId"],
            "aws_secret_access_key": answer["SecretAccessKey"],
            "aws_session_token": answer["SessionToken"],
        }

    def _note(self, region: str, *, event_name: str, **_ignored: object) -> None:
        moment, _service, operation = event_name.split(".")
        if moment == "before-call":
            self._unanswered[threading.get_ident()] = (f"{operation} in {region}", time.monotonic())
        else:
            self._unanswered.pop(threading.get_ident(), None)

    def _guard(self, event_name: str, **_ignored: object) -> None:
        operation = event_name.rsplit(".", 1)[-1]
        if is_read(operation):
            return
        if self._check_mode:
            raise DryRunError(f"{operation} was about to be called in check mode; please report this as a defect")
        if self._stop.is_set():
            raise Stopped(f"{operation} was not called: the run is stopping")
