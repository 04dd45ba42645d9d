resource "aws_cloudwatch_metric_alarm" "switch" {
  alarm_name          = "${var.app.name}-switch-${var.evicts}"
  alarm_description   = "Switch of ${var.evicts}: 1 takes its traffic away, 0 gives it back to health."
  namespace           = var.switches.namespace
  metric_name         = "Evict"
  statistic           = "Maximum"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  period              = 60
  evaluation_periods  = 1
  treat_missing_data  = "missing"
  dimensions          = { Stack = var.app.stack, Environment = var.app.environment, Region = var.evicts }
}

# Publishes the data point every minute while enabled, which setting the switch does.
resource "aws_scheduler_schedule" "switch" {
  name                = "${var.app.name}-switch"
  description         = "Holds the switches of ${var.app.name} that ${var.region} has set."
  schedule_expression = "rate(1 minute)"
  state               = "DISABLED"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = "arn:aws:scheduler:::aws-sdk:cloudwatch:putMetricData"
    role_arn = var.switches.role_arn

    input = jsonencode({
      Namespace = var.switches.namespace
      MetricData = [{
        MetricName = "Evict"
        Value      = 1
        Dimensions = [
          { Name = "Stack", Value = var.app.stack },
          { Name = "Environment", Value = var.app.environment },
          { Name = "Region", Value = var.evicts },
        ]
      }]
    })

    retry_policy {
      maximum_event_age_in_seconds = 60
      maximum_retry_attempts       = 1
    }
  }
}
