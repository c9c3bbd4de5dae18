"""How the services tell what there is: for each type, what to ask and where the answer has it.

A property is looked for in the answer under its own name, whatever its case;
`names` says where an API calls it otherwise, `inner` what it calls a name within.
Attributes (`Fn::GetAtt`) are found the same way. `paths.py` says what a path is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.template.emulator.cloud import ACCOUNT

Properties = Mapping[str, Any]
Asked = Callable[[str, Properties], dict[str, Any]]


Gathered = Callable[[Callable[..., Any], str], Any]
"""What takes several questions: gets how to ask, and the physical id."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One question: what to call with, and the path of the record in the answer."""

    service: str
    operation: str
    parameters: Asked
    at: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A type: its first question, further ones by name, and where properties are told."""

    first: Ask
    more: Mapping[str, Ask] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    inner: Mapping[str, str] = field(default_factory=dict)
    more_there: frozenset[str] = frozenset()
    gathered: Mapping[str, Gathered] = field(default_factory=dict)


def _all(_id: str, _properties: Properties) -> dict[str, Any]:
    """Ask for all that there are, once, and pick one."""
    return {}


def _by(name: str) -> Asked:
    """Ask by the physical id alone."""
    return lambda id, _properties: {name: id}


def _among(name: str) -> Asked:
    """Ask by a list of one physical id."""
    return lambda id, _properties: {name: [id]}


def _of(**parts: str) -> Asked:
    """Ask by properties, each under the API's name for it."""
    return lambda _id, properties: {name: properties[part] for name, part in parts.items()}


def _dns(name: str) -> Ask:
    return Ask(
        "ec2",
        "DescribeVpcAttribute",
        lambda id, _: {"VpcId": id, "Attribute": name[0].lower() + name[1:]},
        f"{name}.Value",
    )


def _notifications(ask: Callable[..., Any], id: str) -> list[dict[str, Any]]:
    named = {"AccountId": ACCOUNT, "BudgetName": id}
    found = ask("budgets", "DescribeNotificationsForBudget", **named)["Notifications"]
    told = "DescribeSubscribersForNotification"
    return [
        {
            "Notification": each,
            "Subscribers": ask("budgets", told, **named, Notification=each)["Subscribers"],
        }
        for each in found
    ]


def _bucket(operation: str, at: str = "") -> Ask:
    return Ask("s3", operation, _by("Bucket"), at)


def _records(_id: str, properties: Properties) -> dict[str, Any]:
    name = properties["Name"].rstrip(".") + "."
    return {
        "HostedZoneId": properties["HostedZoneId"],
        "StartRecordName": name,
        "StartRecordType": properties["Type"],
    }


KINDS: dict[str, Kind] = {
    "AWS::AutoScaling::AutoScalingGroup": Kind(
        Ask(
            "autoscaling",
            "DescribeAutoScalingGroups",
            _among("AutoScalingGroupNames"),
            "AutoScalingGroups.0",
        ),
        names={"VPCZoneIdentifier": "VPCZoneIdentifier.,"},
    ),
    "AWS::Backup::BackupPlan": Kind(
        Ask("backup", "GetBackupPlan", _by("BackupPlanId")),
        inner={"BackupPlanRule": "Rules", "TargetBackupVault": "TargetBackupVaultName"},
    ),
    "AWS::Backup::BackupSelection": Kind(
        Ask(
            "backup",
            "GetBackupSelection",
            lambda id, own: {
                "BackupPlanId": own["BackupPlanId"],
                "SelectionId": id.partition("_")[0],
            },
        ),
    ),
    "AWS::Backup::BackupVault": Kind(
        Ask("backup", "DescribeBackupVault", _by("BackupVaultName")),
    ),
    "AWS::Budgets::Budget": Kind(
        Ask(
            "budgets",
            "DescribeBudget",
            lambda id, _: {"AccountId": ACCOUNT, "BudgetName": id},
        ),
        gathered={"NotificationsWithSubscribers": _notifications},
    ),
    "AWS::CertificateManager::Certificate": Kind(
        Ask("acm", "DescribeCertificate", _by("CertificateArn"), "Certificate"),
        names={"ValidationMethod": "DomainValidationOptions.0.ValidationMethod"},
        # ACM adds the domain itself.
        more_there=frozenset({"SubjectAlternativeNames"}),
    ),
    "AWS::CloudFront::CachePolicy": Kind(
        Ask("cloudfront", "GetCachePolicy", _by("Id"), "CachePolicy"),
    ),
    "AWS::CloudFront::Distribution": Kind(
        Ask("cloudfront", "GetDistribution", _by("Id"), "Distribution"),
        inner={
            "CachedMethods": "AllowedMethods.CachedMethods",
            "IPV6Enabled": "IsIPV6Enabled",
            "OriginCustomHeaders": "CustomHeaders",
        },
    ),
    "AWS::CloudFront::Function": Kind(
        Ask(
            "cloudfront",
            "DescribeFunction",
            lambda id, _: {"Name": id.rpartition("/")[2], "Stage": "LIVE"},
            "FunctionSummary",
        ),
        more={
            "code": Ask(
                "cloudfront",
                "GetFunction",
                lambda id, _: {"Name": id.rpartition("/")[2], "Stage": "LIVE"},
                "FunctionCode",
            )
        },
        names={"FunctionCode": "code", "AutoPublish": ""},
    ),
    "AWS::CloudFront::OriginAccessControl": Kind(
        Ask("cloudfront", "GetOriginAccessControl", _by("Id"), "OriginAccessControl"),
    ),
    "AWS::CloudFront::ResponseHeadersPolicy": Kind(
        Ask("cloudfront", "GetResponseHeadersPolicy", _by("Id"), "ResponseHeadersPolicy"),
    ),
    "AWS::CloudTrail::Trail": Kind(
        Ask("cloudtrail", "GetTrail", _by("Name"), "Trail"),
        more={"status": Ask("cloudtrail", "GetTrailStatus", _by("Name"))},
        names={
            "TrailName": "Name",
            "IsLogging": "status.IsLogging",
            "EnableLogFileValidation": "LogFileValidationEnabled",
        },
    ),
    "AWS::CloudWatch::Alarm": Kind(
        Ask("cloudwatch", "DescribeAlarms", _all, "MetricAlarms.{=AlarmName}"),
    ),
    "AWS::CloudWatch::Dashboard": Kind(
        Ask("cloudwatch", "GetDashboard", _by("DashboardName")),
    ),
    "AWS::CodeBuild::Project": Kind(
        Ask("codebuild", "BatchGetProjects", _among("names"), "projects.0"),
    ),
    "AWS::DocDB::DBCluster": Kind(
        Ask("docdb", "DescribeDBClusters", _by("DBClusterIdentifier"), "DBClusters.0"),
        names={
            "DBSubnetGroupName": "DBSubnetGroup",
            "DBClusterParameterGroupName": "DBClusterParameterGroup",
            "VpcSecurityGroupIds": "VpcSecurityGroups.*.VpcSecurityGroupId",
            "EnableCloudwatchLogsExports": "EnabledCloudwatchLogsExports",
            "MasterUserPassword": "",
        },
    ),
    "AWS::DocDB::DBClusterParameterGroup": Kind(
        Ask(
            "docdb",
            "DescribeDBClusterParameterGroups",
            _by("DBClusterParameterGroupName"),
            "DBClusterParameterGroups.0",
        ),
        more={
            "set": Ask(
                "docdb",
                "DescribeDBClusterParameters",
                _by("DBClusterParameterGroupName"),
                "Parameters",
            )
        },
        names={"Family": "DBParameterGroupFamily", "Parameters": "set"},
    ),
    "AWS::DocDB::DBInstance": Kind(
        Ask("docdb", "DescribeDBInstances", _by("DBInstanceIdentifier"), "DBInstances.0"),
    ),
    "AWS::DocDB::DBSubnetGroup": Kind(
        Ask("docdb", "DescribeDBSubnetGroups", _by("DBSubnetGroupName"), "DBSubnetGroups.0"),
        names={"SubnetIds": "Subnets.*.SubnetIdentifier"},
    ),
    "AWS::EC2::EIP": Kind(
        Ask("ec2", "DescribeAddresses", _among("PublicIps"), "Addresses.{=PublicIp}"),
    ),
    "AWS::EC2::Instance": Kind(
        Ask("ec2", "DescribeInstances", _among("InstanceIds"), "Reservations.0.Instances.0"),
        names={"PropagateTagsToVolumeOnCreation": ""},
        attributes={"PrivateIp": "PrivateIpAddress"},
    ),
    "AWS::EC2::InternetGateway": Kind(
        Ask("ec2", "DescribeInternetGateways", _all, "InternetGateways.{=InternetGatewayId}"),
    ),
    "AWS::EC2::LaunchTemplate": Kind(
        Ask("ec2", "DescribeLaunchTemplates", _among("LaunchTemplateIds"), "LaunchTemplates.0"),
        more={
            "last": Ask(
                "ec2",
                "DescribeLaunchTemplateVersions",
                lambda id, _: {"LaunchTemplateId": id, "Versions": ["$Latest"]},
                "LaunchTemplateVersions.0.LaunchTemplateData",
            )
        },
        names={"LaunchTemplateData": "last"},
    ),
    "AWS::EC2::NatGateway": Kind(
        Ask("ec2", "DescribeNatGateways", _all, "NatGateways.{=NatGatewayId}"),
        names={"AllocationId": "NatGatewayAddresses.0.AllocationId"},
    ),
    "AWS::EC2::NetworkAcl": Kind(
        Ask("ec2", "DescribeNetworkAcls", _all, "NetworkAcls.{=NetworkAclId}"),
    ),
    "AWS::EC2::NetworkAclEntry": Kind(
        Ask(
            "ec2",
            "DescribeNetworkAcls",
            _all,
            "NetworkAcls.{NetworkAclId}.Entries.{RuleNumber,Egress|False}",
        ),
        names={"NetworkAclId": ""},
    ),
    "AWS::EC2::Route": Kind(
        Ask(
            "ec2",
            "DescribeRouteTables",
            _all,
            "RouteTables.{RouteTableId}.Routes.{DestinationCidrBlock}",
        ),
        names={"RouteTableId": ""},
    ),
    "AWS::EC2::RouteTable": Kind(
        Ask("ec2", "DescribeRouteTables", _all, "RouteTables.{=RouteTableId}"),
    ),
    "AWS::EC2::SecurityGroup": Kind(
        Ask("ec2", "DescribeSecurityGroups", _all, "SecurityGroups.{=GroupId}"),
        more={
            "rules": Ask(
                "ec2",
                "DescribeSecurityGroupRules",
                _all,
                "SecurityGroupRules.?GroupId=@",
            )
        },
        inner={
            "CidrIp": "CidrIpv4",
            "DestinationSecurityGroupId": "ReferencedGroupInfo.GroupId",
            "SourcePrefixListId": "PrefixListId",
            "SourceSecurityGroupId": "ReferencedGroupInfo.GroupId",
        },
        names={
            "GroupDescription": "Description",
            "SecurityGroupIngress": "rules.?IsEgress=false",
            "SecurityGroupEgress": "rules.?IsEgress=true",
        },
        # Rules that are resources of their own.
        more_there=frozenset({"SecurityGroupIngress", "SecurityGroupEgress"}),
    ),
    "AWS::EC2::SecurityGroupEgress": Kind(
        Ask(
            "ec2",
            "DescribeSecurityGroupRules",
            _all,
            "SecurityGroupRules.{=SecurityGroupRuleId}",
        ),
        names={
            "DestinationSecurityGroupId": "ReferencedGroupInfo.GroupId",
            "DestinationPrefixListId": "PrefixListId",
            "CidrIp": "CidrIpv4",
        },
    ),
    "AWS::EC2::SecurityGroupIngress": Kind(
        Ask(
            "ec2",
            "DescribeSecurityGroupRules",
            _all,
            "SecurityGroupRules.{=SecurityGroupRuleId}",
        ),
        names={
            "SourceSecurityGroupId": "ReferencedGroupInfo.GroupId",
            "SourcePrefixListId": "PrefixListId",
            "CidrIp": "CidrIpv4",
        },
    ),
    "AWS::EC2::Subnet": Kind(
        Ask("ec2", "DescribeSubnets", _all, "Subnets.{=SubnetId}"),
    ),
    "AWS::EC2::SubnetNetworkAclAssociation": Kind(
        Ask(
            "ec2",
            "DescribeNetworkAcls",
            _all,
            "NetworkAcls.{NetworkAclId}.Associations.{SubnetId}",
        ),
    ),
    "AWS::EC2::SubnetRouteTableAssociation": Kind(
        Ask(
            "ec2",
            "DescribeRouteTables",
            _all,
            "RouteTables.{RouteTableId}.Associations.{SubnetId}",
        ),
    ),
    "AWS::EC2::VPC": Kind(
        Ask("ec2", "DescribeVpcs", _all, "Vpcs.{=VpcId}"),
        more={name: _dns(name) for name in ("EnableDnsSupport", "EnableDnsHostnames")},
    ),
    "AWS::EC2::VPCEndpoint": Kind(
        Ask("ec2", "DescribeVpcEndpoints", _all, "VpcEndpoints.{=VpcEndpointId}"),
        names={"SecurityGroupIds": "Groups.*.GroupId"},
    ),
    "AWS::EC2::VPCGatewayAttachment": Kind(
        Ask(
            "ec2",
            "DescribeInternetGateways",
            _all,
            "InternetGateways.{InternetGatewayId}.Attachments.{VpcId}",
        ),
        names={"InternetGatewayId": ""},
    ),
    "AWS::ECR::Repository": Kind(
        Ask("ecr", "DescribeRepositories", _among("repositoryNames"), "repositories.0"),
        more={"lifecycle": Ask("ecr", "GetLifecyclePolicy", _by("repositoryName"))},
        names={"LifecyclePolicy": "lifecycle", "EmptyOnDelete": ""},
        attributes={"Arn": "repositoryArn"},
    ),
    "AWS::ECS::Cluster": Kind(
        Ask(
            "ecs",
            "DescribeClusters",
            lambda id, _: {"clusters": [id], "include": ["SETTINGS"]},
            "clusters.0",
        ),
        names={"ClusterSettings": "settings"},
    ),
    "AWS::ECS::ClusterCapacityProviderAssociations": Kind(
        Ask(
            "ecs",
            "DescribeClusters",
            lambda _id, own: {"clusters": [own["Cluster"]], "include": ["SETTINGS"]},
            "clusters.0",
        ),
        names={"Cluster": "clusterName"},
    ),
    "AWS::ECS::Service": Kind(
        Ask(
            "ecs",
            "DescribeServices",
            lambda id, own: {"cluster": own["Cluster"], "services": [id.rpartition("/")[2]]},
            "services.0",
        ),
        names={"Cluster": "clusterArn|/"},
        attributes={"Name": "serviceName"},
    ),
    "AWS::ECS::TaskDefinition": Kind(
        Ask("ecs", "DescribeTaskDefinition", _by("taskDefinition"), "taskDefinition"),
    ),
    "AWS::ElastiCache::ParameterGroup": Kind(
        Ask(
            "elasticache",
            "DescribeCacheParameterGroups",
            _by("CacheParameterGroupName"),
            "CacheParameterGroups.0",
        ),
        more={
            "set": Ask(
                "elasticache",
                "DescribeCacheParameters",
                _by("CacheParameterGroupName"),
                "Parameters",
            )
        },
        names={"Properties": "set"},
    ),
    "AWS::ElastiCache::ReplicationGroup": Kind(
        Ask(
            "elasticache",
            "DescribeReplicationGroups",
            _by("ReplicationGroupId"),
            "ReplicationGroups.0",
        ),
        more={
            "node": Ask(
                "elasticache",
                "DescribeCacheClusters",
                lambda _id, own: {"CacheClusterId": own["@"]["MemberClusters"][0]},
                "CacheClusters.0",
            )
        },
        names={
            "AuthToken": "",
            "ReplicationGroupDescription": "Description",
            "EngineVersion": "node.EngineVersion",
            "NumCacheClusters": "MemberClusters.#",
            "AutomaticFailoverEnabled": "AutomaticFailover",
            "MultiAZEnabled": "MultiAZ",
            "Port": "NodeGroups.0.PrimaryEndpoint.Port",
            "CacheSubnetGroupName": "node.CacheSubnetGroupName",
            "CacheParameterGroupName": "node.CacheParameterGroup.CacheParameterGroupName",
            "SecurityGroupIds": "node.SecurityGroups.*.SecurityGroupId",
            "PreferredMaintenanceWindow": "node.PreferredMaintenanceWindow",
        },
        attributes={
            "PrimaryEndPoint.Address": "NodeGroups.0.PrimaryEndpoint.Address",
            "PrimaryEndPoint.Port": "NodeGroups.0.PrimaryEndpoint.Port",
        },
    ),
    "AWS::ElastiCache::SubnetGroup": Kind(
        Ask(
            "elasticache",
            "DescribeCacheSubnetGroups",
            _by("CacheSubnetGroupName"),
            "CacheSubnetGroups.0",
        ),
        names={
            "Description": "CacheSubnetGroupDescription",
            "SubnetIds": "Subnets.*.SubnetIdentifier",
        },
    ),
    "AWS::ElasticLoadBalancingV2::Listener": Kind(
        Ask("elbv2", "DescribeListeners", _among("ListenerArns"), "Listeners.0"),
    ),
    "AWS::ElasticLoadBalancingV2::ListenerRule": Kind(
        Ask("elbv2", "DescribeRules", _among("RuleArns"), "Rules.0"),
        names={"ListenerArn": ""},
    ),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": Kind(
        Ask("elbv2", "DescribeLoadBalancers", _among("LoadBalancerArns"), "LoadBalancers.0"),
        more={
            "set": Ask(
                "elbv2", "DescribeLoadBalancerAttributes", _by("LoadBalancerArn"), "Attributes"
            )
        },
        names={
            "Name": "LoadBalancerName",
            "Subnets": "AvailabilityZones.*.SubnetId",
            "LoadBalancerAttributes": "set",
        },
        attributes={
            "CanonicalHostedZoneID": "CanonicalHostedZoneId",
            "LoadBalancerFullName": "LoadBalancerArn|:loadbalancer/",
        },
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": Kind(
        Ask("elbv2", "DescribeTargetGroups", _among("TargetGroupArns"), "TargetGroups.0"),
        more={
            "set": Ask(
                "elbv2", "DescribeTargetGroupAttributes", _by("TargetGroupArn"), "Attributes"
            )
        },
        names={"Name": "TargetGroupName", "TargetGroupAttributes": "set"},
        more_there=frozenset({"TargetGroupAttributes"}),
        attributes={"TargetGroupFullName": "TargetGroupArn|:"},
    ),
    "AWS::Events::Rule": Kind(
        Ask("events", "DescribeRule", lambda id, _: {"Name": id.rpartition("/")[2]}),
        more={
            "targets": Ask(
                "events",
                "ListTargetsByRule",
                lambda id, _: {"Rule": id.rpartition("/")[2]},
                "Targets",
            )
        },
    ),
    "AWS::IAM::InstanceProfile": Kind(
        Ask(
            "iam",
            "GetInstanceProfile",
            lambda id, _: {"InstanceProfileName": id.rpartition("/")[2]},
            "InstanceProfile",
        ),
        names={"Roles": "Roles.*.RoleName"},
    ),
    "AWS::IAM::ManagedPolicy": Kind(
        Ask("iam", "GetPolicy", _by("PolicyArn"), "Policy"),
        more={
            "version": Ask(
                "iam",
                "GetPolicyVersion",
                lambda id, own: {"PolicyArn": id, "VersionId": own["@"]["DefaultVersionId"]},
                "PolicyVersion",
            ),
            "held": Ask("iam", "ListEntitiesForPolicy", _by("PolicyArn"), "PolicyRoles"),
        },
        names={
            "ManagedPolicyName": "PolicyName",
            "PolicyDocument": "version.Document",
            "Roles": "held.*.RoleName",
        },
    ),
    "AWS::IAM::OIDCProvider": Kind(
        Ask("iam", "GetOpenIDConnectProvider", _by("OpenIDConnectProviderArn")),
    ),
    "AWS::IAM::Role": Kind(
        Ask("iam", "GetRole", _by("RoleName"), "Role"),
        more={
            "all": Ask(
                "iam",
                "GetAccountAuthorizationDetails",
                lambda _id, _own: {"Filter": ["Role"]},
                "RoleDetailList.{=RoleName}",
            )
        },
        names={
            "ManagedPolicyArns": "all.AttachedManagedPolicies.*.PolicyArn",
            "Policies": "all.RolePolicyList",
        },
    ),
    "AWS::IAM::RolePolicy": Kind(
        Ask("iam", "GetRolePolicy", _of(RoleName="RoleName", PolicyName="PolicyName")),
    ),
    "AWS::IAM::ServiceLinkedRole": Kind(
        Ask("iam", "GetRole", _by("RoleName"), "Role"),
        names={"AWSServiceName": "Path|aws-service-role/"},
    ),
    "AWS::Lambda::Function": Kind(
        Ask("lambda", "GetFunctionConfiguration", _by("FunctionName")),
        names={"Code": ""},
        attributes={"Arn": "FunctionArn"},
    ),
    "AWS::Logs::LogGroup": Kind(
        Ask("logs", "DescribeLogGroups", _by("logGroupNamePrefix"), "logGroups.{=logGroupName}"),
    ),
    "AWS::Logs::MetricFilter": Kind(
        Ask(
            "logs",
            "DescribeMetricFilters",
            lambda id, own: {"logGroupName": own["LogGroupName"], "filterNamePrefix": id},
            "metricFilters.0",
        ),
    ),
    "AWS::MSK::Cluster": Kind(
        Ask("kafka", "DescribeCluster", _by("ClusterArn"), "ClusterInfo"),
        names={
            "KafkaVersion": "CurrentBrokerSoftwareInfo.KafkaVersion",
            "ConfigurationInfo": "CurrentBrokerSoftwareInfo",
        },
        inner={"Arn": "ConfigurationArn", "Revision": "ConfigurationRevision"},
    ),
    "AWS::MSK::Configuration": Kind(
        Ask("kafka", "DescribeConfiguration", _by("Arn")),
        more={
            "last": Ask(
                "kafka",
                "DescribeConfigurationRevision",
                lambda id, own: {"Arn": id, "Revision": own["@"]["LatestRevision"]["Revision"]},
            )
        },
        names={"ServerProperties": "last.ServerProperties"},
    ),
    "AWS::OpenSearchService::Domain": Kind(
        Ask("opensearch", "DescribeDomain", _by("DomainName"), "DomainStatus"),
        attributes={"DomainEndpoint": "Endpoints.vpc"},
    ),
    "AWS::RDS::DBCluster": Kind(
        Ask("rds", "DescribeDBClusters", _by("DBClusterIdentifier"), "DBClusters.0"),
        names={
            "DBSubnetGroupName": "DBSubnetGroup",
            "DBClusterParameterGroupName": "DBClusterParameterGroup",
            "VpcSecurityGroupIds": "VpcSecurityGroups.*.VpcSecurityGroupId",
            "EnableCloudwatchLogsExports": "EnabledCloudwatchLogsExports",
            "MasterUserPassword": "",
        },
        attributes={
            "Endpoint.Address": "Endpoint",
            "Endpoint.Port": "Port",
            "ReadEndpoint.Address": "ReaderEndpoint",
        },
    ),
    "AWS::RDS::DBClusterParameterGroup": Kind(
        Ask(
            "rds",
            "DescribeDBClusterParameterGroups",
            _by("DBClusterParameterGroupName"),
            "DBClusterParameterGroups.0",
        ),
        more={
            "set": Ask(
                "rds",
                "DescribeDBClusterParameters",
                _by("DBClusterParameterGroupName"),
                "Parameters",
            )
        },
        names={"Family": "DBParameterGroupFamily", "Parameters": "set"},
    ),
    "AWS::RDS::DBInstance": Kind(
        Ask("rds", "DescribeDBInstances", _by("DBInstanceIdentifier"), "DBInstances.0"),
        names={
            "Port": "Endpoint.Port",
            "DBSubnetGroupName": "DBSubnetGroup.DBSubnetGroupName",
            "DBParameterGroupName": "DBParameterGroups.0.DBParameterGroupName",
            "VPCSecurityGroups": "VpcSecurityGroups.*.VpcSecurityGroupId",
            "EnableCloudwatchLogsExports": "EnabledCloudwatchLogsExports",
            "EnablePerformanceInsights": "PerformanceInsightsEnabled",
            "SourceDBInstanceIdentifier": "ReadReplicaSourceDBInstanceIdentifier",
            "DeleteAutomatedBackups": "",
            "MasterUserPassword": "",
        },
    ),
    "AWS::RDS::DBParameterGroup": Kind(
        Ask("rds", "DescribeDBParameterGroups", _by("DBParameterGroupName"), "DBParameterGroups.0"),
        more={"set": Ask("rds", "DescribeDBParameters", _by("DBParameterGroupName"), "Parameters")},
        names={"Family": "DBParameterGroupFamily", "Parameters": "set"},
    ),
    "AWS::RDS::DBProxy": Kind(
        Ask("rds", "DescribeDBProxies", _by("DBProxyName"), "DBProxies.0"),
    ),
    "AWS::RDS::DBProxyTargetGroup": Kind(
        Ask(
            "rds",
            "DescribeDBProxyTargetGroups",
            _of(DBProxyName="DBProxyName", TargetGroupName="TargetGroupName"),
            "TargetGroups.0",
        ),
        more={
            "targets": Ask(
                "rds", "DescribeDBProxyTargets", _of(DBProxyName="DBProxyName"), "Targets"
            )
        },
        names={
            "ConnectionPoolConfigurationInfo": "ConnectionPoolConfig",
            "DBInstanceIdentifiers": "targets.*.RdsResourceId",
        },
    ),
    "AWS::RDS::DBSubnetGroup": Kind(
        Ask("rds", "DescribeDBSubnetGroups", _by("DBSubnetGroupName"), "DBSubnetGroups.0"),
        names={"SubnetIds": "Subnets.*.SubnetIdentifier"},
    ),
    "AWS::RDS::GlobalCluster": Kind(
        Ask(
            "rds",
            "DescribeGlobalClusters",
            _by("GlobalClusterIdentifier"),
            "GlobalClusters.0",
        ),
        names={"SourceDBClusterIdentifier": "GlobalClusterMembers.0.DBClusterArn|:"},
    ),
    "AWS::Route53::HealthCheck": Kind(
        Ask("route53", "GetHealthCheck", _by("HealthCheckId"), "HealthCheck"),
        more={
            "tags": Ask(
                "route53",
                "ListTagsForResource",
                lambda id, _: {"ResourceType": "healthcheck", "ResourceId": id},
                "ResourceTagSet.Tags",
            )
        },
        names={"HealthCheckTags": "tags"},
    ),
    "AWS::Route53::HostedZone": Kind(
        Ask("route53", "GetHostedZone", _by("Id")),
        names={"Name": "HostedZone.Name", "HostedZoneConfig": "HostedZone.Config"},
    ),
    "AWS::Route53::RecordSet": Kind(
        Ask(
            "route53",
            "ListResourceRecordSets",
            _records,
            "ResourceRecordSets.{Name,Type}",
        ),
        names={"HostedZoneId": "", "ResourceRecords": "ResourceRecords.*.Value"},
    ),
    "AWS::S3::Bucket": Kind(
        _bucket("GetBucketLocation"),
        more={
            "encryption": _bucket("GetBucketEncryption", "ServerSideEncryptionConfiguration.Rules"),
            "public": _bucket("GetPublicAccessBlock", "PublicAccessBlockConfiguration"),
            "owner": _bucket("GetBucketOwnershipControls", "OwnershipControls"),
            "versioning": _bucket("GetBucketVersioning"),
            "lifecycle": _bucket("GetBucketLifecycleConfiguration"),
            "lock": _bucket("GetObjectLockConfiguration", "ObjectLockConfiguration"),
            "replication": _bucket("GetBucketReplication", "ReplicationConfiguration"),
            "cors": _bucket("GetBucketCors", "CORSRules"),
            "list": Ask("s3", "ListBuckets", lambda _id, _: {}, "Buckets"),
        },
        names={
            "BucketEncryption": "encryption",
            "PublicAccessBlockConfiguration": "public",
            "OwnershipControls": "owner",
            "VersioningConfiguration": "versioning",
            "LifecycleConfiguration": "lifecycle",
            "ObjectLockEnabled": "lock.ObjectLockEnabled",
            "ObjectLockConfiguration": "lock",
            "ReplicationConfiguration": "replication",
            "CorsConfiguration": "cors",
            "BucketName": "list.{=Name}.Name",
        },
        inner={
            "ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault",
            "Id": "ID",
            "ExposedHeaders": "ExposeHeaders",
            "MaxAge": "MaxAgeSeconds",
            "Prefix": "Filter.Prefix",
            "TransitionInDays": "Days",
            "ExpirationInDays": "Expiration.Days",
        },
    ),
    "AWS::S3::BucketPolicy": Kind(
        Ask("s3", "GetBucketPolicy", _of(Bucket="Bucket")),
        names={"Bucket": "", "PolicyDocument": "Policy"},
    ),
    "AWS::SNS::Topic": Kind(
        Ask("sns", "GetTopicAttributes", _by("TopicArn"), "Attributes"),
        more={
            "subscribed": Ask("sns", "ListSubscriptionsByTopic", _by("TopicArn"), "Subscriptions")
        },
        names={"TopicName": "TopicArn|:", "Subscription": "subscribed"},
    ),
    "AWS::SNS::TopicPolicy": Kind(
        Ask(
            "sns",
            "GetTopicAttributes",
            lambda _id, own: {"TopicArn": own["Topics"][0]},
            "Attributes",
        ),
        names={"Topics": "", "PolicyDocument": "Policy"},
    ),
    "AWS::SSM::Parameter": Kind(
        Ask("ssm", "GetParameter", _by("Name"), "Parameter"),
        more={
            "about": Ask("ssm", "DescribeParameters", _all, "Parameters.{=Name}"),
        },
        names={"Description": "about.Description"},
    ),
    "AWS::SecretsManager::Secret": Kind(
        Ask("secretsmanager", "DescribeSecret", _by("SecretId")),
        more={"value": Ask("secretsmanager", "GetSecretValue", _by("SecretId"), "SecretString")},
        names={
            "SecretString": "value",
            "GenerateSecretString": "value",
            "ReplicaRegions": "ReplicationStatus",
        },
    ),
    "AWS::SecretsManager::SecretTargetAttachment": Kind(
        Ask("secretsmanager", "GetSecretValue", _of(SecretId="SecretId"), "SecretString"),
        names={"SecretId": "", "TargetId": "", "TargetType": ""},
    ),
    "AWS::ServiceDiscovery::PrivateDnsNamespace": Kind(
        Ask("servicediscovery", "GetNamespace", _by("Id"), "Namespace"),
        names={"Vpc": ""},
    ),
    "AWS::ServiceDiscovery::Service": Kind(
        Ask("servicediscovery", "GetService", _by("Id"), "Service"),
    ),
    "Custom::MskBootstrapBrokers": Kind(
        Ask("kafka", "GetBootstrapBrokers", _by("ClusterArn")),
        names=dict.fromkeys(
            ("Answer", "Brokers", "ClusterArn", "ServiceTimeout", "ServiceToken"), ""
        ),
        attributes={"Servers": "<Answer>"},
    ),
    "AWS::WAFv2::WebACL": Kind(
        Ask(
            "wafv2",
            "GetWebACL",
            lambda id, _: dict(zip(("Name", "Id", "Scope"), id.split("|"), strict=True)),
            "WebACL",
        ),
        attributes={"Arn": "ARN"},
        names={"Scope": ""},
    ),
    "AWS::WAFv2::WebACLAssociation": Kind(
        Ask("wafv2", "GetWebACLForResource", _of(ResourceArn="ResourceArn"), "WebACL"),
        names={"ResourceArn": "", "WebACLArn": "ARN"},
    ),
}
"""A name that is empty is what the question itself was asked by, or what no API tells: a
password, and what only CloudFormation knows of."""
