"""Resource types whose service ministack does not have: only their shape is kept.

A stub accepts what it is given and remembers it in a file, so that a test can
see that it was made, changed and deleted, with every reference resolved. It
proves nothing of what AWS would say to the properties.
"""
# ruff: noqa: A001, A002 - a resource's type is AWS's own word

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ministack.core.responses import get_account_id, get_region

Properties = dict[str, Any]
Made = tuple[str, dict[str, Any]]

FOLDER = Path(os.environ["STUBS"])


def _arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{get_region()}:{get_account_id()}:{rest}"


def _target(_name: str, properties: Properties) -> Made:
    parts = (properties[key] for key in ("ResourceId", "ScalableDimension", "ServiceNamespace"))
    return "|".join(parts), {}


def _policy(name: str, properties: Properties) -> Made:
    arn = _arn("autoscaling", f"scalingPolicy:{name}:policyName/{properties['PolicyName']}")
    return arn, {"Arn": arn}


def _vpn(name: str, _properties: Properties) -> Made:
    return f"cvpn-endpoint-{name}", {}


def _named(attribute: str, service: str, kind: str) -> Callable[[str, Properties], Made]:
    """Ref is an ARN, and the name is an attribute."""
    return lambda name, _properties: (_arn(service, f"{kind}/{name}"), {attribute: name})


def _topic(_name: str, properties: Properties) -> Made:
    cluster = properties["ClusterArn"].partition(":cluster/")[2]
    arn = _arn("kafka", f"topic/{cluster}/{properties['TopicName']}")
    return arn, {"TopicArn": arn}


def _cluster_policy(_name: str, properties: Properties) -> Made:
    return str(properties["ClusterArn"]), {"CurrentVersion": "1"}


def _replicator(_name: str, properties: Properties) -> Made:
    arn = _arn("kafka", f"replicator/{properties['ReplicatorName']}/{'0' * 8}")
    return arn, {"ReplicatorArn": arn, "CurrentVersion": "1"}


def _document(_name: str, properties: Properties) -> Made:
    return str(properties["Name"]), {}


def _logging(_name: str, properties: Properties) -> Made:
    return str(properties["ResourceArn"]), {}


def _pipeline(_name: str, properties: Properties) -> Made:
    return str(properties["Name"]), {"Version": 1}


def _connection(name: str, _properties: Properties) -> Made:
    arn = _arn("codeconnections", f"connection/{name}")
    return arn, {"ConnectionArn": arn, "ConnectionStatus": "PENDING"}


def _plain(name: str, _properties: Properties) -> Made:
    return name, {}


_KINDS: dict[str, Callable[[str, Properties], Made]] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": _target,
    "AWS::ApplicationAutoScaling::ScalingPolicy": _policy,
    "AWS::CodeConnections::Connection": _connection,
    "AWS::CodePipeline::Pipeline": _pipeline,
    "AWS::EC2::ClientVpnAuthorizationRule": _plain,
    "AWS::EC2::ClientVpnEndpoint": _vpn,
    "AWS::EC2::ClientVpnTargetNetworkAssociation": _plain,
    "AWS::MSK::ClusterPolicy": _cluster_policy,
    "AWS::MSK::Replicator": _replicator,
    "AWS::MSK::Topic": _topic,
    "AWS::SSM::Document": _document,
    "AWS::SageMaker::Endpoint": _named("EndpointName", "sagemaker", "endpoint"),
    "AWS::SageMaker::EndpointConfig": _named("EndpointConfigName", "sagemaker", "endpoint-config"),
    "AWS::SageMaker::Model": _named("ModelName", "sagemaker", "model"),
    "AWS::WAFv2::LoggingConfiguration": _logging,
}


def _file(type: str, id: str) -> Path:
    digest = hashlib.sha256(f"{get_region()} {id}".encode()).hexdigest()[:24]
    return FOLDER / f"{type.replace('::', '-')}.{digest}.json"


def _handlers(type: str, kind: Callable[[str, Properties], Made]) -> dict[str, Any]:
    def create(logical_id: str, properties: Properties, stack: str) -> Made:
        id, attributes = kind(f"{stack}-{logical_id}".lower(), properties)
        _keep(id, properties)
        return id, attributes

    def update(id: str, _old: Properties, new: Properties, stack: str, logical_id: str) -> Made:
        made, attributes = kind(f"{stack}-{logical_id}".lower(), new)
        _keep(made, new)
        return made, attributes

    def delete(id: str, _properties: Properties) -> None:
        _file(type, id).unlink()

    def _keep(id: str, properties: Properties) -> None:
        record = {"type": type, "id": id, "properties": properties}
        _file(type, id).write_text(json.dumps(record))

    return {"create": create, "update": update, "update_with_logical_id": True, "delete": delete}


HANDLERS = {type: _handlers(type, kind) for type, kind in _KINDS.items()}
