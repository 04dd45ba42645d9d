# With HTTPS: for the application's name, and the region's own for health checkers.
resource "aws_acm_certificate" "this" {
  count = var.app.https ? 1 : 0

  domain_name               = var.app.domain
  subject_alternative_names = ["${var.region}.${var.app.domain}"]
  validation_method         = "DNS"
  key_algorithm             = "RSA_2048"
  tags                      = { Name = "${var.app.name}-main" }

  lifecycle {
    create_before_destroy = true
  }
}

locals {
  validated = toset(!var.app.https ? [] : concat(
    ["${var.region}.${var.app.domain}"], var.validates_domain ? [var.app.domain] : []
  ))
  validations = var.app.https ? {
    for each in aws_acm_certificate.this[0].domain_validation_options : each.domain_name => each
  } : {}
}

resource "aws_route53_record" "validation" {
  for_each = local.validated

  zone_id = var.zone_id
  name    = local.validations[each.key].resource_record_name
  type    = local.validations[each.key].resource_record_type
  records = [local.validations[each.key].resource_record_value]
  ttl     = 300
}

resource "aws_acm_certificate_validation" "this" {
  count = var.app.https ? 1 : 0

  certificate_arn         = aws_acm_certificate.this[0].arn
  validation_record_fqdns = [for each in local.validations : each.resource_record_name]
  depends_on              = [aws_route53_record.validation]
}
