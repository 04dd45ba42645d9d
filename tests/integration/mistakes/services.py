# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people write for containers and for several services."""

from __future__ import annotations

import typing as t

from .mistake import Mistake, everywhere

_API: t.Final = "name: api, image: api:1, port: 80"


def container(yaml: str, *says: str, keeps: tuple[str, ...] = ()) -> Mistake:
    """The only container, which listens at the port 80."""
    mapped = "" if "port_mappings" in yaml else ", port_mappings: [{container_port: 80}]"
    return everywhere(f"app_containers: [{{name: hello, image: hello:1{mapped}, {yaml}}}]", *says, keeps=keeps)


CONTAINERS: t.Final[tuple[Mistake, ...]] = (
    everywhere("app_containers: [{name: hello}]", "app_containers[hello].image: is not set"),
    everywhere("app_containers: [{image: hello:1}]", "app_containers[0].name: is not set"),
    everywhere("app_containers: {name: hello, image: hello:1}", "app_containers: a mapping is not a list"),
    everywhere("app_containers: [hello:1]", "app_containers[0]: ", "is not a mapping"),
    everywhere("app_containers: []", "app_containers: "),
    everywhere(
        "app_containers: [{name: hello, imge: hello:1}]",
        "app_containers[hello].imge: is not a known key",
        "Did you mean image?",
        "app_containers[hello].image: is not set",
    ),
    everywhere(
        "app_containers: [{name: web, image: web:1, port_mappings: [{container_port: 80}]}]",
        "app_container_name: 'hello' is not among the containers",
    ),
    everywhere(
        "app_containers: [{name: hello, image: a:1}, {name: hello, image: b:1}]",
        "app_containers: two containers have the same name",
    ),
    container("ports: [80]", "app_containers[hello].ports: is not a known key", "Did you mean port_mappings?"),
    container("port_mappings: [80]", "app_containers[hello].port_mappings[0]: 80 is not a mapping"),
    container("port_mappings: [{port: 80}]", "app_containers[hello].port_mappings[0].port: ", "container_port"),
    container("port_mappings: [{container_port: 8080}]", "app_port: no container maps TCP port 80", "port_mappings"),
    container(
        "port_mappings: [{container_port: 80, protocol: TCP}]",
        'app_containers[hello].port_mappings[0].protocol: "TCP" is not one of tcp, udp',
        "Did you mean tcp?",
    ),
    container(
        "port_mappings: [{container_port: http}]", 'app_containers[hello].port_mappings[0].container_port: "http"'
    ),
    container(
        "environment: [{name: TOKEN, value: hunter2}]",
        "app_containers[hello].environment: a list is not a mapping",
        keeps=("hunter2",),
    ),
    container("environment: {A: {b: c}}", "app_containers[hello].environment.A: is neither text, number nor boolean"),
    container("env: {DEBUG: 1}", "app_containers[hello].env: is not a known key"),
    container("enviroment: {DEBUG: 1}", "app_containers[hello].enviroment: ", "Did you mean environment?"),
    container(
        'secrets: {TOKEN: "arn:aws:ssm:us-east-1:111111111111:parameter/a\\n"}',
        *("app_containers[hello].secrets.TOKEN: has a blank or a line break", "Remove it"),
    ),
    container("secrets: {TOKEN: hunter2}", "app_containers[hello].secrets.TOKEN: is not an ARN", keeps=("hunter2",)),
    container("essential: maybe", 'app_containers[hello].essential: "maybe" is neither true nor false'),
    container("essential: false", "app_containers: none is essential"),
    container("health_check: curl localhost", "app_containers[hello].health_check: ", "is not a mapping"),
    container("health_check: {interval: 5}", "app_containers[hello].health_check.command: is not set"),
    container(
        "health_check: {command: [curl, localhost]}",
        "app_containers[hello].health_check.command: has to start with CMD or CMD-SHELL",
    ),
    container(
        "health_check: {command: [CMD-SHELL, 'true'], interval: 1}",
        "app_containers[hello].health_check.interval: 1 is out of range",
        "Use 5 to 300",
    ),
    container("depends_on: [db]", 'app_containers[hello].depends_on[0]: "db" is not a mapping'),
    container("depends_on: [{container: db}]", "app_containers[hello].depends_on: ", "db"),
    container("depends_on: [{container: hello}]", "app_containers[hello].depends_on: 'hello' is not another container"),
    container(
        "mount_points: [{volume: tmp, path: /tmp}]", "app_containers[hello].mount_points: tmp: not among the volumes"
    ),
    container("drop_capabilities: [FLY]", "app_containers[hello].drop_capabilities: 'FLY' is not a capability"),
    container("log_options: {mode: fast}", "app_containers[hello].log_options: mode is 'fast'"),
    everywhere(
        "ecs_service_egress: [{cidr: 10.0.0.0/8, port: 5432}]",
        "ecs_service_egress: allows TCP port 443 to nowhere, so no task could start",
        "Add {cidr: 0.0.0.0/0, port: 443}",
    ),
    everywhere(
        "ecs_service_volumes: [{name: up, efs: {file_system_id: uploads}}]",
        "ecs_service_volumes[up].efs.file_system_id: 'uploads' is not such an ID",
    ),
    everywhere(
        "ecs_service_platform_version: 1.3.0\necs_service_volumes: [{name: up, efs: {file_system_id: fs-01234567}}]",
        "ecs_service_platform_version: 1.3.0 has nothing of volumes[up].efs, which came with 1.4.0",
        "Leave it out for LATEST",
    ),
    everywhere("ecs_service_log_buffer_size: 25m", "ecs_service_log_buffer_size: is of use with ecs_service_log_mode"),
    container("cpu: half", 'app_containers[hello].cpu: "half" is not a whole number'),
    container("memory: 4", "app_containers[hello].memory: 4 MiB is too little", "at least 6 MiB"),
    container("memory: 4096", "app_memory: the containers want 4096 MiB, the task has 512"),
    container("stop_timeout: 300", "app_containers[hello].stop_timeout: 300 s is out of range", "120 s"),
    container("ulimits: [{name: files, soft: 1, hard: 2}]", "app_containers[hello].ulimits: 'files' is not a limit"),
    container("ulimits: [{name: nofile, soft: 1}]", "app_containers[hello].ulimits[nofile].hard: is not set"),
    container("log_options: {awslogs-group: mine}", "app_containers[hello].log_options: ", "set by the module"),
)

SERVICES: t.Final[tuple[Mistake, ...]] = (
    everywhere("app_services: api", 'app_services[0]: "api" is not a mapping'),
    everywhere("app_services: [api]", 'app_services[0]: "api" is not a mapping'),
    everywhere("app_services: {api: {image: api:1}}", "app_services: a mapping is not a list"),
    everywhere("app_services: []", "app_services: is empty", "at least one service"),
    everywhere("app_services: [{image: api:1, port: 80}]", "app_services[0].name: is not set"),
    everywhere("app_services: [{name: api, port: 80}]", "app_services[api].image: is not set"),
    everywhere(f"app_services: [{{{_API}}}, {{{_API}}}]", "app_services", "two services are called api"),
    everywhere(
        f"app_services: [{{{_API}, desired_cuont: 2}}]",
        "app_services[api].desired_cuont: is not a known key",
        "Did you mean desired_count?",
    ),
    everywhere("app_services: [{name: api, img: api:1, port: 80}]", "app_services[api].img: ", "Did you mean image?"),
    everywhere("app_services: [{name: api, image: api:1, prot: 80}]", "app_services[api].prot: ", "Did you mean port?"),
    everywhere(
        "app_services: [{name: api, image: api:1, port: http}]", 'app_services[api].port: "http" is not a whole'
    ),
    everywhere("app_services: [{name: api, image: api:1, port: 99999}]", "app_services[api].port: 99999 is out of"),
    everywhere(f"app_services: [{{{_API}, cpu: half}}]", 'app_services[api].cpu: "half" is not a whole number'),
    everywhere(f"app_services: [{{{_API}, memory: 100}}]", "app_services[api].memory: 100 MiB do not go with"),
    everywhere(
        f"app_services: [{{{_API}, health_check: {{intervall: 5}}}}]", "app_services[api].health_check.intervall"
    ),
    everywhere(f"app_services: [{{{_API}, variables: [A]}}]", "app_services[api].variables: a list is not a mapping"),
    everywhere(
        f"app_services: [{{{_API}, deployment_strategy: {{type: blue_green}}}}]",
        *("app_services[api].deployment_strategy: ", "out of the DNS", "dns_evaluate_target_health to false"),
    ),
    everywhere(
        f"app_services: [{{{_API}}}, {{name: web, image: w:1, port: 81, paths: [/w]}}]\n"
        "dns_evaluate_target_health: false",
        *("dns_evaluate_target_health: is false", "api, web are to decide", "decides_failover to false"),
    ),
    *(
        everywhere(f"app_services: [{{{_API}, decides_failover: false, deployment_strategy: {strategy}}}]", *says)
        for strategy, says in (
            ("canary", ('app_services[api].deployment_strategy: "canary" is not a mapping', "Write key: value")),
            ("{type: BLUE_GREEN}", ("app_services[api].deployment_strategy.type: ", "Did you mean blue_green?")),
            ("{percent: 10}", ("app_services[api].deployment_strategy.type: is not set",)),
            (
                "{type: blue_green, percent: 10}",
                ("app_services[api].deployment_strategy.percent: has no effect with the type blue", "Use canary or"),
            ),
            (
                "{type: canary, intervall: 5}",
                ("deployment_strategy.intervall: is not a known key", "mean interval?"),
            ),
        )
    ),
    everywhere(
        "app_services: [{name: a, image: a:1, port: 80}, {name: w, image: w:1, deployment_strategy: {type: canary}}]",
        *("app_services[w].deployment_strategy: shifts requests, and a service without app_port gets none", "Leave it"),
    ),
    everywhere(
        f"app_services: [{{{_API}, decides_failover: false, deployment_strategy: {{type: canary, percent: 200}}}}]",
        "app_services[api].deployment_strategy.percent: 200 has to be 0.1 to 100",
    ),
    everywhere(
        f"app_services: [{{{_API}, decides_failover: false, deployment_strategy: {{type: linear, bake_time: 2000}}}}]",
        "app_services[api].deployment_strategy.bake_time: 2000 is out of range",
    ),
    everywhere(
        f"app_services: [{{{_API}, secrets: {{A: hunter2}}}}]",
        "app_services[api].secrets.A: is not an ARN",
        keeps=("hunter2",),
    ),
    everywhere(
        "app_services: [{name: web api, image: a:1, port: 80}]", "app_services[web api].name: ", "single hyphens"
    ),
    everywhere("app_services: [{name: dns, image: a:1, port: 80}]", "app_services[dns].name: 'dns' is reserved"),
    everywhere("app_services: [{name: worker, image: a:1}]", "app_services: ", "at least one service that decides"),
    everywhere(
        f"app_services: [{{{_API}}}, {{name: web, image: web:1, port: 81}}]",
        "app_services[web]",
        "paths or hosts",
        "api",
    ),
    everywhere(
        f"app_services: [{{{_API}, rule_priority: 5, paths: [/a]}}, "
        "{name: web, image: w:1, port: 81, rule_priority: 5, paths: [/b]}]",
        "app_services[web].rule_priority: ",
        "api",
    ),
    everywhere(f"app_services: [{{{_API}, paths: [/a*, 'b c']}}]", "app_services[api].paths: 'b c'"),
    everywhere(f"app_services: [{{{_API}, hosts: ['https://a.example.com']}}]", "app_services[api].hosts: 'https:"),
    everywhere(f"app_services: [{{{_API}, rule_priority: 60000}}]", "app_services[api].rule_priority: 60000 is out of"),
    everywhere(f"app_services: [{{{_API}, decides_failover: maybe}}]", "app_services[api].decides_failover: "),
    everywhere(f"app_services: [{{{_API}, container_name: web}}]", "app_services[api].container_name: 'web' is not"),
)
