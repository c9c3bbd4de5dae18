"""The machines of a Redis Cluster, over the zones, and their names.

They make the cluster themselves, from the user data of one launch template
(`shipped/redis_node.sh`): what CloudFormation knows of is machines. Programs
start when the first one has told that the cluster is formed.
"""

from seatrial.graph import Parameter
from seatrial.graph.values import (
    REGION,
    GetAtt,
    Intrinsic,
    Ref,
    Value,
    join,
)
from seatrial.language import RedisCluster
from seatrial.lower.context import Lowering, camel, kept, tagged
from seatrial.lower.shipped import shipped

FORMS_IN = 1800
"""Seconds until the stack gives up on a cluster that does not form."""


def lower(lowering: Lowering, redis: RedisCluster) -> None:
    """Add the machines, their names, and the word that they are a cluster."""
    _rules(lowering, redis)
    _machines(lowering, redis)
    _names(lowering, redis)
    _formed(lowering, redis)


def domain(lowering: Lowering, redis: RedisCluster) -> str:
    """Give the private name of the nodes together."""
    return f"{redis.name}.{lowering.name}.internal"


def cluster_name(lowering: Lowering, redis: RedisCluster) -> str:
    """Give the cluster's name in metrics and tags."""
    return f"{lowering.name}-{redis.name}"


def namespace(lowering: Lowering) -> str:
    """Give the namespace of the metrics that machines send."""
    return f"Seatrial/{lowering.name}"


def add_zone(lowering: Lowering, redis: RedisCluster) -> None:
    """Add the private zone that the nodes have their names in."""
    lowering.add(
        redis,
        "Zone",
        "AWS::Route53::HostedZone",
        {
            "Name": domain(lowering, redis),
            "HostedZoneConfig": {"Comment": f"Nodes of {redis.name}, inside the VPC alone"},
            "VPCs": [{"VPCId": Ref("Vpc"), "VPCRegion": REGION}],
        },
    )


def _rules(lowering: Lowering, redis: RedisCluster) -> None:
    """Let the nodes reach each other: as clients, and on the cluster's bus."""
    group = GetAtt(lowering.id(redis, "Group"), "GroupId")
    for word, port in (("Clients", RedisCluster.PORT), ("Bus", RedisCluster.BUS)):
        lowering.add(
            redis,
            f"AmongNodes{word}",
            "AWS::EC2::SecurityGroupIngress",
            {
                "GroupId": group,
                "SourceSecurityGroupId": group,
                "IpProtocol": "tcp",
                "FromPort": port,
                "ToPort": port,
                "Description": "From node to node",
            },
        )


def user_data(lowering: Lowering, redis: RedisCluster) -> Value:
    """Give the machines' first start: settings, the two jobs, then the node itself."""
    settings: dict[str, Value] = {
        "ROOT": "",
        "PATIENCE": "5",
        "REGION": REGION,
        "NAME": domain(lowering, redis),
        "CLUSTER": cluster_name(lowering, redis),
        "NAMESPACE": namespace(lowering),
        "NODES": str(redis.nodes),
        "SHARDS": str(redis.shards),
        "MEMORY": str(redis.memory),
        "BUCKET": lowering.ref(redis, "Copies"),
        "PASSWORD_SECRET": lowering.ref(redis, "Password"),
        "AUTHORITY_SECRET": lowering.ref(redis, "Authority"),
        "CERTIFICATE_SECRET": lowering.ref(redis, "Certificate"),
        "AGENT": "/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl",
        "AGENT_CONFIGURATION": lowering.ref(redis, "Agent"),
        "READY": lowering.ref(redis, "Ready"),
    }
    pieces: list[Value] = ["#!/bin/bash\n"]
    for key, value in settings.items():
        pieces += [f"{key}='", value, "'\n"]
    for job in ("backup", "metrics"):
        path = f"/usr/local/bin/redis-{job}"
        text = shipped(f"redis_{job}.sh")
        pieces.append(f"cat >{path} <<'END OF FILE'\n{text}END OF FILE\nchmod 755 {path}\n")
    pieces.append(shipped("redis_node.sh"))
    return join(*pieces)


def _image(lowering: Lowering, redis: RedisCluster) -> Value:
    if redis.image is not None:
        return redis.image
    return lowering.parameter(
        Parameter(
            camel(redis.name) + "Image",
            "AWS::EC2::Image::Id",
            f"Image of {redis.name}'s machines: Amazon Linux 2023, or one with Redis 7 in it",
        )
    )


def _machines(lowering: Lowering, redis: RedisCluster) -> None:
    lowering.add(redis, "Ready", "AWS::CloudFormation::WaitConditionHandle", {})
    template = lowering.add(
        redis,
        "Machines",
        "AWS::EC2::LaunchTemplate",
        {
            "LaunchTemplateData": {
                "ImageId": _image(lowering, redis),
                "InstanceType": redis.size,
                "IamInstanceProfile": {"Arn": GetAtt(lowering.id(redis, "Profile"), "Arn")},
                "SecurityGroupIds": [GetAtt(lowering.id(redis, "Group"), "GroupId")],
                "BlockDeviceMappings": [
                    {
                        "DeviceName": "/dev/xvda",
                        "Ebs": {
                            "VolumeSize": redis.storage_gb,
                            "VolumeType": "gp3",
                            "Encrypted": True,
                            "DeleteOnTermination": not lowering.environment.production,
                        },
                    }
                ],
                "MetadataOptions": {
                    "HttpTokens": "required",
                    "HttpPutResponseHopLimit": 1,
                    "InstanceMetadataTags": "enabled",  # a machine's number is its tag
                },
                "Monitoring": {"Enabled": True},
                "DisableApiTermination": lowering.environment.production,
                "UserData": Intrinsic("Fn::Base64", user_data(lowering, redis)),
            }
        },
    )
    for number in range(1, redis.nodes + 1):
        round_, shard = divmod(number - 1, redis.shards)
        subnet = lowering.private_subnets[(shard + round_) % lowering.zones]
        lowering.add(
            redis,
            f"Node{number}",
            "AWS::EC2::Instance",
            {
                "LaunchTemplate": {
                    "LaunchTemplateId": template.ref,
                    "Version": template.att("LatestVersionNumber"),
                },
                "SubnetId": subnet,
                "PropagateTagsToVolumeOnCreation": True,
                "Tags": [
                    *tagged(f"{cluster_name(lowering, redis)}-{number}"),
                    {"Key": "Role", "Value": "redis-cluster"},
                    {"Key": "Node", "Value": str(number)},
                ],
            },
            depends_on=_after(lowering, redis),
            # A new launch template means new machines; if the old ones went in one go, so would
            # the data. They stay until a person has moved every shard over.
            **kept(lowering.environment.production),
        )


def _after(lowering: Lowering, redis: RedisCluster) -> tuple[str, ...]:
    """Give what a machine needs at its first start, though no property says so."""
    there = [lowering.id(redis, kind) for kind in ("AmongNodesClients", "AmongNodesBus")]
    if lowering.environment.setting("nat") != "none":
        there += [f"PrivateDefaultRoute{zone}" for zone in range(1, lowering.zones + 1)]
    return tuple(there)


def _names(lowering: Lowering, redis: RedisCluster) -> None:
    addresses = {
        number: GetAtt(lowering.id(redis, f"Node{number}"), "PrivateIp")
        for number in range(1, redis.nodes + 1)
    }
    whole = domain(lowering, redis)
    records = {"Name": (whole, list(addresses.values()))} | {
        f"Name{number}": (f"node-{number}.{whole}", [each]) for number, each in addresses.items()
    }
    for kind, (name, values) in records.items():
        lowering.add(
            redis,
            kind,
            "AWS::Route53::RecordSet",
            {
                "HostedZoneId": lowering.ref(redis, "Zone"),
                "Name": name,
                "Type": "A",
                "TTL": "30",
                "ResourceRecords": values,
            },
        )


def _formed(lowering: Lowering, redis: RedisCluster) -> None:
    lowering.add(
        redis,
        "Formed",
        "AWS::CloudFormation::WaitCondition",
        {"Handle": lowering.ref(redis, "Ready"), "Timeout": str(FORMS_IN), "Count": 1},
        depends_on=tuple(
            lowering.id(redis, f"Name{number}") for number in range(1, redis.nodes + 1)
        ),
    )
