# The stack of the README's inventory, as Terraform writes it: the environment's zone and its delegation, two regions,
# and the failover records over them.

resource "aws_route53_zone" "this" {
  name    = local.domain
  comment = "${local.name}: made by Terraform"
}

# The role in the management account may change one record and look at its zone, and not look for zones.
resource "aws_route53_record" "delegation" {
  provider = aws.management

  zone_id = var.parent_zone_id
  name    = local.domain
  type    = "NS"
  ttl     = 300
  records = aws_route53_zone.this.name_servers
}

module "east" {
  source    = "./region"
  providers = { aws = aws }

  app    = local.app
  region = local.east
  cidr   = "10.10.0.0/16"
  evicts = local.west

  zone_id          = aws_route53_zone.this.zone_id
  validates_domain = true

  switches = local.switches
}

module "west" {
  source    = "./region"
  providers = { aws = aws.west }

  app    = local.app
  region = local.west
  cidr   = "10.20.0.0/16"
  evicts = local.east

  zone_id          = aws_route53_zone.this.zone_id
  validates_domain = false

  switches = local.switches
}
