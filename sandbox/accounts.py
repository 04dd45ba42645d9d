# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The accounts of the sandbox and the credentials that belong to them."""

from __future__ import annotations

import re
from dataclasses import dataclass

ACCOUNTS: dict[str, str] = {
    "dev": "111111111111",
    "staging": "222222222222",
    "prod": "333333333333",
    "management": "999999999999",
}
ENVIRONMENTS = ("dev", "staging", "prod")
MANAGEMENT = ACCOUNTS["management"]
USER_NAME = "deployer"

# AWS encodes the account in an access key id. Here it is readable: AKIALOCL111111111111.
_KEY_PREFIX = "AKIALOCL"
_ACCOUNT_ID = re.compile(r"\d{12}")


class UnknownAccountError(ValueError):
    """The name is neither an account of the sandbox nor a 12-digit account id."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Long-lived credentials of the user `deployer` of an account."""

    account_id: str
    access_key_id: str
    secret_access_key: str
    region: str = "us-east-1"

    def environment(self, url: str) -> dict[str, str]:
        """The environment variables which lead an AWS SDK to the sandbox at `url`."""
        return {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def account_id(name: str) -> str:
    """The id of an account given by name or id. Raises UnknownAccountError."""
    if name in ACCOUNTS:
        return ACCOUNTS[name]
    if _ACCOUNT_ID.fullmatch(name):
        return name
    raise UnknownAccountError(f"unknown account {name!r}: use one of {', '.join(ACCOUNTS)} or a 12-digit account id")


def account_name(account: str) -> str:
    """The name of an account of the inventories, or the ID of another one."""
    return next((name for name, number in ACCOUNTS.items() if number == account), account)


def credentials(name: str) -> Credentials:
    """The credentials of an account given by name or id. Raises UnknownAccountError."""
    number = account_id(name)
    return Credentials(number, f"{_KEY_PREFIX}{number}", f"local/{number}/not/a/secret")


def account_of_key(access_key_id: str) -> str | None:
    """The account a long-lived access key belongs to, None if it is unknown."""
    number = access_key_id.removeprefix(_KEY_PREFIX)
    if number != access_key_id and _ACCOUNT_ID.fullmatch(number):
        return number
    return None
