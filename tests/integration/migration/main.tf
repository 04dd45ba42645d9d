# What the README's chapter on Terraform starts from, as small as it can be: a zone with a PRIMARY and a SECONDARY record,
# and a load balancer in each of two regions. Its names are those that the chapter has.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

provider "aws" {
  alias  = "west"
  region = "us-west-1"
}

module "east" {
  source = "./region"
}

module "west" {
  source    = "./region"
  providers = { aws = aws.west }
}

resource "aws_route53_zone" "main" {
  name = "dev.example.com"
}

resource "aws_route53_health_check" "primary" {
  type          = "HTTP"
  fqdn          = module.east.balancer.dns_name
  port          = 80
  resource_path = "/"
}

resource "aws_route53_record" "primary" {
  zone_id         = aws_route53_zone.main.zone_id
  name            = aws_route53_zone.main.name
  type            = "A"
  set_identifier  = "primary"
  health_check_id = aws_route53_health_check.primary.id

  failover_routing_policy {
    type = "PRIMARY"
  }

  alias {
    name                   = module.east.balancer.dns_name
    zone_id                = module.east.balancer.zone_id
    evaluate_target_health = true
  }
}

resource "aws_route53_record" "secondary" {
  zone_id        = aws_route53_zone.main.zone_id
  name           = aws_route53_zone.main.name
  type           = "A"
  set_identifier = "secondary"

  failover_routing_policy {
    type = "SECONDARY"
  }

  alias {
    name                   = module.west.balancer.dns_name
    zone_id                = module.west.balancer.zone_id
    evaluate_target_health = true
  }
}

output "zone_id" {
  value = aws_route53_zone.main.zone_id
}

output "name_servers" {
  value = aws_route53_zone.main.name_servers
}
