# Written by `seatrial terraform`; change the system, not this file.

output "api_targets_target_group_arn" {
  description = "target_group_arn of ApiTargets"
  value       = awscc_elasticloadbalancingv2_target_group.api_targets.target_group_arn
}

output "api_targets_target_group_full_name" {
  description = "target_group_full_name of ApiTargets"
  value       = awscc_elasticloadbalancingv2_target_group.api_targets.target_group_full_name
}

output "http_listener_id" {
  description = "id of HttpListener"
  value       = awscc_elasticloadbalancingv2_listener.http_listener.id
}

output "load_balancer_dns_name" {
  description = "dns_name of LoadBalancer"
  value       = awscc_elasticloadbalancingv2_load_balancer.load_balancer.dns_name
}

output "load_balancer_full_name" {
  description = "load_balancer_full_name of LoadBalancer"
  value       = awscc_elasticloadbalancingv2_load_balancer.load_balancer.load_balancer_full_name
}
