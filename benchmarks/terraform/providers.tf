# Each provider is a process: the first region is the one without an alias, to save one.
# The endpoint is that of AWS_ENDPOINT_URL.

locals {
  tags = {
    ManagedBy   = "terraform"
    Stack       = var.stack
    Environment = var.environment
  }
}

provider "aws" {
  region              = local.east
  allowed_account_ids = [var.account_id]
  default_tags { tags = local.tags }
}

provider "aws" {
  alias               = "west"
  region              = local.west
  allowed_account_ids = [var.account_id]
  default_tags { tags = local.tags }
}

provider "aws" {
  alias  = "management"
  region = local.east

  assume_role {
    role_arn    = "arn:aws:iam::999999999999:role/dns-delegation-${var.environment}"
    external_id = "everlook-failover-${var.environment}"
  }
}
