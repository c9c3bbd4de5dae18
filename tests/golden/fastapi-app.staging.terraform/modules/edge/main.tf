# Written by `seatrial terraform`; change the system, not this file.

resource "awscc_elasticloadbalancingv2_load_balancer" "load_balancer" {
  name            = var.name
  type            = "application"
  scheme          = "internet-facing"
  subnets         = [var.public_subnet_1_subnet_id, var.public_subnet_2_subnet_id]
  security_groups = [var.load_balancer_group_id]
  load_balancer_attributes = [
    { key = "idle_timeout.timeout_seconds", value = "60" },
    { key = "load_balancing.cross_zone.enabled", value = "true" },
    { key = "routing.http.drop_invalid_header_fields.enabled", value = "true" },
    { key = "deletion_protection.enabled", value = "false" },
  ]

  depends_on = [var.internet_gateway_attachment_id]
}

resource "awscc_elasticloadbalancingv2_target_group" "api_targets" {
  target_type                   = "ip"
  protocol                      = "HTTP"
  port                          = 8000
  vpc_id                        = var.vpc_id
  health_check_enabled          = true
  health_check_protocol         = "HTTP"
  health_check_path             = "/healthz"
  health_check_interval_seconds = 30
  health_check_timeout_seconds  = 5
  healthy_threshold_count       = 2
  unhealthy_threshold_count     = 3
  matcher = {
    http_code = "200"
  }
  target_group_attributes = [
    { key = "deregistration_delay.timeout_seconds", value = "300" },
    { key = "load_balancing.algorithm.type", value = "round_robin" },
  ]
}

resource "awscc_elasticloadbalancingv2_listener" "http_listener" {
  load_balancer_arn = awscc_elasticloadbalancingv2_load_balancer.load_balancer.load_balancer_arn
  port              = 80
  protocol          = "HTTP"
  default_actions = [{
    type             = "forward"
    target_group_arn = awscc_elasticloadbalancingv2_target_group.api_targets.target_group_arn
  }]
}
