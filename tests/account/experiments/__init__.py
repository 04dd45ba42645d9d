# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The experiments, in the order in which they are made: the cheap ones first."""

from __future__ import annotations

from tests.account.experiment import Experiment
from tests.account.experiments import (
    alias_without_targets,
    api_answer,
    chain_in_one_batch,
    drill_times,
    empty_target_group,
    metric_check_words,
    night_without_data,
    own_policies,
)

ALL: tuple[Experiment, ...] = tuple(
    module.EXPERIMENT
    for module in (
        chain_in_one_batch,
        alias_without_targets,
        api_answer,
        metric_check_words,
        own_policies,
        empty_target_group,
        drill_times,
        night_without_data,
    )
)
