# Images pushed to the first region are replicated to the standby.
resource "aws_ecr_replication_configuration" "this" {
  count = local.production

  replication_configuration {
    rule {
      destination {
        region      = local.west
        registry_id = module.west.repository.registry_id
      }

      repository_filter {
        filter      = module.east.repository.name
        filter_type = "PREFIX_MATCH"
      }
    }
  }
}
