"""Resource types that ministack's CloudFormation lacks, made through the service's own API.

Each bridge takes a resource's resolved properties and asks the emulator's own
service for it, so that a check can ask that service what there is. What an API of
the emulator cannot do (MSK has no update) is done on its record.
"""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import speech
from ministack.core.responses import get_region
from ministack.services import ec2, msk, rds

Properties = dict[str, Any]
Made = tuple[str, dict[str, Any]]


def ask(service: str, operation: str, /, **parameters: Any) -> Any:
    return speech.ask(service, get_region(), operation, parameters)


def without(properties: Properties, *names: str) -> Properties:
    return {name: value for name, value in properties.items() if name not in names}


def _tagged(properties: Properties, kind: str) -> Properties:
    """Give EC2's form of `Tags`."""
    made = without(properties, "Tags")
    if properties.get("Tags"):
        made["TagSpecifications"] = [{"ResourceType": kind, "Tags": properties["Tags"]}]
    return made


def _create_address(properties: Properties) -> Made:
    named = without(properties, "InstanceId")
    made = ask("ec2", "AllocateAddress", **_tagged(named, "elastic-ip"))
    if machine := properties.get("InstanceId"):
        ask("ec2", "AssociateAddress", AllocationId=made["AllocationId"], InstanceId=machine)
    return made["PublicIp"], {name: made[name] for name in ("PublicIp", "AllocationId")}


def _delete_address(id: str, _properties: Properties) -> None:
    found = ask("ec2", "DescribeAddresses")["Addresses"]
    mine = next(each for each in found if each["PublicIp"] == id)
    if "AssociationId" in mine:
        ask("ec2", "DisassociateAddress", AssociationId=mine["AssociationId"])
    ask("ec2", "ReleaseAddress", AllocationId=mine["AllocationId"])


def _create_nat(properties: Properties) -> Made:
    id = ask("ec2", "CreateNatGateway", **_tagged(properties, "natgateway"))["NatGateway"][
        "NatGatewayId"
    ]
    return id, {"NatGatewayId": id}


def _delete_nat(id: str, _properties: Properties) -> None:
    ask("ec2", "DeleteNatGateway", NatGatewayId=id)


def _create_acl(properties: Properties) -> Made:
    made = ask("ec2", "CreateNetworkAcl", **_tagged(properties, "network-acl"))
    id = made["NetworkAcl"]["NetworkAclId"]
    return id, {"Id": id}


def _delete_acl(id: str, _properties: Properties) -> None:
    ask("ec2", "DeleteNetworkAcl", NetworkAclId=id)


def _entry(properties: Properties) -> Properties:
    made = without(properties, "Icmp")
    if "Icmp" in properties:
        made["IcmpTypeCode"] = properties["Icmp"]
    return {"Egress": False, **made}


def _create_acl_entry(properties: Properties) -> Made:
    made = _entry(properties)
    ask("ec2", "CreateNetworkAclEntry", **made)
    way = "out" if str(made["Egress"]).lower() == "true" else "in"
    return f"{made['NetworkAclId']}|{made['RuleNumber']}|{way}", {}


def _delete_acl_entry(_id: str, properties: Properties) -> None:
    made = _entry(properties)
    keys = ("NetworkAclId", "RuleNumber", "Egress")
    ask("ec2", "DeleteNetworkAclEntry", **{name: made[name] for name in keys})


def _associate_acl(properties: Properties) -> Made:
    """Write the record: a subnet of the emulator has no ACL that could be replaced."""
    id = f"aclassoc-{properties['SubnetId'].removeprefix('subnet-')}"
    record = {"NetworkAclAssociationId": id, "SubnetId": properties["SubnetId"]}
    ec2._network_acls[properties["NetworkAclId"]]["Associations"].append(record)
    return id, {"AssociationId": id}


def _dissociate_acl(id: str, properties: Properties) -> None:
    acl = ec2._network_acls[properties["NetworkAclId"]]
    acl["Associations"] = [
        each for each in acl["Associations"] if each["NetworkAclAssociationId"] != id
    ]


def _permission(properties: Properties) -> Properties:
    """Give EC2's form of a security group rule."""
    about = {key: properties[key] for key in ("Description",) if key in properties}
    made = {"IpProtocol": properties["IpProtocol"]}
    made |= {key: properties[key] for key in ("FromPort", "ToPort") if key in properties}
    for key, kind, name in (
        ("CidrIp", "IpRanges", "CidrIp"),
        ("CidrIpv6", "Ipv6Ranges", "CidrIpv6"),
        ("SourcePrefixListId", "PrefixListIds", "PrefixListId"),
        ("DestinationPrefixListId", "PrefixListIds", "PrefixListId"),
        ("SourceSecurityGroupId", "UserIdGroupPairs", "GroupId"),
        ("DestinationSecurityGroupId", "UserIdGroupPairs", "GroupId"),
    ):
        if key in properties:
            made[kind] = [{name: properties[key], **about}]
    return made


def _create_rule(way: str) -> Callable[[Properties], Made]:
    def create(properties: Properties) -> Made:
        made = ask(
            "ec2",
            f"AuthorizeSecurityGroup{way}",
            GroupId=properties["GroupId"],
            IpPermissions=[_permission(properties)],
        )
        id = made["SecurityGroupRules"][0]["SecurityGroupRuleId"]
        return id, {"Id": id}

    return create


def _delete_rule(way: str) -> Callable[[str, Properties], None]:
    def delete(_id: str, properties: Properties) -> None:
        ask(
            "ec2",
            f"RevokeSecurityGroup{way}",
            GroupId=properties["GroupId"],
            IpPermissions=[_permission(properties)],
        )

    return delete


def _create_instance(properties: Properties) -> Made:
    asked = _tagged(without(properties, "PropagateTagsToVolumeOnCreation"), "instance")
    made = ask("ec2", "RunInstances", MinCount=1, MaxCount=1, **asked)["Instances"][0]
    return made["InstanceId"], {
        "InstanceId": made["InstanceId"],
        "PrivateIp": made["PrivateIpAddress"],
    }


def _delete_instance(id: str, _properties: Properties) -> None:
    ask("ec2", "TerminateInstances", InstanceIds=[id])


def _trail(properties: Properties) -> Properties:
    made = without(properties, "TrailName", "IsLogging", "Tags", "EventSelectors")
    return {"Name": properties["TrailName"], **made}


def _create_trail(properties: Properties) -> Made:
    arn = ask("cloudtrail", "CreateTrail", **_trail(properties))["TrailARN"]
    if properties["IsLogging"]:
        ask("cloudtrail", "StartLogging", Name=properties["TrailName"])
    return properties["TrailName"], {"Arn": arn}


def _delete_trail(id: str, _properties: Properties) -> None:
    ask("cloudtrail", "DeleteTrail", Name=id)


def _put_capacity(properties: Properties) -> Made:
    ask("ecs", "PutClusterCapacityProviders", **properties)
    return properties["Cluster"], {}


def _clear_capacity(id: str, _properties: Properties) -> None:
    nothing: list[str] = []
    ask(
        "ecs",
        "PutClusterCapacityProviders",
        cluster=id,
        capacityProviders=nothing,
        defaultCapacityProviderStrategy=nothing,
    )


def _document(properties: Properties) -> str:
    return json.dumps(properties["PolicyDocument"])


def _put_role_policy(properties: Properties) -> Made:
    named = {key: properties[key] for key in ("RoleName", "PolicyName")}
    ask("iam", "PutRolePolicy", **named, PolicyDocument=_document(properties))
    return f"{properties['PolicyName']}|{properties['RoleName']}", {}


def _delete_role_policy(_id: str, properties: Properties) -> None:
    ask(
        "iam",
        "DeleteRolePolicy",
        **{key: properties[key] for key in ("RoleName", "PolicyName")},
    )


def _create_linked_role(properties: Properties) -> Made:
    name = ask("iam", "CreateServiceLinkedRole", **properties)["Role"]["RoleName"]
    return name, {"RoleName": name}


def _delete_linked_role(id: str, _properties: Properties) -> None:
    ask("iam", "DeleteServiceLinkedRole", RoleName=id)


def _create_provider(properties: Properties) -> Made:
    arn = ask("iam", "CreateOpenIDConnectProvider", **properties)["OpenIDConnectProviderArn"]
    return arn, {"Arn": arn}


def _delete_provider(id: str, _properties: Properties) -> None:
    ask("iam", "DeleteOpenIDConnectProvider", OpenIDConnectProviderArn=id)


def _create_proxy(properties: Properties) -> Made:
    made = ask("rds", "CreateDBProxy", **properties)["DBProxy"]
    return made["DBProxyName"], {"Endpoint": made["Endpoint"], "DBProxyArn": made["DBProxyArn"]}


def _delete_proxy(id: str, _properties: Properties) -> None:
    ask("rds", "DeleteDBProxy", DBProxyName=id)


_TARGETS = ("DBInstanceIdentifiers", "DBClusterIdentifiers")


def _register_targets(properties: Properties) -> Made:
    names = {key: properties[key] for key in ("DBProxyName", "TargetGroupName")}
    ask(
        "rds",
        "ModifyDBProxyTargetGroup",
        **names,
        ConnectionPoolConfig=properties["ConnectionPoolConfigurationInfo"],
    )
    targets = {key: properties[key] for key in _TARGETS if key in properties}
    ask("rds", "RegisterDBProxyTargets", **names, **targets)
    return "|".join(names.values()), {}


def _deregister_targets(_id: str, properties: Properties) -> None:
    names = {key: properties[key] for key in ("DBProxyName", "TargetGroupName")}
    targets = {key: properties[key] for key in _TARGETS if key in properties}
    ask("rds", "DeregisterDBProxyTargets", **names, **targets)


def _create_budget(properties: Properties) -> Made:
    ask("budgets", "CreateBudget", AccountId=_account(), **properties)
    return properties["Budget"]["BudgetName"], {}


def _delete_budget(id: str, _properties: Properties) -> None:
    ask("budgets", "DeleteBudget", AccountId=_account(), BudgetName=id)


def _account() -> str:
    return str(ask("sts", "GetCallerIdentity")["Account"])


def _associate_firewall(properties: Properties) -> Made:
    ask("wafv2", "AssociateWebACL", **properties)
    return f"{properties['ResourceArn']}|{properties['WebACLArn']}", {}


def _dissociate_firewall(_id: str, properties: Properties) -> None:
    ask("wafv2", "DisassociateWebACL", ResourceArn=properties["ResourceArn"])


def _create_selection(properties: Properties) -> Made:
    plan = properties["BackupPlanId"]
    id = ask("backup", "CreateBackupSelection", **properties)["SelectionId"]
    return f"{id}_{plan}", {"SelectionId": id, "BackupPlanId": plan}


def _delete_selection(id: str, properties: Properties) -> None:
    selection = id.partition("_")[0]
    plan = properties["BackupPlanId"]
    ask("backup", "DeleteBackupSelection", BackupPlanId=plan, SelectionId=selection)


def _create_health_check(properties: Properties) -> Made:
    id = ask(
        "route53",
        "CreateHealthCheck",
        CallerReference=str(time.time_ns()),
        HealthCheckConfig=properties["HealthCheckConfig"],
    )["HealthCheck"]["Id"]
    named = {"ResourceType": "healthcheck", "ResourceId": id}
    ask("route53", "ChangeTagsForResource", **named, AddTags=properties["HealthCheckTags"])
    return id, {"HealthCheckId": id}


def _delete_health_check(id: str, _properties: Properties) -> None:
    ask("route53", "DeleteHealthCheck", HealthCheckId=id)


def _create_kafka(properties: Properties) -> Made:
    arn = ask("kafka", "CreateCluster", **properties)["ClusterArn"]
    return arn, {"Arn": arn, "CurrentVersion": msk._clusters[arn]["CurrentVersion"]}


def _update_kafka(id: str, old: Properties, new: Properties) -> Made:
    """Change the record: brokers, storage, monitoring; AWS has an operation for each."""
    if old["ClusterName"] != new["ClusterName"]:
        return _create_kafka(new)
    record = msk._clusters[id]
    made = _create_kafka({**new, "ClusterName": f"{new['ClusterName']}-changed"})[0]
    keep = {key: record[key] for key in ("ClusterArn", "ClusterName", "CreationTime")}
    record.update({**msk._clusters.pop(made), **keep})
    return id, {"Arn": id, "CurrentVersion": record["CurrentVersion"]}


def _delete_kafka(id: str, _properties: Properties) -> None:
    ask("kafka", "DeleteCluster", ClusterArn=id)


def _create_kafka_settings(properties: Properties) -> Made:
    made = ask(
        "kafka", "CreateConfiguration", **without(properties, "KafkaVersionsList", "LatestRevision")
    )
    return made["Arn"], {"Arn": made["Arn"], "LatestRevision.Revision": 1}


def _revise_kafka_settings(id: str, old: Properties, new: Properties) -> Made:
    """Add a revision on the record, as UpdateConfiguration does on AWS."""
    if old["Name"] != new["Name"]:
        return _create_kafka_settings(new)
    revisions = msk._config_revisions[id]
    number = len(revisions) + 1
    text = base64.b64encode(new["ServerProperties"].encode()).decode()
    told = {"Description": new.get("Description", ""), "Revision": number}
    revisions.append({**revisions[-1], **told, "ServerProperties": text})
    msk._configurations[id]["LatestRevision"].update(told)
    return id, {"Arn": id, "LatestRevision.Revision": number}


def _delete_kafka_settings(id: str, _properties: Properties) -> None:
    msk._configurations.pop(id)
    msk._config_revisions.pop(id)


def _create_global(properties: Properties) -> Made:
    """Make a global database of a cluster, which its API knows by its ARN."""
    source = properties["SourceDBClusterIdentifier"]
    found = ask("rds", "DescribeDBClusters", DBClusterIdentifier=source)["DBClusters"][0]
    # The emulator's list of versions is older than AWS's, and is asked here alone.
    rds.AURORA_POSTGRESQL_ENGINE_VERSION_SET.add(found["EngineVersion"])
    named = {**properties, "SourceDBClusterIdentifier": found["DBClusterArn"]}
    ask("rds", "CreateGlobalCluster", **named)
    return properties["GlobalClusterIdentifier"], {}


def _delete_global(id: str, _properties: Properties) -> None:
    """Let its clusters go first, as CloudFormation does on AWS."""
    found = ask("rds", "DescribeGlobalClusters", GlobalClusterIdentifier=id)
    for each in found["GlobalClusters"][0]["GlobalClusterMembers"]:
        named = {"GlobalClusterIdentifier": id, "DbClusterIdentifier": each["DBClusterArn"]}
        ask("rds", "RemoveFromGlobalCluster", **named)
    ask("rds", "DeleteGlobalCluster", GlobalClusterIdentifier=id)


def _replace(create: Callable[[Properties], Made]) -> Callable[[str, Properties, Properties], Made]:
    """Make a new one; CloudFormation deletes the old one when the physical id differs."""
    return lambda _id, _old, new: create(new)


def _again(
    create: Callable[[Properties], Made], delete: Callable[[str, Properties], None]
) -> Callable[[str, Properties, Properties], Made]:
    """Delete the old one first, since the new one has its name."""

    def update(id: str, old: Properties, new: Properties) -> Made:
        delete(id, old)
        return create(new)

    return update


def _handlers(
    create: Callable[[Properties], Made],
    delete: Callable[[str, Properties], None],
    update: Callable[[str, Properties, Properties], Made] | None = None,
) -> dict[str, Any]:
    change = update or _again(create, delete)
    return {
        "create": lambda _logical_id, properties, _stack: create(properties),
        "update": lambda id, old, new, _stack: change(id, old, new),
        "delete": delete,
    }


HANDLERS: dict[str, dict[str, Any]] = {
    "AWS::Backup::BackupSelection": _handlers(_create_selection, _delete_selection),
    "AWS::Budgets::Budget": _handlers(_create_budget, _delete_budget),
    "AWS::CloudTrail::Trail": _handlers(_create_trail, _delete_trail),
    "AWS::EC2::EIP": _handlers(_create_address, _delete_address, _replace(_create_address)),
    "AWS::EC2::Instance": _handlers(_create_instance, _delete_instance, _replace(_create_instance)),
    "AWS::EC2::NatGateway": _handlers(_create_nat, _delete_nat, _replace(_create_nat)),
    "AWS::EC2::NetworkAcl": _handlers(_create_acl, _delete_acl, _replace(_create_acl)),
    "AWS::EC2::NetworkAclEntry": _handlers(_create_acl_entry, _delete_acl_entry),
    "AWS::EC2::SecurityGroupEgress": _handlers(_create_rule("Egress"), _delete_rule("Egress")),
    "AWS::EC2::SecurityGroupIngress": _handlers(_create_rule("Ingress"), _delete_rule("Ingress")),
    "AWS::EC2::SubnetNetworkAclAssociation": _handlers(_associate_acl, _dissociate_acl),
    "AWS::ECS::ClusterCapacityProviderAssociations": _handlers(
        _put_capacity, _clear_capacity, _replace(_put_capacity)
    ),
    "AWS::IAM::OIDCProvider": _handlers(_create_provider, _delete_provider),
    "AWS::IAM::RolePolicy": _handlers(
        _put_role_policy, _delete_role_policy, _replace(_put_role_policy)
    ),
    "AWS::IAM::ServiceLinkedRole": _handlers(_create_linked_role, _delete_linked_role),
    "AWS::MSK::Cluster": _handlers(_create_kafka, _delete_kafka, _update_kafka),
    "AWS::MSK::Configuration": _handlers(
        _create_kafka_settings, _delete_kafka_settings, _revise_kafka_settings
    ),
    "AWS::RDS::DBProxy": _handlers(_create_proxy, _delete_proxy),
    "AWS::RDS::DBProxyTargetGroup": _handlers(_register_targets, _deregister_targets),
    "AWS::RDS::GlobalCluster": _handlers(_create_global, _delete_global),
    "AWS::Route53::HealthCheck": _handlers(_create_health_check, _delete_health_check),
    "AWS::WAFv2::WebACLAssociation": _handlers(_associate_firewall, _dissociate_firewall),
}
