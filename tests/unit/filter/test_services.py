# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.everlook.failover.plugins.filter.services import services


def test_a_service_of_one_container_and_a_worker() -> None:
    api = {"name": "api", "image": "api:1", "port": 8080, "variables": {"A": "1"}, "paths": ["/api/*"], "cpu": 512}
    worker = {"name": "worker", "image": "worker:1", "decides_failover": True}
    assert services([api, worker]) == [
        {
            "name": "api",
            "paths": ["/api/*"],
            "cpu": 512,
            "containers": [
                {
                    "name": "api",
                    "image": "api:1",
                    "environment": {"A": "1"},
                    "secrets": {},
                    "port_mappings": [{"container_port": 8080}],
                }
            ],
            "container_name": "api",
            "container_port": 8080,
            "decides_failover": True,
        },
        {
            "name": "worker",
            "containers": [
                {"name": "worker", "image": "worker:1", "environment": {}, "secrets": {}, "port_mappings": []}
            ],
            "container_name": None,
            "container_port": None,
            "decides_failover": False,
        },
    ]


def test_containers_of_its_own_and_no_say_in_the_failover() -> None:
    containers = [{"name": "web", "image": "web:1"}, {"name": "proxy", "image": "proxy:1"}]
    given = {"name": "shop", "containers": containers, "container_name": "web", "port": 80, "decides_failover": False}
    (found,) = services([given])
    assert (found["containers"], found["container_name"], found["decides_failover"]) == (containers, "web", False)


def test_what_is_no_service_is_left_for_preflight_to_refuse() -> None:
    assert services(["api"]) == ["api"]
    assert services([{"image": "api:1"}])[0]["containers"][0]["name"] is None
