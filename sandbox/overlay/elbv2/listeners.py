# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listeners: one a port, with a certificate where one is needed, actions in full."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from moto.elbv2.responses import ELBV2Response

from sandbox.overlay.acm.certificates import status_of
from sandbox.overlay.base import AwsError, Call, corrects
from sandbox.overlay.elbv2.attributes import set_listener_defaults
from sandbox.overlay.elbv2.common import balancer_of, forget_tags, forwarding, given_tags, invalid, relink, tags_of

_REDIRECT = {
    "Protocol": "#{protocol}",
    "Port": "#{port}",
    "Host": "#{host}",
    "Path": "/#{path}",
    "Query": "#{query}",
}
_DEFAULT_POLICY = "ELBSecurityPolicy-2016-08"


@corrects(ELBV2Response, "CreateListener")
def create(call: Call) -> Any:
    """CreateListener: the same again is the same, another on the port is refused."""
    elb, arn = call.backend, call.get("LoadBalancerArn")
    balancer = balancer_of(call)
    for existing in balancer.listeners.values():
        if int(existing.port) == int(call.get("Port")):
            return _again(call, existing)
    _check_certificate(call, call.get("Protocol"))
    take_actions(call, "DefaultActions", arn)
    result = call.proceed()
    listener = result["Listeners"][0]
    if listener.protocol not in ("HTTPS", "TLS"):
        listener.ssl_policy = None
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
    take_actions(call, "DefaultActions", listener.load_balancer_arn)
    result = call.proceed()
    if listener.protocol == "HTTP":
        listener.ssl_policy, listener.certificates = None, []
    elif not listener.ssl_policy:
        listener.ssl_policy = _DEFAULT_POLICY
    relink(call.world, elb)
    return result


@corrects(ELBV2Response, "DeleteListener")
def delete(call: Call) -> Any:
    """DeleteListener takes its rules and tags with it."""
    elb, arn = call.backend, call.get("ListenerArn")
    rules = [rule.arn for listener in elb.describe_listeners(None, [arn]) for rule in listener.rules.values()]
    result = call.proceed()
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
    for arn in certificates:
        if not call.backend._certificate_exists(arn):
            raise AwsError("CertificateNotFound", f"Certificate '{arn}' not found")
        if status_of(call.world, call.account, call.region, arn) not in ("ISSUED", None):
            raise AwsError(
                "UnsupportedCertificate",
                f"The certificate '{arn}' must have a fully-qualified domain name, a supported signature, "
                "and a supported RSA key size.",
            )
