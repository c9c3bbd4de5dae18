# Written by `seatrial terraform`; change the system, not this file.

resource "awscc_secretsmanager_secret" "jwt_secret" {
  name        = "${var.name}/jwt"
  description = "jwt of ${var.name}"
  generate_secret_string = {
    password_length     = 48
    exclude_punctuation = true
  }
}

resource "awscc_secretsmanager_secret" "db_credentials" {
  name        = "${var.name}/db"
  description = "User, password, host, port and name of db"
  generate_secret_string = {
    secret_string_template = jsonencode({
      username = "app"
    })
    generate_string_key = "password"
    password_length     = 32
    exclude_punctuation = true
  }
}

resource "awscc_rds_db_subnet_group" "db_subnets" {
  db_subnet_group_description = "Private subnets for db"
  subnet_ids                  = [var.private_subnet_1_subnet_id, var.private_subnet_2_subnet_id]
}

resource "awscc_rds_db_parameter_group" "db_parameters" {
  family      = "postgres15"
  description = "Parameters of db"
  parameters = jsonencode({
    "rds.force_ssl" = "1"
  })
}

resource "aws_db_instance" "db_instance" {
  identifier                      = "${var.name}-db"
  engine                          = "postgres"
  engine_version                  = "15.19"
  instance_class                  = var.db_instance_class
  db_name                         = "app"
  username                        = "app"
  password_wo                     = jsondecode(ephemeral.aws_secretsmanager_secret_version.db_credentials.secret_string)["password"]
  password_wo_version             = 1
  port                            = 5432
  allocated_storage               = 20
  max_allocated_storage           = 100
  storage_type                    = "gp3"
  storage_encrypted               = true
  multi_az                        = var.db_instance_multi_az
  db_subnet_group_name            = awscc_rds_db_subnet_group.db_subnets.db_subnet_group_name
  parameter_group_name            = awscc_rds_db_parameter_group.db_parameters.db_parameter_group_name
  vpc_security_group_ids          = [var.db_group_id]
  publicly_accessible             = false
  backup_retention_period         = var.db_instance_backup_retention_period
  backup_window                   = "03:00-04:00"
  maintenance_window              = "Sun:04:30-Sun:05:30"
  copy_tags_to_snapshot           = true
  delete_automated_backups        = false
  auto_minor_version_upgrade      = true
  enabled_cloudwatch_logs_exports = ["postgresql", "upgrade"]
  performance_insights_enabled    = var.db_instance_enable_performance_insights
  deletion_protection             = var.db_instance_deletion_protection
  ca_cert_identifier              = "rds-ca-rsa2048-g1"
  final_snapshot_identifier       = "${var.name}-db-final"
}

resource "awscc_secretsmanager_secret_target_attachment" "db_credentials_attachment" {
  secret_id   = awscc_secretsmanager_secret.db_credentials.secret_id
  target_id   = aws_db_instance.db_instance.identifier
  target_type = "AWS::RDS::DBInstance"
}

resource "awscc_secretsmanager_secret" "db_url" {
  name        = "${var.name}/db-url"
  description = "Connection URL of db"
}

resource "aws_secretsmanager_secret_version" "db_url" {
  secret_id                = awscc_secretsmanager_secret.db_url.secret_id
  secret_string_wo         = "postgresql://app:${jsondecode(ephemeral.aws_secretsmanager_secret_version.db_credentials.secret_string)["password"]}@${aws_db_instance.db_instance.address}:${aws_db_instance.db_instance.port}/app?sslmode=verify-full"
  secret_string_wo_version = 1
}
