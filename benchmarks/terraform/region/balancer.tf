resource "aws_security_group" "balancer" {
  name        = "${var.app.name}-alb"
  description = "Load balancer of ${var.app.name}"
  vpc_id      = aws_vpc.this.id
  tags        = { Name = "${var.app.name}-alb" }

  ingress {
    description = "Clients"
    protocol    = "tcp"
    from_port   = 80
    to_port     = 80
    cidr_blocks = ["0.0.0.0/0"]
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
  tags                       = { Name = "${var.app.name}-main" }

  # An internet-facing load balancer needs the way out.
  depends_on = [aws_route.public]
}

resource "aws_lb_target_group" "this" {
  name                 = var.app.name
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

  default_action {
    type = "fixed-response"

    fixed_response {
      status_code  = "404"
      content_type = "text/plain"
      message_body = "There is no service here.\n"
    }
  }
}

resource "aws_lb_listener_rule" "this" {
  listener_arn = aws_lb_listener.this.arn
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
