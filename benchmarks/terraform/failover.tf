# Each region's record carries a CALCULATED check over its endpoint and the switch by which the other region evicts it.

locals {
  balancers = {
    (var.regions[0].name) = module.east.balancer
    (var.regions[1].name) = module.west.balancer
  }
  roles = {
    (var.regions[0].name) = "PRIMARY"
    (var.regions[1].name) = "SECONDARY"
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

  type              = "HTTP"
  fqdn              = "${each.key}.${var.domain}"
  port              = 80
  resource_path     = var.health_path
  request_interval  = 10
  failure_threshold = 3

  tags = { Name = "${local.name}-${each.key}-endpoint" }
}

# The alarm by which the west takes the east's traffic away stands in the west, and the other way round.
resource "aws_cloudwatch_metric_alarm" "east" {
  provider = aws.west

  alarm_name          = "${local.name}-switch-${var.regions[0].name}"
  alarm_description   = "Switch of ${var.regions[0].name}: 1 takes its traffic away, 0 gives it back to health."
  namespace           = "everlook.failover"
  metric_name         = "Evict"
  statistic           = "Maximum"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  period              = 60
  evaluation_periods  = 1
  treat_missing_data  = "missing"
  dimensions          = { Stack = var.name, Environment = var.environment, Region = var.regions[0].name }
}

resource "aws_cloudwatch_metric_alarm" "west" {
  alarm_name          = "${local.name}-switch-${var.regions[1].name}"
  alarm_description   = "Switch of ${var.regions[1].name}: 1 takes its traffic away, 0 gives it back to health."
  namespace           = "everlook.failover"
  metric_name         = "Evict"
  statistic           = "Maximum"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  period              = 60
  evaluation_periods  = 1
  treat_missing_data  = "missing"
  dimensions          = { Stack = var.name, Environment = var.environment, Region = var.regions[1].name }
}

resource "aws_route53_health_check" "switch" {
  for_each = {
    (var.regions[0].name) = { seat = var.regions[1].name, alarm = aws_cloudwatch_metric_alarm.east.alarm_name }
    (var.regions[1].name) = { seat = var.regions[0].name, alarm = aws_cloudwatch_metric_alarm.west.alarm_name }
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
  set_identifier  = "${var.name}/${var.environment}/${each.key}"
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
