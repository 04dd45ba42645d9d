# Alarms on Route 53's metrics of all regions, which are only in us-east-1, and the dashboard.

locals {
  production = var.production == null ? 0 : 1

  health = {
    for region in keys(local.balancers) : "${region}-health" => {
      says        = "${local.name}, Route 53: ${region} gets no users."
      comparison  = "LessThanThreshold"
      threshold   = 1
      periods     = 1
      bad_periods = 1
      missing     = "ignore"
      metrics = {
        health = {
          namespace  = "AWS/Route53"
          name       = "HealthCheckStatus"
          statistic  = "Minimum"
          dimensions = { HealthCheckId = aws_route53_health_check.calculated[region].id }
        }
      }
    }
  }
  checkers = {
    for region in keys(local.balancers) : "${region}-checkers" => {
      says        = "${local.name}, Route 53: health checkers do not reach ${region}."
      comparison  = "LessThanThreshold"
      threshold   = 75
      periods     = 5
      bad_periods = 5
      missing     = "ignore"
      metrics = {
        health = {
          namespace  = "AWS/Route53"
          name       = "HealthCheckPercentageHealthy"
          statistic  = "Average"
          dimensions = { HealthCheckId = aws_route53_health_check.endpoint[region].id }
        }
      }
    }
  }
}

module "alarms" {
  source = "./alarms"
  count  = local.production

  name       = "${local.name}-failover"
  account_id = var.account_id
  region     = local.east
  email      = var.production.notify
  alarms     = merge(local.health, local.checkers)
}

resource "aws_cloudwatch_composite_alarm" "no_standby" {
  count = local.production

  alarm_name        = "${local.name}-failover-alarm-no-standby"
  alarm_description = "${local.name}, Route 53: if the region that serves fails, no other can take over."
  alarm_rule        = "(${join(" OR ", [for key in keys(local.health) : "ALARM(\"${module.alarms[0].names[key]}\")"])})"
  alarm_actions     = [module.alarms[0].topic]
  ok_actions        = [module.alarms[0].topic]
  tags              = { Name = "${local.name}-no-standby" }
}

locals {
  elb = "AWS/ApplicationELB"
  # Metrics of the load balancers: name, dimensions, and statistic
  of_balancers = {
    "Requests per minute"     = { names = ["RequestCount"], statistic = "Sum" }
    "Errors (5xx) per minute" = { names = ["HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count"], statistic = "Sum" }
    "Latency, p99 (s)"        = { names = ["TargetResponseTime"], statistic = "p99" }
  }
}

resource "aws_cloudwatch_dashboard" "this" {
  count = local.production

  dashboard_name = "${local.name}-failover"

  dashboard_body = jsonencode({
    widgets = concat(
      [
        {
          type       = "text"
          width      = 24
          height     = 3
          properties = { markdown = "# ${local.name}\nThe first healthy region that no switch evicts serves." }
        },
        {
          type   = "metric"
          width  = 24
          height = 6
          properties = {
            title  = "Health of regions, switches included (1 = healthy)"
            view   = "timeSeries"
            region = local.east
            stat   = "Minimum"
            period = 60
            metrics = [
              for region, check in aws_route53_health_check.calculated :
              ["AWS/Route53", "HealthCheckStatus", "HealthCheckId", check.id, { label = region }]
            ]
          }
        },
      ],
      [
        for title, shown in local.of_balancers : {
          type   = "metric"
          width  = 12
          height = 6
          properties = {
            title  = title
            view   = "timeSeries"
            region = local.east
            stat   = shown.statistic
            period = 60
            metrics = concat([
              for region, balancer in local.balancers : [
                for name in shown.names :
                [local.elb, name, "LoadBalancer", balancer.arn_suffix, { region = region, label = region }]
              ]
            ]...)
          }
        }
      ],
      [
        for title, arns in {
          "Alarms of the environment" = values(module.alarms[0].arns)
          "Alarms of ${local.east}"   = module.east.alarms
          "Alarms of ${local.west}"   = module.west.alarms
          } : {
          type       = "alarm"
          width      = 24
          height     = 3
          properties = { title = title, alarms = arns }
        }
      ],
    )
  })
}
