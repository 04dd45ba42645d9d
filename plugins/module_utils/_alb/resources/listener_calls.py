# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listeners in Elastic Load Balancing: the reads and the writes."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws.changes import Creation, Repair
from ..._aws.owner import Owner, tag_list
from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.errors import SpecError, WaitError
from ..._engine.field import Answer, read, write, write_new
from ..._engine.gather import gather
from ..._engine.known import Known
from ..._engine.plan import Change, Wait
from ..._engine.resource import Calls
from ..._resources.load_balancing_calls import add_tags, create_named, find_tags, patiently, unless_gone, unpaired
from . import load_balancer
from .listener import ISSUED, KIND, MORE_CERTIFICATES, TLS_ATTRIBUTES, TLS_PARAMETERS, Listener, parse


def find_listeners(ctx: Context, load_balancer_arn: str) -> tuple[Listener, ...]:
    """All listeners of a load balancer, without what takes further calls."""
    pages = ctx.client("elbv2").get_paginator("describe_listeners").paginate(LoadBalancerArn=load_balancer_arn)
    return tuple(parse(item) for page in pages for item in page["Listeners"])


def with_details(ctx: Context, found: Listener) -> Listener:
    """The HTTPS listener with its attributes and further certificates: two calls."""
    elb = ctx.client("elbv2")
    readers: dict[str, t.Callable[[], t.Any]] = {
        "attributes": lambda: elb.describe_listener_attributes(ListenerArn=found.arn),
        "certificates": lambda: _more_certificates(ctx, found.arn),
    }
    details = gather(readers)
    values = {**read(TLS_ATTRIBUTES, unpaired(details["attributes"])), MORE_CERTIFICATES: details["certificates"]}
    return dataclasses.replace(found, values={**found.values, **values})


def count_rules(ctx: Context, found: Listener, leaving: t.Collection[Owner]) -> Listener:
    """The listener with the number of its rules, without those of services that are about to leave."""
    pages = ctx.client("elbv2").get_paginator("describe_rules").paginate(ListenerArn=found.arn)
    rules = [str(item["RuleArn"]) for page in pages for item in page["Rules"] if not item.get("IsDefault")]
    if leaving:
        tags = find_tags(ctx, rules)
        rules = [arn for arn in rules if not any(owner.owns(tags.get(arn, {})) for owner in leaving)]
    return dataclasses.replace(found, rules=len(rules))


def _more_certificates(ctx: Context, arn: str) -> list[str]:
    pages = ctx.client("elbv2").get_paginator("describe_listener_certificates").paginate(ListenerArn=arn)
    items = [item for page in pages for item in page["Certificates"]]
    return sorted(str(item["CertificateArn"]) for item in items if not item.get("IsDefault"))


def create_listener(ctx: Context, change: Change, known: Known) -> None:
    """Create it with its tags. The load balancer may still be provisioning."""
    data: Creation = change.data
    balancer = known.get(load_balancer.ADDRESS)
    elb = ctx.client("elbv2", retry=False)
    request = {"LoadBalancerArn": balancer, "Tags": tag_list(data.tags), **write_new(TLS_PARAMETERS, data.values)}

    def create() -> Listener:
        return parse(patiently(ctx, lambda: elb.create_listener(**request))["Listeners"][0])

    def find() -> Listener | None:
        port = data.values["port"]
        return next((item for item in find_listeners(ctx, balancer) if item.values["port"] == port), None)

    arn = create_named(ctx, create, find, data.owner, "DuplicateListener").arn
    known.put(change.address, id=arn)
    _set_details(ctx, arn, write_new(TLS_ATTRIBUTES, data.values), data.values.get(MORE_CERTIFICATES, ()), ())


def update_listener(ctx: Context, change: Change, _known: Known) -> None:
    """Repair what differs. Add new certificates before others are removed."""
    data: Repair = change.data
    arn, request = data.found.arn, write(TLS_PARAMETERS, data.values)
    add_tags(ctx, arn, data.tags)
    if request:
        patiently(ctx, lambda: ctx.client("elbv2").modify_listener(ListenerArn=arn, **request))
    before = data.found.values.get(MORE_CERTIFICATES, ())
    after = data.values.get(MORE_CERTIFICATES, before)
    _set_details(ctx, arn, write(TLS_ATTRIBUTES, data.values), after, before)


def _set_details(
    ctx: Context, arn: str, attributes: t.Mapping[str, str], after: t.Collection[str], before: t.Collection[str]
) -> None:
    elb = ctx.client("elbv2")
    if attributes:
        patiently(ctx, lambda: elb.modify_listener_attributes(ListenerArn=arn, Attributes=tag_list(attributes)))
    # Each call takes one certificate.
    for each in sorted(set(after) - set(before)):
        elb.add_listener_certificates(ListenerArn=arn, Certificates=[{"CertificateArn": each}])
    for each in sorted(set(before) - set(after)):
        elb.remove_listener_certificates(ListenerArn=arn, Certificates=[{"CertificateArn": each}])


def delete_listener(ctx: Context, change: Change, _known: Known) -> None:
    """Delete it."""
    unless_gone(lambda: ctx.client("elbv2").delete_listener(ListenerArn=change.data.arn))


def describe_certificate(ctx: Context, arn: str) -> Answer:
    """Its CertificateDetail; empty if there is no such certificate (DescribeCertificate)."""
    acm = ctx.client("acm")
    found = unless({"ResourceNotFoundException"}, lambda: acm.describe_certificate(CertificateArn=arn))
    return found["Certificate"] if found else {}


def check_trust_store(ctx: Context, arn: str) -> None:
    """Raises SpecError if there is none (DescribeTrustStores). Setting it waits until it is created."""
    elb = ctx.client("elbv2")
    if unless({"TrustStoreNotFound"}, lambda: elb.describe_trust_stores(TrustStoreArns=[arn])) is None:
        option = "mutual_authentication.trust_store_arn"
        raise SpecError(option, f"{arn} does not exist.", "Create it first, from a bundle of certificates in S3.")


def wait_issued(ctx: Context, wait: Wait, _known: Known) -> str | None:
    """The certificates that are not issued yet, and the missing records. Raises WaitError if one never will be."""
    pending = []
    for arn in wait.data:
        found = describe_certificate(ctx, arn)
        status = found.get("Status", "gone")
        if status not in ("ISSUED", "PENDING_VALIDATION"):
            raise WaitError(f"the certificate {arn} is {status}. A load balancer takes one that is issued.")
        pending += [f"{arn} is {status}{_missing(found)}"] if status != "ISSUED" else []
    return ", ".join(pending) or None


def _missing(certificate: Answer) -> str:
    """The records that ACM has not seen, each once: a wildcard shares that of its domain."""
    waiting = [
        each for each in certificate.get("DomainValidationOptions", ()) if each.get("ValidationStatus") != "SUCCESS"
    ]
    records = [each["ResourceRecord"] for each in waiting if "ResourceRecord" in each]
    named = sorted({f"{record['Type']} {record['Name']} → {record['Value']}" for record in records})
    return (
        f": ACM has not seen {', '.join(named)} in public DNS, for which the zone has to be delegated" if named else ""
    )


CALLS: t.Final = Calls(
    kind=KIND,
    create=create_listener,
    update=update_listener,
    delete=delete_listener,
    waits={ISSUED: wait_issued},
)
