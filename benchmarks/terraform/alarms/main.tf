# A topic with somebody who is told, and the alarms that send to it.

resource "aws_sns_topic" "this" {
  name = "${var.name}-alarms"
  tags = { Name = "${var.name}-alarms" }
}

locals {
  publishers = merge(
    { Alarms = { service = "cloudwatch", source = "arn:aws:cloudwatch:${var.region}:${var.account_id}:alarm:${var.name}-alarm-*" } },
    var.rule == null ? {} : { Rollouts = { service = "events", source = "arn:aws:events:${var.region}:${var.account_id}:rule/${var.rule}" } },
  )
}

resource "aws_sns_topic_policy" "this" {
  arn = aws_sns_topic.this.arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [for sid, publisher in local.publishers : {
      Sid       = sid
      Effect    = "Allow"
      Principal = { Service = "${publisher.service}.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.this.arn
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.account_id }
        ArnLike      = { "aws:SourceArn" = publisher.source }
      }
    }]
  })
}

resource "aws_sns_topic_subscription" "this" {
  topic_arn = aws_sns_topic.this.arn
  protocol  = "email"
  endpoint  = var.email
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = var.alarms

  alarm_name          = "${var.name}-alarm-${each.key}"
  alarm_description   = each.value.says
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  evaluation_periods  = each.value.periods
  datapoints_to_alarm = each.value.bad_periods
  treat_missing_data  = each.value.missing
  alarm_actions       = [aws_sns_topic.this.arn]
  ok_actions          = [aws_sns_topic.this.arn]
  tags                = { Name = "${var.name}-${each.key}" }

  dynamic "metric_query" {
    for_each = each.value.metrics

    content {
      id          = metric_query.key
      return_data = each.value.expression == null

      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.name
        stat        = metric_query.value.statistic
        period      = metric_query.value.period
        dimensions  = metric_query.value.dimensions
      }
    }
  }

  dynamic "metric_query" {
    for_each = each.value.expression[*]

    content {
      id          = metric_query.value.id
      expression  = metric_query.value.text
      return_data = true
    }
  }
}
