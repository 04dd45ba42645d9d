# Each region's record carries a CALCULATED check over its endpoint and the switch by which the other region evicts it.

locals {
  balancers = {
    (local.east) = module.east.balancer
    (local.west) = module.west.balancer
  }
  roles = {
    (local.east) = "PRIMARY"
    (local.west) = "SECONDARY"
  }
}

resource "aws_route53_record" "region" {
  for_each = local.balancers

  zone_id = aws_route53_zone.this.zone_id
  name    = "${each.key}.${var.domain}"
  type    = "A"

  alias {
    name                   = each.value.dns_name
    zone_id                = each.value.zone_id
    evaluate_target_health = false
  }
}

resource "aws_route53_health_check" "endpoint" {
  for_each = local.balancers

  type              = var.https ? "HTTPS" : "HTTP"
  fqdn              = "${each.key}.${var.domain}"
  port              = var.https ? 443 : 80
  enable_sni        = var.https
  resource_path     = var.health_path
  request_interval  = 10
  failure_threshold = 3

  tags = { Name = "${local.name}-${each.key}-endpoint" }
}

resource "aws_route53_health_check" "switch" {
  for_each = {
    (local.east) = { seat = local.west, alarm = module.west.switch }
    (local.west) = { seat = local.east, alarm = module.east.switch }
  }

  type                            = "CLOUDWATCH_METRIC"
  cloudwatch_alarm_name           = each.value.alarm
  cloudwatch_alarm_region         = each.value.seat
  insufficient_data_health_status = "LastKnownStatus"

  tags = { Name = "${local.name}-${each.key}-switch-${each.value.seat}" }
}

resource "aws_route53_health_check" "calculated" {
  for_each = local.balancers

  type                   = "CALCULATED"
  child_health_threshold = 2
  child_healthchecks = [
    aws_route53_health_check.endpoint[each.key].id,
    aws_route53_health_check.switch[each.key].id,
  ]

  tags = { Name = "${local.name}-${each.key}-calculated" }
}

resource "aws_route53_record" "failover" {
  for_each = local.balancers

  zone_id         = aws_route53_zone.this.zone_id
  name            = var.domain
  type            = "A"
  set_identifier  = "${var.stack}/${var.environment}/${each.key}"
  health_check_id = aws_route53_health_check.calculated[each.key].id

  failover_routing_policy {
    type = local.roles[each.key]
  }

  alias {
    name                   = each.value.dns_name
    zone_id                = each.value.zone_id
    evaluate_target_health = true
  }
}

locals {
  switches = { namespace = "everlook.failover/${local.name}", role_arn = aws_iam_role.switch.arn }
}

resource "aws_iam_role" "switch" {
  name        = "${local.name}-dns-switch"
  description = "Holds the switches of ${local.name}"
  tags        = { Name = "${local.name}-dns-switch" }

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.account_id }
        ArnLike      = { "aws:SourceArn" = "arn:aws:scheduler:*:${var.account_id}:schedule-group/default" }
      }
    }]
  })
}

resource "aws_iam_role_policy" "switch" {
  name = "switch"
  role = aws_iam_role.switch.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "cloudwatch:PutMetricData"
      Resource  = "*"
      Condition = { StringEquals = { "cloudwatch:namespace" = "everlook.failover/${local.name}" } }
    }]
  })
}
