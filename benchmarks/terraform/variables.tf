# The stack of inventories/dev. What differs from run to run is a variable.

variable "image" {
  type    = string
  default = "public.ecr.aws/nginx/nginx:1.29-alpine"
}

# As app_https
variable "https" {
  type    = bool
  default = false
}

variable "parent_zone_id" {
  type = string
}

locals {
  stack       = "hello"
  environment = "dev"
  domain      = "dev.example.com"
  account_id  = "111111111111"
  name        = "${local.stack}-${local.environment}"
  east        = "us-east-1"
  west        = "us-west-1"

  # What is the same in every region.
  app = {
    https         = var.https
    domain        = local.domain
    stack         = local.stack
    environment   = local.environment
    name          = local.name
    account_id    = local.account_id
    image         = var.image
    port          = 80
    health_path   = "/"
    desired_count = 2
    cpu           = 256
    memory        = 512
  }
}
