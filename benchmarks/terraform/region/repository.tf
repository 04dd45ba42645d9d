resource "aws_ecr_repository" "this" {
  count = local.production

  name                 = var.app.repository.name
  image_tag_mutability = "IMMUTABLE"
  # As ecr_delete_images
  force_delete = true
  tags         = { Name = "${var.app.name}-${var.app.repository.name}" }

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "AES256"
  }
}

resource "aws_ecr_lifecycle_policy" "this" {
  count = local.production

  repository = aws_ecr_repository.this[0].name

  policy = jsonencode({
    rules = [
      {
        rulePriority = 1
        description  = "What is deployed never expires"
        selection = {
          tagStatus      = "tagged"
          tagPatternList = ["deployed-*"]
          countType      = "imageCountMoreThan"
          countNumber    = 9999
        }
        action = { type = "expire" }
      },
      {
        rulePriority = 2
        description  = "Images without a tag"
        selection = {
          tagStatus   = "untagged"
          countType   = "sinceImagePushed"
          countUnit   = "days"
          countNumber = var.production.untagged_days
        }
        action = { type = "expire" }
      },
      {
        rulePriority = 3
        description  = "The oldest images"
        selection = {
          tagStatus      = "tagged"
          tagPatternList = ["*"]
          countType      = "imageCountMoreThan"
          countNumber    = var.production.keep_images
        }
        action = { type = "expire" }
      },
    ]
  })
}

output "repository" {
  value = one([for each in aws_ecr_repository.this : { name = each.name, registry_id = each.registry_id }])
}
