"""Resource types that ministack's CloudFormation has, but not as AWS has them.

Each mend takes the handlers that there are, and gives those that take the place
of them. Every one is needed: `test_emulator.py` holds the wrong answer of the
emulator as it comes.
"""
# ruff: noqa: A001 - a resource's type is AWS's own word

import json
from collections.abc import Callable
from typing import Any

import bridges
from bridges import Made, Properties
from ministack.services import documentdb
from ministack.services.cloudformation import provisioners

Handlers = dict[str, Any]


def _metric_math(kept: Handlers) -> Handlers:
    """Take alarms on metric math, through the API, which keeps all of them but the metrics."""

    def create(logical_id: str, properties: Properties, stack: str) -> Made:
        if "Metrics" not in properties:
            made: Made = kept["create"](logical_id, properties, stack)
            return made
        # CloudFormation's own tags, which PutMetricAlarm takes from nobody.
        bridges.ask("cloudwatch", "PutMetricAlarm", **bridges.without(properties, "Tags"))
        return properties["AlarmName"], {}

    def update(id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Made:
        if "Metrics" not in new:
            made: Made = kept["update"](id, old, new, stack, logical_id)
            return made
        return create(logical_id, new, stack)

    return {**kept, "create": create, "update": update}


def _whole_service(kept: Handlers) -> Handlers:
    """Hand every property of a service to ECS: a count from a parameter is text, and is refused."""

    def create(logical_id: str, properties: Properties, stack: str) -> Made:
        named = {"ServiceName": f"{stack}-{logical_id}", **properties}
        made = bridges.ask("ecs", "CreateService", **named)["service"]
        return made["serviceArn"], {"Name": made["serviceName"], "ServiceArn": made["serviceArn"]}

    def update(id: str, _old: Properties, new: Properties, _stack: str) -> Made:
        fixed = ("Cluster", "DeploymentController", "SchedulingStrategy", "ServiceName", "Tags")
        changed = {name: value for name, value in new.items() if name not in fixed}
        named = {"cluster": new["Cluster"], "service": id.rpartition("/")[2]}
        made = bridges.ask("ecs", "UpdateService", **named, **changed)["service"]
        return id, {"Name": made["serviceName"], "ServiceArn": id}

    return {**kept, "create": create, "update": update}


def _whole_task(kept: Handlers) -> Handlers:
    """Hand every property of a task definition to ECS: platform, volumes and secrets were lost."""

    def create(logical_id: str, properties: Properties, stack: str) -> Made:
        named = {"Family": f"{stack}-{logical_id}", **bridges.without(properties, "Tags")}
        made = bridges.ask("ecs", "RegisterTaskDefinition", **named)["taskDefinition"]
        arn = made["taskDefinitionArn"]
        return arn, {"TaskDefinitionArn": arn}

    def update(_id: str, _old: Properties, new: Properties, stack: str, logical_id: str) -> Made:
        return create(logical_id, new, stack)

    return {**kept, "create": create, "update": update}


def _full_name(kept: Handlers) -> Handlers:
    """Give a target group's full name as AWS does, `targetgroup/` before it: alarms need it."""

    def mend(made: Made) -> Made:
        id, attributes = made
        return id, {**attributes, "TargetGroupFullName": id.rpartition(":")[2]}

    return {
        **kept,
        "create": lambda *asked: mend(kept["create"](*asked)),
        "update": lambda *asked: mend(kept["update"](*asked)),
    }


def _secret(kept: Handlers) -> Handlers:
    """Make a secret's `Ref` its ARN, and generate what `GenerateSecretString` asks for."""

    def value(properties: Properties) -> Properties:
        if "GenerateSecretString" not in properties:
            return {name: properties[name] for name in ("SecretString",) if name in properties}
        wanted = dict(properties["GenerateSecretString"])
        template = wanted.pop("SecretStringTemplate", None)
        key = wanted.pop("GenerateStringKey", None)
        made = bridges.ask("secretsmanager", "GetRandomPassword", **wanted)["RandomPassword"]
        text = json.dumps({**json.loads(template), key: made}) if key else made
        return {"SecretString": text}

    def create(logical_id: str, properties: Properties, stack: str) -> Made:
        named = {"Name": properties.get("Name", f"{stack}-{logical_id}"), **value(properties)}
        about = {"Description": properties.get("Description", "")}
        arn = bridges.ask("secretsmanager", "CreateSecret", **named, **about)["ARN"]
        copy(arn, properties.get("ReplicaRegions", []))
        return arn, {"Id": arn}

    def copy(arn: str, regions: list[Properties]) -> None:
        if regions:
            named = {"SecretId": arn, "AddReplicaRegions": regions}
            bridges.ask("secretsmanager", "ReplicateSecretToRegions", **named)

    def update(id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Made:
        if old.get("Name") != new.get("Name"):
            return create(logical_id, new, stack)
        sources = ("SecretString", "GenerateSecretString")
        changed = any(old.get(each) != new.get(each) for each in sources)
        about = {"Description": new.get("Description", ""), **(value(new) if changed else {})}
        bridges.ask("secretsmanager", "UpdateSecret", SecretId=id, **about)
        there = old.get("ReplicaRegions", [])
        copy(id, [each for each in new.get("ReplicaRegions", []) if each not in there])
        return id, {"Id": id}

    def delete(id: str, _properties: Properties) -> None:
        bridges.ask("secretsmanager", "DeleteSecret", SecretId=id, ForceDeleteWithoutRecovery=True)

    return {**kept, "create": create, "update": update, "delete": delete}


def _bucket(kept: Handlers) -> Handlers:
    """Put a bucket's lifecycle rules, its lock and its replication, which were dropped."""

    def put(made: Made, properties: Properties) -> Made:
        name = made[0]
        if rules := properties.get("LifecycleConfiguration", {}).get("Rules"):
            bridges.ask(
                "s3",
                "PutBucketLifecycleConfiguration",
                Bucket=name,
                LifecycleConfiguration={"Rules": [_lifecycle(rule) for rule in rules]},
            )
        if lock := properties.get("ObjectLockConfiguration"):
            bridges.ask(
                "s3", "PutObjectLockConfiguration", Bucket=name, ObjectLockConfiguration=lock
            )
        if replicas := properties.get("ReplicationConfiguration"):
            configuration = {**replicas, "Rules": [_renamed(each) for each in replicas["Rules"]]}
            bridges.ask(
                "s3",
                "PutBucketReplication",
                Bucket=name,
                ReplicationConfiguration=configuration,
            )
        return made

    def create(logical_id: str, properties: Properties, stack: str) -> Made:
        return put(kept["create"](logical_id, properties, stack), properties)

    def update(id: str, old: Properties, new: Properties, stack: str) -> Made:
        return put(kept["update"](id, old, new, stack), new)

    return {**kept, "create": create, "update": update}


def _renamed(rule: Properties) -> Properties:
    return {"ID": rule["Id"], **bridges.without(rule, "Id")}


def _lifecycle(rule: Properties) -> Properties:
    """Give a rule in S3's words."""
    made: Properties = {"ID": rule["Id"], "Status": rule["Status"]}
    made["Filter"] = {"Prefix": rule.get("Prefix", "")}
    if "ExpirationInDays" in rule:
        made["Expiration"] = {"Days": rule["ExpirationInDays"]}
    if "Transitions" in rule:
        made["Transitions"] = [
            {"StorageClass": each["StorageClass"], "Days": each["TransitionInDays"]}
            for each in rule["Transitions"]
        ]
    same = ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload")
    return {**made, **{name: rule[name] for name in same if name in rule}}


def _unprotected(kept: Handlers) -> Handlers:
    """Let an instance of a protected cluster go: DocumentDB protects the cluster alone.

    docs.aws.amazon.com/documentdb/latest/developerguide/db-cluster-delete.html
    """

    def delete(id: str, properties: Properties) -> None:
        cluster = documentdb._clusters[properties["DBClusterIdentifier"]]
        protected, cluster["DeletionProtection"] = cluster["DeletionProtection"], False
        try:
            kept["delete"](id, properties)
        finally:
            cluster["DeletionProtection"] = protected

    return {**kept, "delete": delete}


MENDS: dict[str, Callable[[Handlers], Handlers]] = {
    "AWS::CloudWatch::Alarm": _metric_math,
    "AWS::DocDB::DBInstance": _unprotected,
    "AWS::ECS::Service": _whole_service,
    "AWS::ECS::TaskDefinition": _whole_task,
    "AWS::ElasticLoadBalancingV2::TargetGroup": _full_name,
    "AWS::S3::Bucket": _bucket,
    "AWS::SecretsManager::Secret": _secret,
}


def mended() -> dict[str, Handlers]:
    """Give the handlers that take the place of ministack's own."""
    return {type: mend(provisioners._RESOURCE_HANDLERS[type]) for type, mend in MENDS.items()}
