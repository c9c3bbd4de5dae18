"""What is known to be otherwise on the emulator than a template says, each with its reason.

A key is a type, a property and the path within it (`*` for any item of a list).
The tests fail when one is not needed any more.
"""
# ruff: noqa: A002 - a resource's type is AWS's own word

from collections.abc import Iterator, Mapping
from typing import Any

THROUGH_APIS = {
    "AWS::Backup::BackupSelection",
    "AWS::Budgets::Budget",
    "AWS::CloudTrail::Trail",
    "AWS::EC2::EIP",
    "AWS::EC2::Instance",
    "AWS::EC2::NatGateway",
    "AWS::EC2::NetworkAcl",
    "AWS::EC2::NetworkAclEntry",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::SubnetNetworkAclAssociation",
    "AWS::ECS::ClusterCapacityProviderAssociations",
    "AWS::IAM::OIDCProvider",
    "AWS::IAM::RolePolicy",
    "AWS::IAM::ServiceLinkedRole",
    "AWS::MSK::Cluster",
    "AWS::MSK::Configuration",
    "AWS::RDS::DBProxy",
    "AWS::RDS::DBProxyTargetGroup",
    "AWS::RDS::GlobalCluster",
    "AWS::Route53::HealthCheck",
    "AWS::WAFv2::WebACLAssociation",
}
"""Types that the emulator's CloudFormation lacks, made through its service's own API."""

SHAPE_ONLY = {
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::CodeConnections::Connection",
    "AWS::CodePipeline::Pipeline",
    "AWS::EC2::ClientVpnAuthorizationRule",
    "AWS::EC2::ClientVpnEndpoint",
    "AWS::EC2::ClientVpnTargetNetworkAssociation",
    "AWS::MSK::ClusterPolicy",
    "AWS::MSK::Replicator",
    "AWS::MSK::Topic",
    "AWS::SageMaker::Endpoint",
    "AWS::SageMaker::EndpointConfig",
    "AWS::SSM::Document",
    "AWS::SageMaker::Model",
    "AWS::WAFv2::LoggingConfiguration",
}
"""Types whose service the emulator lacks: that references resolve is all that is proved."""

MENDED = {
    "AWS::CloudWatch::Alarm": "metric math is refused",
    "AWS::DocDB::DBInstance": "an instance of a protected cluster cannot be deleted",
    "AWS::ECS::Service": "a number that comes from a parameter is refused",
    "AWS::ECS::TaskDefinition": "platform, volumes and secrets are lost",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "the full name lacks `targetgroup/`",
    "AWS::S3::Bucket": "lifecycle rules, lock and replication are lost",
    "AWS::SecretsManager::Secret": "Ref is a name, and what is generated is not as asked for",
}
"""Types that the emulator's CloudFormation has otherwise than AWS."""

UNASKED = {
    "AWS::CloudFormation::WaitCondition": "no API tells of it but the stack's own events",
    "AWS::CloudFormation::WaitConditionHandle": "an address and no more",
}
"""Types that no service can be asked for."""

KNOWN = {
    "AWS::AutoScaling::AutoScalingGroup CapacityRebalance": "dropped by the emulator",
    "AWS::AutoScaling::AutoScalingGroup MixedInstancesPolicy": "dropped by the emulator",
    "AWS::AutoScaling::AutoScalingGroup TargetGroupARNs": "dropped by the emulator",
    "AWS::CertificateManager::Certificate DomainValidationOptions": (
        "where CloudFormation writes the record is its own: no API of ACM tells it"
    ),
    "AWS::CloudWatch::Alarm Metrics": "the emulator keeps no metric math",
    "AWS::CloudWatch::Alarm ThresholdMetricId": "the emulator keeps no metric math",
    "AWS::CodeBuild::Project LogsConfig": "dropped by the emulator",
    "AWS::DocDB::DBCluster EnableCloudwatchLogsExports": "dropped by the emulator",
    "AWS::DocDB::DBInstance AutoMinorVersionUpgrade": "the emulator always says no",
    "AWS::EC2::Instance LaunchTemplate": "the emulator's machines know no launch template",
    "AWS::EC2::LaunchTemplate LaunchTemplateData.CreditSpecification": "dropped by the emulator",
    "AWS::EC2::NatGateway AllocationId": "kept by the emulator, and not told",
    "AWS::EC2::NetworkAclEntry PortRange": "dropped by the emulator",
    "AWS::EC2::SecurityGroup SecurityGroupIngress.*.SourcePrefixListId": (
        "told by the emulator for a group, not for a rule"
    ),
    "AWS::EC2::VPCEndpoint PrivateDnsEnabled": "kept by the emulator, and not told",
    "AWS::EC2::VPCEndpoint SecurityGroupIds": "kept by the emulator, and not told",
    "AWS::ECS::Service AvailabilityZoneRebalancing": "dropped by the emulator",
    "AWS::ElasticLoadBalancingV2::ListenerRule Actions.*.ForwardConfig.TargetGroups": (
        "the emulator tells one target group, and no weights"
    ),
    "AWS::IAM::ServiceLinkedRole Description": "the emulator writes its own",
    "AWS::OpenSearchService::Domain AdvancedSecurityOptions.MasterUserOptions": (
        "a password: no API tells it"
    ),
    "AWS::RDS::DBCluster DBClusterParameterGroupName": "dropped by the emulator",
    "AWS::RDS::DBCluster EnableCloudwatchLogsExports": "dropped by the emulator",
    "AWS::RDS::DBCluster GlobalClusterIdentifier": (
        "the emulator's stacks make a copy a cluster of its own"
    ),
    "AWS::RDS::DBCluster KmsKeyId": "dropped by the emulator",
    "AWS::RDS::DBInstance AutomaticBackupReplicationKmsKeyId": "dropped by the emulator",
    "AWS::RDS::DBInstance AutomaticBackupReplicationRegion": "dropped by the emulator",
    "AWS::RDS::DBInstance EnableCloudwatchLogsExports": "dropped by the emulator",
    "AWS::RDS::DBInstance SourceDBInstanceIdentifier": (
        "the emulator's stacks make a reader a database of its own"
    ),
    "AWS::RDS::DBInstance SourceRegion": "where a copy is asked for: no API tells it",
    "AWS::Route53::HealthCheck HealthCheckConfig.ChildHealthChecks": "read empty by the emulator",
    "AWS::Route53::HostedZone VPCs": "dropped by the emulator",
    "AWS::SSM::Parameter Tier": "dropped by the emulator",
}
"""Properties that cannot be seen as the template has them."""

UNSNAPPED = {
    "AWS::DocDB::DBCluster": "the emulator takes no last snapshot of it",
    "AWS::ElastiCache::ReplicationGroup": "the emulator takes no last snapshot of it",
}
"""Types whose `DeletionPolicy: Snapshot` leaves nothing on the emulator."""


def known(type: str, told: str) -> str | None:
    """Give the key that a difference falls under; `told` is its property, path and text."""
    path = _starred(told.partition(":")[0])
    for key in KNOWN:
        if _within(f"{type} {path}", key):
            return key
    return None


def applying(type: str, properties: Mapping[str, Any]) -> set[str]:
    """Give the keys that speak of something that these properties have."""
    there = {f"{type} {path}" for path in _paths(properties)}
    return {key for key in KNOWN if any(_within(path, key) for path in there)}


def _within(path: str, key: str) -> bool:
    return path == key or path.startswith(f"{key}.")


def _starred(path: str) -> str:
    return ".".join("*" if step.isdigit() else step for step in path.split("."))


def _paths(value: Any, at: str = "") -> Iterator[str]:
    yield at
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _paths(each, f"{at}.{name}" if at else name)
    elif isinstance(value, list):
        for each in value:
            yield from _paths(each, f"{at}.*")
