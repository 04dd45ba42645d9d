resource "aws_security_group" "balancer" {
  name        = "${var.app.name}-entrance"
  description = "Load balancer of ${var.app.title}"
  vpc_id      = aws_vpc.this.id
  tags        = { Name = "${var.app.name}-alb" }

  ingress {
    description = "Clients"
    protocol    = "tcp"
    from_port   = 80
    to_port     = 80
    cidr_blocks = ["0.0.0.0/0"]
  }

  dynamic "ingress" {
    for_each = var.app.https ? [443] : []

    content {
      description = "Clients"
      protocol    = "tcp"
      from_port   = ingress.value
      to_port     = ingress.value
      cidr_blocks = ["0.0.0.0/0"]
    }
  }

  egress {
    description = "Targets"
    protocol    = "tcp"
    from_port   = 0
    to_port     = 65535
    cidr_blocks = [var.cidr]
  }
}

resource "aws_lb" "this" {
  name                       = var.app.name
  load_balancer_type         = "application"
  internal                   = false
  security_groups            = [aws_security_group.balancer.id]
  subnets                    = [for subnet in aws_subnet.public : subnet.id]
  drop_invalid_header_fields = true
  # The longest time that a client stays in a region that DNS has left
  client_keep_alive      = 60
  desync_mitigation_mode = try(var.production.desync_mitigation_mode, "defensive")
  tags                   = { Name = "${var.app.name}-main" }

  dynamic "access_logs" {
    for_each = aws_s3_bucket.logs

    content {
      bucket  = access_logs.value.id
      enabled = true
    }
  }

  # An internet-facing load balancer needs the internet gateway, and its logs the bucket's policy.
  depends_on = [aws_route.public, aws_s3_bucket_policy.logs]
}

resource "aws_lb_target_group" "this" {
  name                 = var.app.service
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = var.app.port
  vpc_id               = aws_vpc.this.id
  deregistration_delay = 30
  tags                 = { Name = "${var.app.name}-main" }

  health_check {
    path                = var.app.health_path
    matcher             = "200"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }
}

resource "aws_lb_listener" "this" {
  load_balancer_arn = aws_lb.this.arn
  protocol          = "HTTP"
  port              = 80
  tags              = { Name = "${var.app.name}-http" }

  dynamic "default_action" {
    for_each = var.app.https ? [] : [404]

    content {
      type = "fixed-response"

      fixed_response {
        status_code  = default_action.value
        content_type = "text/plain"
        message_body = local.nothing_here
      }
    }
  }

  dynamic "default_action" {
    for_each = var.app.https ? [443] : []

    content {
      type = "redirect"

      redirect {
        protocol    = "HTTPS"
        port        = default_action.value
        status_code = "HTTP_301"
      }
    }
  }
}

resource "aws_lb_listener" "https" {
  count = var.app.https ? 1 : 0

  load_balancer_arn = aws_lb.this.arn
  protocol          = "HTTPS"
  port              = 443
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = aws_acm_certificate_validation.this[0].certificate_arn

  routing_http_response_strict_transport_security_header_value = try(var.production.strict_transport_security, null)

  tags = { Name = "${var.app.name}-https" }

  default_action {
    type = "fixed-response"

    fixed_response {
      status_code  = "404"
      content_type = "text/plain"
      message_body = local.nothing_here
    }
  }
}

locals {
  nothing_here = "There is no service here."
  # Where services are
  listener = var.app.https ? aws_lb_listener.https[0].arn : aws_lb_listener.this.arn
}

resource "aws_lb_listener_rule" "this" {
  listener_arn = local.listener
  priority     = 50000
  tags         = { Name = "${var.app.name}-main" }

  condition {
    path_pattern {
      values = ["/*"]
    }
  }

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this.arn
  }
}
