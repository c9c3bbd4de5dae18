# Written by `seatrial terraform`; change the system, not this file.

variable "environment" {
  description = "Name of the environment"
  type        = string
}

variable "region" {
  description = "AWS region"
  type        = string
}

variable "image_tag" {
  description = "Tag of the images to run, the same in every repository"
  type        = string
  default     = "initial"

  validation {
    condition     = can(regex("^(?:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})$", var.image_tag))
    error_message = "image_tag must match [A-Za-z0-9_][A-Za-z0-9_.-]{0,127}."
  }
}

variable "api_desired_count" {
  description = "Tasks of api now: 0 until its image is pushed, then what runs today"
  type        = number
  default     = 2
}

variable "db_instance_class" {
  description = "DBInstanceClass of DbInstance"
  type        = string
}

variable "db_instance_multi_az" {
  description = "MultiAZ of DbInstance"
  type        = bool
}

variable "db_instance_backup_retention_period" {
  description = "BackupRetentionPeriod of DbInstance"
  type        = number
}

variable "db_instance_enable_performance_insights" {
  description = "EnablePerformanceInsights of DbInstance"
  type        = bool
}

variable "db_instance_deletion_protection" {
  description = "DeletionProtection of DbInstance"
  type        = bool
}

variable "api_repository_empty_on_delete" {
  description = "EmptyOnDelete of ApiRepository"
  type        = bool
}

variable "logs_retention_in_days" {
  description = "RetentionInDays of Logs"
  type        = number
}

variable "api_scaling_min_capacity" {
  description = "MinCapacity of ApiScaling"
  type        = number
}

variable "api_scaling_max_capacity" {
  description = "MaxCapacity of ApiScaling"
  type        = number
}
