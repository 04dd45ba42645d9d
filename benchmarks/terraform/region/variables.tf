terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "region" { type = string }
variable "cidr" { type = string }
# The region that this one can evict: the alarm of that switch is here.
variable "evicts" { type = string }

# The namespace of the data points, and the role by which schedules publish them.
variable "switches" {
  type = object({ namespace = string, role_arn = string })
}

# The environment's zone, and whether the validation records of the environment's name are created here: each is one
# record for all regions.
variable "zone_id" { type = string }
variable "validates_domain" { type = bool }

variable "app" {
  type = object({
    https         = bool
    domain        = string
    stack         = string
    environment   = string
    name          = string
    service       = string
    title         = string
    account_id    = string
    image         = string
    repository    = object({ name = string, tag = string })
    port          = number
    health_path   = string
    desired_count = number
    cpu           = number
    memory        = number
  })
}

# As var.production of the stack
variable "production" { type = any }
variable "web_acl_arn" { type = string }
variable "database_secret" { type = string }

locals {
  production = var.production == null ? 0 : 1
}

output "balancer" {
  value = {
    arn_suffix   = aws_lb.this.arn_suffix
    dns_name     = aws_lb.this.dns_name
    zone_id      = aws_lb.this.zone_id
    target_group = aws_lb_target_group.this.arn_suffix
  }
}

output "alarms" {
  value = [for name, arn in merge(module.alarms[*].arns...) : arn if name != "certificate"]
}

output "switch" {
  value = aws_cloudwatch_metric_alarm.switch.alarm_name
}
