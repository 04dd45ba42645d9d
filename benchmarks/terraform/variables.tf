# The stack of inventories/dev. What differs from run to run is a variable, and what differs in the stack of
# docs/examples/production, which is production.tfvars.

variable "image" {
  type    = string
  default = "public.ecr.aws/nginx/nginx:1.29-alpine"
}

# Replaces the image by one in ECR, by digest
variable "repository" {
  type    = object({ name = string, tag = string })
  default = null
}

# As app_https
variable "https" {
  type    = bool
  default = false
}

variable "parent_zone_id" {
  type = string
}

variable "environment" {
  type    = string
  default = "dev"
}

variable "account_id" {
  type    = string
  default = "111111111111"
}

variable "stack" {
  type    = string
  default = "hello"
}

variable "domain" {
  type    = string
  default = "dev.example.com"
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

variable "cidrs" {
  type    = object({ east = string, west = string })
  default = { east = "10.10.0.0/16", west = "10.20.0.0/16" }
}

# What production adds: nothing by default.
variable "production" {
  type = object({
    strict_transport_security = string
    desync_mitigation_mode    = string
    log_days                  = number
    egress_port               = number
    flow_log_days             = number
    query_log_days            = number
    keep_images               = number
    untagged_days             = number
    interface_endpoints       = list(string)
    scaling = object({
      minimum = number, maximum = number, cpu = number, memory = number, requests = number
    })
    spot   = object({ base = number })
    notify = string
    alarms = object({ latency = number, target_errors = number })
  })
  default = null
}

# For production: an existing one in each region
variable "web_acl_arns" {
  type    = object({ east = string, west = string })
  default = { east = null, west = null }
}

# For production: the suffix of the secret's ARN in each region
variable "database_secrets" {
  type    = object({ east = string, west = string })
  default = { east = "Ab12Cd", west = "Ef34Gh" }
}

locals {
  name = "${var.stack}-${var.environment}"
  east = "us-east-1"
  west = "us-west-1"

  # What is the same in every region.
  app = {
    https         = var.https
    domain        = var.domain
    stack         = var.stack
    environment   = var.environment
    name          = local.name
    service       = "${local.name}-${var.stack}"
    title         = "${var.stack} in ${var.environment}"
    account_id    = var.account_id
    image         = var.image
    repository    = var.repository
    port          = var.port
    health_path   = var.health_path
    desired_count = var.desired_count
    cpu           = var.cpu
    memory        = var.memory
  }
}
