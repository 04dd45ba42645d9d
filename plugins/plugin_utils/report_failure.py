# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The message of a failed run: what users have now, what failed, why, and what to do. Pure."""

from __future__ import annotations

import re
import typing as t

if t.TYPE_CHECKING:
    from .report import Region, Run

_CAUSE: t.Final = re.compile(r"The cause: (.+?)\. ")


def message(run: Run, problems: t.Sequence[str], path: str) -> str:
    """The message, in lines.

    :param problems: what is wrong besides failed layers, which Ansible has shown already.
    """
    failed = {region.name: _why(region) for region in run.regions if region.failures}
    verb = "taken down" if run.absent else "planned" if run.check_mode else "deployed"
    return "\n".join(
        [
            _first(run),
            *(f"{name} could not be {verb}: {why}." for name, why in failed.items()),
            *map(_sentence, problems),
            *(["Once the cause is gone, the same command continues from here."] if failed else []),
            *([] if run.check_mode else [f"Report: {path}"]),
        ]
    )


def _sentence(problem: str) -> str:
    """Capitalize the problem, unless it starts with a region or a URL."""
    word = re.match(r"[a-z]+(?= )", problem)
    return f"{problem[:1].upper() if word else problem[:1]}{problem[1:].removesuffix('.')}."


def _first(run: Run) -> str:
    if run.check_mode:
        return "Nothing was changed, and not all of the plan is known."
    return f"{run.title} is only partly taken down." if run.absent else users(run)


def _why(region: Region) -> str:
    """Which layers failed, and the cause if a message names one. The rest of the message is not repeated."""
    causes = [match[1] for failure in region.failures if (match := _CAUSE.search(failure))]
    layers = ", ".join(region.failed_layers)
    return f"{layers} failed, because {causes[0]}" if causes else f"{layers} failed, as said above"


def users(run: Run) -> str:
    """What users of the application have now."""
    serving = served_from(run)
    if not serving:
        return f"Users of {run.title} get no answer."
    still = "still " if any(region.failures for region in run.regions) else ""
    version = _version(run, serving)
    return f"Users of {run.title} are {still}served from {serving}{f' by {version}' if version else ''}."


def served_from(run: Run) -> str | None:
    """The region that serves users, from DNS if it was queried, else from Route 53. None if no region does."""
    answered = (run.status.get("request") or {}).get("ok")
    if unresolved(run) or unanswered(run) or (no_region_healthy(run) and not answered):
        return None
    return (run.status.get("dns") or {}).get("region") or run.status.get("serving")


def no_region_healthy(run: Run) -> list[str]:
    """Why users get no answer if no region is healthy, and Route 53 answers with the first.

    Its health checkers request the service as users do, at the same port.
    """
    in_dns = [region for region in run.status.get("regions") or [] if region.get("place")]
    if not in_dns or any(region.get("healthy") is not False for region in in_dns):
        return []
    reasons = [f"{region['name']}: {reason}" for region in in_dns for reason in region.get("reasons") or ["unhealthy"]]
    url, request = run.status.get("url"), run.status.get("request") or {}
    what = f"although {url} answers this machine" if request.get("ok") else f"so that {url} does not answer"
    return [f"no region is healthy, {what} ({'; '.join(reasons)})"]


def unanswered(run: Run) -> list[str]:
    """Why the service does not answer at its URL, if neither this machine nor the health checkers get an answer."""
    request = run.status.get("request") or {}
    if not request or request["ok"] or _seen_by_checkers(run):
        return []
    why = _problem(request)
    return [f"nobody gets an answer from {request['url']}: neither this machine ({why}) nor Route 53's health checkers"]


def asked(run: Run) -> list[str]:
    """Why this machine got no answer from a service that answers others, or why it sent no request."""
    request = run.status.get("request", {})
    if run.check_mode or run.absent or not served_from(run) or request == {} or (request and request["ok"]):
        return []
    if request is None:
        return ["  Its URL was not requested from here, because alb_ingress_cidrs does not let every network in."]
    why = _problem(request)
    return [f"  This machine gets no answer from {request['url']} ({why}), but Route 53's health checkers do."]


def _problem(request: t.Mapping[str, t.Any]) -> str:
    return f"{request['problem']} from {request['address']}" if request["address"] else str(request["problem"])


def dns_note(run: Run) -> list[str]:
    """How DNS was queried, if not at the name servers themselves."""
    found = (run.status.get("request") or {}, run.status.get("dns") or {})
    notes = [item["note"] for item in found if item.get("note")]
    return [f"  DNS: {note}." for note in notes[:1]]


def _seen_by_checkers(run: Run) -> bool:
    """Whether health checkers reach the region that serves. They count more than this machine, whose network may block
    outgoing requests. A new, disabled or inverted check has seen nothing.
    """
    regions = {region["name"]: region for region in run.status.get("regions") or []}
    endpoint = regions.get(str(run.status.get("serving")), {}).get("endpoint") or {}
    return bool(endpoint.get("healthy") and endpoint.get("healthy_checkers"))


def unresolved(run: Run) -> list[str]:
    """Why users cannot resolve the name, and what to do. A DNS query that failed proves nothing."""
    dns, delegation = run.status.get("dns") or {}, run.status.get("delegation") or {}
    if not dns or dns["addresses"] or not (dns["response_code"] or delegation.get("parent_answers")):
        return []
    record, zone = run.status.get("record"), run.status.get("zone")
    text = f"users cannot resolve {record} ({dns['problem']})"
    if delegation.get("delegated"):
        return [text]
    servers = ", ".join(run.shared.get("route53_zone", {}).get("name_servers") or [])
    parent = delegation.get("parent_zone")
    remedy = f"Enter the name servers of {zone}{f' ({servers})' if servers else ''} "
    if not parent:
        return [f"{text}. {remedy}where the domain is registered, or in its parent zone"]
    return [f"{text}. {remedy}in {parent}, or set dns_delegation_role_arn to the role that bootstrap.yml makes"]


def _version(run: Run, name: str) -> str:
    """The revision of the task definition that runs in a region; empty if not known."""
    results = {region.name: region.results.get("ecs_service", {}) for region in run.regions}
    service = results.get(name, {})
    if service.get("failed") or not service.get("task_definition_arn"):
        service = run.previous.get("regions", {}).get(name, {}).get("ecs_service", {})
    return str(service.get("task_definition_arn") or "").rpartition("/")[2]
