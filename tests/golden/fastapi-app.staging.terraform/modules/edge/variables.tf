# Written by `seatrial terraform`; change the system, not this file.

variable "internet_gateway_attachment_id" {
  description = "id of InternetGatewayAttachment"
  type        = string
}

variable "load_balancer_group_id" {
  description = "group_id of LoadBalancerGroup"
  type        = string
}

variable "name" {
  description = "What the names of all resources begin with"
  type        = string
}

variable "public_subnet_1_subnet_id" {
  description = "subnet_id of PublicSubnet1"
  type        = string
}

variable "public_subnet_2_subnet_id" {
  description = "subnet_id of PublicSubnet2"
  type        = string
}

variable "vpc_id" {
  description = "vpc_id of Vpc"
  type        = string
}
