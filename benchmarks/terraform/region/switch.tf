resource "aws_cloudwatch_metric_alarm" "switch" {
  alarm_name          = "${var.app.name}-switch-${var.evicts}"
  alarm_description   = "Switch of ${var.evicts}: 1 takes its traffic away, 0 gives it back to health."
  namespace           = "everlook.failover"
  metric_name         = "Evict"
  statistic           = "Maximum"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  period              = 60
  evaluation_periods  = 1
  treat_missing_data  = "missing"
  dimensions          = { Stack = var.app.stack, Environment = var.app.environment, Region = var.evicts }
}
