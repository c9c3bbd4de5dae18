# Written by `seatrial terraform`; change the system, not this file.

environment                             = "staging"
region                                  = "us-east-1"
db_instance_class                       = "db.t3.small"
db_instance_multi_az                    = true
db_instance_backup_retention_period     = 7
db_instance_enable_performance_insights = false
db_instance_deletion_protection         = false
api_repository_empty_on_delete          = true
logs_retention_in_days                  = 7
api_scaling_min_capacity                = 2
api_scaling_max_capacity                = 6
