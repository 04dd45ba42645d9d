# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a call must be allowed, by service: actions, the resources that they are checked against, and condition keys.

Everywhere the source is AWS's Service Authorization Reference, a page a service
(https://docs.aws.amazon.com/service-authorization/latest/reference/), unless something else is named.
"""
