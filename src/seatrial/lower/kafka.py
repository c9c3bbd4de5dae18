"""Kafka on MSK: brokers, their configuration, and where clients find them.

CloudFormation gives a cluster's ARN and no broker's address: a small function
asks MSK for them once the cluster is there (docs/decisions/0008).
"""

from seatrial.graph.annotations import Note, OwnEngine
from seatrial.graph.service_trust import trusted_by
from seatrial.graph.values import AtRun, GetAtt, Ref, Value
from seatrial.language import Access, Alerts, Kafka
from seatrial.language.kafka import VERSIONS
from seatrial.lower import replicator
from seatrial.lower.context import Lowering, kept
from seatrial.lower.kind import Given, Kind
from seatrial.lower.metrics import Metric, Widget, alarm, alarm_on, line, widget
from seatrial.lower.shipped import shipped

NAMESPACE = "AWS/Kafka"
ANSWERS = {"none": "BootstrapBrokerStringTls", "iam": "BootstrapBrokerStringSaslIam"}
DISK = 85
"""Percent of a broker's disk at which AWS recommends to act."""
GROWS_AT = 60
"""Percent of a broker's disk at which it grows, where it may."""


def _lower(lowering: Lowering, kafka: Kafka) -> None:
    if lowering.standby:
        replicator.check(lowering, kafka)
    _add(lowering, kafka)
    if lowering.standby:
        replicator.source(lowering, kafka, _subnets(lowering, kafka))
    mirrored = f", and mirrored in {lowering.standby.region}" if lowering.standby else " alone"
    lowering.annotate(
        Note(
            "recovery",
            f"MSK has no backups: the messages of {kafka.name} live on its brokers{mirrored}, "
            f"{kafka.replication} times where a topic says nothing else.",
        )
    )


def _stand_by(lowering: Lowering, kafka: Kafka) -> None:
    """Add a cluster of its own, and what mirrors the first region's into it."""
    replicator.check(lowering, kafka)
    _add(lowering, kafka)
    replicator.target(lowering, kafka, _subnets(lowering, kafka))


def _add(lowering: Lowering, kafka: Kafka) -> None:
    _configuration(lowering, kafka)
    _cluster(lowering, kafka)
    if kafka.max_storage_gb is not None:
        _storage(lowering, kafka, kafka.max_storage_gb)
    _bootstrap(lowering, kafka)
    if kafka.engine_url:
        lowering.annotate(OwnEngine(lowering.id(kafka, "Cluster"), kafka.engine_url))


def cluster_name(lowering: Lowering, kafka: Kafka) -> str:
    """Give the cluster's name, which its metrics and its groups' ARNs carry."""
    return f"{lowering.name}-{kafka.name}"


def given(lowering: Lowering, kafka: Kafka, _access: Access) -> Given:
    """Give where the brokers are and how to speak to them; with IAM, the leave to connect."""
    variables: dict[str, Value] = {
        "KAFKA_BOOTSTRAP_SERVERS": _value(lowering, kafka, "servers"),
    }
    if kafka.login == "none":
        variables["KAFKA_SECURITY_PROTOCOL"] = AtRun("KAFKA_SECURITY_PROTOCOL", "SSL")
        return Given(variables)
    variables["KAFKA_SECURITY_PROTOCOL"] = AtRun("KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    variables["KAFKA_SASL_MECHANISM"] = "OAUTHBEARER"
    connect = ["kafka-cluster:Connect", "kafka-cluster:DescribeCluster"]
    return Given(
        variables,
        statements=[
            {"Effect": "Allow", "Action": connect, "Resource": lowering.ref(kafka, "Cluster")}
        ],
    )


def _value(lowering: Lowering, kafka: Kafka, _field: str) -> Value:
    return GetAtt(lowering.id(kafka, "Bootstrap"), "Servers")


def _subnets(lowering: Lowering, kafka: Kafka) -> list[Value]:
    """Give as many zones as share the brokers evenly: MSK takes nothing else."""
    for zones in range(lowering.zones, 1, -1):
        if kafka.brokers % zones == 0:
            return lowering.data_subnets[:zones]
    raise kafka.wrong(
        f"brokers={kafka.brokers} cannot be shared evenly by {lowering.zones} zones "
        f"of the environment {lowering.environment.name!r}.",
        f"Set brokers={lowering.zones} there.",
    )


def _configuration(lowering: Lowering, kafka: Kafka) -> None:
    settings = {
        "auto.create.topics.enable": "false",
        "default.replication.factor": str(kafka.replication),
        "min.insync.replicas": str(max(1, kafka.replication - 1)),
        "num.partitions": "3",
        **kafka.parameters,
    }
    lowering.add(
        kafka,
        "Configuration",
        "AWS::MSK::Configuration",
        {
            "Name": cluster_name(lowering, kafka),
            "Description": f"Broker settings of {kafka.name}",
            "ServerProperties": "".join(f"{key}={value}\n" for key, value in settings.items()),
        },
    )


def _cluster(lowering: Lowering, kafka: Kafka) -> None:
    by_iam = kafka.login == "iam"
    logs = lowering.add(
        kafka,
        "Logs",
        "AWS::Logs::LogGroup",
        {
            "LogGroupName": f"/aws/vendedlogs/{lowering.name}/{kafka.name}",
            "RetentionInDays": lowering.environment.log_days,
        },
        **kept(lowering.environment.production),
    )
    configuration = lowering.id(kafka, "Configuration")
    lowering.add(
        kafka,
        "Cluster",
        "AWS::MSK::Cluster",
        {
            "ClusterName": cluster_name(lowering, kafka),
            "KafkaVersion": VERSIONS[kafka.version],
            "NumberOfBrokerNodes": kafka.brokers,
            "BrokerNodeGroupInfo": {
                "InstanceType": kafka.size,
                "ClientSubnets": _subnets(lowering, kafka),
                "SecurityGroups": [GetAtt(lowering.id(kafka, "Group"), "GroupId")],
                "StorageInfo": {"EBSStorageInfo": {"VolumeSize": kafka.storage_gb}},
                "ConnectivityInfo": {
                    "PublicAccess": {"Type": "DISABLED"},
                    **replicator.connectivity(lowering, kafka),
                },
            },
            # At rest every MSK cluster is encrypted; unsaid, with the account's key for MSK.
            "EncryptionInfo": {"EncryptionInTransit": {"ClientBroker": "TLS", "InCluster": True}},
            "ClientAuthentication": {
                "Unauthenticated": {"Enabled": not by_iam},
                "Sasl": {"Iam": {"Enabled": by_iam}},
            },
            "ConfigurationInfo": {
                "Arn": Ref(configuration),
                "Revision": GetAtt(configuration, "LatestRevision.Revision"),
            },
            "EnhancedMonitoring": kafka.monitoring,
            "LoggingInfo": {
                "BrokerLogs": {"CloudWatchLogs": {"Enabled": True, "LogGroup": logs.ref}}
            },
        },
        **kept(lowering.environment.production),
    )


def _storage(lowering: Lowering, kafka: Kafka, most: int) -> None:
    target = lowering.add(
        kafka,
        "Storage",
        "AWS::ApplicationAutoScaling::ScalableTarget",
        {
            "ServiceNamespace": "kafka",
            "ScalableDimension": "kafka:broker-storage:VolumeSize",
            "ResourceId": lowering.ref(kafka, "Cluster"),
            "MinCapacity": 1,
            "MaxCapacity": most,
        },
    )
    lowering.add(
        kafka,
        "StorageGrows",
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        {
            "PolicyName": f"{lowering.name}-{kafka.name}-storage",
            "PolicyType": "TargetTrackingScaling",
            "ScalingTargetId": target.ref,
            "TargetTrackingScalingPolicyConfiguration": {
                "PredefinedMetricSpecification": {
                    "PredefinedMetricType": "KafkaBrokerStorageUtilization"
                },
                "TargetValue": GROWS_AT,
                "DisableScaleIn": True,  # a broker's disk never shrinks
            },
        },
    )


def _bootstrap(lowering: Lowering, kafka: Kafka) -> None:
    cluster = lowering.ref(kafka, "Cluster")
    logs = lowering.add(
        kafka,
        "BootstrapLogs",
        "AWS::Logs::LogGroup",
        {
            "LogGroupName": f"/aws/lambda/{lowering.name}-{kafka.name}-bootstrap",
            "RetentionInDays": lowering.environment.log_days,
        },
        **kept(False),
    )
    role = lowering.add(
        kafka,
        "BootstrapRole",
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": trusted_by("lambda.amazonaws.com"),
            "Policies": [
                {
                    "PolicyName": "ask",
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Action": "kafka:GetBootstrapBrokers",
                                "Resource": cluster,
                            },
                            {
                                "Effect": "Allow",
                                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                                "Resource": logs.att("Arn"),
                            },
                        ],
                    },
                }
            ],
        },
    )
    function = lowering.add(
        kafka,
        "BootstrapFunction",
        "AWS::Lambda::Function",
        {
            "Description": f"Tells the bootstrap brokers of {kafka.name}",
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "Timeout": 60,
            "MemorySize": 128,
            "Role": role.att("Arn"),
            "LoggingConfig": {"LogGroup": logs.ref},
            "Code": {"ZipFile": shipped("msk_bootstrap.py")},
        },
    )
    lowering.add(
        kafka,
        "Bootstrap",
        "Custom::MskBootstrapBrokers",
        {
            "ServiceToken": function.att("Arn"),
            "ServiceTimeout": 120,
            "ClusterArn": cluster,
            "Answer": ANSWERS[kafka.login],
            "Brokers": kafka.brokers,  # CloudFormation asks again only when a property changes
        },
    )


def _of_broker(lowering: Lowering, kafka: Kafka, number: int) -> dict[str, Value]:
    return {"Cluster Name": cluster_name(lowering, kafka), "Broker ID": str(number)}


def _watch(lowering: Lowering, alerts: Alerts, kafka: Kafka) -> None:
    if lowering.second:
        replicator.watch(lowering, kafka)
    alarm(
        lowering,
        kafka,
        "OfflinePartitions",
        f"{kafka.name}: a partition has no leader, so nobody can write or read it",
        (NAMESPACE, "OfflinePartitionsCount"),
        "Maximum",
        0,
        {"Cluster Name": cluster_name(lowering, kafka)},
        2,
    )
    for number in range(1, kafka.brokers + 1):
        of = _of_broker(lowering, kafka, number)
        alarm_on(
            lowering,
            kafka,
            f"Broker{number}Cpu",
            f"{kafka.name}: CPU of broker {number} over {alerts.cpu:g} percent for five minutes",
            "user + system",
            {
                "user": Metric(NAMESPACE, "CpuUser", of),
                "system": Metric(NAMESPACE, "CpuSystem", of),
            },
            alerts.cpu,
            5,
        )
        for kind, name, limit, words in (
            ("Memory", "HeapMemoryAfterGC", alerts.memory, "heap after collection"),
            ("Disk", "KafkaDataLogsDiskUsed", DISK, "disk"),
        ):
            alarm(
                lowering,
                kafka,
                f"Broker{number}{kind}",
                f"{kafka.name}: {words} of broker {number} over {limit:g} percent",
                (NAMESPACE, name),
                "Maximum",
                limit,
                of,
                5,
            )


def _widgets(lowering: Lowering, kafka: Kafka) -> list[Widget]:
    numbers = range(1, kafka.brokers + 1)
    return [
        widget(
            f"{kafka.name}: {title}",
            [
                line(NAMESPACE, name, _of_broker(lowering, kafka, number), "Average")
                for name in names
                for number in numbers
            ],
        )
        for title, names in (
            ("messages a second", ["MessagesInPerSec"]),
            ("partitions of each broker", ["PartitionCount", "LeaderCount"]),
            ("CPU", ["CpuUser", "CpuSystem"]),
            ("disk used", ["KafkaDataLogsDiskUsed"]),
        )
    ]


KIND = Kind(
    Kafka,
    "brokers of",
    lower=_lower,
    ports=lambda kafka: (kafka.port,),
    given=given,
    value=_value,
    ready=lambda lowering, kafka: [lowering.id(kafka, "Bootstrap")],
    watch=_watch,
    widgets=_widgets,
    stand_by=_stand_by,
)
