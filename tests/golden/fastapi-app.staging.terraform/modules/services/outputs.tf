# Written by `seatrial terraform`; change the system, not this file.

output "api_service_name" {
  description = "name of ApiService"
  value       = awscc_ecs_service.api_service.name
}

output "cluster_name" {
  description = "cluster_name of Cluster"
  value       = awscc_ecs_cluster.cluster.cluster_name
}
