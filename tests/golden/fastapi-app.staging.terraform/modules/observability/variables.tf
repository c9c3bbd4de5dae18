# Written by `seatrial terraform`; change the system, not this file.

variable "api_service_name" {
  description = "name of ApiService"
  type        = string
}

variable "api_targets_target_group_full_name" {
  description = "target_group_full_name of ApiTargets"
  type        = string
}

variable "cluster_name" {
  description = "cluster_name of Cluster"
  type        = string
}

variable "db_instance_identifier" {
  description = "identifier of DbInstance"
  type        = string
}

variable "load_balancer_full_name" {
  description = "load_balancer_full_name of LoadBalancer"
  type        = string
}

variable "logs_retention_in_days" {
  description = "RetentionInDays of Logs"
  type        = number
}

variable "name" {
  description = "What the names of all resources begin with"
  type        = string
}
