# One process a provider: the first region is the one without an alias, so that there are no more than needed.
# The endpoint comes from AWS_ENDPOINT_URL, as it does for everything else.

locals {
  name = "${var.name}-${var.environment}"
  tags = {
    ManagedBy   = "terraform"
    Stack       = var.name
    Environment = var.environment
  }
}

provider "aws" {
  region              = var.regions[0].name
  allowed_account_ids = [var.account_id]
  default_tags { tags = local.tags }
}

provider "aws" {
  alias               = "west"
  region              = var.regions[1].name
  allowed_account_ids = [var.account_id]
  default_tags { tags = local.tags }
}

provider "aws" {
  alias  = "management"
  region = var.regions[0].name

  assume_role {
    role_arn    = var.delegation_role_arn
    external_id = var.delegation_external_id
  }
}
