terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "name" { type = string }
variable "container" { type = string }
variable "region" { type = string }
variable "account_id" { type = string }
variable "cidr" { type = string }
variable "image" { type = string }
variable "port" { type = number }
variable "health_path" { type = string }
variable "desired_count" { type = number }
variable "cpu" { type = number }
variable "memory" { type = number }

output "balancer" {
  value = { dns_name = aws_lb.this.dns_name, zone_id = aws_lb.this.zone_id }
}
