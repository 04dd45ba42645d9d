# Query logging of the zone, which Route 53 writes in us-east-1.

resource "aws_cloudwatch_log_group" "queries" {
  count = local.production

  name              = "/aws/route53/${var.domain}"
  retention_in_days = var.production.query_log_days
  tags              = { Name = "${local.name}-query-logging" }
}

resource "aws_cloudwatch_log_resource_policy" "queries" {
  count = local.production

  policy_name = "${local.name}-query-logging"

  policy_document = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "route53.amazonaws.com" }
      Action    = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource  = "${aws_cloudwatch_log_group.queries[0].arn}:*"
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.account_id }
        ArnLike      = { "aws:SourceArn" = aws_route53_zone.this.arn }
      }
    }]
  })
}

resource "aws_route53_query_log" "this" {
  count = local.production

  cloudwatch_log_group_arn = aws_cloudwatch_log_group.queries[0].arn
  zone_id                  = aws_route53_zone.this.zone_id

  depends_on = [aws_cloudwatch_log_resource_policy.queries]
}
