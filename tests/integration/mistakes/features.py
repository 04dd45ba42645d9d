# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people write for HTTPS, alarms, Fargate Spot, scaling, releases and drills, and what they type for them."""

from __future__ import annotations

import typing as t

from .mistake import Mistake, command, everywhere

_POLICY: t.Final = "Use one such as ELBSecurityPolicy-TLS13-1-2-2021-06"
_STORE: t.Final = (
    "arn:aws:elasticloadbalancing:{{ inventory_hostname }}:111111111111:truststore/clients/73e2d6bc24d8a067"
)
_ID: t.Final = "is not the id of a run. Write the one that the refusal names"

# Also while nothing uses it
UNUSED: t.Final[tuple[Mistake, ...]] = (
    everywhere("alb_ssl_policy: nonsense", "alb_ssl_policy: 'nonsense' is not a security policy", _POLICY),
    everywhere("alb_ssl_policy: TLSv1.2", "alb_ssl_policy: 'TLSv1.2' is not a security policy", _POLICY),
    everywhere("alb_https_port: 99999", "alb_https_port: 99999 is out of range", "1 to 65535"),
    everywhere("alb_mutual_authentication: verify", 'alb_mutual_authentication: "verify" is not a mapping'),
    everywhere(
        "alb_mutual_authentication: {mode: on}", "alb_mutual_authentication.mode: true is not one of off, passth"
    ),
    everywhere("alb_mutual_authentication: {mode: verify}", "alb_mutual_authentication.trust_store_arn: is not set"),
    everywhere("acm_certificate_key_algorithm: RSA_1", 'acm_certificate_key_algorithm: "RSA_1" is not one of RSA_2048'),
    everywhere("acm_certificate_certificate_arn: hello", "acm_certificate_certificate_arn: 'hello' is not the ARN"),
    everywhere("app_certificate_names: [example.org]", "app_certificate_names: 'example.org' is not in the zone"),
    everywhere("app_certificate_names:", "app_certificate_names: is empty", "Give it a value, or leave it out"),
    everywhere(
        'app_certificate_names: "*.dev.example.com"', 'app_certificate_names: "*.dev.example.com" is not a list'
    ),
    everywhere("app_certificate_names: {name: a}", "app_certificate_names: a mapping is not a list"),
    everywhere("app_rollback_on_alarms: maybe", 'app_rollback_on_alarms: "maybe" is neither true nor false'),
    everywhere("app_alarms: [a]", "app_alarms: a list is not a mapping", "Write key: value"),
    everywhere("app_alarms: {latncy: 1}", "app_alarms.latncy: is not a known key", "Did you mean latency?"),
    everywhere("app_alarms: {latency: fast}", 'app_alarms.latency: "fast" is not a number', "Write a number"),
    everywhere("ecr_untagged_days: -1", "ecr_untagged_days: -1 is less than 0"),
    everywhere("ecr_kms_key_arn: mine", "ecr_kms_key_arn of us-east-1: 'mine' is not the ARN of a key in us-east-1"),
    everywhere("cloudwatch_alarms_kms_key_arn: mine", "cloudwatch_alarms_kms_key_arn: 'mine' is not the ARN"),
)

VALUES: t.Final[tuple[Mistake, ...]] = (
    everywhere("app_https: true\nalb_ssl_policy: ELBSecurityPolicy-2016-08x", "alb_ssl_policy: ", _POLICY),
    everywhere("app_https: true\nalb_listener_port: 443", "alb_https_port: is 443, as alb_listener_port is"),
    everywhere(
        f"app_https: true\nalb_mutual_authentication: {{mode: verify, trust_store_arn: '{_STORE}'}}",
        *("alb_mutual_authentication.mode: verify refuses Route 53's", "{protocol: HTTP, port: 80}"),
    ),
    everywhere(
        "app_https: true\ndns_evaluate_target_health: false\napp_endpoint_health_check: {protocol: HTTP, port: 80}",
        *(
            "dns_evaluate_target_health: is false, and health checkers use the HTTP listener",
            "use HTTPS by app_endpoint",
        ),
    ),
    everywhere('app_https: true\napp_certificate_names: ["*.*.dev.example.com"]', "app_certificate_names: '*.*.dev"),
    everywhere("app_spot: true", "app_spot: true is not a mapping", "Write key: value"),
    everywhere("app_spot: {bse: 2}", "app_spot.bse: is not a known key", "Did you mean base?"),
    everywhere("app_spot: {base: two}", 'app_spot.base: "two" is not a whole number', "Write digits"),
    everywhere("app_spot: {base: -1}", "app_spot.base: -1 is out of range"),
    everywhere("app_spot: 50%", 'app_spot: "50%" is not a mapping', "Write key: value"),
    everywhere("app_notify: ops@example.com", 'app_notify: "ops@example.com" is not a mapping'),
    everywhere("app_notify: {email: [ops]}", "app_notify.email: 'ops' is not an e-mail address"),
    everywhere(
        "app_notify: {urls: ['https://example.com/a b']}", "app_notify.urls: one of them is not a URL", "no blanks"
    ),
    everywhere("app_notify: {topic_arns: [alarms]}", "app_notify.topic_arns: 'alarms' is not the ARN of a topic"),
    everywhere(
        "app_notify: {topic_arns: ['arn:aws:sns:us-east-1:111111111111:ops']}",
        *("app_notify.topic_arns of us-west-1: ", "is not in us-west-1 of this account", "inventory_hostname"),
    ),
    everywhere("app_scaling: {minimum: 1, maximum: 4, cpu: 60%}", 'app_scaling.cpu: "60%" is not a whole number'),
    everywhere("app_scaling: {minimum: 1}", "app_scaling.maximum: is not set"),
    everywhere("app_scaling: [1, 4]", "app_scaling: a list is not a mapping"),
    everywhere("standby_capacity: half", "standby_capacity: 'half' is not valid", "a percentage such as 50%"),
    everywhere(
        "app_image: '111111111111.dkr.ecr.{regoin}.amazonaws.com/a:1'", "app_image: ", "{region} is the only name"
    ),
    everywhere(
        "{app_image: '111111111111.dkr.ecr.{region}.amazonaws.com/shop:1', app_pin_images: true}",
        "app_image: there is no image 111111111111.dkr.ecr.us-east-1.amazonaws.com/shop:1",
        "Push it, or correct its name or tag",
    ),
    everywhere("app_pin_images: digest", 'app_pin_images: "digest" is neither true nor false'),
    everywhere("app_image: 'registry.{{ region }}.example.com/a:1'", "app_image: 'region' is undefined"),
    everywhere("app_repositories: {shop: 1}", "app_repositories: a mapping is not a list"),
    everywhere("app_repositories: [Shop]", "app_repositories: 'Shop' cannot be the name of a repository", "lower-case"),
    everywhere(
        "app_repositories: [shop]\napp_replicate_images: maybe",
        'app_replicate_images: "maybe" is neither true nor false',
    ),
    everywhere(
        "app_repositories: [shop]\necr_replicate_to: [west]",
        "ecr_replicate_to of us-east-1: 'west' is not another region",
    ),
    everywhere(
        "app_repositories: [shop]\necr_keep_images: 9\necr_pull_accounts: ['333333333333']",
        *("ecr_keep_images: could expire what is deployed", "ecr_pull_accounts", "Set it to 0"),
    ),
    everywhere("app_smoke_request: /health", 'app_smoke_request: "/health" is not a mapping'),
    everywhere(
        "app_smoke_request: {url: /health}", "app_smoke_request.url: is not a known key", "Choose from path, status"
    ),
    everywhere("app_smoke_request: {path: /, status: ok}", 'app_smoke_request.status: "ok" is not a whole number'),
    everywhere("app_smoke_request: {path: /, timeout: 0}", "app_smoke_request.timeout: 0 is out of range"),
    everywhere("app_smoke_test: 'curl {regoin}'", "app_smoke_test: {regoin} is unknown", "Did you mean region?"),
    everywhere("app_smoke_request: {path: /a b}", "app_smoke_request.path: '/a b' is not a path. It has no blanks"),
    everywhere("app_smoke_request: {path: /, status: 99}", "app_smoke_request.status: 99 is out of range"),
    everywhere("app_smoke_test: smoke-test-it {region}", "there is no program 'smoke-test-it' on this machine"),
    everywhere("app_smoke_test: ./check.sh {region}", "there is no program './check.sh' on this machine. Install it"),
    everywhere("app_smoke_test: true", "app_smoke_test: there is no program 'True' on this machine"),
    everywhere("app_smoke_test: env curl x | grep ok", "app_smoke_test: its program would get | as an", "sh -c '…'"),
    everywhere("drill_heal_command: env a && env b", "drill_heal_command: its program would get && as an argument"),
    everywhere("app_image: hello@sha256:abc", "app_image: 'hello@sha256:abc' is not an image", "or an image's digest"),
    everywhere("app_repositories: ['shop:1']", "app_repositories: 'shop:1' cannot be the name of a repository"),
    everywhere(
        "app_repositories: [111111111111.dkr.ecr.us-east-1.amazonaws.com/team/shop]",
        *("app_repositories: '111111111111.dkr.ecr.us-east-1.amazonaws.com/team/shop' begins", "Write 'team/shop'"),
    ),
    everywhere("app_repositories: [shop]\necr_tag_mutability: immutable", "ecr_tag_mutability: ", "mean IMMUTABLE?"),
    everywhere("app_repositories: [shop]\necr_pull_accounts: ['33333']", "ecr_pull_accounts: '33333' is not the id"),
    *(
        everywhere(f"app_scaling: {{minimum: 2, maximum: 4, schedules: [{{name: a, {schedule}}}]}}", *says)
        for schedule, says in (
            (
                "schedule: 0 8 * * *",
                ("app_scaling.schedules[a].schedule: '0 8 * * *' is not one", "Use cron(minute hour"),
            ),
            ("schedule: cron(0 8 * * *)", ("app_scaling.schedules[a].schedule: 'cron(0 8 * * *)' is not one",)),
            (
                "schedule: cron(0 25 ? * MON *)",
                ("app_scaling.schedules[a].schedule: ", "25 is no hour, which is"),
            ),
            ("schedule: cron(0 8 * * MON *)", ("app_scaling.schedules[a].schedule: ", "has to be ?")),
            ("schedule: cron(0 8 ? * MO-FR *)", ("app_scaling.schedules[a].schedule: ", "MO-FR is no day of the week")),
            (
                "schedule: cron(0 8 ? * MON *), timezone: Europe/Berln",
                ("app_scaling.schedules[a].timezone: 'Europe/Berln' is not a time zone", "such as Europe/Berlin"),
            ),
            (
                "schedule: cron(0 8 ? * MON *), minimum: 9",
                ("app_scaling.schedules[a]: minimum 9 and maximum 4 do",),
            ),
        )
    ),
    everywhere("app_schedules: []", "app_schedules: is not a variable"),
    everywhere(
        "alb_web_acl_arn: 'arn:aws:wafv2:{{ inventory_hostname }}:111111111111:regional/webacl/shop/"
        "12345678-1234-1234-1234-123456789012'",
        *("alb_web_acl_arn of us-east-1: arn:aws:wafv2:us-east-1:", "does not exist", "Create it first"),
    ),
    everywhere("vpc_interface_endpoints: [com.amazonaws.us-east-1.logs]", "vpc_interface_endpoints: ", "as ecr.api"),
    everywhere("vpc_interface_endpoints: [secretmanager]", "secretmanager is not an interface endpoint service in us"),
    everywhere(
        "vpc_interface_endpoints: [logs]\nvpc_endpoint_policy: {Statement: [{Effect: Allow}]}",
        *("vpc_endpoint_policy: has no Principal in statement 1", "Add Principal"),
    ),
    everywhere(
        f"app_https: true\nalb_mutual_authentication: {{mode: passthrough, trust_store_arn: '{_STORE}'}}",
        *("alb_mutual_authentication.trust_store_arn: has no effect with mode passthrough", "Use verify"),
    ),
    everywhere(
        "app_https: true\nalb_mutual_authentication: {mode: verify, trust_store_arn: 'arn:aws:s3:::bundle'}",
        "alb_mutual_authentication.trust_store_arn: 'arn:aws:s3:::bundle' is not the ARN of a trust store",
    ),
    Mistake(
        name="alb_mutual_authentication without app_https",
        everywhere="alb_mutual_authentication: {mode: passthrough}",
        without=("app_https",),
        says=("alb_mutual_authentication: has no effect, because", "Set app_https to true"),
    ),
    everywhere(
        "app_standby_capacity: full", "app_standby_capacity: is not a variable", "Did you mean standby_capacity?"
    ),
    everywhere("app_smoke_test: curl 'http://x", "app_smoke_test: ", "cannot be read", "pairs of quotes"),
    everywhere("drill_give_up: -5", "drill_give_up: -5 is less than 1", "Use 1 or more"),
    everywhere("drill_probes_per_second: 0", "drill_probes_per_second: 0.0 is not from 1 to 20"),
    everywhere("drill_hold: -1", "drill_hold: -1 is less than 0", "Use 0 or more"),
    everywhere("drill_heal_command: sh -c 'heal", "drill_heal_command: ", "pairs of quotes"),
    everywhere("switch_interval: 0", "switch_interval: 0 is out of range", "Use 1 to 60"),
    everywhere("switch_timeout: 86400", "switch_timeout: 86400 is out of range", "Use 1 to 7200"),
)

ARGUMENTS: t.Final[tuple[Mistake, ...]] = (
    command("rollback", "", f"break_lease: 'maybe' {_ID}", yaml="break_lease: maybe"),
    command(
        "site", "-e release_contiune=true", "release_contiune: is not an argument", "Did you mean release_continue?"
    ),
    command("site", "--tags certificate", "--tags certificate: ", "Did you mean acm_certificate?"),
    command("release", "", "image: is not set", "-e image=registry.example.com/shop:1.4.2"),
    command("release", "-e imgae=shop:2", "imgae: is not an argument of release.yml", "Did you mean image?"),
    command(
        "release", "-e image=hello@sha256:abc", "image: 'hello@sha256:abc' is not an image", "or an image's digest"
    ),
    command("rollback", "-e service=hello,api", "dev has no service hello,api", "-e service=…, of hello"),
    command("promote", "-e to=staging", "from: is not set", "-e from=dev"),
    command("release", "-e image=Shop:2", "image: 'Shop:2' is not an image", "repository/image:tag"),
    command(
        "release", "-e image=shop:2 -e continue=true", "continue: is not an argument", "Did you mean release_continue?"
    ),
    command("release", "-e image=shop:2 -e services=web", "services: is not an argument", "Did you mean service?"),
    command("release", "-e image=shop:2 -e service=web", "dev has no service web", "-e service=…, of hello"),
    command("release", "-e image=shop:2 -e break_lease=yes", f"break_lease: 'yes' {_ID}"),
    command("release", "-e image=shop:2 --tags ecs_service", "this playbook has no tags", "without it"),
    command("rollback", "-e servcie=hello", "servcie: is not an argument of rollback.yml", "Did you mean service?"),
    command("rollback", "-e release_continue=soon", 'release_continue: "soon" is neither true nor false'),
    command("rollback", "-e image=shop:2", "image: is not an argument of rollback.yml", "release.yml takes it"),
    command("rollback", "-e to=us-west-1", "to: is not an argument of rollback.yml", "switch.yml takes it"),
    command("site", "-e image=shop:2", "image: is not an argument of site.yml", "release.yml takes it"),
    command("site", "-e check=true", "check: is not an argument of site.yml", "Write --check"),
    command(
        "destroy", "-e confirm=dev -e region=us-west-1", "region: is not an argument of destroy.yml", "--limit us-we"
    ),
    command(
        "destroy", "-e confirm=dev -e limit=us-west-1", "limit: is not an argument of destroy.yml", "--limit us-west"
    ),
    command("promote", "", "from: is not set", "-e from=dev"),
    command("promote", "-e form=staging", "form: is not an argument of promote.yml", "Did you mean from?"),
    command("promote", "-e from=../staging", "from: '../staging' is not the name of an environment"),
    command("promote", "-e from=qa", "There is no report of qa", "Run site.yml for qa, or copy it here"),
    command("promote", "-e from=dev", "dev is this environment itself", "-e from="),
    command("switch", "-e to=auto --tags alb", "this playbook has no tags", "without it"),
    command(
        "switch", "-e to=us-west-1 -e hold=5", "hold: is not an argument of switch.yml", "Did you mean switch_hold?"
    ),
    command("switch", "-e to=us-west-1 -e switch_interval=0", "switch_interval: 0 is out of range", "Use 1 to 60"),
    command("switch", "-e to=us-west-1 -e break_lease=1", f"break_lease: '1' {_ID}"),
    command("drill", "-e hold=60", "hold: is not an argument of drill.yml", "Did you mean drill_hold?"),
    command("drill", "-e drill_tolerance=-1", "drill_tolerance: -1 is less than 0", "Use 0 or more"),
    command("status", "--tags vpc", "this playbook has no tags", "without it"),
    command("status", "", "reports_directory: is empty", "leave it out", yaml="reports_directory:"),
    command("status", "-e preflight_tags=smoke", 'preflight_tags: "smoke" is not a list', "Write [one, two]"),
    command("status", '-e {"preflight_tags":null}', "preflight_tags: is empty", "leave it out"),
    command("status", '-e {"reports_directory":["x"]}', "reports_directory: a list is not a string"),
    command("switch", '-e to=auto -e {"reports_directory":null}', "reports_directory: is empty", "leave it out"),
    command("switch", "-e to=auto", 'preflight_tags: "x" is not a list', "Write [one, two]", yaml="preflight_tags: x"),
)


def management(yaml: str, *says: str) -> Mistake:
    """The inventory of the management account."""
    return Mistake(name=yaml, playbook="bootstrap", everywhere=yaml, says=says, management=True)


MANAGEMENT: t.Final[tuple[Mistake, ...]] = (
    management("management_environments:", "management_environments: is not set", "Set it in the inventory"),
    management(
        "management_environments: dev", 'management_environments[0]: "dev" is not a mapping', "Write key: value"
    ),
    management("management_environments: {dev: {}}", "management_environments: a mapping is not a list"),
    management("management_enviroments: []", "management_enviroments: ", "Did you mean management_environments?"),
    management("management_account_id: 99999", "management_account_id: 99999 is not 12 digits in quotes"),
    management("management_domain: exa mple", "management_domain: 'exa mple' is not a DNS name"),
    management("management_create_zone: maybe", 'management_create_zone: "maybe" is neither true nor false'),
    management("management_zoneid: Z1", "management_zoneid: ", "Did you mean management_zone_id?"),
    management("management_domain: '{{ nowhere }}'", "management_domain: 'nowhere' is undefined", "Set nowhere in"),
    management("management_domain: '{{ parent.name }}'", "management_domain: 'parent' is undefined", "Set parent in"),
    management("management_account_id: '{{ management_acount_id }}'", "'management_acount_id' is undefined. Did you"),
    management("management_zone_id: '{{ zones[management_domain] }}'", "management_zone_id: 'zones' is undefined"),
    management("management_environments: '{{ all_of_them }}'", "management_environments: 'all_of_them' is undefined"),
    management(
        "management_environments: [{name: dev, account_id: '{{ accounts.dev }}', domain: dev.example.com}]",
        *("management_environments: 'accounts' is undefined", "Set accounts in the inventory"),
    ),
    management("management_create_zone: '{{ first | }}'", "management_create_zone: its template fails", "Correct it"),
    Mistake(
        name="bootstrap.yml -e remove={{ former }}",
        playbook="bootstrap",
        management=True,
        arguments=("-e", '{"remove": "{{ former }}", "management_domain": "{{ nowhere }}"}'),
        says=("remove: 'former' is undefined. Set former", "management_domain: 'nowhere' is undefined"),
    ),
    Mistake(
        name="bootstrap.yml -e remvoe=dev",
        playbook="bootstrap",
        management=True,
        arguments=("-e", "remvoe=dev"),
        says=("remvoe: is not a variable of bootstrap.yml", "Did you mean remove?"),
    ),
)
