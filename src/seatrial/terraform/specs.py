"""The CloudFormation types that the `aws` provider writes, and what it calls their properties.

`awscc` is taken wherever it has the type. It has none of these: AWS's Cloud
Control API cannot create them, or HashiCorp holds the resource back. The two
databases are here too: `awscc` would keep their passwords in the state, `aws`
has write-only arguments. A property that is not named here has its own name
in snake case; one that Terraform's resource does not have is a mistake.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from seatrial.terraform.hcl import Expression
from seatrial.terraform.naming import snake

HOIST = ""
"""What stands in such a property stands in the resource itself."""


@dataclass(frozen=True, slots=True)
class Spec:
    """How the `aws` provider calls a type.

    `names` gives properties by their path without list indexes; a path that
    begins with `*.` is its end. `attributes` gives what `Fn::GetAtt` asks for.
    `always` is set in any case, `fallback` where the graph says nothing.
    """

    type: str
    ref: str = "id"
    names: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    always: Mapping[str, Expression] = field(default_factory=dict)
    fallback: Mapping[str, Mapping[str, Expression]] = field(default_factory=dict)


DATABASE_NAMES = {
    "PreferredMaintenanceWindow": "preferred_maintenance_window",
    "EnableCloudwatchLogsExports": "enabled_cloudwatch_logs_exports",
    "VpcSecurityGroupIds": "vpc_security_group_ids",
    "MasterUserPassword": "master_password_wo",
}

ARN_AND_ID = {"Arn": "arn", "Id": "id"}

SPECS: dict[str, Spec] = {
    "AWS::Budgets::Budget": Spec(
        "aws_budgets_budget",
        names={
            "Budget": HOIST,
            "Budget.BudgetName": "name",
            "Budget.BudgetLimit": HOIST,
            "Budget.BudgetLimit.Amount": "limit_amount",
            "Budget.BudgetLimit.Unit": "limit_unit",
            "NotificationsWithSubscribers": "notification",
            "NotificationsWithSubscribers.Notification": HOIST,
            "NotificationsWithSubscribers.EmailAddresses": "subscriber_email_addresses",
            "NotificationsWithSubscribers.SnsTopicArns": "subscriber_sns_topic_arns",
        },
    ),
    "AWS::CloudFront::Distribution": Spec(
        "aws_cloudfront_distribution",
        names={
            "DistributionConfig": HOIST,
            "DistributionConfig.CacheBehaviors": "ordered_cache_behavior",
            "DistributionConfig.CustomErrorResponses": "custom_error_response",
            "DistributionConfig.IPV6Enabled": "is_ipv6_enabled",
            "DistributionConfig.Logging": "logging_config",
            "DistributionConfig.Origins": "origin",
            "DistributionConfig.Origins.Id": "origin_id",
            "DistributionConfig.Origins.OriginCustomHeaders": "custom_header",
            "DistributionConfig.Origins.OriginCustomHeaders.HeaderName": "name",
            "DistributionConfig.Origins.OriginCustomHeaders.HeaderValue": "value",
            "*.FunctionAssociations": "function_association",
            "*.LambdaFunctionAssociations": "lambda_function_association",
            "*.LambdaFunctionAssociations.LambdaFunctionARN": "lambda_arn",
        },
        attributes={"DomainName": "domain_name", "Id": "id"},
        fallback={
            "restrictions": {"geo_restriction": {"restriction_type": "none"}},
            "viewer_certificate": {"cloudfront_default_certificate": True},
        },
    ),
    "AWS::CodeBuild::Project": Spec(
        "aws_codebuild_project",
        ref="name",
        names={
            "TimeoutInMinutes": "build_timeout",
            "QueuedTimeoutInMinutes": "queued_timeout",
            "LogsConfig.CloudWatchLogs": "cloudwatch_logs",
            "*.BuildSpec": "buildspec",
            "SecondarySourceVersions": "secondary_source_version",
            "Visibility": "project_visibility",
            "Environment.EnvironmentVariables": "environment_variable",
            "Artifacts.EncryptionDisabled": "encryption_disabled",
        },
        attributes={"Arn": "arn"},
    ),
    "AWS::Cognito::UserPool": Spec(
        "aws_cognito_user_pool",
        names={
            "UserPoolName": "name",
            "Policies.PasswordPolicy": "password_policy",
            "Policies": HOIST,
            "Schema": "schema",
            "UserPoolTags": "tags",
            "EmailConfiguration.From": "from_email_address",
            "AccountRecoverySetting.RecoveryMechanisms": "recovery_mechanism",
        },
        attributes={"Arn": "arn", "ProviderName": "endpoint", "UserPoolId": "id"},
    ),
    "AWS::DocDB::DBCluster": Spec(
        "aws_docdb_cluster",
        ref="cluster_identifier",
        names=DATABASE_NAMES
        | {
            "DBClusterIdentifier": "cluster_identifier",
            "DBClusterParameterGroupName": "db_cluster_parameter_group_name",
            "PreferredBackupWindow": "preferred_backup_window",
        },
        attributes={
            "Endpoint": "endpoint",
            "ReadEndpoint": "reader_endpoint",
            "Port": "port",
            "ClusterResourceId": "cluster_resource_id",
        },
    ),
    "AWS::DocDB::DBClusterParameterGroup": Spec(
        "aws_docdb_cluster_parameter_group", ref="name", names={"Parameters": "parameter"}
    ),
    "AWS::DocDB::DBInstance": Spec(
        "aws_docdb_cluster_instance",
        ref="identifier",
        names={
            "DBInstanceIdentifier": "identifier",
            "DBClusterIdentifier": "cluster_identifier",
            "DBInstanceClass": "instance_class",
            "CACertificateIdentifier": "ca_cert_identifier",
        },
        attributes={"Endpoint": "endpoint", "Port": "port"},
    ),
    "AWS::DocDB::DBSubnetGroup": Spec(
        "aws_docdb_subnet_group",
        ref="name",
        names={"DBSubnetGroupName": "name", "DBSubnetGroupDescription": "description"},
    ),
    "AWS::EC2::ClientVpnAuthorizationRule": Spec("aws_ec2_client_vpn_authorization_rule"),
    "AWS::EC2::ClientVpnEndpoint": Spec(
        "aws_ec2_client_vpn_endpoint",
        names={
            "AuthenticationOptions.ActiveDirectory": HOIST,
            "AuthenticationOptions.ActiveDirectory.DirectoryId": "active_directory_id",
            "AuthenticationOptions.FederatedAuthentication": HOIST,
            "AuthenticationOptions.MutualAuthentication": HOIST,
            "AuthenticationOptions.MutualAuthentication.ClientRootCertificateChainArn": (
                "root_certificate_chain_arn"
            ),
            "AuthenticationOptions.FederatedAuthentication.SAMLProviderArn": "saml_provider_arn",
            "AuthenticationOptions.FederatedAuthentication.SelfServiceSAMLProviderArn": (
                "self_service_saml_provider_arn"
            ),
            "ConnectionLogOptions.CloudwatchLogGroup": "cloudwatch_log_group",
            "ConnectionLogOptions.CloudwatchLogStream": "cloudwatch_log_stream",
        },
    ),
    "AWS::EC2::ClientVpnTargetNetworkAssociation": Spec("aws_ec2_client_vpn_network_association"),
    "AWS::EC2::NetworkAclEntry": Spec(
        "aws_network_acl_rule",
        names={
            "Ipv6CidrBlock": "ipv6_cidr_block",
            "Icmp": HOIST,
            "Icmp.Code": "icmp_code",
            "Icmp.Type": "icmp_type",
            "PortRange": HOIST,
            "PortRange.From": "from_port",
            "PortRange.To": "to_port",
        },
    ),
    "AWS::ElasticLoadBalancingV2::ListenerCertificate": Spec(
        "aws_lb_listener_certificate",
        names={"Certificates": HOIST, "Certificates.CertificateArn": "certificate_arn"},
    ),
    "AWS::RDS::DBCluster": Spec(
        "aws_rds_cluster",
        ref="cluster_identifier",
        names=DATABASE_NAMES
        | {
            "DBClusterIdentifier": "cluster_identifier",
            "DBClusterParameterGroupName": "db_cluster_parameter_group_name",
            "EnableHttpEndpoint": "enable_http_endpoint",
            "EnableIAMDatabaseAuthentication": "iam_database_authentication_enabled",
            "ServerlessV2ScalingConfiguration": "serverlessv2_scaling_configuration",
            "PerformanceInsightsEnabled": "performance_insights_enabled",
        },
        attributes={
            "Endpoint.Address": "endpoint",
            "Endpoint.Port": "port",
            "ReadEndpoint.Address": "reader_endpoint",
            "DBClusterArn": "arn",
            "DBClusterResourceId": "cluster_resource_id",
        },
    ),
    "AWS::RDS::DBInstance": Spec(
        "aws_db_instance",
        ref="identifier",
        names={
            "AllocatedStorage": "allocated_storage",
            "CACertificateIdentifier": "ca_cert_identifier",
            "DBInstanceClass": "instance_class",
            "DBInstanceIdentifier": "identifier",
            "DBName": "db_name",
            "DBSnapshotIdentifier": "snapshot_identifier",
            "DBParameterGroupName": "parameter_group_name",
            "EnableCloudwatchLogsExports": "enabled_cloudwatch_logs_exports",
            "EnableIAMDatabaseAuthentication": "iam_database_authentication_enabled",
            "EnablePerformanceInsights": "performance_insights_enabled",
            "MasterUserPassword": "password_wo",
            "MasterUsername": "username",
            "PreferredBackupWindow": "backup_window",
            "PreferredMaintenanceWindow": "maintenance_window",
            "SourceDBInstanceIdentifier": "replicate_source_db",
            "VPCSecurityGroups": "vpc_security_group_ids",
        },
        attributes={
            "Endpoint.Address": "address",
            "Endpoint.Port": "port",
            "Endpoint.HostedZoneId": "hosted_zone_id",
            "DBInstanceArn": "arn",
            "DbiResourceId": "resource_id",
        },
    ),
    "AWS::SageMaker::EndpointConfig": Spec(
        "aws_sagemaker_endpoint_configuration",
        ref="arn",
        names={"EndpointConfigName": "name", "KmsKeyId": "kms_key_arn"},
        attributes={"EndpointConfigName": "name"},
    ),
    "AWS::ServiceDiscovery::HttpNamespace": Spec(
        "aws_service_discovery_http_namespace", attributes=ARN_AND_ID
    ),
    "AWS::ServiceDiscovery::Instance": Spec(
        "aws_service_discovery_instance", names={"InstanceAttributes": "attributes"}
    ),
    "AWS::ServiceDiscovery::PrivateDnsNamespace": Spec(
        "aws_service_discovery_private_dns_namespace",
        attributes=ARN_AND_ID | {"HostedZoneId": "hosted_zone"},
    ),
    "AWS::ServiceDiscovery::PublicDnsNamespace": Spec(
        "aws_service_discovery_public_dns_namespace",
        attributes=ARN_AND_ID | {"HostedZoneId": "hosted_zone"},
    ),
    "AWS::WAFv2::RuleGroup": Spec(
        "aws_wafv2_rule_group", names={"Rules": "rules_json"}, attributes=ARN_AND_ID
    ),
    "AWS::WAFv2::WebACL": Spec(
        "aws_wafv2_web_acl",
        names={
            "Rules": "rule_json",
            "*.InsertHeaders": "insert_header",
            "*.ResponseHeaders": "response_header",
        },
        attributes=ARN_AND_ID | {"Capacity": "capacity"},
    ),
}

BROKERS = "Custom::MskBootstrapBrokers"
"""The one custom resource that Terraform has a data source for (docs/decisions/0008)."""
ANSWER = "BootstrapBrokerString"


def brokers(answer: str) -> Spec:
    """Give the data source that tells what MSK's API calls `answer`.

    https://docs.aws.amazon.com/msk/1.0/apireference/clusters-clusterarn-bootstrap-brokers.html
    """
    login = snake(answer.removeprefix(ANSWER))
    return Spec(
        "aws_msk_bootstrap_brokers",
        attributes={"Servers": f"bootstrap_brokers_{login}" if login else "bootstrap_brokers"},
    )


REFUSED = {
    "AWS::ARCRegionSwitch::Plan": "neither awscc 1.96 nor aws 6.25 has it",
    "AWS::CloudFormation::CustomResource": (
        "it belongs to CloudFormation alone: it is a call that CloudFormation makes"
    ),
    "AWS::CloudWatch::AnomalyDetector": "neither awscc 1.96 nor aws 6.25 has it",
}
"""Types that have no Terraform resource, and why."""
