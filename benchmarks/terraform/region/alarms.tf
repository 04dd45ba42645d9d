# Subscribers, alarms, and those that roll back a rollout.

locals {
  # As cloudwatch_alarms.thresholds.least_requests
  enough  = "requests >= 20"
  service = { ClusterName = var.app.service, ServiceName = var.app.service }
  entrance = {
    LoadBalancer = aws_lb.this.arn_suffix
  }
  targets = {
    LoadBalancer = aws_lb.this.arn_suffix
    TargetGroup  = aws_lb_target_group.this.arn_suffix
  }
  balancing = "AWS/ApplicationELB"
  requests  = { namespace = local.balancing, name = "RequestCount", statistic = "Sum" }

  every      = "(FILL(requests, 0) + FILL(errors, 0))"
  rolls_back = [for what in ["latency", "target-errors", "unhealthy-hosts"] : "${var.app.stack}-${what}"]
}

module "alarms" {
  source = "../alarms"
  count  = local.production

  name       = var.app.name
  account_id = var.app.account_id
  region     = var.region
  email      = var.production.notify
  rule       = "${var.app.name}-rollout-failed"

  alarms = {
    "${var.app.stack}-running-tasks" = {
      says        = "${var.app.name}, ${var.region}: fewer tasks run than should."
      comparison  = "LessThanThreshold"
      threshold   = var.production.scaling.minimum
      periods     = 5
      bad_periods = 5
      missing     = "breaching"
      metrics = {
        tasks = { namespace = "AWS/ECS", name = "CPUUtilization", statistic = "SampleCount", dimensions = local.service }
      }
    }
    "${var.app.stack}-unhealthy-hosts" = {
      says        = "${var.app.name}, ${var.region}: targets fail their health checks."
      comparison  = "GreaterThanOrEqualToThreshold"
      threshold   = 1
      periods     = 5
      bad_periods = 5
      missing     = "notBreaching"
      metrics = {
        hosts = {
          namespace  = local.balancing
          name       = "UnHealthyHostCount"
          statistic  = "Maximum"
          dimensions = local.targets
        }
      }
    }
    "${var.app.stack}-healthy-hosts" = {
      says        = "${var.app.name}, ${var.region}: fewer targets are healthy than should be."
      comparison  = "LessThanThreshold"
      threshold   = var.production.scaling.minimum
      periods     = 3
      bad_periods = 3
      missing     = "breaching"
      metrics = {
        hosts = {
          namespace  = local.balancing
          name       = "HealthyHostCount"
          statistic  = "Minimum"
          dimensions = local.targets
        }
      }
    }
    "${var.app.stack}-target-errors" = {
      says        = "${var.app.name}, ${var.region}: too many answers are errors."
      comparison  = "GreaterThanThreshold"
      threshold   = var.production.alarms.target_errors
      periods     = 5
      bad_periods = 3
      missing     = "notBreaching"
      expression  = { id = "rate", text = "IF(${local.enough}, 100 * FILL(errors, 0) / requests, 0)" }
      metrics = {
        errors = {
          namespace  = local.balancing
          name       = "HTTPCode_Target_5XX_Count"
          statistic  = "Sum"
          dimensions = local.targets
        }
        requests = merge(local.requests, { dimensions = local.targets })
      }
    }
    "${var.app.stack}-latency" = {
      says        = "${var.app.name}, ${var.region}: answers take too long."
      comparison  = "GreaterThanThreshold"
      threshold   = var.production.alarms.latency
      periods     = 5
      bad_periods = 3
      missing     = "notBreaching"
      expression  = { id = "latency", text = "IF(${local.enough}, p99, 0)" }
      metrics = {
        p99 = {
          namespace  = local.balancing
          name       = "TargetResponseTime"
          statistic  = "p99"
          dimensions = local.targets
        }
        requests = merge(local.requests, { dimensions = local.targets })
      }
    }
    entrance-errors = {
      says        = "${var.app.name}, ${var.region}: the load balancer answers with errors of its own."
      comparison  = "GreaterThanThreshold"
      threshold   = 5
      periods     = 5
      bad_periods = 3
      missing     = "notBreaching"
      expression = {
        id   = "rate"
        text = "IF(${local.every} >= 20, 100 * FILL(errors, 0) / ${local.every}, 0)"
      }
      metrics = {
        errors = {
          namespace  = local.balancing
          name       = "HTTPCode_ELB_5XX_Count"
          statistic  = "Sum"
          dimensions = local.entrance
        }
        requests = merge(local.requests, { dimensions = local.entrance })
      }
    }
    certificate = {
      says        = "${var.app.name}, ${var.region}: the certificate expires soon."
      comparison  = "LessThanThreshold"
      threshold   = 30
      periods     = 1
      bad_periods = 1
      missing     = "ignore"
      metrics = {
        days = {
          namespace  = "AWS/CertificateManager"
          name       = "DaysToExpiry"
          statistic  = "Minimum"
          dimensions = { CertificateArn = one(aws_acm_certificate.this[*].arn) }
          period     = 86400
        }
      }
    }
  }
}

resource "aws_cloudwatch_event_rule" "rollout" {
  count = local.production

  name        = "${var.app.name}-rollout-failed"
  description = "A rollout of ${var.app.name} has failed in ${var.region}"
  tags        = { Name = "${var.app.name}-rollout-failed" }

  event_pattern = jsonencode({
    source      = ["aws.ecs"]
    detail-type = ["ECS Deployment State Change"]
    resources   = [aws_ecs_service.this.id]
    detail      = { eventName = ["SERVICE_DEPLOYMENT_FAILED"] }
  })
}

resource "aws_cloudwatch_event_target" "rollout" {
  count = local.production

  rule      = aws_cloudwatch_event_rule.rollout[0].name
  target_id = "alarms-${substr(sha256(module.alarms[0].topic), 0, 8)}"
  arn       = module.alarms[0].topic

  input_transformer {
    input_paths    = { reason = "$.detail.reason", service = "$.resources[0]" }
    input_template = jsonencode("${var.app.name}, ${var.region}: the rollout of <service> has failed: <reason>.")
  }
}
