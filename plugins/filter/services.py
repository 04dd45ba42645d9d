# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory's list of services → the list that the role ecs_service takes."""

from __future__ import annotations

import typing as t

DOCUMENTATION = r"""
name: services
short_description: Turn app_services into ecs_service_services
version_added: 0.3.0
author: Everlook contributors (@everlook)
description:
  - An inventory describes a service with one container by its C(image), C(port), C(variables) and C(secrets). This
    filter turns them into options of M(everlook.failover.ecs_service).
options:
  _input:
    description:
      - The services. Each has a C(name), and an C(image) or C(containers).
      - C(port) is where it listens; a service without one is a worker, which gets no requests. With C(containers),
        C(container_name) is the one that listens, by default the one with the service's name.
      - Every other key is an option of M(everlook.failover.ecs_service).
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the options that the role ecs_service gets from the inventory
  ansible.builtin.debug:
    msg: "{{ app_services | everlook.failover.services }}"
"""

RETURN = r"""
_value:
  description: The options of each service. C(decides_failover) is always set, to V(false) for a worker.
  type: list
  elements: dict
  sample:
    - name: api
      containers: [{name: api, image: api:1, environment: {}, secrets: {}, port_mappings: [{container_port: 8080}]}]
      container_name: api
      container_port: 8080
      decides_failover: true
"""

Options = dict[str, t.Any]
# What the one container of a service is made of
_OF_CONTAINER: t.Final = ("image", "variables", "secrets")


def services(given: t.Iterable[t.Any]) -> list[t.Any]:
    """The options of each service."""
    # Preflight refuses what is not a mapping, by its place in the list.
    return [_options(service) if isinstance(service, dict) else service for service in given]


def _options(service: t.Mapping[str, t.Any]) -> Options:
    port = service.get("port")
    rest = {key: value for key, value in service.items() if key not in (*_OF_CONTAINER, "port")}
    return {
        **rest,
        "containers": service.get("containers") or [_container(service, port)],
        # Set for a worker too: an option that is not set takes the value for all services.
        "container_name": service.get("container_name", service.get("name")) if port else None,
        "container_port": port,
        "decides_failover": bool(port) and bool(service.get("decides_failover", True)),
    }


def _container(service: t.Mapping[str, t.Any], port: t.Any) -> Options:
    return {
        "name": service.get("name"),
        "image": service.get("image"),
        "environment": service.get("variables") or {},
        "secrets": service.get("secrets") or {},
        "port_mappings": [{"container_port": port}] if port else [],
    }


class FilterModule:
    """Ansible's way of finding filters."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"services": services}
