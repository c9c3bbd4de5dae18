# Written by `seatrial terraform`; change the system, not this file.

resource "awscc_ecr_repository" "api_repository" {
  repository_name = "${var.name}/api"
  image_scanning_configuration = {
    scan_on_push = true
  }
  image_tag_mutability = "MUTABLE"
  encryption_configuration = {
    encryption_type = "AES256"
  }
  lifecycle_policy = {
    lifecycle_policy_text = jsonencode({
      rules = [
        {
          rulePriority = 1
          description  = "Keep the last 10 tagged images"
          selection = {
            tagStatus      = "tagged"
            tagPatternList = ["*"]
            countType      = "imageCountMoreThan"
            countNumber    = 10
          }
          action = {
            type = "expire"
          }
        },
        {
          rulePriority = 2
          description  = "Drop what lost its tag after a day"
          selection = {
            tagStatus   = "untagged"
            countType   = "sinceImagePushed"
            countUnit   = "days"
            countNumber = 1
          }
          action = {
            type = "expire"
          }
        },
      ]
    })
  }
  empty_on_delete = var.api_repository_empty_on_delete
}

resource "awscc_ecs_cluster" "cluster" {
  cluster_name     = var.name
  cluster_settings = [{ name = "containerInsights", value = "enabled" }]
}

resource "awscc_ecs_cluster_capacity_provider_associations" "cluster_capacity" {
  cluster            = awscc_ecs_cluster.cluster.cluster_name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
  default_capacity_provider_strategy = [{
    capacity_provider = "FARGATE"
    weight            = 1
  }]
}

resource "awscc_iam_role" "migrate_execution_role" {
  assume_role_policy_document = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Service = "ecs-tasks.amazonaws.com"
      }
      Action = "sts:AssumeRole"
    }]
  })
  policies = [{
    policy_name = "start"
    policy_document = jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Effect   = "Allow"
          Action   = "ecr:GetAuthorizationToken"
          Resource = "*"
        },
        {
          Effect = "Allow"
          Action = [
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
          ]
          Resource = awscc_ecr_repository.api_repository.arn
        },
        {
          Effect   = "Allow"
          Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
          Resource = var.logs_arn
        },
        {
          Effect   = "Allow"
          Action   = "secretsmanager:GetSecretValue"
          Resource = [var.db_url_arn, var.db_credentials_secret_id]
        },
      ]
    })
  }]
}

resource "awscc_iam_role" "migrate_task_role" {
  assume_role_policy_document = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Service = "ecs-tasks.amazonaws.com"
      }
      Action = "sts:AssumeRole"
    }]
  })
}

resource "awscc_ecs_task_definition" "migrate_task" {
  family                   = "${var.name}-migrate"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = "256"
  memory                   = "512"
  runtime_platform = {
    cpu_architecture        = "X86_64"
    operating_system_family = "LINUX"
  }
  execution_role_arn = awscc_iam_role.migrate_execution_role.arn
  task_role_arn      = awscc_iam_role.migrate_task_role.arn
  volumes            = [{ name = "tmp" }]
  container_definitions = [{
    name        = "migrate"
    image       = "${awscc_ecr_repository.api_repository.repository_uri}:${var.image_tag}"
    essential   = true
    user        = "10001:10001"
    memory      = 512
    command     = ["alembic", "upgrade", "head"]
    environment = [{ name = "PGSSLMODE", value = "verify-full" }]
    secrets = [
      {
        name       = "DATABASE_URL"
        value_from = var.db_url_arn
      },
      {
        name       = "PGDATABASE"
        value_from = "${var.db_credentials_secret_id}:dbname::"
      },
      {
        name       = "PGHOST"
        value_from = "${var.db_credentials_secret_id}:host::"
      },
      {
        name       = "PGPASSWORD"
        value_from = "${var.db_credentials_secret_id}:password::"
      },
      {
        name       = "PGPORT"
        value_from = "${var.db_credentials_secret_id}:port::"
      },
      {
        name       = "PGUSER"
        value_from = "${var.db_credentials_secret_id}:username::"
      },
    ]
    readonly_root_filesystem = true
    mount_points = [{
      source_volume  = "tmp"
      container_path = "/tmp"
      read_only      = false
    }]
    linux_parameters = {
      init_process_enabled = true
    }
    log_configuration = {
      log_driver = "awslogs"
      options = {
        awslogs-group         = var.logs_log_group_name
        awslogs-region        = data.aws_region.current.region
        awslogs-stream-prefix = "migrate"
      }
    }
  }]
}

resource "awscc_iam_role" "api_execution_role" {
  assume_role_policy_document = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Service = "ecs-tasks.amazonaws.com"
      }
      Action = "sts:AssumeRole"
    }]
  })
  policies = [{
    policy_name = "start"
    policy_document = jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Effect   = "Allow"
          Action   = "ecr:GetAuthorizationToken"
          Resource = "*"
        },
        {
          Effect = "Allow"
          Action = [
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
          ]
          Resource = awscc_ecr_repository.api_repository.arn
        },
        {
          Effect   = "Allow"
          Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
          Resource = var.logs_arn
        },
        {
          Effect = "Allow"
          Action = "secretsmanager:GetSecretValue"
          Resource = [
            var.db_url_arn,
            var.jwt_secret_id,
            var.db_credentials_secret_id,
          ]
        },
      ]
    })
  }]
}

resource "awscc_iam_role" "api_task_role" {
  assume_role_policy_document = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Service = "ecs-tasks.amazonaws.com"
      }
      Action = "sts:AssumeRole"
    }]
  })
}

resource "awscc_ecs_task_definition" "api_task" {
  family                   = "${var.name}-api"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = "512"
  memory                   = "1024"
  runtime_platform = {
    cpu_architecture        = "X86_64"
    operating_system_family = "LINUX"
  }
  execution_role_arn = awscc_iam_role.api_execution_role.arn
  task_role_arn      = awscc_iam_role.api_task_role.arn
  volumes            = [{ name = "tmp" }]
  container_definitions = [{
    name      = "api"
    image     = "${awscc_ecr_repository.api_repository.repository_uri}:${var.image_tag}"
    essential = true
    user      = "10001:10001"
    memory    = 1024
    command = [
      "uvicorn",
      "app.main:app",
      "--host",
      "0.0.0.0",
      "--port",
      "8000",
      "--timeout-keep-alive",
      "75",
    ]
    environment = [
      { name = "HOST", value = "0.0.0.0" },
      { name = "PGSSLMODE", value = "verify-full" },
      { name = "PORT", value = "8000" },
    ]
    secrets = [
      {
        name       = "DATABASE_URL"
        value_from = var.db_url_arn
      },
      {
        name       = "JWT_SECRET"
        value_from = var.jwt_secret_id
      },
      {
        name       = "PGDATABASE"
        value_from = "${var.db_credentials_secret_id}:dbname::"
      },
      {
        name       = "PGHOST"
        value_from = "${var.db_credentials_secret_id}:host::"
      },
      {
        name       = "PGPASSWORD"
        value_from = "${var.db_credentials_secret_id}:password::"
      },
      {
        name       = "PGPORT"
        value_from = "${var.db_credentials_secret_id}:port::"
      },
      {
        name       = "PGUSER"
        value_from = "${var.db_credentials_secret_id}:username::"
      },
    ]
    readonly_root_filesystem = true
    mount_points = [{
      source_volume  = "tmp"
      container_path = "/tmp"
      read_only      = false
    }]
    linux_parameters = {
      init_process_enabled = true
    }
    log_configuration = {
      log_driver = "awslogs"
      options = {
        awslogs-group         = var.logs_log_group_name
        awslogs-region        = data.aws_region.current.region
        awslogs-stream-prefix = "api"
      }
    }
    stop_timeout = 30
    port_mappings = [{
      container_port = 8000
      protocol       = "tcp"
    }]
    health_check = {
      command = [
        "CMD",
        "python",
        "-c",
        "import urllib.request as r;r.urlopen('http://127.0.0.1:8000/healthz',timeout=5)",
      ]
      interval     = 30
      timeout      = 5
      retries      = 3
      start_period = 60
    }
  }]
}

resource "awscc_ecs_service" "api_service" {
  cluster         = awscc_ecs_cluster.cluster.cluster_name
  service_name    = "api"
  task_definition = awscc_ecs_task_definition.api_task.task_definition_arn
  desired_count   = var.api_desired_count
  capacity_provider_strategy = [{
    capacity_provider = "FARGATE_SPOT"
    weight            = 1
  }]
  platform_version              = "LATEST"
  availability_zone_rebalancing = "ENABLED"
  deployment_controller = {
    type = "ECS"
  }
  deployment_configuration = {
    minimum_healthy_percent = 100
    maximum_percent         = 200
    deployment_circuit_breaker = {
      enable   = true
      rollback = true
    }
  }
  network_configuration = {
    awsvpc_configuration = {
      assign_public_ip = "DISABLED"
      subnets          = [var.private_subnet_1_subnet_id, var.private_subnet_2_subnet_id]
      security_groups  = [var.api_group_id]
    }
  }
  enable_ecs_managed_tags = true
  propagate_tags          = "SERVICE"
  load_balancers = [{
    container_name   = "api"
    container_port   = 8000
    target_group_arn = var.api_targets_target_group_arn
  }]
  health_check_grace_period_seconds = 60

  depends_on = [
    awscc_ecs_cluster_capacity_provider_associations.cluster_capacity,
    var.http_listener_id,
    var.db_credentials_attachment_id,
    var.private_default_route_1_id,
    var.private_default_route_2_id,
  ]

  lifecycle {
    ignore_changes = [desired_count]
  }
}

resource "awscc_applicationautoscaling_scalable_target" "api_scaling" {
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${awscc_ecs_cluster.cluster.cluster_name}/${awscc_ecs_service.api_service.name}"
  min_capacity       = var.api_scaling_min_capacity
  max_capacity       = var.api_scaling_max_capacity
}

resource "awscc_applicationautoscaling_scaling_policy" "api_scale_by_cpu" {
  policy_name       = "${var.name}-api-cpu"
  policy_type       = "TargetTrackingScaling"
  scaling_target_id = awscc_applicationautoscaling_scalable_target.api_scaling.id
  target_tracking_scaling_policy_configuration = {
    predefined_metric_specification = {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
    target_value       = 70
    scale_out_cooldown = 60
    scale_in_cooldown  = 300
  }
}

resource "awscc_applicationautoscaling_scaling_policy" "api_scale_by_memory" {
  policy_name       = "${var.name}-api-memory"
  policy_type       = "TargetTrackingScaling"
  scaling_target_id = awscc_applicationautoscaling_scalable_target.api_scaling.id
  target_tracking_scaling_policy_configuration = {
    predefined_metric_specification = {
      predefined_metric_type = "ECSServiceAverageMemoryUtilization"
    }
    target_value       = 80
    scale_out_cooldown = 60
    scale_in_cooldown  = 300
  }
}
