resource "aws_cloudwatch_log_group" "this" {
  name              = "/ecs/${var.app.stack}/${var.app.environment}/${var.app.stack}"
  retention_in_days = 30
  tags              = { Name = "${var.app.name}-main" }
}

resource "aws_ecs_cluster" "this" {
  name = var.app.service
  tags = { Name = "${var.app.name}-main" }

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  count = local.production

  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}

# The tag's current digest, which the revision keeps. The repository and its images exist before.
data "aws_ecr_image" "this" {
  count = var.app.repository == null ? 0 : 1

  repository_name = var.app.repository.name
  image_tag       = var.app.repository.tag
}

locals {
  image = var.app.repository == null ? var.app.image : data.aws_ecr_image.this[0].image_uri
  # The requested name of the image
  labels = var.app.repository == null ? {} : {
    dockerLabels = {
      "everlook.failover.image" = "${split("@", local.image)[0]}:${var.app.repository.tag}"
    }
  }
  secrets = {
    database = "arn:aws:secretsmanager:${var.region}:${var.app.account_id}:secret:shop/prod/database-${var.database_secret}"
    session  = "arn:aws:ssm:${var.region}:${var.app.account_id}:parameter/shop/prod/session-key"
  }
  # The writable folders and the secrets of production's container
  hardened = [for each in var.production[*] : {
    user                   = "1000"
    readonlyRootFilesystem = true
    mountPoints            = [{ sourceVolume = "cache", containerPath = "/var/cache/shop", readOnly = false }]
    linuxParameters = {
      capabilities = { drop = ["ALL"] }
      tmpfs        = [{ containerPath = "/tmp", size = 64, mountOptions = ["noexec", "mode=1777"] }]
    }
    secrets = [
      { name = "DATABASE_PASSWORD", valueFrom = local.secrets.database },
      { name = "SESSION_KEY", valueFrom = local.secrets.session },
    ]
  }]
  # What ECS needs to start a task besides the log group
  starts_with = [
    { Effect = "Allow", Action = ["ecr:GetAuthorizationToken"], Resource = "*" },
    {
      Effect   = "Allow"
      Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      Resource = local.repository
    },
    { Effect = "Allow", Action = ["secretsmanager:GetSecretValue"], Resource = local.secrets.database },
    { Effect = "Allow", Action = ["ssm:GetParameters"], Resource = local.secrets.session },
  ]
  repository = "arn:aws:ecr:${var.region}:${var.app.account_id}:repository/${try(var.app.repository.name, "")}"
}

resource "aws_iam_role" "execution" {
  name        = "${var.app.service}-${var.region}-execution"
  description = "Starts the tasks of ${var.app.stack}, ${var.app.title}, ${var.region}: image, logs, secrets"
  tags        = { Name = "${var.app.name}-execution" }

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = var.app.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "execution" {
  name = "execution"
  role = aws_iam_role.execution.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.this.arn}:*"
      }],
      [for each in local.starts_with : each if var.production != null],
    )
  })
}

resource "aws_iam_role" "task" {
  name        = "${var.app.service}-${var.region}-task"
  description = "What the tasks of ${var.app.stack}, ${var.app.title}, ${var.region} may do"
  tags        = { Name = "${var.app.name}-task" }

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.app.account_id }
        ArnLike      = { "aws:SourceArn" = "arn:aws:ecs:${var.region}:${var.app.account_id}:*" }
      }
    }]
  })
}

resource "aws_ecs_task_definition" "this" {
  family                   = var.app.service
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.app.cpu
  memory                   = var.app.memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn
  tags                     = { Name = "${var.app.name}-main" }

  runtime_platform {
    cpu_architecture        = "X86_64"
    operating_system_family = "LINUX"
  }

  dynamic "volume" {
    for_each = local.hardened

    content {
      name = "cache"
    }
  }

  container_definitions = jsonencode([merge(local.labels, {
    name                   = var.app.stack
    image                  = local.image
    essential              = true
    readonlyRootFilesystem = false
    portMappings           = [{ containerPort = var.app.port, hostPort = var.app.port, protocol = "tcp" }]
    logConfiguration = {
      logDriver = "awslogs"
      options = merge(
        {
          "awslogs-group"         = aws_cloudwatch_log_group.this.name
          "awslogs-region"        = var.region
          "awslogs-stream-prefix" = "ecs"
        },
        var.production == null ? {} : { mode = "non-blocking" },
      )
    }
  }, local.hardened...)])
}

resource "aws_security_group" "service" {
  name        = var.app.service
  description = "Tasks of ${var.app.stack}, ${var.app.title}"
  vpc_id      = aws_vpc.this.id
  tags        = { Name = "${var.app.name}-service" }

  ingress {
    description     = "From the load balancer"
    protocol        = "tcp"
    from_port       = var.app.port
    to_port         = var.app.port
    security_groups = [aws_security_group.balancer.id]
  }

  egress {
    description = "Images, logs, secrets"
    protocol    = var.production == null ? "-1" : "tcp"
    from_port   = try(var.production.egress_port, 0)
    to_port     = try(var.production.egress_port, 0)
    cidr_blocks = ["0.0.0.0/0"]
  }
}

# With scaling, changes of desired_count should be ignored, which HCL cannot do in one of two stacks. Nothing scales here.
resource "aws_ecs_service" "this" {
  name                               = var.app.service
  cluster                            = aws_ecs_cluster.this.arn
  task_definition                    = aws_ecs_task_definition.this.arn
  launch_type                        = var.production == null ? "FARGATE" : null
  platform_version                   = "LATEST"
  desired_count                      = var.app.desired_count
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = 60
  availability_zone_rebalancing      = "ENABLED"
  enable_ecs_managed_tags            = true
  propagate_tags                     = "SERVICE"
  wait_for_steady_state              = true
  tags                               = { Name = "${var.app.name}-main" }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  dynamic "alarms" {
    for_each = var.production == null ? [] : [[for name in local.rolls_back : module.alarms[0].names[name]]]

    content {
      alarm_names = alarms.value
      enable      = true
      rollback    = true
    }
  }

  dynamic "capacity_provider_strategy" {
    for_each = var.production == null ? {} : {
      FARGATE      = { base = var.production.spot.base, weight = 0 }
      FARGATE_SPOT = { base = 0, weight = 1 }
    }

    content {
      capacity_provider = capacity_provider_strategy.key
      base              = capacity_provider_strategy.value.base
      weight            = capacity_provider_strategy.value.weight
    }
  }

  network_configuration {
    subnets          = [for subnet in aws_subnet.private : subnet.id]
    security_groups  = [aws_security_group.service.id]
    assign_public_ip = false
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.this.arn
    container_name   = var.app.stack
    container_port   = var.app.port
  }

  # Tasks need a route out to pull their image, and the execution role its permissions.
  depends_on = [
    aws_lb_listener_rule.this,
    aws_route.private,
    aws_iam_role_policy.execution,
    aws_ecs_cluster_capacity_providers.this,
  ]
}
