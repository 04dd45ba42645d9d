# The stack of the README's inventory, as Terraform writes it: the environment's zone and its delegation, two regions,
# and the failover records over them.

resource "aws_route53_zone" "this" {
  name    = var.domain
  comment = "${local.name}: made by Terraform"
}

# The role in the management account may change one record and look at its zone, and not look for zones.
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

  name          = local.name
  container     = var.name
  region        = var.regions[0].name
  account_id    = var.account_id
  cidr          = var.regions[0].cidr
  image         = var.image
  port          = var.port
  health_path   = var.health_path
  desired_count = var.desired_count
  cpu           = var.cpu
  memory        = var.memory
}

module "west" {
  source    = "./region"
  providers = { aws = aws.west }

  name          = local.name
  container     = var.name
  region        = var.regions[1].name
  account_id    = var.account_id
  cidr          = var.regions[1].cidr
  image         = var.image
  port          = var.port
  health_path   = var.health_path
  desired_count = var.desired_count
  cpu           = var.cpu
  memory        = var.memory
}
