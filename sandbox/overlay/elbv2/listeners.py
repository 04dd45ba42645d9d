# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listeners: one a port, with a certificate where one is needed, actions in full."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from moto.elbv2.responses import ELBV2Response

from sandbox.overlay.acm.certificates import status_of
from sandbox.overlay.base import AwsError, Call, corrects
from sandbox.overlay.elbv2.attributes import set_listener_defaults
from sandbox.overlay.elbv2.common import (
    balancer_of,
    default_certificates,
    forget_tags,
    forwarding,
    given_tags,
    invalid,
    more_certificates,
    relink,
    tags_of,
)
from sandbox.overlay.elbv2.trust_stores import check_mutual_authentication, set_mutual_authentication

_REDIRECT = {
    "Protocol": "#{protocol}",
    "Port": "#{port}",
    "Host": "#{host}",
    "Path": "/#{path}",
    "Query": "#{query}",
}
_DEFAULT_POLICY = "ELBSecurityPolicy-2016-08"
# Elastic Load Balancing User Guide, "Quotas": certificates of a load balancer, the default ones not counted.
_MOST_CERTIFICATES = 25
_POLICY = re.compile(r"ELBSecurityPolicy-[A-Za-z0-9-]+")


@corrects(ELBV2Response, "CreateListener")
def create(call: Call) -> Any:
    """CreateListener: the same again is the same, another on the port is refused."""
    elb, arn = call.backend, call.get("LoadBalancerArn")
    balancer = balancer_of(call)
    for existing in balancer.listeners.values():
        if int(existing.port) == int(call.get("Port")):
            return _again(call, existing)
    _check_certificate(call, call.get("Protocol"))
    mutual = check_mutual_authentication(call, call.get("Protocol"))
    take_actions(call, "DefaultActions", arn)
    result = call.proceed()
    listener = result["Listeners"][0]
    if listener.protocol not in ("HTTPS", "TLS"):
        listener.ssl_policy = None
    set_mutual_authentication(listener, mutual)
    set_listener_defaults(listener)
    relink(call.world, elb)
    return result


@corrects(ELBV2Response, "ModifyListener")
def _modify(call: Call) -> Any:
    elb = call.backend
    (listener,) = elb.describe_listeners(None, [call.get("ListenerArn")])
    balancer = elb.load_balancers[listener.load_balancer_arn]
    ports = [int(other.port) for other in balancer.listeners.values() if other is not listener]
    if call.get("Port") is not None and int(call.get("Port")) in ports:
        raise _duplicate(listener.load_balancer_arn)
    if call.get("Protocol") == "HTTPS" and listener.protocol != "HTTPS":
        _check_certificate(call, "HTTPS")
    given = [known["CertificateArn"] for known in call.get("Certificates") or []]
    if len(given) > 1:
        raise invalid("You must specify exactly one certificate")
    _check_each(call, given)
    mutual = check_mutual_authentication(call, call.get("Protocol") or listener.protocol)
    take_actions(call, "DefaultActions", listener.load_balancer_arn)
    result = call.proceed()
    if listener.protocol == "HTTP":
        listener.ssl_policy, listener.certificates = None, []
    elif not listener.ssl_policy:
        listener.ssl_policy = _DEFAULT_POLICY
    set_mutual_authentication(listener, mutual)
    relink(call.world, elb)
    return result


@corrects(ELBV2Response, "AddListenerCertificates")
def _add_certificates(call: Call) -> Any:
    """AddListenerCertificates: "If the certificate is already in the certificate list, the call is successful"."""
    (listener,) = call.backend.describe_listeners(None, [call.get("ListenerArn")])
    _check_each(call, [_only_certificate(call)])
    more = more_certificates(call.world, listener.arn)
    if _only_certificate(call) not in more:
        if len(more) == _MOST_CERTIFICATES:
            raise AwsError("TooManyCertificates", "You've reached the limit on the number of certificates.")
        more.append(_only_certificate(call))
    return {"Certificates": [{"CertificateArn": arn, "IsDefault": False} for arn in more]}


@corrects(ELBV2Response, "DescribeListenerCertificates")
def _describe_certificates(call: Call) -> Any:
    (listener,) = call.backend.describe_listeners(None, [call.get("ListenerArn")])
    default = [{"CertificateArn": arn, "IsDefault": True} for arn in default_certificates(listener)]
    more = [{"CertificateArn": arn, "IsDefault": False} for arn in more_certificates(call.world, listener.arn)]
    return {"Certificates": [*default, *more]}


@corrects(ELBV2Response, "RemoveListenerCertificates")
def _remove_certificates(call: Call) -> Any:
    (listener,) = call.backend.describe_listeners(None, [call.get("ListenerArn")])
    more = more_certificates(call.world, listener.arn)
    more[:] = [arn for arn in more if arn != _only_certificate(call)]
    return {}


def _only_certificate(call: Call) -> str:
    """ "You can specify one certificate per call." """
    certificates = call.get("Certificates") or []
    if len(certificates) != 1:
        raise invalid("You must specify exactly one certificate")
    return str(certificates[0].get("CertificateArn"))


@corrects(ELBV2Response, "DeleteListener")
def delete(call: Call) -> Any:
    """DeleteListener deletes its rules and tags too."""
    elb, arn = call.backend, call.get("ListenerArn")
    rules = [rule.arn for listener in elb.describe_listeners(None, [arn]) for rule in listener.rules.values()]
    result = call.proceed()
    more_certificates(call.world, arn).clear()
    for gone in (arn, *rules):
        forget_tags(elb, gone)
    relink(call.world, elb)
    return result


def _again(call: Call, existing: Any) -> Any:
    actions = (in_full(action) for action in call.get("DefaultActions") or [])
    same = (
        existing.protocol == call.get("Protocol")
        and _canonical(action.data for action in existing.default_actions) == _canonical(actions)
        and tags_of(call.backend, existing.arn) == given_tags(call)
    )
    if not same:
        raise _duplicate(existing.load_balancer_arn)
    return {"Listeners": [existing]}


def _duplicate(balancer_arn: str) -> AwsError:
    return AwsError(
        "DuplicateListener", f"A listener already exists on this port for this load balancer '{balancer_arn}'"
    )


def _canonical(actions: Iterable[dict[str, Any]]) -> str:
    return json.dumps(list(actions), sort_keys=True, default=str)


def in_full(action: dict[str, Any]) -> dict[str, Any]:
    """An action the way DescribeListeners and DescribeRules show it, whatever was left out."""
    full = dict(action)
    if action.get("Type") == "forward":
        config = dict(action.get("ForwardConfig") or {})
        groups = config.get("TargetGroups") or [{"TargetGroupArn": action.get("TargetGroupArn")}]
        config["TargetGroups"] = [{"Weight": 1, **group} for group in groups]
        config.setdefault("TargetGroupStickinessConfig", {"Enabled": False})
        full["ForwardConfig"] = config
        if len(groups) == 1:
            full["TargetGroupArn"] = groups[0]["TargetGroupArn"]
    if action.get("Type") == "redirect":
        full["RedirectConfig"] = _REDIRECT | (action.get("RedirectConfig") or {})
    return full


def take_actions(call: Call, parameter: str, balancer_arn: str) -> None:
    """Hand the actions of a listener or rule to moto in full. A target group serves one application load balancer."""
    elb = call.backend
    call.params[parameter] = actions = [in_full(action) for action in call.get(parameter) or []]
    for action in actions:
        for group_arn in elb._get_target_group_arns_from(action_data=action):
            users = {balancer.arn for balancer, arn in forwarding(elb) if arn == group_arn}
            if users - {balancer_arn}:
                raise AwsError(
                    "TargetGroupAssociationLimit",
                    f"The following target groups cannot be associated with more than one load balancer: {group_arn}",
                )


def _check_certificate(call: Call, protocol: str | None) -> None:
    certificates = [known.get("CertificateArn") for known in call.get("Certificates") or []]
    if protocol == "HTTP" and (certificates or call.get("SslPolicy")):
        raise invalid("Certificates and SSL policies can only be specified for HTTPS listeners")
    if protocol != "HTTPS":
        return
    if not certificates:
        raise invalid("A certificate must be specified for HTTPS listeners")
    if len(certificates) != 1:
        raise invalid("You must specify exactly one certificate")
    policy = call.get("SslPolicy")
    if policy and not _POLICY.fullmatch(policy):
        raise AwsError("SSLPolicyNotFound", f"SSL policy '{policy}' not found")
    _check_each(call, certificates)


def _check_each(call: Call, certificates: Iterable[str]) -> None:
    for arn in certificates:
        if not call.backend._certificate_exists(arn):
            raise AwsError("CertificateNotFound", f"Certificate '{arn}' not found")
        if status_of(call.world, call.account, call.region, arn) not in ("ISSUED", None):
            raise AwsError(
                "UnsupportedCertificate",
                f"The certificate '{arn}' must have a fully-qualified domain name, a supported signature, "
                "and a supported RSA key size.",
            )
