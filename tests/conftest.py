# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes ``ansible_collections.everlook.failover`` importable from the checkout."""

from __future__ import annotations

import os
from pathlib import Path

from ansible.plugins.loader import init_plugin_loader

COLLECTIONS = Path(__file__).resolve().parents[1] / ".ansible" / "collections"

# ansible-test brings a collection loader of its own.
if "ANSIBLE_CONTROLLER_MIN_PYTHON_VERSION" not in os.environ:
    init_plugin_loader([str(COLLECTIONS)])
