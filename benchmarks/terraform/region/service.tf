resource "aws_cloudwatch_log_group" "this" {
  name              = "/ecs/${var.app.name}"
  retention_in_days = 30
  tags              = { Name = "${var.app.name}-main" }
}

resource "aws_ecs_cluster" "this" {
  name = var.app.name
  tags = { Name = "${var.app.name}-main" }

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_iam_role" "execution" {
  name        = "${var.app.name}-${var.region}-execution"
  description = "Starts the tasks of ${var.app.name} in ${var.region}: image, logs, secrets"
  tags        = { Name = "${var.app.name}-execution" }

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "execution" {
  name = "execution"
  role = aws_iam_role.execution.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "${aws_cloudwatch_log_group.this.arn}:*"
    }]
  })
}

resource "aws_iam_role" "task" {
  name        = "${var.app.name}-${var.region}-task"
  description = "What the tasks of ${var.app.name} in ${var.region} may do"
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
  family                   = var.app.name
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

  container_definitions = jsonencode([{
    name                   = var.app.stack
    image                  = var.app.image
    essential              = true
    readonlyRootFilesystem = false
    portMappings           = [{ containerPort = var.app.port, hostPort = var.app.port, protocol = "tcp" }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        "awslogs-group"         = aws_cloudwatch_log_group.this.name
        "awslogs-region"        = var.region
        "awslogs-stream-prefix" = "ecs"
      }
    }
  }])
}

resource "aws_security_group" "service" {
  name        = "${var.app.name}-service"
  description = "Tasks of ${var.app.name}: only the load balancer may connect"
  vpc_id      = aws_vpc.this.id
  tags        = { Name = "${var.app.name}-service" }

  ingress {
    description     = "Load balancer"
    protocol        = "tcp"
    from_port       = var.app.port
    to_port         = var.app.port
    security_groups = [aws_security_group.balancer.id]
  }

  egress {
    description = "Everywhere"
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_ecs_service" "this" {
  name                               = var.app.name
  cluster                            = aws_ecs_cluster.this.arn
  task_definition                    = aws_ecs_task_definition.this.arn
  launch_type                        = "FARGATE"
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

  # Tasks need the way out to pull their image, and the execution role its rights.
  depends_on = [aws_lb_listener_rule.this, aws_route.private, aws_iam_role_policy.execution]
}
