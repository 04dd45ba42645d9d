terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

# How names begin.
variable "name" { type = string }
variable "account_id" { type = string }
variable "region" { type = string }
variable "email" { type = string }

# Who publishes beside the alarms: EventBridge by this rule
variable "rule" {
  type    = string
  default = null
}

# By name. What is compared is the expression, or the only metric where there is none.
variable "alarms" {
  type = map(object({
    says        = string
    comparison  = string
    threshold   = number
    periods     = number
    bad_periods = number
    missing     = string
    expression  = optional(object({ id = string, text = string }))
    metrics = map(object({
      namespace  = string
      name       = string
      statistic  = string
      dimensions = map(string)
      period     = optional(number, 60)
    }))
  }))
}

output "names" {
  value = { for key, alarm in aws_cloudwatch_metric_alarm.this : key => alarm.alarm_name }
}

output "arns" {
  value = { for key, alarm in aws_cloudwatch_metric_alarm.this : key => alarm.arn }
}

output "topic" {
  value = aws_sns_topic.this.arn
}
