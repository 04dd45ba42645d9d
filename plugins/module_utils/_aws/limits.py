# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS's limits that are used in several places. Those of one resource are beside its fields."""

from __future__ import annotations

import re
import typing as t

# Of TCP and UDP: (lowest, highest).
PORTS: t.Final = (1, 65535)
# IAM API, AccountId.
ACCOUNT_ID: t.Final = re.compile(r"\d{12}", re.ASCII)
# EC2 API, DescribeRegions: us-east-1, us-gov-west-1.
REGION_NAME: t.Final = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]")
# STS API, AssumeRole, RoleArn: a path and a name of 576 characters at most.
POLICY_ARN: t.Final = re.compile(r"arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy/[\w+=,.@/-]{1,640}", re.ASCII)
ROLE_ARN: t.Final = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,576}", re.ASCII)
# SNS API, CreateTopic, Name. Not a FIFO topic, to which alarms and rules cannot publish.
TOPIC_ARN: t.Final = re.compile(
    r"arn:aws[a-z-]*:sns:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):[A-Za-z0-9_-]{1,256}", re.ASCII
)
# ECR User Guide, "Making requests over IPv6": names in on.aws are dual-stack endpoints.
# Groups: account, region, repository.
ECR_IMAGE: t.Final = re.compile(r"(\d{12})\.dkr[.-]ecr(?:-fips)?\.([\w-]+)\.(?:amazonaws|on)\.(?:[a-z.]+)/([^:@]+)")
# Amazon S3 User Guide, "General purpose bucket naming rules": characters.
BUCKET_NAME: t.Final = 63
# KMS Developer Guide, "Key identifiers": not an alias.
KMS_KEY_ARN: t.Final = re.compile(r"arn:aws[a-z-]*:kms:(?P<region>[a-z0-9-]+):\d{12}:key/[\w-]+", re.ASCII)
# CreateLoadBalancer and CreateTargetGroup, Name: characters.
ELB_NAME: t.Final = 32
# IAM API, CreateRole, RoleName: characters.
ROLE_NAME: t.Final = 64
# CreateCluster, CreateService, RegisterTaskDefinition, CreateSecurityGroup and PutMetricAlarm: characters.
NAME: t.Final = 255
# CreateSchedule, Name: characters.
SCHEDULE_NAME: t.Final = 64
# PutRule, Name: characters.
RULE_NAME: t.Final = 64
