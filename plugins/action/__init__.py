# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugins. Ansible reads this file before the first of them, and before all that they import."""

from __future__ import annotations

from ..plugin_utils.worker import process

process.prepare()
