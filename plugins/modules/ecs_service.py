#!/usr/bin/python
# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_service
short_description: An ECS service on Fargate in one region, with the resources of its own
version_added: 0.1.0
author: Everlook contributors (@everlook)
description:
  - Converges a log group, an ECS cluster, a task definition, the execution and task roles, a security group that admits
    the load balancer only, a target group, a listener rule that forwards to it, and a service in private subnets
    without public addresses.
  - Several services share a load balancer and nothing else. O(hosts), O(paths) and O(rule_priority) decide which
    requests each of them gets. A service without O(container_port) is a worker.
  - Compares every setting that AWS can change, whatever the order and defaults in AWS's answers, and repairs only what
    differs. A new revision of the task definition is registered only if something differs.
  - Follows the rollout that it started. It fails with the reason, the last events of the service and what the stopped
    tasks say, if the rollout failed, was rolled back or was stopped. The next run tries again.
  - The first rollout of a service replaces nothing. It is complete when all tasks are healthy, which is some time
    before ECS says so; once a task has failed, the module waits for ECS's verdict.
  - Permissions that only the former tasks need are removed once those are gone, so that a rollback still has them.
  - Resources are found by name and identified by their tags. A foreign one with such a name is an error, and never
    changed.
  - Values of the environment of containers appear in no output; in changes and diff there are short hashes of them,
    with a new salt in each run.
extends_documentation_fragment:
  - everlook.failover.layer
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
options:
  name:
    description:
      - Name of the service. Part of the names of its resources, and the value of their tag C(Component).
      - Up to 32 letters, digits and single hyphens, starting with a letter. The names V(network), V(entrance) and
        V(dns) are reserved.
    type: str
    required: true
  vpc_id:
    description: The VPC. Required if O(state=present). In check mode it may be a placeholder of another module.
    type: str
  subnet_ids:
    description: The private subnets of the tasks. Required if O(state=present).
    type: list
    elements: str
  alb_security_group_id:
    description: The load balancer's security group, whose members alone may connect. Needed with O(container_port).
    type: str
  listener_arn:
    description:
      - The listener of the load balancer that gets a rule for this service, see module P(everlook.failover.alb#module).
        Needed with O(container_port).
      - It is optional with O(state=absent). The rule is found through the target group, and on the stack's own load
        balancer.
    type: str
  containers:
    description: The containers of the task, up to ten. Required if O(state=present).
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the container, of letters, digits, hyphens and underscores.
        type: str
        required: true
      image:
        description:
          - The image with its tag or, better, its digest. C({region}) stands for the name of the region, for images in
            each region's own registry.
        type: str
        required: true
      essential:
        description: Whether the task ends when this container does. At least one of the containers has to be.
        type: bool
        default: true
      command:
        description: Command of the container. Replaces the image's C(CMD).
        type: list
        elements: str
        default: []
      entry_point:
        description: Replaces the image's C(ENTRYPOINT).
        type: list
        elements: str
        default: []
      working_directory:
        description: Where the command runs. Replaces the image's C(WORKDIR).
        type: str
      user:
        description: The user, or user and group, such as V(1000:1000), in place of the image's own.
        type: str
      environment:
        description:
          - Environment variables. Numbers and booleans become text as YAML spells them.
          - The values appear in no output. They are readable in the task definition to everyone who may describe it;
            secrets belong in O(containers[].secrets).
        type: dict
        default: {}
      secrets:
        description:
          - Environment variables whose values ECS reads when a task starts. Maps the name of each variable to the ARN
            of a Secrets Manager secret or an SSM parameter.
          - The execution role is allowed to read exactly these.
        type: dict
        default: {}
      repository_credentials:
        description: ARN of the Secrets Manager secret with the credentials of a private registry other than ECR.
        type: str
      cpu:
        description: CPU units of the task that are reserved for this container.
        type: int
      memory:
        description: MiB beyond which the container is killed.
        type: int
      memory_reservation:
        description: MiB that are reserved for this container; less than O(containers[].memory).
        type: int
      port_mappings:
        description: The ports that the container listens on.
        type: list
        elements: dict
        default: []
        suboptions:
          container_port:
            description: Number of the port, 1 to 65535.
            type: int
            required: true
          protocol:
            description: Protocol of the port.
            type: str
            choices: [tcp, udp]
            default: tcp
          name:
            description: Name of the port.
            type: str
          app_protocol:
            description: Application protocol of a port that has a name.
            type: str
            choices: [http, http2, grpc]
      health_check:
        description: How ECS checks the health of the container itself. The load balancer checks its targets in any
          case.
        type: dict
        suboptions:
          command:
            description: V(CMD) and a command with its arguments, or V(CMD-SHELL) and a command line.
            type: list
            elements: str
            required: true
          interval:
            description: Seconds between two checks, 5 to 300.
            type: int
            default: 30
          timeout:
            description: Seconds to wait for an answer, 2 to 60.
            type: int
            default: 5
          retries:
            description: Failures in a row that make it unhealthy, 1 to 10.
            type: int
            default: 3
          start_period:
            description: Seconds after the start in which failures do not count, 0 to 300.
            type: int
            default: 0
      depends_on:
        description: Containers of the same task that have to be in some condition before this one starts.
        type: list
        elements: dict
        default: []
        suboptions:
          container:
            description: Name of the other container.
            type: str
            required: true
          condition:
            description:
              - What is waited for. V(healthy) needs a health check there, V(complete) and V(success) a container that
                is not essential.
            type: str
            choices: [start, complete, success, healthy]
            default: start
      readonly_root_filesystem:
        description:
          - Whether the container cannot write to its own file system. What it has to write goes into a volume of
            O(volumes) at a path of O(containers[].mount_points), or O(containers[].tmpfs).
          - O(execute_command) cannot enter such a container.
        type: bool
        default: false
      mount_points:
        description: Where volumes of O(volumes) are mounted in the container.
        type: list
        elements: dict
        default: []
        suboptions:
          volume:
            description: Name of the volume.
            type: str
            required: true
          path:
            description: Where it is in the container, an absolute path.
            type: str
            required: true
          read_only:
            description: Whether the container cannot write to it.
            type: bool
            default: false
        version_added: 0.4.0
      tmpfs:
        description:
          - Directories in memory, which are empty at first, private to the container and gone when it ends. They are
            part of O(memory). With O(operating_system=LINUX) only.
        type: list
        elements: dict
        default: []
        suboptions:
          path:
            description: Where it is in the container, an absolute path.
            type: str
            required: true
          size:
            description: MiB that it can hold.
            type: int
            required: true
          options:
            description: Options of the mount, such as V(noexec) or V(mode=1777).
            type: list
            elements: str
            default: []
        version_added: 0.4.0
      drop_capabilities:
        description: Linux capabilities to take away from the container, such as V(NET_RAW), or V(ALL).
        type: list
        elements: str
        default: []
        version_added: 0.4.0
      add_capabilities:
        description: Linux capabilities beyond the default ones. Fargate allows V(SYS_PTRACE) only.
        type: list
        elements: str
        choices: [SYS_PTRACE]
        default: []
        version_added: 0.4.0
      init_process:
        description: Whether an init process forwards signals and reaps processes. Useful with O(execute_command).
        type: bool
        default: false
      start_timeout:
        description: Seconds that containers which depend on this one wait for it, 2 to 120.
        type: int
      stop_timeout:
        description: Seconds between the signal to stop and the kill, up to 120. AWS's default is 30.
        type: int
      ulimits:
        description: Resource limits of the kernel.
        type: list
        elements: dict
        default: []
        suboptions:
          name:
            description: Name of the limit, such as V(nofile).
            type: str
            required: true
          soft:
            description: The soft limit.
            type: int
            required: true
          hard:
            description: The hard limit, or V(-1) for none.
            type: int
            required: true
      docker_labels:
        description: Docker labels of the container.
        type: dict
        default: {}
      log_options:
        description:
          - More options of the log driver C(awslogs), such as C(awslogs-multiline-pattern). Group, region and stream
            prefix are set by the module, C(mode) and C(max-buffer-size) by O(log_mode) and O(log_buffer_size) unless
            they are here.
        type: dict
        default: {}
  cpu:
    description: CPU units of a task, 1024 for a vCPU. V(256), V(512), V(1024), V(2048), V(4096), V(8192) or V(16384).
    type: int
    default: 256
  memory:
    description:
      - MiB of a task. Fargate's table "Task size" says which values go with O(cpu). Another one is refused before the
        first call, with a list of those that do.
    type: int
    default: 512
  cpu_architecture:
    description: The processor architecture that the images are built for.
    type: str
    choices: [X86_64, ARM64]
    default: X86_64
  operating_system:
    description: The operating system that the images are built for.
    type: str
    choices:
      [LINUX, WINDOWS_SERVER_2019_CORE, WINDOWS_SERVER_2019_FULL, WINDOWS_SERVER_2022_CORE, WINDOWS_SERVER_2022_FULL]
    default: LINUX
  ephemeral_storage:
    description: GiB of storage of a task, 21 to 200. AWS gives 20 if it is not set.
    type: int
  volumes:
    description:
      - Volumes that containers can mount. One with a name alone is a directory on the storage of the task, which is
        empty at first, is shared by the containers that mount it, and is deleted with the task. Its owner is root,
        unless the image declares the same path with C(VOLUME), whose owner and permissions it gets then.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the volume, of letters, digits, hyphens and underscores.
        type: str
        required: true
      efs:
        description:
          - A file system of Amazon EFS in the same VPC, which outlives the task. Its mount targets have to admit the
            service's security group at TCP port 2049, and O(egress), if set, has to allow it.
          - With O(operating_system=LINUX) only.
        type: dict
        suboptions:
          file_system_id:
            description: Id of the file system. Each region needs its own.
            type: str
            required: true
          root_directory:
            description: Directory of the file system that is mounted. Its root if it is not set.
            type: str
          access_point_id:
            description: Id of the access point to go through, which has a directory and a user of its own.
            type: str
          iam:
            description:
              - Whether EFS authorizes clients by the task role. O(task_policy_statements) then have to allow
                C(elasticfilesystem:ClientMount), and C(elasticfilesystem:ClientWrite) to write.
            type: bool
            default: false
          transit_encryption:
            description: Whether data is encrypted in transit. An access point and IAM need that.
            type: bool
            default: true
          transit_encryption_port:
            description: The port on the task's side of the encrypted connection, 1 to 65535. Chosen if it is not set.
            type: int
    version_added: 0.4.0
  container_name:
    description: The container that the load balancer sends to. Optional if only one maps O(container_port).
    type: str
  container_port:
    description:
      - The TCP port that the load balancer sends to.
      - If it is not set, the service is a worker. It has no target group and no rule, and nothing may connect to it.
      - It can be changed. The new tasks are registered with their port beside the former ones, which serve until the
        new ones are healthy. A worker can get a port later, and vice versa.
    type: int
  hosts:
    description:
      - Host names of the requests that the service gets, such as V(www.example.com) or V(*.example.com), where V(*)
        stands for any characters and V(?) for one. Any other request goes elsewhere.
      - With O(paths), requests have to match both. Up to five of them together, which is AWS's limit.
    type: list
    elements: str
    default: []
  paths:
    description:
      - Path patterns of the requests that the service gets, such as V(/api/*). They are case-sensitive. Any other
        request goes elsewhere.
      - Without O(hosts) and O(paths) the service gets what no other rule of the listener takes.
    type: list
    elements: str
    default: []
  rule_priority:
    description:
      - The place of the service's rule among those of the listener, 1 to 50000. The first that matches a request
        decides.
      - If it is not set, a number from 1000 to 39999 that follows from O(name), and 50000 without conditions. Where one
        service's conditions include another's, set it for both.
    type: int
  decides_failover:
    description:
      - Whether the health of this service's tasks can take the region out of DNS.
      - With V(false) the load balancer stays healthy to Route 53, whatever the state of the tasks.
    type: bool
    default: true
  evaluate_target_health:
    description:
      - The value of O(everlook.failover.route53_failover#module:evaluate_target_health). It changes nothing here, but a
        service that decides the failover can have a O(deployment_strategy) only with V(false).
    type: bool
    default: true
    version_added: 0.4.0
  target_protocol:
    description: How the load balancer talks to the tasks. It cannot be changed afterwards.
    type: str
    choices: [HTTP, HTTPS]
    default: HTTP
  health_check:
    description:
      - How the load balancer finds out whether a task is healthy.
      - A change takes effect at once, for running tasks as well. If only a new image answers at another path, deploy an
        image that answers at both first.
    type: dict
    suboptions:
      path:
        description: The path that it requests.
        type: str
        default: /
      matcher:
        description: The HTTP codes of a healthy answer, from 200 to 499, such as V(200-299,301).
        type: str
        default: "200"
      interval:
        description: Seconds between two checks of a target, 5 to 300.
        type: int
        default: 10
      timeout:
        description: Seconds to wait for an answer, 2 to 120, and less than O(health_check.interval).
        type: int
        default: 5
      healthy_threshold:
        description: Successes in a row that make a target healthy, 2 to 10.
        type: int
        default: 2
      unhealthy_threshold:
        description: Failures in a row that make a target unhealthy, 2 to 10.
        type: int
        default: 2
      port:
        description: The port to check, or V(traffic-port) for the one that traffic goes to.
        type: str
        default: traffic-port
      protocol:
        description: Protocol of the check.
        type: str
        choices: [HTTP, HTTPS]
        default: HTTP
  stickiness:
    description: Whether a client stays with its target.
    type: dict
    suboptions:
      enabled:
        description: Whether stickiness is on.
        type: bool
        default: false
      type:
        description: Whose cookie identifies the target, the load balancer's or the application's.
        type: str
        choices: [lb_cookie, app_cookie]
        default: lb_cookie
      duration:
        description: Seconds after which the cookie expires, 1 to 604800.
        type: int
        default: 86400
      cookie_name:
        description: The application's cookie, with O(stickiness.type=app_cookie).
        type: str
  dns_failover:
    description:
      - When a zone of the load balancer is unhealthy to DNS. Once all are, Route 53 fails over to another region.
      - The thresholds must not be lower than those of O(unhealthy_state_routing).
      - Of no effect with O(decides_failover=false) and with O(deployment_strategy).
    type: dict
    suboptions:
      minimum_healthy_targets_count:
        description: With fewer healthy targets than this, it is unhealthy. A number, or V(off).
        type: str
        default: "1"
      minimum_healthy_targets_percentage:
        description: With a smaller percentage of healthy targets than this, it is unhealthy. 1 to 100, or V(off).
        type: str
        default: "off"
  unhealthy_state_routing:
    description: When the load balancer sends to all targets, whatever their health.
    type: dict
    suboptions:
      minimum_healthy_targets_count:
        description: With fewer healthy targets than this, it sends to all. A number.
        type: str
        default: "1"
      minimum_healthy_targets_percentage:
        description: With a smaller percentage of healthy targets than this, it sends to all. 1 to 100, or V(off).
        type: str
        default: "off"
  deregistration_delay:
    description: Seconds that a target has to finish requests before it is gone, 0 to 3600.
    type: int
    default: 30
  slow_start:
    description: Seconds in which a new target's share of requests grows, 30 to 900, or V(0) for its full share at once.
    type: int
    default: 0
  algorithm:
    description: How a target is chosen for a request.
    type: str
    choices: [round_robin, least_outstanding_requests, weighted_random]
    default: round_robin
  anomaly_mitigation:
    description: Whether targets that behave abnormally get fewer requests. Needs O(algorithm=weighted_random).
    type: bool
    default: false
  cross_zone:
    description: Whether requests go to targets of other zones too.
    type: str
    choices: [use_load_balancer_configuration, "true", "false"]
    default: use_load_balancer_configuration
  execution_role_arn:
    description:
      - An existing role to use as the task execution role. If it is not set, the module creates one that may pull from
        the ECR repositories of O(containers), write to this log group, and read exactly the named secrets.
      - A role that the module created before is deleted once no task uses it.
    type: str
  execution_policy_statements:
    description: Statements of an IAM policy that are added to the module's execution role.
    type: list
    elements: dict
    default: []
  task_role_arn:
    description:
      - An existing role to use as the task role. If it is not set, the module creates one without permissions, except
        for the channels of ECS Exec with O(execute_command=true).
      - A role that the module created before is deleted once no task uses it.
    type: str
  task_policy_statements:
    description: Statements of an IAM policy that are added to the module's task role.
    type: list
    elements: dict
    default: []
  task_policy_arns:
    description: ARNs of managed policies for the module's task role. Any other that is attached to it is detached.
    type: list
    elements: str
    default: []
  permissions_boundary_arn:
    description: ARN of the permissions boundary of the module's roles.
    type: str
  secrets_kms_key_arns:
    description: ARNs of the customer managed keys that the secrets are encrypted with; the execution role may decrypt.
    type: list
    elements: str
    default: []
  allow_other_regions:
    description:
      - Whether images in ECR, secrets, parameters and the keys of O(secrets_kms_key_arns) may be in another region than
        the service. Without that region no task of the service can start.
      - They are refused by default. ECR, Secrets Manager and KMS can replicate them; in the inventory,
        C({{ inventory_hostname }}) is the region in the name of an image or an ARN.
    type: bool
    default: false
    version_added: 0.4.0
  pin_images:
    description:
      - Whether containers run the digests that the tags of their images point to when the module runs. All tasks then
        run the same image, whenever they start, and a tag that moves later is a change.
      - Tags in ECR are looked up by DescribeImages, those of other registries without credentials, or with those of a
        C(docker login) on the controller. A tag that does not exist is refused.
      - Where a registry does not answer, what runs under the same tag is kept, with a warning. A new tag is deployed
        without a digest.
      - The tag is kept in the label C(everlook.failover.image) of the container.
    type: bool
    default: false
    version_added: 0.4.0
  image_digests:
    description:
      - Digests by image, for O(pin_images), that were looked up before, as by M(everlook.failover.preflight). Other
        images are looked up. An empty string says that the digest is not known.
      - In the playbooks preflight looks them up once for all regions, so that they get the same.
    type: dict
    default: {}
    version_added: 0.4.0
  container_insights:
    description: The cluster's setting for Container Insights. CloudWatch bills its metrics.
    type: str
    choices: [disabled, enabled, enhanced]
    default: enabled
  egress:
    description:
      - What tasks may connect to. Everything if it is not set.
      - Images, logs and secrets come over HTTPS, so a rule has to allow TCP port 443 to somewhere. Names are resolved
        whatever the rules are, by the VPC's own resolver.
      - While a rollout replaces tasks, what only the former ones may reach stays open until they are gone.
    type: list
    elements: dict
    suboptions:
      cidr:
        description: A network, such as V(10.20.0.0/16) or V(2001:db8::/32). Exactly one of this and the next two.
        type: str
      prefix_list_id:
        description: Id of a managed prefix list, such as that of a gateway endpoint's service.
        type: str
      security_group_id:
        description: Id of a security group, for its members.
        type: str
      protocol:
        description: The protocol; V(all) for all protocols and ports.
        type: str
        choices: [tcp, udp, all]
        default: tcp
      port:
        description: The port, or the first of a range, 1 to 65535. All ports if it is not set.
        type: int
      to_port:
        description: The last port of a range.
        type: int
      description:
        description: What it is for.
        type: str
    version_added: 0.4.0
  log_mode:
    description:
      - What happens when containers write faster than CloudWatch Logs accepts, or it does not answer. V(blocking)
        blocks containers that write; V(non-blocking) buffers O(log_buffer_size) of each, and drops the rest.
      - If it is not set, the account's setting C(defaultLogDriverMode) decides, which is V(non-blocking) unless it was
        changed.
    type: str
    choices: [blocking, non-blocking]
    version_added: 0.4.0
  log_buffer_size:
    description:
      - How much of a container's output is kept with O(log_mode=non-blocking), such as V(25m). C(10m) if it is not set.
    type: str
    version_added: 0.4.0
  log_retention_days:
    description: How many days the log group keeps what containers write. With V(0) it never expires.
    type: int
    choices:
      [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]
    default: 30
  log_kms_key_arn:
    description:
      - ARN of the key, not of an alias, that the log group is encrypted with. CloudWatch Logs uses a key of its own if
        it is not set.
    type: str
  desired_count:
    description:
      - How many tasks are to run.
      - If it is not set, a new service starts with two, and the count of an existing one is not changed.
      - With O(scaling) it is only the initial count of a new service.
      - A region without tasks is unhealthy to Route 53, so a standby needs one at least.
    type: int
  scaling:
    description:
      - Lets Application Auto Scaling choose the number of tasks, between a minimum and a maximum. If it is not set, the
        number is O(desired_count).
      - O(desired_count) is then only what a new service starts with, within the limits; no run resets the number. When
        a run changes the limits, AWS brings the number between them.
      - Several metrics and schedules can be combined. AWS takes the largest number that one of them requests.
      - When the option is removed, the scalable target is deleted with its policies and schedules, and the number of
        tasks is O(desired_count) again.
    type: dict
    version_added: 0.4.0
    suboptions:
      minimum:
        description:
          - The least number of tasks, 0 to 5000.
          - In a standby it is what serves in the minutes between a failover and the first tasks that were added for it.
        type: int
        required: true
      maximum:
        description: The greatest number of tasks, up to 5000.
        type: int
        required: true
      cpu:
        description: Target for the average use of O(cpu), in percent, 1 to 100.
        type: int
      memory:
        description: Target for the average use of O(memory), in percent, 1 to 100.
        type: int
      requests:
        description: Target for the requests a minute that each task gets on average from the load balancer.
        type: int
      scale_out_cooldown:
        description: Seconds to wait for tasks that were added to take effect before more are added, 0 to 86400.
        type: int
        default: 60
      scale_in_cooldown:
        description: Seconds to wait after tasks were removed before more are removed, 0 to 86400.
        type: int
        default: 300
      schedules:
        description:
          - Other limits from a given time on, until another schedule sets others. Limits that a schedule has set are no
            drift.
        type: list
        elements: dict
        default: []
        suboptions:
          name:
            description: Name of the schedule, of letters, digits and hyphens, up to 64.
            type: str
            required: true
          schedule:
            description:
              - V(cron(minute hour day month weekday year\)), V(rate(12 hours\)), or once
                V(at(2030-01-31T08:00:00\)). A time that is over is left out, with a warning unless the action is there.
            type: str
            required: true
          timezone:
            description: The time zone of V(cron) and V(at), such as V(Europe/Berlin).
            type: str
            default: UTC
          minimum:
            description: The least number of tasks from then on. By default O(scaling.minimum).
            type: int
          maximum:
            description: The greatest number of tasks from then on. By default O(scaling.maximum).
            type: int
  spot:
    description:
      - Runs a part of the tasks on Fargate Spot, which costs less, but which AWS stops with two minutes' notice when it
        needs the capacity. If it is not set, all tasks are on demand.
      - A change starts a rollout. The cluster gets the capacity providers C(FARGATE) and C(FARGATE_SPOT), and keeps
        them.
      - With O(operating_system=LINUX) only.
    type: dict
    version_added: 0.4.0
    suboptions:
      base:
        description:
          - Tasks that are on demand before any is on Fargate Spot, 0 to 100000.
          - As many as a region needs if AWS stops all the others.
        type: int
        required: true
      on_demand_weight:
        description: Weight of on-demand tasks beyond O(spot.base), 0 to 1000.
        type: int
        default: 0
      spot_weight:
        description: Weight of Fargate Spot tasks beyond O(spot.base), 1 to 1000.
        type: int
        default: 1
  deployment_strategy:
    description:
      - How ECS releases a service that gets requests. If it is not set, tasks are replaced one after the other, in one
        target group.
      - With it the next tasks run beside the former ones, in a second target group. Once they are healthy ECS shifts
        the requests to them, and back if an alarm rings or the release is stopped. The two groups take turns.
      - While a release starts there is a target group in which nothing is healthy, and Route 53 finds a load balancer
        with one of those unhealthy. So it needs O(evaluate_target_health=false) or O(decides_failover=false), and
        O(dns_failover) is off for both groups.
      - An existing service gets its second target group with this option. If it decides the failover, its region's
        record must not evaluate the health of targets by then.
      - A change of the strategy takes effect without a release. When the option is removed, the service keeps both
        target groups until it is removed and deployed again.
    type: dict
    version_added: 0.4.0
    suboptions:
      type:
        description:
          - V(blue_green) shifts all requests at once.
          - V(canary) shifts O(deployment_strategy.percent) of them, waits O(deployment_strategy.interval), and shifts
            the rest.
          - V(linear) shifts O(deployment_strategy.percent) every O(deployment_strategy.interval).
        type: str
        choices: [blue_green, canary, linear]
        required: true
      bake_time:
        description: Minutes for which the former tasks stay once all requests go to the next ones, 0 to 1440.
        type: int
        default: 5
      percent:
        description:
          - Share of the requests in each step, in tenths. V(0.1) to V(100) with V(canary), V(3) to V(100) with
            V(linear).
          - By default V(5) with V(canary), and V(10) with V(linear).
        type: float
      interval:
        description:
          - Minutes until the next step, 0 to 1440. By default V(10) with V(canary), and V(6) with V(linear).
        type: int
  minimum_healthy_percent:
    description: Percentage of O(desired_count) that stays healthy during a rollout, 0 to 100.
    type: int
    default: 100
  maximum_percent:
    description: Percentage of O(desired_count) that may run during a rollout, 100 to 200.
    type: int
    default: 200
  circuit_breaker:
    description: Whether ECS gives up a rollout if its tasks keep failing.
    type: bool
    default: true
  rollback:
    description: Whether ECS then goes back to the last revision that worked.
    type: bool
    default: true
  rollback_on_alarms:
    description:
      - Whether M(everlook.failover.cloudwatch_alarms) says which alarms roll back a rollout, by its option of the same
        name. This module then leaves them unchanged. With V(false) there are none.
    type: bool
    default: false
    version_added: 0.4.0
  health_check_grace_period:
    description: Seconds after the start of a task in which a failed health check does not end it.
    type: int
    default: 60
  execute_command:
    description:
      - Whether C(aws ecs execute-command) can enter containers. A change starts a rollout, since tasks that run already
        cannot be entered.
    type: bool
    default: false
  platform_version:
    description:
      - Fargate's platform version. Below V(1.4.0) there are no EFS file systems, O(containers[].tmpfs),
        O(containers[].add_capabilities), O(ephemeral_storage) or O(execute_command), so these are refused with it.
    type: str
    default: LATEST
  propagate_tags:
    description: Whose tags new tasks get.
    type: str
    choices: [service, task_definition, none]
    default: service
  managed_tags:
    description: Whether ECS tags new tasks with the names of cluster and service.
    type: bool
    default: true
  availability_zone_rebalancing:
    description: Whether ECS moves tasks when the zones have unequal numbers of them.
    type: bool
    default: true
notes:
  - Cluster, service and target group are named after O(stack), O(environment) and O(name), such as C(hello-dev-web),
    the log group C(/ecs/hello/dev/web), the roles C(hello-dev-web-us-east-1-execution) and
    C(hello-dev-web-us-east-1-task). Names that would be too long or ambiguous contain a hash.
  - Targets are registered by ECS. The module never touches them.
  - The cluster's capacity providers are left alone, except those of O(spot), and so is the log group that Container
    Insights creates.
  - Former revisions of the task definition are kept, until O(state=absent) deletes them all.
  - If the first tasks of a new service fail because IAM has not propagated the new roles yet, the rollout is retried
    once.
"""

EXAMPLES = r"""
- name: A service in the VPC and behind the load balancer of the other modules
  everlook.failover.ecs_service:
    region: us-east-1
    stack: hello
    environment: dev
    name: web
    vpc_id: "{{ vpc_result.vpc_id }}"
    subnet_ids: "{{ vpc_result.private_subnet_ids }}"
    alb_security_group_id: "{{ alb_result.security_group_id }}"
    listener_arn: "{{ alb_result.listener_arn }}"
    container_port: 8080
    health_check:
      path: /health
      unhealthy_threshold: 3
    cpu: 512
    memory: 1024
    desired_count: 2
    containers:
      - name: hello
        image: 111111111111.dkr.ecr.us-east-1.amazonaws.com/hello:1.4.2
        port_mappings:
          - container_port: 8080
        environment:
          LOG_LEVEL: info
        secrets:
          DATABASE_PASSWORD: arn:aws:secretsmanager:us-east-1:111111111111:secret:hello-db-AbCdEf
        readonly_root_filesystem: true

- name: A second one behind the same load balancer, whose failure never takes the region out of DNS
  everlook.failover.ecs_service:
    region: us-east-1
    stack: hello
    environment: dev
    name: reports
    vpc_id: "{{ vpc_result.vpc_id }}"
    subnet_ids: "{{ vpc_result.private_subnet_ids }}"
    alb_security_group_id: "{{ alb_result.security_group_id }}"
    listener_arn: "{{ alb_result.listener_arn }}"
    container_port: 8080
    paths: [/reports/*]
    decides_failover: false
    containers:
      - name: reports
        image: 111111111111.dkr.ecr.us-east-1.amazonaws.com/reports:2.0.0
        port_mappings:
          - container_port: 8080

- name: A worker, which nothing connects to
  everlook.failover.ecs_service:
    region: us-east-1
    stack: hello
    environment: dev
    name: mailer
    vpc_id: "{{ vpc_result.vpc_id }}"
    subnet_ids: "{{ vpc_result.private_subnet_ids }}"
    containers:
      - name: mailer
        image: 111111111111.dkr.ecr.us-east-1.amazonaws.com/mailer:1.0.3

- name: Delete the first one
  everlook.failover.ecs_service:
    region: us-east-1
    stack: hello
    environment: dev
    name: web
    state: absent
    confirm: dev
"""

RETURN = r"""
cluster:
  description: The cluster's name.
  returned: always
  type: str
  sample: hello-dev-web
cluster_arn:
  description: The cluster's ARN. Like all that AWS decides, a placeholder in check mode if it does not exist yet.
  returned: always
  type: str
  sample: arn:aws:ecs:us-east-1:111111111111:cluster/hello-dev-web
service:
  description: The service's name.
  returned: always
  type: str
  sample: hello-dev-web
component:
  description: The service's name in the stack, as in O(name).
  returned: always
  type: str
  sample: web
service_arn:
  description: The service's ARN.
  returned: always
  type: str
  sample: arn:aws:ecs:us-east-1:111111111111:service/hello-dev-web/hello-dev-web
task_definition_arn:
  description: ARN of the revision that the service runs.
  returned: always
  type: str
  sample: arn:aws:ecs:us-east-1:111111111111:task-definition/hello-dev-web:3
images:
  description: The images of that revision, by the containers' names. Empty when O(state) is V(absent).
  returned: always
  type: dict
  sample: {web: 'registry.example.com/web:1.4.2'}
security_group_id:
  description: The tasks' security group.
  returned: always
  type: str
  sample: sg-0123456789abcdef0
execution_role_arn:
  description: The role with which ECS starts tasks.
  returned: always
  type: str
  sample: arn:aws:iam::111111111111:role/hello-dev-web-us-east-1-execution
task_role_arn:
  description: The role that tasks have.
  returned: always
  type: str
  sample: arn:aws:iam::111111111111:role/hello-dev-web-us-east-1-task
log_group:
  description: The log group's name.
  returned: always
  type: str
  sample: /ecs/hello/dev/web
target_group_arn:
  description: ARN of the target group. None for a worker, as are the values about its rule.
  returned: always
  type: str
  sample: arn:aws:elasticloadbalancing:us-east-1:111111111111:targetgroup/hello-dev-web/73e2d6bc24d8a067
alternate_target_group_arn:
  description: ARN of the second target group, of a service that has or had a O(deployment_strategy); else none.
  returned: always
  type: str
  sample: arn:aws:elasticloadbalancing:us-east-1:111111111111:targetgroup/hello-dev-web-alternate/73e2d6bc24d8a067
target_group_name:
  description: Name of the target group, at most 32 characters.
  returned: always
  type: str
  sample: hello-dev-web
rule_arn:
  description: ARN of the listener's rule that sends to the target group.
  returned: always
  type: str
  sample: >-
    arn:aws:elasticloadbalancing:us-east-1:111111111111:listener-rule/app/hello-dev/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee
rule_priority:
  description: The rule's priority.
  returned: always
  type: int
  sample: 50000
target_protocol:
  description: The target group's protocol.
  returned: always
  type: str
  sample: HTTP
desired_count:
  description: How many tasks are to run.
  returned: always
  type: int
  sample: 2
running_count:
  description: How many tasks ran when the module last read it.
  returned: always
  type: int
  sample: 2
scaling:
  description: The limits of O(scaling), C(minimum) and C(maximum). None without it.
  returned: always
  type: dict
  sample: {minimum: 2, maximum: 10}
"""

from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.layer import LAYER
from ansible_collections.everlook.failover.plugins.module_utils._engine.module_host import run_module


def main() -> None:
    run_module(LAYER.job)


if __name__ == "__main__":
    main()
