"""Small templates that show what the emulator does otherwise than AWS, one for each mended type.

Each is what is created, and what it then becomes (nothing for no change).
"""
# ruff: noqa: A002 - a resource's type is AWS's own word

from typing import Any

NUMBER = {"Number": {"Type": "Number", "Default": 1}}

_SERVICE = {
    "Cluster": {"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": "small"}},
    "Task": {
        "Type": "AWS::ECS::TaskDefinition",
        "Properties": {
            "Family": "small",
            "ContainerDefinitions": [{"Name": "app", "Image": "app", "Memory": 128}],
        },
    },
    "Service": {
        "Type": "AWS::ECS::Service",
        "Properties": {
            "Cluster": {"Ref": "Cluster"},
            "TaskDefinition": {"Ref": "Task"},
            "DesiredCount": {"Ref": "Number"},
        },
    },
}
_ALARM = {
    "AlarmName": "small",
    "ComparisonOperator": "GreaterThanThreshold",
    "EvaluationPeriods": 1,
    "Threshold": 1,
    "Metrics": [{"Id": "sum", "Expression": "1 + 1"}],
}
_TASK = {
    "Family": "small",
    "RuntimePlatform": {"CpuArchitecture": "ARM64", "OperatingSystemFamily": "LINUX"},
    "Volumes": [{"Name": "tmp"}],
    "ContainerDefinitions": [{"Name": "app", "Image": "app", "Memory": 128}],
}
_GROUP = {"Name": "small", "Protocol": "HTTP", "Port": 80, "TargetType": "ip"}
_RULE = {"Id": "expire", "Status": "Enabled", "ExpirationInDays": 7}
_DOCUMENTS = {
    "Cluster": {
        "Type": "AWS::DocDB::DBCluster",
        "DeletionPolicy": "Delete",
        "Properties": {
            "DBClusterIdentifier": "small",
            "MasterUsername": "admin1",
            "MasterUserPassword": "a-password",
            "DeletionProtection": True,
        },
    }
}
_INSTANCE = {
    "Type": "AWS::DocDB::DBInstance",
    "Properties": {
        "DBInstanceIdentifier": "small-1",
        "DBClusterIdentifier": {"Ref": "Cluster"},
        "DBInstanceClass": "db.t3.medium",
    },
}


def _one(type: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {"One": {"Type": type, "Properties": properties}}


def _told(value: object) -> dict[str, Any]:
    """Add a parameter that shows what CloudFormation takes a reference for."""
    properties = {"Name": "/small", "Type": "String", "Value": value}
    return {"Told": {"Type": "AWS::SSM::Parameter", "Properties": properties}}


SMALL: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "AWS::CloudWatch::Alarm": (_one("AWS::CloudWatch::Alarm", _ALARM), {}),
    "AWS::DocDB::DBInstance": ({**_DOCUMENTS, "Instance": _INSTANCE}, _DOCUMENTS),
    "AWS::ECS::Service": (_SERVICE, {}),
    "AWS::ECS::TaskDefinition": (_one("AWS::ECS::TaskDefinition", _TASK), {}),
    "AWS::ElasticLoadBalancingV2::TargetGroup": (
        _one("AWS::ElasticLoadBalancingV2::TargetGroup", _GROUP)
        | _told({"Fn::GetAtt": ["One", "TargetGroupFullName"]}),
        {},
    ),
    "AWS::S3::Bucket": (
        _one("AWS::S3::Bucket", {"LifecycleConfiguration": {"Rules": [_RULE]}}),
        {},
    ),
    "AWS::SecretsManager::Secret": (
        _one(
            "AWS::SecretsManager::Secret",
            {
                "Name": "small",
                "GenerateSecretString": {"PasswordLength": 64, "ExcludePunctuation": True},
            },
        ),
        {},
    ),
}
