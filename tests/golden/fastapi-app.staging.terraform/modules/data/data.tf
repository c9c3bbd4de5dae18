# Written by `seatrial terraform`; change the system, not this file.

ephemeral "aws_secretsmanager_secret_version" "db_credentials" {
  secret_id = awscc_secretsmanager_secret.db_credentials.secret_id
}
