# The stack of inventories/dev. What differs from run to run is a variable, and what differs in the stack of
# docs/examples/production, which is production.tfvars.

variable "image" {
  type    = string
  default = "public.ecr.aws/nginx/nginx:1.29-alpine"
}

# Takes the place of the image: one in ECR, by its digest
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

variable "app" {
  type = object({
    stack         = string
    domain        = string
    port          = number
    health_path   = string
    desired_count = number
    cpu           = number
    memory        = number
  })
  default = {
    stack         = "hello"
    domain        = "dev.example.com"
    port          = 80
    health_path   = "/"
    desired_count = 2
    cpu           = 256
    memory        = 512
  }
}

variable "cidrs" {
  type    = object({ east = string, west = string })
  default = { east = "10.10.0.0/16", west = "10.20.0.0/16" }
}

# What production has beside it: nothing of it by default.
variable "production" {
  type = object({
    strict_transport_security = string
    desync_mitigation_mode    = string
    log_days                  = number
    egress_port               = number
    flow_log_days             = number
    query_log_days            = number
    scaling                   = object({ minimum = number, maximum = number, cpu = number, requests = number })
    spot                      = object({ base = number })
    notify                    = string
    alarms                    = object({ latency = number, target_errors = number })
  })
  default = null
}

# Of production, which is given them: in each region one
variable "web_acl_arns" {
  type    = object({ east = string, west = string })
  default = { east = null, west = null }
}

locals {
  name = "${var.app.stack}-${var.environment}"
  east = "us-east-1"
  west = "us-west-1"

  # What is the same in every region.
  app = merge(var.app, {
    https       = var.https
    environment = var.environment
    name        = local.name
    service     = "${local.name}-${var.app.stack}"
    title       = "${var.app.stack} in ${var.environment}"
    account_id  = var.account_id
    image       = var.image
    repository  = var.repository
  })
}
