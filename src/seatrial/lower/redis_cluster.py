"""Redis Cluster on EC2: machines over the zones, their name, their copies in S3.

The machines make the cluster themselves, from the user data of one launch
template (`shipped/redis_node.sh`): what CloudFormation knows of is machines.
Programs start when the first one has told that the cluster is formed.
"""

from seatrial.graph import Parameter
from seatrial.graph.annotations import Note
from seatrial.graph.values import (
    ACCOUNT,
    PARTITION,
    REGION,
    AtRun,
    GetAtt,
    Intrinsic,
    Join,
    Ref,
    Secret,
    Value,
    join,
)
from seatrial.language import Access, Alerts, RedisCluster
from seatrial.lower.context import GOES_WITH_THE_STACK, Lowering, camel, kept, tagged
from seatrial.lower.kind import Given, Kind
from seatrial.lower.metrics import Widget, alarm, json_text, line, widget
from seatrial.lower.shipped import shipped

LAG = 30
"""Seconds without a word from its primary; Redis says one every ten at least."""
DISK = 80
"""Percent of a machine's disk: the log grows until the day's copy is made."""
FORMS_IN = 1800
"""Seconds until the stack gives up on a cluster that does not form."""
SECRETS = {
    "Password": "password",
    "Authority": "key and certificate of its authority; the first node puts them in",
    "Certificate": "certificate of its authority; the first node puts it in",
}


def _lower(lowering: Lowering, redis: RedisCluster) -> None:
    for kind, text in SECRETS.items():
        _secret(lowering, redis, kind, text)
    _zone(lowering, redis)
    _bucket(lowering, redis)
    _agent(lowering, redis)
    _role(lowering, redis)
    _rules(lowering, redis)
    _machines(lowering, redis)
    _names(lowering, redis)
    _formed(lowering, redis)
    _url(lowering, redis)
    lowering.annotate(
        Note(
            "recovery",
            f"Restore {redis.name} to a moment from the copies in its bucket.",
            (
                "Take the daily copy that follows the moment, of one node of each shard.",
                "Unpack it; run redis-check-aof --truncate-to-timestamp on its appendonlydir.",
                "Start the node on it before it joins; replicas follow by themselves.",
            ),
        )
    )
    lowering.annotate(
        Note(
            "change",
            f"A changed size or image makes new machines for {redis.name}. They join as replicas; "
            "in production the old ones run on.",
            (
                "Wait until every primary has a new replica: CLUSTER NODES.",
                "Run CLUSTER FAILOVER on one new replica of each shard.",
                "Terminate the old machines, replicas first, one at a time.",
            ),
        )
    )


def _domain(lowering: Lowering, redis: RedisCluster) -> str:
    return f"{redis.name}.{lowering.name}.internal"


def _cluster_name(lowering: Lowering, redis: RedisCluster) -> str:
    return f"{lowering.name}-{redis.name}"


def _given(lowering: Lowering, redis: RedisCluster, _access: Access) -> Given:
    return Given(
        secrets={
            "REDIS_URL": Secret(lowering.id(redis, "Url")),
            "REDIS_CA": Secret(lowering.id(redis, "Certificate")),
        }
    )


def _value(lowering: Lowering, redis: RedisCluster, field: str) -> Value:
    if field == "password":
        return Secret(lowering.id(redis, "Password"))
    return _domain(lowering, redis)


def _secret(lowering: Lowering, redis: RedisCluster, kind: str, text: str) -> None:
    lowering.add(
        redis,
        kind,
        "AWS::SecretsManager::Secret",
        {
            "Name": f"{lowering.name}/{redis.name}-{kind.lower()}",
            "Description": f"{redis.name}: {text}",
            "GenerateSecretString": {"PasswordLength": 64, "ExcludePunctuation": True},
        },
        **GOES_WITH_THE_STACK,
    )


def _url(lowering: Lowering, redis: RedisCluster) -> None:
    lowering.add(
        redis,
        "Url",
        "AWS::SecretsManager::Secret",
        {
            "Name": f"{lowering.name}/{redis.name}-url",
            "Description": f"Connection URL of {redis.name}",
            "SecretString": Join(
                (
                    AtRun("REDIS_SCHEME", "rediss"),
                    "://:",
                    Secret(lowering.id(redis, "Password"), dynamic=True),
                    f"@{_domain(lowering, redis)}:{RedisCluster.PORT}/0",
                )
            ),
        },
        **GOES_WITH_THE_STACK,
    )


def _zone(lowering: Lowering, redis: RedisCluster) -> None:
    lowering.add(
        redis,
        "Zone",
        "AWS::Route53::HostedZone",
        {
            "Name": _domain(lowering, redis),
            "HostedZoneConfig": {"Comment": f"Nodes of {redis.name}, inside the VPC alone"},
            "VPCs": [{"VPCId": Ref("Vpc"), "VPCRegion": REGION}],
        },
    )


def _bucket(lowering: Lowering, redis: RedisCluster) -> None:
    days = {"daily": redis.daily, "weekly": 7 * redis.weekly, "monthly": 31 * redis.monthly}
    bucket = lowering.add(
        redis,
        "Copies",
        "AWS::S3::Bucket",
        {
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
                ]
            },
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "VersioningConfiguration": {"Status": "Enabled"},
            "LifecycleConfiguration": {
                "Rules": [
                    {
                        "Id": kind,
                        "Status": "Enabled",
                        "Prefix": f"{kind}/",
                        "ExpirationInDays": kept_for,
                        "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                    }
                    for kind, kept_for in days.items()
                ]
            },
        },
        **kept(lowering.environment.production),
    )
    lowering.add(
        redis,
        "CopiesPolicy",
        "AWS::S3::BucketPolicy",
        {
            "Bucket": bucket.ref,
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Sid": "OnlyEncryptedConnections",
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:*",
                        "Resource": [bucket.att("Arn"), join(bucket.att("Arn"), "/*")],
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    }
                ],
            },
        },
    )


def _agent(lowering: Lowering, redis: RedisCluster) -> None:
    logs = lowering.add(
        redis,
        "Logs",
        "AWS::Logs::LogGroup",
        {
            "LogGroupName": f"/ec2/{lowering.name}/{redis.name}",
            "RetentionInDays": lowering.environment.log_days,
        },
        **kept(lowering.environment.production),
    )
    logged = {
        "file_path": "/var/log/redis-cluster.log",
        "log_group_name": logs.ref,
        "log_stream_name": "{instance_id}",
    }
    lowering.add(
        redis,
        "Agent",
        "AWS::SSM::Parameter",
        {
            "Name": f"/{lowering.name}/{redis.name}/agent",
            "Type": "String",
            "Description": f"The CloudWatch agent on the nodes of {redis.name}",
            "Value": json_text(
                {
                    "metrics": {
                        "namespace": _namespace(lowering),
                        "append_dimensions": {"InstanceId": "${aws:InstanceId}"},
                        "metrics_collected": {
                            "mem": {"measurement": ["mem_used_percent"]},
                            "disk": {"measurement": ["used_percent"], "resources": ["/"]},
                        },
                    },
                    "logs": {"logs_collected": {"files": {"collect_list": [logged]}}},
                }
            ),
        },
    )


def _namespace(lowering: Lowering) -> str:
    return f"Seatrial/{lowering.name}"


def _role(lowering: Lowering, redis: RedisCluster) -> None:
    def allow(actions: list[str], resources: Value, **more: Value) -> Value:
        return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}

    agent = lowering.id(redis, "Agent")
    made_here = [lowering.ref(redis, "Authority"), lowering.ref(redis, "Certificate")]
    role = lowering.add(
        redis,
        "Role",
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "ec2.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                ],
            },
            # A shell for an administrator without SSH: no key, no open port.
            "ManagedPolicyArns": [
                join("arn:", PARTITION, ":iam::aws:policy/AmazonSSMManagedInstanceCore")
            ],
            "Policies": [
                {
                    "PolicyName": "node",
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [
                            allow(
                                ["secretsmanager:GetSecretValue"],
                                [lowering.ref(redis, "Password"), made_here[0]],
                            ),
                            allow(["secretsmanager:PutSecretValue"], made_here),
                            allow(
                                ["s3:PutObject"],
                                join(GetAtt(lowering.id(redis, "Copies"), "Arn"), "/*"),
                            ),
                            allow(
                                ["cloudwatch:PutMetricData"],
                                "*",
                                Condition={
                                    "StringEquals": {"cloudwatch:namespace": _namespace(lowering)}
                                },
                            ),
                            allow(
                                ["logs:CreateLogStream", "logs:PutLogEvents"],
                                GetAtt(lowering.id(redis, "Logs"), "Arn"),
                            ),
                            allow(["ec2:DescribeTags"], "*"),  # the agent names its machine
                            allow(
                                ["ssm:GetParameter"],
                                join(
                                    "arn:",
                                    PARTITION,
                                    ":ssm:",
                                    REGION,
                                    ":",
                                    ACCOUNT,
                                    ":parameter",
                                    Ref(agent),
                                ),
                            ),
                        ],
                    },
                }
            ],
        },
    )
    lowering.add(redis, "Profile", "AWS::IAM::InstanceProfile", {"Roles": [role.ref]})


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
        "NAME": _domain(lowering, redis),
        "CLUSTER": _cluster_name(lowering, redis),
        "NAMESPACE": _namespace(lowering),
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
                    *tagged(f"{_cluster_name(lowering, redis)}-{number}"),
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
    domain = _domain(lowering, redis)
    records = {"Name": (domain, list(addresses.values()))} | {
        f"Name{number}": (f"node-{number}.{domain}", [each]) for number, each in addresses.items()
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


def _watch(lowering: Lowering, alerts: Alerts, redis: RedisCluster) -> None:
    of: dict[str, Value] = {"Cluster": _cluster_name(lowering, redis)}
    space = _namespace(lowering)
    alarm(
        lowering,
        redis,
        "NodeFailure",
        f"{redis.name}: fewer than {redis.nodes} nodes are up for three minutes",
        (space, "Up"),
        "SampleCount",
        redis.nodes,
        of,
        3,
        "LessThanThreshold",
        missing="breaching",
    )
    for kind, metric, words, limit in (
        ("Memory", "MemoryUse", f"memory over {alerts.memory:g} percent", alerts.memory),
        ("Disk", "DiskUse", f"disk over {DISK} percent", DISK),
        ("ReplicationLag", "ReplicationLag", f"a replica is over {LAG} seconds behind", LAG),
    ):
        text = f"{redis.name}: {words} for three minutes"
        alarm(lowering, redis, kind, text, (space, metric), "Maximum", limit, of, 3)


def _widgets(lowering: Lowering, redis: RedisCluster) -> list[Widget]:
    nodes: list[dict[str, Value]] = [
        {"Cluster": _cluster_name(lowering, redis), "Node": str(number)}
        for number in range(1, redis.nodes + 1)
    ]
    return [
        widget(
            f"{redis.name}: {title}",
            [line(_namespace(lowering), name, of, "Maximum") for of in nodes],
        )
        for title, name in (
            ("nodes up", "Up"),
            ("memory", "MemoryUse"),
            ("disk", "DiskUse"),
            ("replication lag", "ReplicationLag"),
        )
    ]


KIND = Kind(
    RedisCluster,
    "nodes of",
    lower=_lower,
    ports=lambda _: (RedisCluster.PORT,),
    outward=True,
    given=_given,
    value=_value,
    ready=lambda lowering, redis: [lowering.id(redis, "Formed")],
    watch=_watch,
    widgets=_widgets,
)
