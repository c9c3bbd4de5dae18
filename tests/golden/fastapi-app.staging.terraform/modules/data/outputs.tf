# Written by `seatrial terraform`; change the system, not this file.

output "db_credentials_attachment_id" {
  description = "id of DbCredentialsAttachment"
  value       = awscc_secretsmanager_secret_target_attachment.db_credentials_attachment.id
}

output "db_credentials_secret_id" {
  description = "secret_id of DbCredentials"
  value       = awscc_secretsmanager_secret.db_credentials.secret_id
}

output "db_instance_identifier" {
  description = "identifier of DbInstance"
  value       = aws_db_instance.db_instance.identifier
}

output "db_url_arn" {
  description = "arn of DbUrl"
  value       = aws_secretsmanager_secret_version.db_url.arn
}

output "jwt_secret_id" {
  description = "secret_id of JwtSecret"
  value       = awscc_secretsmanager_secret.jwt_secret.secret_id
}
