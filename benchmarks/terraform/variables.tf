# Defaults are those of inventories/dev.

variable "name" {
  type    = string
  default = "hello"
}

variable "environment" {
  type    = string
  default = "dev"
}

variable "account_id" {
  type    = string
  default = "111111111111"
}

variable "regions" {
  type = list(object({ name = string, cidr = string }))
  default = [
    { name = "us-east-1", cidr = "10.10.0.0/16" },
    { name = "us-west-1", cidr = "10.20.0.0/16" },
  ]
}

variable "image" {
  type    = string
  default = "public.ecr.aws/nginx/nginx:1.29-alpine"
}

variable "port" {
  type    = number
  default = 80
}

variable "health_path" {
  type    = string
  default = "/"
}

variable "desired_count" {
  type    = number
  default = 2
}

variable "cpu" {
  type    = number
  default = 256
}

variable "memory" {
  type    = number
  default = 512
}

variable "domain" {
  type    = string
  default = "dev.example.com"
}

variable "parent_zone_id" {
  type = string
}

variable "delegation_role_arn" {
  type    = string
  default = "arn:aws:iam::999999999999:role/dns-delegation-dev"
}

variable "delegation_external_id" {
  type    = string
  default = "everlook-failover-dev"
}
