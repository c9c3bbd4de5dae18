# Written by `seatrial terraform`; change the system, not this file.

variable "api_desired_count" {
  description = "Tasks of api now: 0 until its image is pushed, then what runs today"
  type        = number
}

variable "api_group_id" {
  description = "group_id of ApiGroup"
  type        = string
}

variable "api_repository_empty_on_delete" {
  description = "EmptyOnDelete of ApiRepository"
  type        = bool
}

variable "api_scaling_max_capacity" {
  description = "MaxCapacity of ApiScaling"
  type        = number
}

variable "api_scaling_min_capacity" {
  description = "MinCapacity of ApiScaling"
  type        = number
}

variable "api_targets_target_group_arn" {
  description = "target_group_arn of ApiTargets"
  type        = string
}

variable "db_credentials_attachment_id" {
  description = "id of DbCredentialsAttachment"
  type        = string
}

variable "db_credentials_secret_id" {
  description = "secret_id of DbCredentials"
  type        = string
}

variable "db_url_arn" {
  description = "arn of DbUrl"
  type        = string
}

variable "http_listener_id" {
  description = "id of HttpListener"
  type        = string
}

variable "image_tag" {
  description = "Tag of the images to run, the same in every repository"
  type        = string
}

variable "jwt_secret_id" {
  description = "secret_id of JwtSecret"
  type        = string
}

variable "logs_arn" {
  description = "arn of Logs"
  type        = string
}

variable "logs_log_group_name" {
  description = "log_group_name of Logs"
  type        = string
}

variable "name" {
  description = "What the names of all resources begin with"
  type        = string
}

variable "private_default_route_1_id" {
  description = "id of PrivateDefaultRoute1"
  type        = string
}

variable "private_default_route_2_id" {
  description = "id of PrivateDefaultRoute2"
  type        = string
}

variable "private_subnet_1_subnet_id" {
  description = "subnet_id of PrivateSubnet1"
  type        = string
}

variable "private_subnet_2_subnet_id" {
  description = "subnet_id of PrivateSubnet2"
  type        = string
}
