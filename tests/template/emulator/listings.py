"""All that the services list: what is there before a stack, and what is left after it."""

from collections.abc import Mapping
from typing import Any

from tests.template.emulator.cloud import Cloud
from tests.template.emulator.paths import MISSING, find

_STATES = ["pending", "running", "stopping", "stopped"]
_RUNNING = {"Filters": [{"Name": "instance-state-name", "Values": _STATES}]}

# Service, operation, where the names are, and parameters that the question needs.
LISTINGS: tuple[tuple[str, str, str, Mapping[str, Any]], ...] = (
    ("acm", "ListCertificates", "CertificateSummaryList.*.CertificateArn", {}),
    ("autoscaling", "DescribeAutoScalingGroups", "AutoScalingGroups.*.AutoScalingGroupName", {}),
    ("backup", "ListBackupPlans", "BackupPlansList.*.BackupPlanId", {}),
    ("backup", "ListBackupVaults", "BackupVaultList.*.BackupVaultName", {}),
    ("budgets", "DescribeBudgets", "Budgets.*.BudgetName", {"AccountId": "123456789012"}),
    ("cloudfront", "ListCachePolicies", "CachePolicyList.Items.*.CachePolicy.Id", {}),
    ("cloudfront", "ListDistributions", "DistributionList.Items.*.Id", {}),
    ("cloudfront", "ListFunctions", "FunctionList.Items.*.Name", {}),
    ("cloudfront", "ListOriginAccessControls", "OriginAccessControlList.Items.*.Id", {}),
    ("cloudtrail", "ListTrails", "Trails.*.Name", {}),
    ("cloudwatch", "DescribeAlarms", "MetricAlarms.*.AlarmName", {}),
    ("cloudwatch", "ListDashboards", "DashboardEntries.*.DashboardName", {}),
    ("codebuild", "ListProjects", "projects", {}),
    ("docdb", "DescribeDBClusterSnapshots", "DBClusterSnapshots.*.DBClusterIdentifier", {}),
    ("ec2", "DescribeAddresses", "Addresses.*.AllocationId", {}),
    ("ec2", "DescribeInstances", "Reservations.*.Instances.*.InstanceId", _RUNNING),
    ("ec2", "DescribeInternetGateways", "InternetGateways.*.InternetGatewayId", {}),
    ("ec2", "DescribeLaunchTemplates", "LaunchTemplates.*.LaunchTemplateId", {}),
    ("ec2", "DescribeNatGateways", "NatGateways.?State=available.*.NatGatewayId", {}),
    ("ec2", "DescribeNetworkAcls", "NetworkAcls.*.NetworkAclId", {}),
    ("ec2", "DescribeRouteTables", "RouteTables.*.RouteTableId", {}),
    ("ec2", "DescribeSecurityGroupRules", "SecurityGroupRules.*.SecurityGroupRuleId", {}),
    ("ec2", "DescribeSecurityGroups", "SecurityGroups.*.GroupId", {}),
    ("ec2", "DescribeSubnets", "Subnets.*.SubnetId", {}),
    ("ec2", "DescribeVpcEndpoints", "VpcEndpoints.*.VpcEndpointId", {}),
    ("ec2", "DescribeVpcs", "Vpcs.*.VpcId", {}),
    ("ecr", "DescribeRepositories", "repositories.*.repositoryName", {}),
    ("ecs", "ListClusters", "clusterArns", {}),
    ("ecs", "ListTaskDefinitions", "taskDefinitionArns", {}),
    ("elasticache", "DescribeCacheSubnetGroups", "CacheSubnetGroups.*.CacheSubnetGroupName", {}),
    (
        "elasticache",
        "DescribeCacheParameterGroups",
        "CacheParameterGroups.*.CacheParameterGroupName",
        {},
    ),
    ("elasticache", "DescribeReplicationGroups", "ReplicationGroups.*.ReplicationGroupId", {}),
    ("elasticache", "DescribeSnapshots", "Snapshots.*.ReplicationGroupId", {}),
    ("elbv2", "DescribeLoadBalancers", "LoadBalancers.*.LoadBalancerArn", {}),
    ("elbv2", "DescribeTargetGroups", "TargetGroups.*.TargetGroupArn", {}),
    ("events", "ListRules", "Rules.*.Name", {}),
    ("iam", "ListInstanceProfiles", "InstanceProfiles.*.InstanceProfileName", {}),
    ("iam", "ListOpenIDConnectProviders", "OpenIDConnectProviderList.*.Arn", {}),
    ("iam", "ListPolicies", "Policies.*.Arn", {"Scope": "Local"}),
    ("iam", "ListRoles", "Roles.*.RoleName", {}),
    ("kafka", "ListClusters", "ClusterInfoList.*.ClusterArn", {}),
    ("kafka", "ListConfigurations", "Configurations.*.Arn", {}),
    ("lambda", "ListFunctions", "Functions.*.FunctionName", {}),
    ("logs", "DescribeLogGroups", "logGroups.*.logGroupName", {}),
    ("logs", "DescribeMetricFilters", "metricFilters.*.filterName", {}),
    ("opensearch", "ListDomainNames", "DomainNames.*.DomainName", {}),
    (
        "rds",
        "DescribeDBClusterParameterGroups",
        "DBClusterParameterGroups.*.DBClusterParameterGroupName",
        {},
    ),
    ("rds", "DescribeDBClusters", "DBClusters.*.DBClusterIdentifier", {}),
    ("rds", "DescribeDBClusterSnapshots", "DBClusterSnapshots.*.DBClusterIdentifier", {}),
    ("rds", "DescribeDBInstances", "DBInstances.*.DBInstanceIdentifier", {}),
    ("rds", "DescribeDBParameterGroups", "DBParameterGroups.*.DBParameterGroupName", {}),
    ("rds", "DescribeDBProxies", "DBProxies.*.DBProxyName", {}),
    ("rds", "DescribeGlobalClusters", "GlobalClusters.*.GlobalClusterIdentifier", {}),
    ("rds", "DescribeDBSnapshots", "DBSnapshots.*.DBInstanceIdentifier", {}),
    ("rds", "DescribeDBSubnetGroups", "DBSubnetGroups.*.DBSubnetGroupName", {}),
    ("route53", "ListHealthChecks", "HealthChecks.*.Id", {}),
    ("route53", "ListHostedZones", "HostedZones.*.Id|/", {}),
    ("s3", "ListBuckets", "Buckets.*.Name", {}),
    ("secretsmanager", "ListSecrets", "SecretList.*.ARN", {"IncludePlannedDeletion": True}),
    ("servicediscovery", "ListNamespaces", "Namespaces.*.Id", {}),
    ("servicediscovery", "ListServices", "Services.*.Id", {}),
    ("sns", "ListSubscriptions", "Subscriptions.*.SubscriptionArn", {}),
    ("sns", "ListTopics", "Topics.*.TopicArn", {}),
    ("ssm", "DescribeParameters", "Parameters.*.Name", {}),
    ("wafv2", "ListWebACLs", "WebACLs.*.ARN", {"Scope": "CLOUDFRONT"}),
    ("wafv2", "ListWebACLs", "WebACLs.*.ARN", {"Scope": "REGIONAL"}),
)


def everything(cloud: Cloud, region: str) -> set[tuple[str, str, str]]:
    """Give all that there is in a region: service, listing and name."""
    there = set()
    for service, operation, path, parameters in LISTINGS:
        found = find(cloud.ask(service, region, operation, **parameters), path)
        names = [] if found is MISSING else _flat(found)
        there |= {(service, operation, name) for name in names}
    there |= {("stub", *each) for each in cloud.kept_by_stubs()}
    return there


def _flat(found: Any) -> list[str]:
    if isinstance(found, list):
        return [name for each in found for name in _flat(each)]
    return [str(found)]
