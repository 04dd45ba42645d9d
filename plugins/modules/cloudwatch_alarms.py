#!/usr/bin/python
# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudwatch_alarms
short_description: CloudWatch alarms of a region or an environment, and their notifications
version_added: 0.4.0
author: Everlook contributors (@everlook)
description:
  - Converges an SNS topic with its subscriptions, CloudWatch alarms about the load balancer and the services of a
    region, and an EventBridge rule about rollouts that fail. All of them publish to that topic, or to existing topics.
  - With O(scope=environment) the alarms are about what Route 53 sees of all regions of the environment.
  - Nothing is created while O(notify) has no recipients, because alarms without recipients only cost money.
  - Resources are found by name and identified by their tags. A foreign one with such a name is an error, and never
    changed.
  - The load balancer and the target groups are those of M(everlook.failover.alb) and M(everlook.failover.ecs_service),
    found by their names.
extends_documentation_fragment:
  - everlook.failover.layer
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
options:
  notify:
    description:
      - Who is notified. Without recipients nothing is created, and what this module created before is deleted.
    type: dict
    suboptions:
      email:
        description:
          - Addresses. Each gets a message with a link that confirms the subscription. Until then SNS sends nothing
            else, and it deletes a subscription that is not confirmed for two days; the next run creates it again.
        type: list
        elements: str
        default: []
      urls:
        description:
          - Endpoints that accept SNS's messages over HTTPS or HTTP, such as those of PagerDuty and Opsgenie. They have
            to confirm the subscription themselves. In results and plans a URL is its host, since the rest may be a
            secret.
        type: list
        elements: str
        default: []
      topic_arns:
        description:
          - ARNs of up to four topics that exist in this region and account, such as one that Amazon Q Developer brings
            into a chat. Their access policies have to let C(cloudwatch.amazonaws.com) and C(events.amazonaws.com)
            publish.
        type: list
        elements: str
        default: []
  scope:
    description:
      - What the alarms are about. V(region) is the load balancer and the services of O(region), V(environment) the
        health checks of all regions, whose metrics Route 53 has in V(us-east-1) alone, so that O(region) must be that.
      - Each has a topic of its own.
    type: str
    choices: [region, environment]
    default: region
  services:
    description:
      - The services, each with the number of tasks below which an alarm rings. With V(0) there is no alarm about the
        number.
      - Required if O(state=present) and O(scope=region). With O(scope=environment) they are those of the dashboard.
    type: dict
  workers:
    description: Those of O(services) that have no port, and so no target group.
    type: list
    elements: str
    default: []
  paired:
    description:
      - Those of O(services) that have two target groups, since M(everlook.failover.ecs_service) shifts requests from
        one to the other. Alarms about targets are there for both, except the one about healthy targets, of which one
        group has none.
    type: list
    elements: str
    default: []
    version_added: 0.4.0
  certificate_arns:
    description:
      - ARNs of the certificates of the load balancer. Without this option alarms about certificates stay as they are.
    type: list
    elements: str
  failover_regions:
    description:
      - The regions that are in DNS, as M(everlook.failover.route53_failover) returns them in C(regions). Of each,
        C(name), C(health_check_id) and C(endpoint_health_check_id) are read.
      - Required if O(state=present) and O(scope=environment).
    type: list
    elements: dict
  dashboard:
    description:
      - Whether there is a CloudWatch dashboard of all regions, for O(scope=environment). It shows which regions can
        serve, switches, requests, errors, latency, healthy hosts and alarms.
      - Not by default, since AWS takes about $3 a month for each dashboard of an account beyond the third.
    type: bool
    default: false
  thresholds:
    description:
      - When alarms ring. V(0) and V(false) leave an alarm out.
    type: dict
    suboptions:
      unhealthy_hosts:
        description:
          - Number of a service's targets that fail their health checks, for five minutes. ECS replaces a single task in
            less.
        type: int
        default: 1
      healthy_hosts:
        description: Whether an alarm rings when for three minutes fewer targets are healthy than O(services) says.
        type: bool
        default: true
      running_tasks:
        description: Whether an alarm rings when for five minutes fewer tasks run than O(services) says.
        type: bool
        default: true
      target_errors:
        description: Percent of a service's answers that have a status of 500 and above, in three of five minutes.
        type: float
        default: 5
      load_balancer_errors:
        description:
          - Percent of requests that the load balancer itself answers with a status of 500 and above, because it has no
            healthy target or gets no answer, in three of five minutes.
        type: float
        default: 5
      latency:
        description: Seconds within which a service answers 99 of 100 requests, in three of five minutes.
        type: float
        default: 2
      least_requests:
        description:
          - Requests a minute below which errors and latency are ignored, since one error in three requests is no trend.
            Those of Route 53's health checkers count, and are 30 to 100.
        type: int
        default: 20
      rollout_failed:
        description: Whether a rollout that ECS gives up or rolls back sends a message.
        type: bool
        default: true
      certificate_days:
        description:
          - Days before the end of a certificate in which ACM has not renewed it. ACM begins to renew 60 days before the
            end of certificates that are valid for 13 months, 45 days before the end of shorter ones.
        type: int
        default: 30
      route53_health:
        description:
          - Whether an alarm rings when a region gets no users because its health check is unhealthy. Without it such
            alarms exist for O(thresholds.no_standby) only, and notify nobody.
        type: bool
        default: true
      route53_checkers:
        description:
          - Percent of Route 53's health checkers that reach a region, below which an alarm rings after five minutes.
            Route 53 leaves a region at 18 percent.
        type: int
        default: 75
      no_standby:
        description: Whether an alarm rings when fewer than two regions are healthy, so that none could take over.
        type: bool
        default: true
  rollback_on_alarms:
    description:
      - Whether ECS rolls back a rollout if an alarm about errors, latency or unhealthy hosts of the service's targets
        begins to ring meanwhile, for O(scope=region). Workers have no such alarms.
      - ECS watches them for some minutes after all tasks run, and a rollout takes as much longer. It derives how long
        from the periods of the alarms. An alarm that already rings when a rollout begins does not count.
      - A first deployment has no alarms yet, and nothing to go back to.
      - The option of the same name of M(everlook.failover.ecs_service) has to be the same. In the inventory,
        C(app_rollback_on_alarms) is both.
    type: bool
    default: false
  kms_key_arn:
    description:
      - A customer managed key that encrypts the topic. Its key policy has to let C(cloudwatch.amazonaws.com) and
        C(events.amazonaws.com) use it. AWS's own key V(alias/aws/sns) does not, and is refused.
    type: str
seealso:
  - module: everlook.failover.alb
  - module: everlook.failover.ecs_service
notes:
  - A subscription of the topic that has another protocol, or that Amazon Q Developer has made, is left alone.
"""

EXAMPLES = r"""
- name: Alarms by email
  everlook.failover.cloudwatch_alarms:
    stack: hello
    environment: dev
    region: us-east-1
    notify:
      email: [ops@example.com]
    services:
      hello: 2
    thresholds:
      latency: 0.5

- name: Alarms in a chat, through a topic of Amazon Q Developer
  everlook.failover.cloudwatch_alarms:
    stack: hello
    environment: dev
    region: us-east-1
    notify:
      topic_arns: ["arn:aws:sns:us-east-1:111111111111:chat"]
    services:
      hello: 2
      mail: 1
    workers: [mail]

- name: Alarms about Route 53's health checks
  everlook.failover.cloudwatch_alarms:
    stack: hello
    environment: dev
    scope: environment
    region: us-east-1
    notify:
      email: [ops@example.com]
    failover_regions: "{{ route53_failover_result.regions }}"

- name: Delete the alarms
  everlook.failover.cloudwatch_alarms:
    stack: hello
    environment: dev
    region: us-east-1
    state: absent
    confirm: dev
"""

RETURN = r"""
topic_arn:
  description: ARN of the topic; V(none) if none is needed.
  returned: always
  type: str
  sample: arn:aws:sns:us-east-1:111111111111:hello-dev-alarms
alarms:
  description: The alarms that exist, with their states before the run.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The alarm's name in CloudWatch.
      type: str
      sample: hello-dev-alarm-hello-healthy-hosts
    state:
      description: V(OK), V(ALARM) or V(INSUFFICIENT_DATA).
      type: str
      sample: OK
    since:
      description: When it got this state, in ISO 8601.
      type: str
      sample: "2026-01-31T12:00:00+00:00"
    reason:
      description: Why, in CloudWatch's words.
      type: str
      sample: "Threshold Crossed: 3 datapoints were less than the threshold (2.0)."
    description:
      description: What it means, and what to do.
      type: str
      sample: hello in dev, us-east-1 - fewer than 2 targets of hello are healthy.
unconfirmed:
  description: Recipients that SNS does not notify yet, because they have not confirmed their subscription.
  returned: always
  type: list
  elements: str
  sample: [ops@example.com]
"""

from ansible_collections.everlook.failover.plugins.module_utils._cloudwatch_alarms.layer import JOB
from ansible_collections.everlook.failover.plugins.module_utils._engine.module_host import run_module


def main() -> None:
    run_module(JOB)


if __name__ == "__main__":
    main()
