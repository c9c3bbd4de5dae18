# Written by `seatrial terraform`; change the system, not this file.

# The names of all resources begin with this.
locals {
  name = "fastapi-app-${var.environment}"
}

module "network" {
  source = "./modules/network"

  name = local.name
}

module "data" {
  source = "./modules/data"

  db_group_id                             = module.network.db_group_id
  db_instance_backup_retention_period     = var.db_instance_backup_retention_period
  db_instance_class                       = var.db_instance_class
  db_instance_deletion_protection         = var.db_instance_deletion_protection
  db_instance_enable_performance_insights = var.db_instance_enable_performance_insights
  db_instance_multi_az                    = var.db_instance_multi_az
  name                                    = local.name
  private_subnet_1_subnet_id              = module.network.private_subnet_1_subnet_id
  private_subnet_2_subnet_id              = module.network.private_subnet_2_subnet_id
}

module "services" {
  source = "./modules/services"

  api_desired_count              = var.api_desired_count
  api_group_id                   = module.network.api_group_id
  api_repository_empty_on_delete = var.api_repository_empty_on_delete
  api_scaling_max_capacity       = var.api_scaling_max_capacity
  api_scaling_min_capacity       = var.api_scaling_min_capacity
  api_targets_target_group_arn   = module.edge.api_targets_target_group_arn
  db_credentials_attachment_id   = module.data.db_credentials_attachment_id
  db_credentials_secret_id       = module.data.db_credentials_secret_id
  db_url_arn                     = module.data.db_url_arn
  http_listener_id               = module.edge.http_listener_id
  image_tag                      = var.image_tag
  jwt_secret_id                  = module.data.jwt_secret_id
  logs_arn                       = module.observability.logs_arn
  logs_log_group_name            = module.observability.logs_log_group_name
  name                           = local.name
  private_default_route_1_id     = module.network.private_default_route_1_id
  private_default_route_2_id     = module.network.private_default_route_2_id
  private_subnet_1_subnet_id     = module.network.private_subnet_1_subnet_id
  private_subnet_2_subnet_id     = module.network.private_subnet_2_subnet_id
}

module "edge" {
  source = "./modules/edge"

  internet_gateway_attachment_id = module.network.internet_gateway_attachment_id
  load_balancer_group_id         = module.network.load_balancer_group_id
  name                           = local.name
  public_subnet_1_subnet_id      = module.network.public_subnet_1_subnet_id
  public_subnet_2_subnet_id      = module.network.public_subnet_2_subnet_id
  vpc_id                         = module.network.vpc_id
}

module "observability" {
  source = "./modules/observability"

  api_service_name                   = module.services.api_service_name
  api_targets_target_group_full_name = module.edge.api_targets_target_group_full_name
  cluster_name                       = module.services.cluster_name
  db_instance_identifier             = module.data.db_instance_identifier
  load_balancer_full_name            = module.edge.load_balancer_full_name
  logs_retention_in_days             = var.logs_retention_in_days
  name                               = local.name
}
