# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""botocore's exceptions → AwsError, with a remedy if there is one."""

from __future__ import annotations

import contextlib
import pathlib
import re
import traceback
import typing as t

from . import permissions
from .errors import AwsError, FailoverError

try:
    import botocore.exceptions as botocore_errors

    ClientError = botocore_errors.ClientError
except ImportError:  # see clients.py
    ClientError = Exception  # type: ignore[assignment, misc]

Result = t.TypeVar("Result")

_CREDENTIALS = "Check the credentials in the environment (AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)."
# A region that the account has not enabled rejects its credentials.
_UNKNOWN = f"{_CREDENTIALS} If they are valid in other regions, the account has not enabled this one."
_QUOTA = "Request a higher quota in Service Quotas, or remove what is not used."
_CLOCK = "This machine's clock is wrong: synchronise it."
_THROTTLED = "AWS still refused after many attempts, because this account makes too many calls: run this again later."

# A missing permission (each API's reference, "Common Errors"; the third is EC2's).
REFUSALS: t.Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})

# Error codes: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html and each API's reference.
_REMEDIES: t.Final[dict[str, str]] = {
    "AuthFailure": _UNKNOWN,
    "InvalidClientTokenId": _UNKNOWN,
    "UnrecognizedClientException": _UNKNOWN,
    "SignatureDoesNotMatch": _CREDENTIALS,
    "InvalidSignatureException": _CREDENTIALS,
    "RequestTimeTooSkewed": _CLOCK,
    "ExpiredToken": "The credentials have expired: log in again.",
    "ExpiredTokenException": "The credentials have expired: log in again.",
    "RequestExpired": "The credentials have expired, or this machine's clock is wrong.",
    "OptInRequired": "The region is not enabled in this account: enable it, or take it out of the inventory.",
    "RequestLimitExceeded": _THROTTLED,
    "Throttling": _THROTTLED,
    "ThrottlingException": _THROTTLED,
    "TooManyRequestsException": _THROTTLED,
    "PriorRequestNotComplete": "Another change of this zone is taking long: run this again later.",
    "ServiceQuotaExceededException": _QUOTA,
    "NotAvailableInZone": "Name other zones (vpc_zones in the inventory), or set vpc_nat_gateways to single or none.",
    "AvailabilityZoneNotSupported": "Name zones that take a load balancer (vpc_zones in the inventory).",
    "InsufficientFreeAddressesInSubnet": "Remove what is not used from the subnet.",
    "InvalidConfigurationRequest": (
        "If this is about logs: the bucket has to be in the same region, and its policy has to let Elastic Load "
        "Balancing write to it."
    ),
    "ResourceInUse": "Something outside this stack still uses it: take it out there, then run this again.",
    "DependencyViolation": "Something outside this stack still uses it: find its network interfaces and remove them.",
    "HostedZoneNotEmpty": "The zone has records that are not this stack's; delete them first.",
    "BlockedException": "AWS has blocked this account's use of Fargate: open a case with AWS Support.",
}
# The same code has another meaning for another call.
_REMEDIES_OF_CALLS: t.Final[dict[tuple[str, str], str]] = {
    ("DeleteLoadBalancer", "OperationNotPermitted"): (
        "Deletion protection is on: set alb_deletion_protection to false and run site.yml first."
    ),
    ("CreateNatGateway", "UnsupportedOperation"): (
        "If this is about a regional NAT gateway, the region does not have them: set vpc_nat_gateways to per_zone."
    ),
    ("CreateLoadBalancer", "OperationNotPermitted"): (
        "AWS does not let every new account create load balancers: open a case with AWS Support to have it enabled."
    ),
}


_GUARDRAIL_OFF = ", or have the guardrail turned off meanwhile (route53 update-hosted-zone-features)."
# The message of ChangeResourceRecordSets' InvalidChangeBatch names the guardrail (Route 53 Developer Guide, "Change
# Guardrails for hosted zones"), or says that a record set is protected ("Protecting records from changes").
_REMEDIES_OF_GUARDRAILS: t.Final[dict[str, str]] = {
    "NS_FORMAT_CHECK": "Correct the name servers: they have to be those of the child zone.",
    "NS_DELEGATION_AUTHORITY_CHECK": (
        "Correct the name servers: they have to be those of the child zone, which has to exist before it is delegated."
    ),
    "NS_OCCLUSION_CHECK": (
        "Remove the records at and below the delegated name, which a delegation hides, or choose another name."
    ),
    "ALIAS_TARGET_CHECK": f"Remove the alias records that point here first{_GUARDRAIL_OFF}",
    "ACTIVE_RECORD_CHECK": f"The record is still queried: wait until it is no longer{_GUARDRAIL_OFF}",
    "ACTIVE_DELEGATION_CHECK": f"The delegation is still in use: wait until it is no longer{_GUARDRAIL_OFF}",
    "protect": "Have the protection deleted (route53 delete-resource-record-set-protections), then run this again.",
}


@contextlib.contextmanager
def translate(region: str) -> t.Iterator[None]:
    """Turn botocore's exceptions inside the block into an AwsError that names the call, the region and a remedy.

    A KeyError too: an answer lacks a member that should be there.
    """
    try:
        yield
    except KeyError as error:
        raise AwsError(
            f"unexpected answer in {region}: no {error} ({_place(error)}). "
            "This is a defect of everlook.failover, please report it; running the same command again may help."
        ) from error
    except ClientError as error:
        raise client_error(error, region) from error
    except botocore_errors.ParamValidationError as error:
        # The report quotes the rejected values, which may be secret (a container's environment).
        report = re.sub(r", value: .*?, type:", ", type:", str(error.kwargs.get("report", "")), flags=re.DOTALL)
        raise AwsError(f"a parameter is not valid for AWS in {region}: {report}") from error
    except (botocore_errors.NoCredentialsError, botocore_errors.PartialCredentialsError) as error:
        raise AwsError(f"no AWS credentials found. {_CREDENTIALS}") from error
    except botocore_errors.BotoCoreError as error:
        # The message ends with the URL in quotes and a full stop.
        what = re.sub(r'URL: "(.*)"', r"\1", str(error)).rstrip(".")
        raise AwsError(f"AWS could not be called in {region}: {what}.", silent=True) from error


def _place(error: BaseException) -> str:
    *_callers, frame = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} in {pathlib.PurePath(frame.filename).name}, line {frame.lineno}"


def client_error(error: ClientError, region: str) -> AwsError:
    """The AwsError for an error answer of AWS. ``region`` is the default if the answer names none."""
    region = str(error.response.get("ResponseMetadata", {}).get("Region", region))
    code = error_code(error)
    message = error.response.get("Error", {}).get("Message", "")
    operation = error.operation_name
    said, remedy = f"{operation} in {region}: {code}: {message}", _remedy(operation, code, message)
    if remedy and message and not said.endswith((".", "!", "?")):
        said += "."  # only some of AWS's messages end with a full stop
    text = f"{said} {remedy}".strip()
    return AwsError(text, code=code, operation=operation, refused=code in REFUSALS)


def describe(error: BaseException, region: str) -> str:
    """The text of an error that is not raised; an AWS error with call, region and remedy."""
    if isinstance(error, ClientError):
        return str(client_error(error, region))
    return str(error) if isinstance(error, FailoverError) else f"{type(error).__name__}: {error}"


def _remedy(operation: str, code: str, message: str) -> str:
    if code in REFUSALS:
        return permissions.remedy(operation, message)
    # The codes for a wrong signature, if it is the time in it that is wrong.
    if message.startswith(("Signature expired", "Signature not yet current")):
        return _CLOCK
    if code == "InvalidChangeBatch":
        return next((remedy for word, remedy in _REMEDIES_OF_GUARDRAILS.items() if word in message), "")
    # Each service has its own names for quotas: VpcLimitExceeded, TooManyTargetGroups, LimitExceededException.
    quota = code.startswith("TooMany") or "LimitExceeded" in code
    return _REMEDIES_OF_CALLS.get((operation, code)) or _REMEDIES.get(code, _QUOTA if quota else "")


def unless(codes: t.Container[str], call: t.Callable[[], Result]) -> Result | None:
    """What the call returns; None if AWS answers with one of these codes, such as for a missing resource."""
    try:
        return call()
    except ClientError as error:
        if error_code(error) not in codes:
            raise
        return None


def error_code(error: BaseException) -> str:
    """AWS's error code of a ClientError, or an empty string for anything else."""
    response = getattr(error, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""
