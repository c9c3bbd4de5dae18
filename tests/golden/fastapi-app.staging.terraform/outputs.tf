# Written by `seatrial terraform`; change the system, not this file.

output "address" {
  description = "Where the system answers"
  value       = "http://${module.edge.load_balancer_dns_name}"
}
