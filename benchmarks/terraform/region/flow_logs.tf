resource "aws_cloudwatch_log_group" "flow_logs" {
  count = local.production

  name              = "/vpc/${var.app.stack}/${var.app.environment}/network"
  retention_in_days = var.production.flow_log_days
  tags              = { Name = "${var.app.name}-vpc" }
}

resource "aws_iam_role" "flow_logs" {
  count = local.production

  name        = "${var.app.name}-network-${var.region}-flowlogs"
  description = "Writes the flow logs of ${var.app.title} in ${var.region}"
  tags        = { Name = "${var.app.name}-flowlogs" }

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "vpc-flow-logs.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.app.account_id }
        ArnLike      = { "aws:SourceArn" = "arn:aws:ec2:${var.region}:${var.app.account_id}:vpc-flow-log/*" }
      }
    }]
  })
}

resource "aws_iam_role_policy" "flow_logs" {
  count = local.production

  name = "flowlogs"
  role = aws_iam_role.flow_logs[0].name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = [
        "logs:CreateLogStream",
        "logs:DescribeLogGroups",
        "logs:DescribeLogStreams",
        "logs:PutLogEvents",
      ]
      Resource = [aws_cloudwatch_log_group.flow_logs[0].arn, "${aws_cloudwatch_log_group.flow_logs[0].arn}:*"]
    }]
  })
}

resource "aws_flow_log" "this" {
  count = local.production

  vpc_id                   = aws_vpc.this.id
  traffic_type             = "ALL"
  log_destination          = aws_cloudwatch_log_group.flow_logs[0].arn
  iam_role_arn             = aws_iam_role.flow_logs[0].arn
  max_aggregation_interval = 600
  tags                     = { Name = "${var.app.name}-main" }

  depends_on = [aws_iam_role_policy.flow_logs]
}
