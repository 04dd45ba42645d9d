resource "aws_appautoscaling_target" "this" {
  count = local.production

  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.this.name}/${aws_ecs_service.this.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = var.production.scaling.minimum
  max_capacity       = var.production.scaling.maximum
}

locals {
  scaled_by = {
    cpu      = "ECSServiceAverageCPUUtilization"
    memory   = "ECSServiceAverageMemoryUtilization"
    requests = "ALBRequestCountPerTarget"
  }
}

resource "aws_appautoscaling_policy" "this" {
  for_each = toset(var.production == null ? [] : keys(local.scaled_by))

  name               = "${var.app.service}-${each.key}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this[0].service_namespace
  resource_id        = aws_appautoscaling_target.this[0].resource_id
  scalable_dimension = aws_appautoscaling_target.this[0].scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = var.production.scaling[each.key]
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    predefined_metric_specification {
      predefined_metric_type = local.scaled_by[each.key]
      resource_label         = each.key == "requests" ? "${aws_lb.this.arn_suffix}/${aws_lb_target_group.this.arn_suffix}" : null
    }
  }
}
