# Written by `seatrial terraform`; change the system, not this file.

output "logs_arn" {
  description = "arn of Logs"
  value       = awscc_logs_log_group.logs.arn
}

output "logs_log_group_name" {
  description = "log_group_name of Logs"
  value       = awscc_logs_log_group.logs.log_group_name
}
