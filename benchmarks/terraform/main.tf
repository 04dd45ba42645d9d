# The stack of the README's inventory, as Terraform writes it: the environment's zone and its delegation, two regions,
# and the failover records over them.

resource "aws_route53_zone" "this" {
  name    = var.domain
  comment = "${local.name}: made by Terraform"
}

# The role in the management account may change one record and read its zone, but not list zones.
resource "aws_route53_record" "delegation" {
  provider = aws.management

  zone_id = var.parent_zone_id
  name    = var.domain
  type    = "NS"
  ttl     = 300
  records = aws_route53_zone.this.name_servers
}

module "east" {
  source    = "./region"
  providers = { aws = aws }

  app    = local.app
  region = local.east
  cidr   = var.cidrs.east
  evicts = local.west

  zone_id          = aws_route53_zone.this.zone_id
  validates_domain = true

  switches = local.switches

  production      = var.production
  web_acl_arn     = var.web_acl_arns.east
  database_secret = var.database_secrets.east
}

module "west" {
  source    = "./region"
  providers = { aws = aws.west }

  app    = local.app
  region = local.west
  cidr   = var.cidrs.west
  evicts = local.east

  zone_id          = aws_route53_zone.this.zone_id
  validates_domain = false

  switches = local.switches

  production      = var.production
  web_acl_arn     = var.web_acl_arns.west
  database_secret = var.database_secrets.west
}
