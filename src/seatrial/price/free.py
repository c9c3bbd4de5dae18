"""Resource types that cost nothing of their own, each with AWS's rule.

A type is here only where AWS's documentation or price page says so, or where it is a
setting of another resource that is paid for. Nothing else is ever taken as free.
"""

from collections.abc import Mapping

_DOCS = "https://docs.aws.amazon.com"
_VPC = f"{_DOCS}/vpc/latest/userguide/what-is-amazon-vpc.html"
_IAM = f"{_DOCS}/IAM/latest/UserGuide/introduction.html"
_RDS = "https://aws.amazon.com/rds/pricing/"
_CFN = "https://aws.amazon.com/cloudformation/pricing/"
_ELB = "https://aws.amazon.com/elasticloadbalancing/pricing/"

Rule = tuple[str, str]


def _all(reason: str, source: str, *types: str) -> dict[str, Rule]:
    return dict.fromkeys((f"AWS::{each}" for each in types), (reason, source))


FREE: Mapping[str, Rule] = {
    **_all(
        "a VPC and its subnets, routes, gateways, groups and lists cost nothing",
        _VPC,
        "EC2::VPC",
        "EC2::VPCCidrBlock",
        "EC2::Subnet",
        "EC2::SubnetCidrBlock",
        "EC2::InternetGateway",
        "EC2::EgressOnlyInternetGateway",
        "EC2::VPCGatewayAttachment",
        "EC2::GatewayAttachment",
        "EC2::RouteTable",
        "EC2::Route",
        "EC2::SubnetRouteTableAssociation",
        "EC2::NetworkAcl",
        "EC2::NetworkAclEntry",
        "EC2::SubnetNetworkAclAssociation",
        "EC2::SecurityGroup",
        "EC2::SecurityGroupIngress",
        "EC2::SecurityGroupEgress",
        "EC2::DHCPOptions",
        "EC2::VPCDHCPOptionsAssociation",
        "EC2::NetworkInterface",
        "EC2::NetworkInterfaceAttachment",
        "EC2::PrefixList",
        "EC2::VPCPeeringConnection",
        "EC2::EIPAssociation",
        "EC2::VPCEndpointServicePermissions",
        "EC2::CustomerGateway",
        "EC2::VPNGateway",
        "EC2::VPNGatewayRoutePropagation",
        "EC2::TransitGateway",
        "EC2::TransitGatewayRoute",
        "EC2::TransitGatewayRouteTable",
        "EC2::TransitGatewayRouteTableAssociation",
        "EC2::TransitGatewayRouteTablePropagation",
    ),
    **_all(
        "IAM costs nothing",
        _IAM,
        "IAM::Role",
        "IAM::Policy",
        "IAM::RolePolicy",
        "IAM::UserPolicy",
        "IAM::GroupPolicy",
        "IAM::ManagedPolicy",
        "IAM::InstanceProfile",
        "IAM::User",
        "IAM::Group",
        "IAM::AccessKey",
        "IAM::UserToGroupAddition",
        "IAM::ServiceLinkedRole",
        "IAM::OIDCProvider",
    ),
    **_all(
        "a launch template, a key pair or a placement group costs nothing; machines do",
        "https://aws.amazon.com/ec2/pricing/",
        "EC2::LaunchTemplate",
        "EC2::KeyPair",
        "EC2::PlacementGroup",
        "EC2::VolumeAttachment",
        "AutoScaling::LaunchConfiguration",
        "AutoScaling::LifecycleHook",
        "AutoScaling::ScheduledAction",
    ),
    **_all(
        "the rule of who may enter a Client VPN costs nothing; associations and hours do",
        "https://aws.amazon.com/vpn/pricing/",
        "EC2::ClientVpnEndpoint",
        "EC2::ClientVpnAuthorizationRule",
        "EC2::ClientVpnRoute",
    ),
    **_all(
        "ECS costs nothing itself; the tasks or machines do",
        "https://aws.amazon.com/ecs/pricing/",
        "ECS::ClusterCapacityProviderAssociations",
        "ECS::CapacityProvider",
        "ECS::TaskDefinition",
        "ECS::PrimaryTaskSet",
        "ECS::TaskSet",
    ),
    **_all(
        "listeners, rules and target groups are in the load balancer's price",
        _ELB,
        "ElasticLoadBalancingV2::Listener",
        "ElasticLoadBalancingV2::ListenerRule",
        "ElasticLoadBalancingV2::ListenerCertificate",
        "ElasticLoadBalancingV2::TargetGroup",
    ),
    **_all(
        "Application Auto Scaling costs nothing; what it starts and its alarms do",
        "https://aws.amazon.com/autoscaling/pricing/",
        "ApplicationAutoScaling::ScalableTarget",
        "AutoScaling::ScalingPolicy",
    ),
    **_all(
        "groups of subnets and of parameters are settings of the database",
        _RDS,
        "RDS::DBSubnetGroup",
        "RDS::DBParameterGroup",
        "RDS::DBClusterParameterGroup",
        "RDS::OptionGroup",
        "RDS::DBProxyTargetGroup",
        "RDS::EventSubscription",
        "RDS::DBSecurityGroup",
        "RDS::DBSecurityGroupIngress",
        "RDS::GlobalCluster",
        "RDS::DBClusterRole",
        "DocDB::DBSubnetGroup",
        "DocDB::DBClusterParameterGroup",
        "ElastiCache::SubnetGroup",
        "ElastiCache::ParameterGroup",
        "ElastiCache::User",
        "ElastiCache::UserGroup",
    ),
    **_all(
        "topics, settings and policies are in the brokers' price",
        "https://aws.amazon.com/msk/pricing/",
        "MSK::Configuration",
        "MSK::Topic",
        "MSK::ClusterPolicy",
        "MSK::BatchScramSecret",
    ),
    **_all(
        "policies and access controls of a distribution are in its price",
        "https://aws.amazon.com/cloudfront/pricing/",
        "CloudFront::CachePolicy",
        "CloudFront::OriginRequestPolicy",
        "CloudFront::ResponseHeadersPolicy",
        "CloudFront::OriginAccessControl",
        "CloudFront::CloudFrontOriginAccessIdentity",
        "CloudFront::PublicKey",
        "CloudFront::KeyGroup",
    ),
    **_all(
        "a function at the edge is paid by its runs, which the distribution's line has",
        "https://aws.amazon.com/cloudfront/pricing/",
        "CloudFront::Function",
    ),
    **_all(
        "records are in the hosted zone's price",
        "https://aws.amazon.com/route53/pricing/",
        "Route53::RecordSet",
        "Route53::RecordSetGroup",
    ),
    **_all(
        "what ECS registers costs nothing; the zone and API calls do",
        f"{_DOCS}/AmazonECS/latest/developerguide/service-discovery.html",
        "ServiceDiscovery::Service",
        "ServiceDiscovery::HttpNamespace",
    ),
    **_all(
        "public certificates for AWS's own services cost nothing",
        "https://aws.amazon.com/certificate-manager/pricing/",
        "CertificateManager::Certificate",
    ),
    **_all(
        "a policy of a bucket, a queue, a topic or a key costs nothing",
        "https://aws.amazon.com/s3/pricing/",
        "S3::BucketPolicy",
        "SNS::TopicPolicy",
        "SNS::TopicInlinePolicy",
        "SNS::Subscription",
        "SQS::QueuePolicy",
        "SQS::QueueInlinePolicy",
        "KMS::Alias",
        "ECR::RegistryPolicy",
        "ECR::ReplicationConfiguration",
        "Logs::ResourcePolicy",
        "Logs::LogStream",
        "Logs::SubscriptionFilter",
        "Logs::QueryDefinition",
        "S3::AccessPoint",
        "Lambda::Permission",
        "Lambda::LayerVersion",
        "Lambda::EventSourceMapping",
        "Lambda::Alias",
        "Lambda::Version",
        "Lambda::Url",
        "Lambda::EventInvokeConfig",
        "SecretsManager::ResourcePolicy",
    ),
    **_all(
        "an attachment is a setting of its secret",
        "https://aws.amazon.com/secrets-manager/pricing/",
        "SecretsManager::SecretTargetAttachment",
        "SecretsManager::RotationSchedule",
    ),
    **_all(
        "an association and where a firewall logs to are settings of the web ACL",
        "https://aws.amazon.com/waf/pricing/",
        "WAFv2::WebACLAssociation",
        "WAFv2::LoggingConfiguration",
        "WAFv2::IPSet",
        "WAFv2::RegexPatternSet",
    ),
    **_all(
        "rules for AWS's own events cost nothing",
        "https://aws.amazon.com/eventbridge/pricing/",
        "Events::EventBus",
        "Events::EventBusPolicy",
    ),
    **_all(
        "a vault and a selection cost nothing; what is kept does",
        "https://aws.amazon.com/backup/pricing/",
        "Backup::BackupVault",
        "Backup::BackupSelection",
    ),
    **_all(
        "a model and a configuration cost nothing until an endpoint runs them",
        "https://aws.amazon.com/sagemaker/pricing/",
        "SageMaker::Model",
        "SageMaker::EndpointConfig",
    ),
    **_all(
        "documents and associations of Systems Manager cost nothing",
        "https://aws.amazon.com/systems-manager/pricing/",
        "SSM::Document",
        "SSM::Association",
        "SSM::MaintenanceWindow",
        "SSM::MaintenanceWindowTarget",
        "SSM::MaintenanceWindowTask",
    ),
    **_all(
        "CloudFormation's own resources cost nothing",
        _CFN,
        "CloudFormation::WaitCondition",
        "CloudFormation::WaitConditionHandle",
        "CloudFormation::CustomResource",
        "CloudFormation::Macro",
        "CDK::Metadata",
    ),
    **_all(
        "a flow log is paid by what it writes, which its log group or bucket has",
        "https://aws.amazon.com/cloudwatch/pricing/",
        "EC2::FlowLog",
    ),
    **_all(
        "mount targets and access points are in the file system's price",
        "https://aws.amazon.com/efs/pricing/",
        "EFS::MountTarget",
        "EFS::AccessPoint",
    ),
    **_all(
        "deployments to ECS, EC2 and Lambda cost nothing",
        "https://aws.amazon.com/codedeploy/pricing/",
        "CodeDeploy::Application",
        "CodeDeploy::DeploymentGroup",
        "CodeDeploy::DeploymentConfig",
    ),
    **_all(
        "an API is paid by its requests; its stages, routes and methods are settings",
        "https://aws.amazon.com/api-gateway/pricing/",
        "ApiGateway::Account",
        "ApiGateway::Authorizer",
        "ApiGateway::BasePathMapping",
        "ApiGateway::Deployment",
        "ApiGateway::DomainName",
        "ApiGateway::Method",
        "ApiGateway::Resource",
        "ApiGateway::Stage",
        "ApiGateway::UsagePlan",
        "ApiGateway::VpcLink",
        "ApiGatewayV2::Authorizer",
        "ApiGatewayV2::Deployment",
        "ApiGatewayV2::Integration",
        "ApiGatewayV2::Route",
        "ApiGatewayV2::Stage",
        "ApiGatewayV2::VpcLink",
    ),
    **_all(
        "budgets that only tell cost nothing",
        "https://aws.amazon.com/aws-cost-management/aws-budgets/pricing/",
        "Budgets::Budget",
    ),
    **_all(
        "a group or an anomaly monitor of costs costs nothing",
        "https://aws.amazon.com/aws-cost-management/pricing/",
        "CE::AnomalyMonitor",
        "CE::AnomalySubscription",
        "ResourceGroups::Group",
    ),
}
"""Resource type -> why it costs nothing, and where AWS says so."""

CUSTOM = ("the function that a custom resource calls is what is paid for", _CFN)

AS_SET: Mapping[str, Rule] = {
    "AWS::EC2::VPCEndpoint": (
        "a gateway endpoint costs nothing",
        f"{_DOCS}/vpc/latest/privatelink/gateway-endpoints.html",
    ),
    "AWS::ECS::Cluster": (
        "a cluster without Container Insights costs nothing",
        "https://aws.amazon.com/ecs/pricing/",
    ),
    "AWS::ECS::Service": (
        "the machines that its tasks run on are what is paid for",
        "https://aws.amazon.com/ecs/pricing/",
    ),
    "AWS::SSM::Parameter": (
        "a standard parameter costs nothing",
        "https://aws.amazon.com/systems-manager/pricing/",
    ),
    "AWS::ApplicationAutoScaling::ScalingPolicy": (
        "a policy that tracks no target makes no alarm of its own",
        "https://aws.amazon.com/autoscaling/pricing/",
    ),
    "AWS::Events::Rule": (
        "rules for AWS's own events and schedules cost nothing",
        "https://aws.amazon.com/eventbridge/pricing/",
    ),
    "AWS::Scheduler::Schedule": (
        "the first 14 million starts a month are free",
        "https://aws.amazon.com/eventbridge/pricing/",
    ),
    "AWS::Logs::LogGroup": (
        "a group costs what is written to it; only a change of the stack writes to this one",
        "https://aws.amazon.com/cloudwatch/pricing/",
    ),
}
"""Resource type that is priced -> why it costs nothing where its rule gives no line."""


def set_free(type_: str) -> Rule | None:
    """Give why a priced type costs nothing as it is set; None where that cannot be."""
    return AS_SET.get(type_)


def free(type_: str) -> Rule | None:
    """Give the rule by which a type costs nothing; None where there is none."""
    return CUSTOM if type_.startswith("Custom::") else FREE.get(type_)
