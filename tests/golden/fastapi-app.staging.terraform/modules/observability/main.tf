# Written by `seatrial terraform`; change the system, not this file.

resource "awscc_logs_log_group" "logs" {
  log_group_name    = "/ecs/${var.name}"
  retention_in_days = var.logs_retention_in_days
}

resource "awscc_sns_topic" "alert_topic" {
  topic_name = "${var.name}-alerts"
  subscription = [{
    protocol = "email"
    endpoint = "ops@example.com"
  }]
}

resource "awscc_sns_topic_inline_policy" "alert_topic_policy" {
  topic_arn = awscc_sns_topic.alert_topic.topic_arn
  policy_document = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Service = "cloudwatch.amazonaws.com"
      }
      Action   = "sns:Publish"
      Resource = awscc_sns_topic.alert_topic.topic_arn
      Condition = {
        StringEquals = {
          "aws:SourceAccount" = data.aws_caller_identity.current.account_id
        }
      }
    }]
  })
}

resource "awscc_cloudwatch_alarm" "api_cpu_alarm" {
  alarm_name        = "${var.name}-api-cpu"
  alarm_description = "api: CPUUtilization over 80 percent for five minutes"
  namespace         = "AWS/ECS"
  metric_name       = "CPUUtilization"
  dimensions = [
    { name = "ClusterName", value = var.cluster_name },
    { name = "ServiceName", value = var.api_service_name },
  ]
  statistic           = "Average"
  period              = 60
  evaluation_periods  = 5
  comparison_operator = "GreaterThanThreshold"
  threshold           = 80
  treat_missing_data  = "notBreaching"
  alarm_actions       = [awscc_sns_topic.alert_topic.topic_arn]
  ok_actions          = [awscc_sns_topic.alert_topic.topic_arn]
}

resource "awscc_cloudwatch_alarm" "api_memory_alarm" {
  alarm_name        = "${var.name}-api-memory"
  alarm_description = "api: MemoryUtilization over 90 percent for five minutes"
  namespace         = "AWS/ECS"
  metric_name       = "MemoryUtilization"
  dimensions = [
    { name = "ClusterName", value = var.cluster_name },
    { name = "ServiceName", value = var.api_service_name },
  ]
  statistic           = "Average"
  period              = 60
  evaluation_periods  = 5
  comparison_operator = "GreaterThanThreshold"
  threshold           = 90
  treat_missing_data  = "notBreaching"
  alarm_actions       = [awscc_sns_topic.alert_topic.topic_arn]
  ok_actions          = [awscc_sns_topic.alert_topic.topic_arn]
}

resource "awscc_cloudwatch_alarm" "api_unhealthy_targets_alarm" {
  alarm_name        = "${var.name}-api-unhealthy-targets"
  alarm_description = "api: a target fails its health check"
  namespace         = "AWS/ApplicationELB"
  metric_name       = "UnHealthyHostCount"
  dimensions = [
    { name = "LoadBalancer", value = var.load_balancer_full_name },
    { name = "TargetGroup", value = var.api_targets_target_group_full_name },
  ]
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 2
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [awscc_sns_topic.alert_topic.topic_arn]
  ok_actions          = [awscc_sns_topic.alert_topic.topic_arn]
}

resource "awscc_cloudwatch_alarm" "api_server_errors_alarm" {
  alarm_name        = "${var.name}-api-server-errors"
  alarm_description = "api: 5 or more 5xx answers in a minute"
  namespace         = "AWS/ApplicationELB"
  metric_name       = "HTTPCode_Target_5XX_Count"
  dimensions = [
    { name = "LoadBalancer", value = var.load_balancer_full_name },
    { name = "TargetGroup", value = var.api_targets_target_group_full_name },
  ]
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 5
  treat_missing_data  = "notBreaching"
  alarm_actions       = [awscc_sns_topic.alert_topic.topic_arn]
  ok_actions          = [awscc_sns_topic.alert_topic.topic_arn]
}

resource "awscc_logs_metric_filter" "db_connection_errors" {
  log_group_name = awscc_logs_log_group.logs.log_group_name
  filter_pattern = "{ $.event = \"database_connection_error\" }"
  metric_transformations = [{
    metric_namespace = "Seatrial/${var.name}"
    metric_name      = "DatabaseConnectionErrors"
    metric_value     = "1"
    default_value    = 0
  }]
}

resource "awscc_cloudwatch_alarm" "db_connection_errors_alarm" {
  alarm_name          = "${var.name}-db-connection-errors"
  alarm_description   = "db: 5 or more failed connections in a minute"
  namespace           = "Seatrial/${var.name}"
  metric_name         = "DatabaseConnectionErrors"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 5
  treat_missing_data  = "notBreaching"
  alarm_actions       = [awscc_sns_topic.alert_topic.topic_arn]
  ok_actions          = [awscc_sns_topic.alert_topic.topic_arn]
}

resource "awscc_cloudwatch_dashboard" "dashboard" {
  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = [
      {
        type = "metric"
        properties = {
          title  = "api: requests"
          view   = "timeSeries"
          region = data.aws_region.current.region
          period = 60
          metrics = [
            [
              "AWS/ApplicationELB",
              "RequestCount",
              "LoadBalancer",
              var.load_balancer_full_name,
              "TargetGroup",
              var.api_targets_target_group_full_name,
              {
                stat = "Sum"
              },
            ],
          ]
        }
        x      = 0
        y      = 0
        width  = 8
        height = 6
      },
      {
        type = "metric"
        properties = {
          title  = "api: answers"
          view   = "timeSeries"
          region = data.aws_region.current.region
          period = 60
          metrics = [
            [
              "AWS/ApplicationELB",
              "HTTPCode_Target_2XX_Count",
              "LoadBalancer",
              var.load_balancer_full_name,
              "TargetGroup",
              var.api_targets_target_group_full_name,
              {
                stat = "Sum"
              },
            ],
            [
              "AWS/ApplicationELB",
              "HTTPCode_Target_3XX_Count",
              "LoadBalancer",
              var.load_balancer_full_name,
              "TargetGroup",
              var.api_targets_target_group_full_name,
              {
                stat = "Sum"
              },
            ],
            [
              "AWS/ApplicationELB",
              "HTTPCode_Target_4XX_Count",
              "LoadBalancer",
              var.load_balancer_full_name,
              "TargetGroup",
              var.api_targets_target_group_full_name,
              {
                stat = "Sum"
              },
            ],
            [
              "AWS/ApplicationELB",
              "HTTPCode_Target_5XX_Count",
              "LoadBalancer",
              var.load_balancer_full_name,
              "TargetGroup",
              var.api_targets_target_group_full_name,
              {
                stat = "Sum"
              },
            ],
          ]
        }
        x      = 8
        y      = 0
        width  = 8
        height = 6
      },
      {
        type = "metric"
        properties = {
          title  = "api: response time"
          view   = "timeSeries"
          region = data.aws_region.current.region
          period = 60
          metrics = [
            [
              "AWS/ApplicationELB",
              "TargetResponseTime",
              "LoadBalancer",
              var.load_balancer_full_name,
              "TargetGroup",
              var.api_targets_target_group_full_name,
              {
                stat = "p50"
              },
            ],
            [
              "AWS/ApplicationELB",
              "TargetResponseTime",
              "LoadBalancer",
              var.load_balancer_full_name,
              "TargetGroup",
              var.api_targets_target_group_full_name,
              {
                stat = "p95"
              },
            ],
            [
              "AWS/ApplicationELB",
              "TargetResponseTime",
              "LoadBalancer",
              var.load_balancer_full_name,
              "TargetGroup",
              var.api_targets_target_group_full_name,
              {
                stat = "p99"
              },
            ],
          ]
        }
        x      = 16
        y      = 0
        width  = 8
        height = 6
      },
      {
        type = "metric"
        properties = {
          title  = "api: CPU and memory"
          view   = "timeSeries"
          region = data.aws_region.current.region
          period = 60
          metrics = [
            [
              "AWS/ECS",
              "CPUUtilization",
              "ClusterName",
              var.cluster_name,
              "ServiceName",
              var.api_service_name,
              {
                stat = "Average"
              },
            ],
            [
              "AWS/ECS",
              "MemoryUtilization",
              "ClusterName",
              var.cluster_name,
              "ServiceName",
              var.api_service_name,
              {
                stat = "Average"
              },
            ],
          ]
        }
        x      = 0
        y      = 6
        width  = 8
        height = 6
      },
      {
        type = "metric"
        properties = {
          title  = "api: tasks"
          view   = "timeSeries"
          region = data.aws_region.current.region
          period = 60
          metrics = [
            [
              "ECS/ContainerInsights",
              "DesiredTaskCount",
              "ClusterName",
              var.cluster_name,
              "ServiceName",
              var.api_service_name,
              {
                stat = "Average"
              },
            ],
            [
              "ECS/ContainerInsights",
              "RunningTaskCount",
              "ClusterName",
              var.cluster_name,
              "ServiceName",
              var.api_service_name,
              {
                stat = "Average"
              },
            ],
          ]
        }
        x      = 8
        y      = 6
        width  = 8
        height = 6
      },
      {
        type = "metric"
        properties = {
          title  = "db: CPU"
          view   = "timeSeries"
          region = data.aws_region.current.region
          period = 60
          metrics = [
            [
              "AWS/RDS",
              "CPUUtilization",
              "DBInstanceIdentifier",
              var.db_instance_identifier,
              {
                stat = "Average"
              },
            ],
          ]
        }
        x      = 16
        y      = 6
        width  = 8
        height = 6
      },
      {
        type = "metric"
        properties = {
          title  = "db: connections"
          view   = "timeSeries"
          region = data.aws_region.current.region
          period = 60
          metrics = [
            [
              "AWS/RDS",
              "DatabaseConnections",
              "DBInstanceIdentifier",
              var.db_instance_identifier,
              {
                stat = "Average"
              },
            ],
          ]
        }
        x      = 0
        y      = 12
        width  = 8
        height = 6
      },
      {
        type = "metric"
        properties = {
          title  = "db: free storage"
          view   = "timeSeries"
          region = data.aws_region.current.region
          period = 60
          metrics = [
            [
              "AWS/RDS",
              "FreeStorageSpace",
              "DBInstanceIdentifier",
              var.db_instance_identifier,
              {
                stat = "Average"
              },
            ],
          ]
        }
        x      = 8
        y      = 12
        width  = 8
        height = 6
      },
      {
        type = "metric"
        properties = {
          title  = "db: IOPS"
          view   = "timeSeries"
          region = data.aws_region.current.region
          period = 60
          metrics = [
            [
              "AWS/RDS",
              "ReadIOPS",
              "DBInstanceIdentifier",
              var.db_instance_identifier,
              {
                stat = "Average"
              },
            ],
            [
              "AWS/RDS",
              "WriteIOPS",
              "DBInstanceIdentifier",
              var.db_instance_identifier,
              {
                stat = "Average"
              },
            ],
          ]
        }
        x      = 16
        y      = 12
        width  = 8
        height = 6
      },
      {
        type = "log"
        properties = {
          title  = "tasks: what they wrote last"
          view   = "table"
          region = data.aws_region.current.region
          query  = "SOURCE '${awscc_logs_log_group.logs.log_group_name}' | fields @timestamp, @logStream, @message | sort @timestamp desc | limit 50"
        }
        x      = 0
        y      = 18
        width  = 8
        height = 6
      },
    ]
  })
}
