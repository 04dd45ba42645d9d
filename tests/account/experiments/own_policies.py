# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a stack can be deployed, and CreateLoadBalancer called, with the policies of docs/iam and nothing else."""

from __future__ import annotations

from tests.account.experiment import Experiment, Finding
from tests.account.lab import Lab
from tests.account.policies import deployer
from tests.account.stack import Stack
from tests.account.stack_uses import STACK

_POLICIES = ("read", "site", "network", "access-logs", "endpoints")


def _run(lab: Lab) -> Finding:
    stack = Stack(lab)
    done = stack.deploy(deployer(lab, *_POLICIES))
    if done.code == 0:
        return Finding(answer="site.yml deploys everything under the policies", as_expected=True)
    # The other experiments need it: with the user's own rights.
    again = stack.run("site")
    rest = "with more rights it does" if again.code == 0 else "nor does it with more rights"
    text = f"site.yml does not deploy under the policies; {rest}"
    return Finding(answer=text, as_expected=False, seen={"under the policies": done.last, "with more": again.last})


EXPERIMENT = Experiment(
    name="own_policies",
    question="Are the policies of docs/iam enough for CreateLoadBalancer and everything else in a first deployment?",
    source=(
        "Elastic Load Balancing user guide, API permissions, does not list ec2:GetSecurityGroupsForVpc, which AWS asks "
        "for; service-linked roles may be missing in a young account."
    ),
    does="Makes a role with read, site, network, access-logs and endpoints of docs/iam, and runs site.yml as it.",
    expected="the run succeeds",
    minutes=15,
    uses=STACK,
    deployed=True,
    run=_run,
)
