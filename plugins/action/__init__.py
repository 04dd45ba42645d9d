# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugins. This file is read before the first of them, and all that they import."""

from __future__ import annotations

import gc

from ansible.plugins.loader import filter_loader, test_loader

from ..plugin_utils import bytecode

bytecode.install()
# The first use of one loads all of Ansible's: once here, or in each of the workers that are forked from this process.
filter_loader.get("ansible.builtin.default")
test_loader.get("ansible.builtin.defined")
# A run is over before it has made much rubbish. To look for it after every 700 objects takes a twentieth of its time.
gc.set_threshold(100_000, 50, 50)
