# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The permissions that a call needs, by service: actions, their resources, and condition keys.

The source is AWS's Service Authorization Reference, with a page for each service
(https://docs.aws.amazon.com/service-authorization/latest/reference/), unless something else is named.
"""
