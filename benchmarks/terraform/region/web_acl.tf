resource "aws_wafv2_web_acl_association" "this" {
  count = local.production

  resource_arn = aws_lb.this.arn
  web_acl_arn  = var.web_acl_arn
}
