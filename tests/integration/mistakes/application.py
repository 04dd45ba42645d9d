# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people write for the application: numbers, names, images, mappings."""

from __future__ import annotations

import typing as t

from .mistake import Mistake, everywhere

_NAME: t.Final = "up to 32 letters, digits and single hyphens, starting with a letter"
_ACCOUNT: t.Final = "12 digits in quotes"

NUMBERS: t.Final[tuple[Mistake, ...]] = (
    everywhere('app_cpu: "0.25"', 'app_cpu: "0.25" is not a whole number', "such as 256"),
    everywhere("app_cpu: 0.25", "app_cpu: 0.25 is not a whole number", "such as 256"),
    everywhere("app_cpu: .25 vCPU", 'app_cpu: ".25 vCPU" is not a whole number', "such as 256"),
    everywhere("app_cpu: 300", "app_cpu: Fargate has no tasks of 300 CPU units", "Use one of 256, 512"),
    everywhere("app_cpu: [256]", "app_cpu: a list is not a whole number", "such as 256"),
    everywhere("app_cpu: {units: 256}", "app_cpu: a mapping is not a whole number", "such as 256"),
    everywhere("app_memory: 512MB", 'app_memory: "512MB" is not a whole number', "such as 512"),
    everywhere("app_memory: 0.5 GB", 'app_memory: "0.5 GB" is not a whole number', "such as 512"),
    everywhere("app_memory: 0.5", "app_memory: 0.5 is not a whole number", "such as 512"),
    everywhere("app_memory: 256", "app_memory: 256 MiB do not go with 256 CPU units", "Use one of 512, 1024, 2048"),
    everywhere("app_memory: 4096", "app_memory: 4096 MiB do not go with 256 CPU units", "Use one of 512, 1024, 2048"),
    everywhere("app_cpu: 1024", "app_memory: 512 MiB do not go with 1024 CPU units", "Use one of 2048"),
    everywhere("app_desired_count: two", 'app_desired_count: "two" is not a whole number', "Write digits"),
    everywhere("app_desired_count: 2 tasks", 'app_desired_count: "2 tasks" is not a whole number', "Write digits"),
    everywhere("app_desired_count: 1.5", "app_desired_count: 1.5 is not a whole number", "Write digits"),
    everywhere("app_desired_count: yes", "app_desired_count: true is not a whole number", "Write digits"),
    everywhere("app_desired_count: -1", "app_desired_count: cannot be negative", "Leave it out"),
    everywhere("app_port: 70000", "app_port: 70000 is out of range", "1 to 65535"),
    everywhere("app_port: 0", "app_port: 0 is out of range", "1 to 65535"),
    everywhere("app_port: http", 'app_port: "http" is not a whole number', "Write digits"),
    everywhere('app_port: "80:8080"', 'app_port: "80:8080" is not a whole number', "Write digits"),
    everywhere("app_port: [80, 443]", "app_port: a list is not a whole number", "Write digits"),
    everywhere("app_port: true", "app_port: true is not a whole number", "Write digits"),
    everywhere("app_port: 80.5", "app_port: 80.5 is not a whole number", "Write digits"),
    everywhere("app_port: 80/tcp", 'app_port: "80/tcp" is not a whole number', "Write digits"),
    everywhere("app_port:", "app_port: is not set", "Set it in the inventory"),
    everywhere("ecs_service_deregistration_delay: 5 minutes", "ecs_service_deregistration_delay:", "such as 30"),
    everywhere("ecs_service_deregistration_delay: 4000", "ecs_service_deregistration_delay:", "0 to 3600"),
    everywhere("ecs_service_log_retention_days: 8", "ecs_service_log_retention_days: 8 is not one of", "0, 1, 3, 5, 7"),
    everywhere("ecs_service_minimum_healthy_percent: 150", "ecs_service_minimum_healthy_percent:", "Use 0 to 100"),
    everywhere("ecs_service_maximum_percent: 100", "ecs_service_maximum_percent:", "has to be over 100"),
    everywhere(
        "ecs_service_ephemeral_storage: 10", "ecs_service_ephemeral_storage: has to be 21 to 200", "Leave it out"
    ),
    everywhere("ecs_service_slow_start: 10", "ecs_service_slow_start: 10 is out of range", "30 to 900"),
    everywhere(
        "ecs_service_cpu_architecture: arm64",
        'ecs_service_cpu_architecture: "arm64" is not one of X86_64, ARM64',
        "Did you mean ARM64?",
    ),
    everywhere("ecs_service_execute_command: maybe", 'ecs_service_execute_command: "maybe" is neither true nor false'),
    everywhere("ecs_service_rollback: 2", "ecs_service_rollback: 2 is neither true nor false", "Write true or false"),
)

NAMES: t.Final[tuple[Mistake, ...]] = (
    everywhere("app_name: hello_world", "app_name: 'hello_world' cannot be part", _NAME),
    everywhere("app_name: Hello World", "app_name: 'Hello World' cannot be part", _NAME),
    everywhere("app_name: a-name-that-is-far-too-long-for-a-stack", "app_name: ", _NAME),
    everywhere("app_name: 1hello", "app_name: '1hello' cannot be part", _NAME),
    everywhere("app_name: hello-", "app_name: 'hello-' cannot be part", _NAME),
    everywhere("app_name: a--b", "app_name: 'a--b' cannot be part", _NAME),
    everywhere('app_name: ""', "app_name: is not set", "Set it in the inventory"),
    everywhere("app_name:", "app_name: is not set", "Set it in the inventory"),
    everywhere("app_name: internal-web", "app_name: ", "must not be 'internal' or start with 'internal-'"),
    everywhere("app_name: network", "app_name: 'network' is reserved", "Choose another name"),
    everywhere("app_environment: dev/eu", "app_environment: 'dev/eu' cannot be part", _NAME),
    everywhere("app_environment: dev env", "app_environment: 'dev env' cannot be part", _NAME),
    everywhere("app_environment:", "app_environment: is not set", "Set it in the inventory"),
    everywhere("app_account_id: 11111111111", "app_account_id: '11111111111' is not the id", _ACCOUNT),
    everywhere("app_account_id: 011111111111", "app_account_id: ", "is not the id of an AWS account", _ACCOUNT),
    everywhere("app_account_id: 1111-1111-1111", "app_account_id: '1111-1111-1111' is not the id", _ACCOUNT),
    everywhere("app_account_id: my-account", "app_account_id: 'my-account' is not the id", _ACCOUNT),
    everywhere("app_account_id:", "app_account_id: is not set", "Set it in the inventory"),
    everywhere('app_account_id: "222222222222"', "app_account_id: dev belongs in account 222222222222", "AWS_PROFILE"),
    everywhere("app_https:", "app_https: is empty", "Give it a value, or leave it out"),
    everywhere("app_repositories:", "app_repositories: is empty", "Give it a value, or leave it out"),
    everywhere("app_tags: {Owner: [a, b]}", "app_tags: the value of 'Owner' is not text", "Write one value"),
    everywhere(f"app_tags: {{{'k' * 129}: a}}", "cannot be part of a tag", "Use up to 128 letters"),
    everywhere("app_tags: {Owner: }", "app_tags: the value of 'Owner' is empty", "Give it a value, or leave it out"),
    everywhere("alb_tags: {Owner: }", "alb_tags: the value of 'Owner' is empty", "Give it a value, or leave it out"),
    everywhere("vpc_zones: [us-east-1a, null]", "vpc_zones[1]: is empty", "Give it a value, or leave it out"),
    everywhere("app_variables:", "app_variables: is empty", "Give it a value, or leave it out"),
    everywhere("app_secrets:", "app_secrets: is empty", "Give it a value, or leave it out"),
    everywhere("app_health_path:", "app_health_path: is empty", "Give it a value, or leave it out"),
    everywhere("alb_ingress_cidrs:", "alb_ingress_cidrs: is empty", "Give it a value, or leave it out"),
    everywhere("app_image:", "app_image: is not set", "Set it in the inventory"),
    everywhere('app_image: ""', "app_image: '' is not an image", "repository/image:tag"),
    everywhere("app_image: my image:1", "app_image: 'my image:1' is not an image", "repository/image:tag"),
    everywhere("app_image: https://example.com/hello:1", "app_image: ", "is not an image", "repository/image:tag"),
    everywhere("app_image: Example/Hello:1", "app_image: 'Example/Hello:1' is not an image", "repository/image:tag"),
    everywhere("app_image: {name: nginx, tag: 1}", "app_image: a mapping is not a string"),
    everywhere("app_image: [nginx]", "app_image: a list is not a string"),
    everywhere("app_health_path: health", "app_health_path: 'health' is not", "Start with '/'"),
    everywhere('app_health_path: ""', "app_health_path: '' is not", "Start with '/'"),
    everywhere("app_health_path: https://dev.example.com/health", "app_health_path: ", "Start with '/'"),
    everywhere("app_health_path: /health check", "app_health_path: '/health check' is not", "no blanks"),
    everywhere("app_container_name: my app", "app_container_name: ", "letters, digits, hyphens and underscores"),
)

MAPPINGS: t.Final[tuple[Mistake, ...]] = (
    everywhere("app_tags: [team]", "app_tags: a list is not a mapping", "key: value"),
    everywhere("app_tags: team", "app_tags: ", "is not a mapping", "key: value"),
    everywhere("app_tags: {Stack: other}", "app_tags: the key 'Stack' is reserved", "Choose another key"),
    everywhere('app_tags: {"aws:team": web}', "app_tags: the key 'aws:team' is reserved", "Choose another key"),
    everywhere("app_tags: {cost: R&D}", "app_tags: ", "'R&D'", "letters, digits, blanks and _.:/=+-@"),
    everywhere("app_variables: [DEBUG]", "app_variables: a list is not a mapping", "key: value"),
    everywhere("app_variables: [{name: DEBUG, value: 1}]", "app_variables: a list is not a mapping", "key: value"),
    everywhere("app_variables: {DEBUG: [1]}", "app_variables.DEBUG: is neither text, number nor boolean"),
    everywhere("app_variables: {MY VAR: 1}", "app_variables: 'MY VAR' cannot be the name of an environment variable"),
    everywhere("app_variables: hunter2", "app_variables: ", "is not a mapping", keeps=("hunter2",)),
    everywhere("app_secrets: {PASSWORD: hunter2}", "app_secrets.PASSWORD: is not an ARN", keeps=("hunter2",)),
    everywhere("app_secrets: [PASSWORD]", "app_secrets: a list is not a mapping", "key: value"),
    everywhere(
        "app_secrets: {A: 'arn:aws:ssm:us-east-1:111111111111:parameter/a'}",
        *("app_secrets.A of us-west-1: is in us-east-1, without which no task could start", "{{ inventory_hostname }}"),
    ),
    everywhere(
        "app_image: 111111111111.dkr.ecr.eu-west-1.amazonaws.com/hello:1",
        *("app_image: is in eu-west-1, without which no task", "ecs_service_allow_other_regions to true"),
    ),
    everywhere(
        "{app_secrets: {A: 'arn:aws:ssm:us-east-1:111111111111:parameter/a'}, app_variables: {A: b}}",
        "app_secrets: A: also in environment",
        "Keep one of the two",
    ),
    everywhere("app_target_health_check: /health", "app_target_health_check: ", "is not a mapping"),
    everywhere("app_target_health_check: {interval: 1}", "app_target_health_check.interval: 1 is out of", "5 to 300"),
    everywhere("app_target_health_check: {interval: 10s}", 'app_target_health_check.interval: "10s" is not a whole'),
    everywhere("app_target_health_check: {timeout: 10, interval: 5}", "app_target_health_check.timeout: "),
    everywhere("app_target_health_check: {matcher: 2xx}", "app_target_health_check.matcher: ", "200 to 499"),
    everywhere(
        "app_target_health_check: {healthy_threshold: 1}", "app_target_health_check.healthy_threshold: ", "2 to"
    ),
    everywhere("app_target_health_check: {port: http}", "app_target_health_check.port: ", "traffic-port"),
    everywhere("app_target_health_check: {protocol: TCP}", "app_target_health_check.protocol: ", "HTTP, HTTPS"),
    everywhere(
        "app_target_health_check: {intervall: 10}",
        "app_target_health_check.intervall: is not a known key",
        "Did you mean interval?",
    ),
    everywhere("app_endpoint_health_check: [10]", "app_endpoint_health_check: a list is not a mapping"),
    everywhere(
        "app_endpoint_health_check: {interval: 20}", "app_endpoint_health_check.interval: 20 is not one of 10, 30"
    ),
    everywhere("app_endpoint_health_check: {interval: soon}", 'app_endpoint_health_check.interval: "soon" is'),
    everywhere("app_endpoint_health_check: {failure_threshold: 20}", "app_endpoint_health_check.failure_threshold: "),
    everywhere("app_endpoint_health_check: {protocol: http}", "app_endpoint_health_check.protocol: ", "mean HTTP?"),
    everywhere("app_endpoint_health_check: {port: 80a}", 'app_endpoint_health_check.port: "80a" is not a whole number'),
    everywhere(
        "app_endpoint_health_check: {checker_regions: [us-east-1]}",
        "app_endpoint_health_check.checker_regions: has 1; Route 53 wants at least 3",
        "Choose from us-east-1, us-west-1",
    ),
    everywhere(
        "app_endpoint_health_check: {checker_regions: [us-east-1, eu-west-1, eu-central-1]}",
        'app_endpoint_health_check.checker_regions[2]: "eu-central-1" is not one of us-east-1',
    ),
    everywhere(
        "app_endpoint_health_check: {treshold: 2}",
        "app_endpoint_health_check.treshold: is not a known key",
        "Did you mean failure_threshold?",
    ),
    everywhere(
        "ecs_service_stickiness: {type: app_cookie}", "ecs_service_stickiness.cookie_name: ", "the name of a cookie"
    ),
    everywhere(
        "ecs_service_dns_failover: {minimum_healthy_targets_count: some}",
        "ecs_service_dns_failover.minimum_healthy_targets_count: ",
    ),
)

# What scales, is released and tells
FEATURES: t.Final = (
    everywhere("app_scaling: {min: 2, maximum: 4}", "app_scaling.min: is not a known key", "Did you mean minimum?"),
    everywhere("app_scaling: {minimum: two, maximum: 4}", 'app_scaling.minimum: "two" is not a whole number'),
    everywhere("app_scaling: {minimum: 2, maximum: 1}", "app_scaling: minimum 2 and maximum 1 do not go together"),
    everywhere("app_scaling: {minimum: 2, maximum: 4, cpu: 500}", "app_scaling.cpu: 500", "1 to 100 percent"),
    everywhere("app_scaling: 'on'", 'app_scaling: "on" is not a mapping'),
    everywhere("app_smoke_test: {path: /health}", "app_smoke_test: a mapping is not a string"),
    everywhere("app_release_pause: soon", 'app_release_pause: "soon" is neither true nor false'),
    everywhere("app_notify: [a@example.com]", "app_notify: a list is not a mapping"),
    everywhere("app_notify: {alert: a@example.com}", "app_notify.alert: is not a known key", "email, urls, topic_arns"),
    everywhere("app_alarms: true\napp_notify: {email: [a@example.com]}", "app_alarms: true is not a mapping"),
    everywhere("app_notfy: {}", "app_notfy: is not a variable", "Did you mean app_notify?"),
    everywhere("standby_capacity: lots", "standby_capacity: 'lots' is not valid", "full, minimum, or a percentage"),
    everywhere("standby_capacity: 500%", "standby_capacity: '500%' is not valid", "a percentage such as 50%"),
    everywhere("app_smoke_test: [curl]", "app_smoke_test: a list is not a string"),
    everywhere("app_release_pause: -5", "app_release_pause: -5 is neither true nor false"),
    everywhere("app_https: maybe", 'app_https: "maybe" is neither true nor false'),
    everywhere(
        "app_smoke_request: {path: health}", "app_smoke_request.path: 'health' is not a path", "Begin it with /"
    ),
    everywhere("app_smoke_request: {status: 200}", "app_smoke_request.path: is not set"),
    everywhere("alb_certificate_arn: hello", "alb_certificate_arn: 'hello' is not the ARN of a certificate"),
    everywhere(
        "alb_certificate_arns: []", "alb_certificate_arns: is not a variable", "Did you mean alb_certificate_arn?"
    ),
)
