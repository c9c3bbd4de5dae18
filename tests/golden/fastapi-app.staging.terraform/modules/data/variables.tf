# Written by `seatrial terraform`; change the system, not this file.

variable "db_group_id" {
  description = "group_id of DbGroup"
  type        = string
}

variable "db_instance_backup_retention_period" {
  description = "BackupRetentionPeriod of DbInstance"
  type        = number
}

variable "db_instance_class" {
  description = "DBInstanceClass of DbInstance"
  type        = string
}

variable "db_instance_deletion_protection" {
  description = "DeletionProtection of DbInstance"
  type        = bool
}

variable "db_instance_enable_performance_insights" {
  description = "EnablePerformanceInsights of DbInstance"
  type        = bool
}

variable "db_instance_multi_az" {
  description = "MultiAZ of DbInstance"
  type        = bool
}

variable "name" {
  description = "What the names of all resources begin with"
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
