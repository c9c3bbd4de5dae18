# Written by `seatrial terraform`; change the system, not this file.

output "api_group_id" {
  description = "group_id of ApiGroup"
  value       = awscc_ec2_security_group.api_group.group_id
}

output "db_group_id" {
  description = "group_id of DbGroup"
  value       = awscc_ec2_security_group.db_group.group_id
}

output "internet_gateway_attachment_id" {
  description = "id of InternetGatewayAttachment"
  value       = awscc_ec2_vpc_gateway_attachment.internet_gateway_attachment.id
}

output "load_balancer_group_id" {
  description = "group_id of LoadBalancerGroup"
  value       = awscc_ec2_security_group.load_balancer_group.group_id
}

output "private_default_route_1_id" {
  description = "id of PrivateDefaultRoute1"
  value       = awscc_ec2_route.private_default_route_1.id
}

output "private_default_route_2_id" {
  description = "id of PrivateDefaultRoute2"
  value       = awscc_ec2_route.private_default_route_2.id
}

output "private_subnet_1_subnet_id" {
  description = "subnet_id of PrivateSubnet1"
  value       = awscc_ec2_subnet.private_subnet_1.subnet_id
}

output "private_subnet_2_subnet_id" {
  description = "subnet_id of PrivateSubnet2"
  value       = awscc_ec2_subnet.private_subnet_2.subnet_id
}

output "public_subnet_1_subnet_id" {
  description = "subnet_id of PublicSubnet1"
  value       = awscc_ec2_subnet.public_subnet_1.subnet_id
}

output "public_subnet_2_subnet_id" {
  description = "subnet_id of PublicSubnet2"
  value       = awscc_ec2_subnet.public_subnet_2.subnet_id
}

output "vpc_id" {
  description = "vpc_id of Vpc"
  value       = awscc_ec2_vpc.vpc.vpc_id
}
