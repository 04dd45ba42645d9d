# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of the command line that are another playbook's, and may be the inventory's own."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.filter import mistaken_arguments as plugin

REGIONS = ["us-east-1", "us-west-1"]


class HostVars(dict[str, dict[str, t.Any]]):
    """Ansible's, without templates evaluated."""

    def raw_get(self, host: str) -> dict[str, t.Any]:
        return self[host]


@pytest.mark.parametrize(
    ("variables", "refused"),
    [
        ({"app_image": "shop:1"}, True),
        ({"app_image": "shop:{{ image }}"}, False),
        ({"app_services": [{"name": "api", "image": "{% if image %}{{ image }}{% endif %}"}]}, False),
        ({"app_image": "an image", "image": "{{ image }}"}, True),
        ({"app_image": "shop:{{ image_tag }}", "app_port": 80}, True),
    ],
)
def test_what_a_template_of_the_inventory_reads_is_used(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, t.Any], refused: bool
) -> None:
    monkeypatch.setattr(plugin, "load_extra_vars", lambda _loader: {"image": "1.4"})
    hostvars = HostVars({"us-east-1": {}, "us-west-1": variables})
    told = plugin.mistaken_arguments({}, "site", REGIONS, hostvars)
    assert [line.partition(":")[0] for line in told] == (["image"] if refused else [])
