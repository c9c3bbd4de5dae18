"""Mirrored Kafka: MSK Replicator carries a cluster's topics and groups to a second region.

It belongs to the region that it writes to and speaks IAM to both clusters.
AWS asks for IAM access control and three brokers on either side, and at the
source for private connectivity from other VPCs, which MSK turns on for a
cluster that exists and for none that is being created (docs/decisions/0010).
https://docs.aws.amazon.com/msk/latest/developerguide/msk-replicator-prepare-clusters.html
https://docs.aws.amazon.com/msk/latest/developerguide/msk-replicator-supported-clusters-versions.html
The source's ARN and subnets are AWS's own: the first region's stack tells
them, and they are parameters here.
"""

from seatrial.graph import Parameter
from seatrial.graph.annotations import Note
from seatrial.graph.service_trust import trusted_by
from seatrial.graph.values import ACCOUNT, PARTITION, GetAtt, Ref, Value, join
from seatrial.language import Kafka, Topic
from seatrial.language.promises import seconds
from seatrial.lower.context import Lowering, kept
from seatrial.lower.metrics import alarm

LEAST_BROKERS = 3
"""In three zones; in two it takes four, which an even share makes of them."""
BEHIND = 300
"""Seconds that a mirror may be behind where the system promises nothing."""
TOO_SMALL = "kafka.t3.small"
PORT = Kafka.PORTS["iam"]
KAFKA = "kafka.amazonaws.com"
OF_CLUSTER = (
    "Connect",
    "DescribeCluster",
    "AlterCluster",
    "DescribeTopic",
    "CreateTopic",
    "AlterTopic",
    "WriteData",
    "ReadData",
    "AlterGroup",
    "DescribeGroup",
    "DescribeTopicDynamicConfiguration",
    "AlterTopicDynamicConfiguration",
    "WriteDataIdempotently",
)
OF_TOPICS = (
    "DescribeTopic",
    "CreateTopic",
    "AlterTopic",
    "WriteData",
    "ReadData",
    "DescribeTopicDynamicConfiguration",
    "AlterTopicDynamicConfiguration",
    "AlterCluster",
)
OF_GROUPS = ("AlterGroup", "DescribeGroup")
"""What AWS's own policy for replicators allows, of every cluster of an account:
https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSMSKReplicatorExecutionRole.html"""


def check(lowering: Lowering, kafka: Kafka) -> None:
    """Refuse a cluster that a replicator could not read or write."""
    even = -(-LEAST_BROKERS // lowering.zones) * lowering.zones
    for bad, what, right in (
        (kafka.login != "iam", f"login={kafka.login!r}", "login='iam'"),
        (kafka.brokers < LEAST_BROKERS, f"brokers={kafka.brokers}", f"brokers={even}"),
        (kafka.size == TOO_SMALL, f"size={kafka.size!r}", "size='kafka.m5.large'"),
    ):
        if bad:
            raise kafka.wrong(
                f"with {what} MSK cannot mirror it between two regions "
                f"({lowering.environment.name!r}).",
                f"Write {right}, or strategy='backup and restore'.",
            )


def connectivity(lowering: Lowering, kafka: Kafka) -> dict[str, Value]:
    """Give what a source cluster says of clients outside of its VPC: nothing without a mirror."""
    if not lowering.standby or lowering.second:
        return {}
    asked = lowering.parameter(
        Parameter(
            lowering.id(kafka, "PrivateConnectivity"),
            "String",
            "false when the cluster is created, which MSK demands; true from the next update on",
            default="false",
            allowed_pattern="true|false",
        )
    )
    return {"VpcConnectivity": {"ClientAuthentication": {"Sasl": {"Iam": {"Enabled": asked}}}}}


def source(lowering: Lowering, kafka: Kafka, subnets: list[Value]) -> None:
    """Let MSK's replicators read the cluster, and tell the second region where it is."""
    cluster = lowering.ref(kafka, "Cluster")
    lowering.add(
        kafka,
        "ClusterPolicy",
        "AWS::MSK::ClusterPolicy",
        {
            "ClusterArn": cluster,
            "Policy": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": KAFKA},
                        "Action": [
                            "kafka:CreateVpcConnection",
                            "kafka:GetBootstrapBrokers",
                            "kafka:DescribeClusterV2",
                        ],
                        "Resource": cluster,
                    }
                ],
            },
        },
    )
    listed = [each for subnet in subnets for each in (",", subnet)][1:]
    lowering.tell_second(lowering.id(kafka, "Source"), cluster)
    lowering.tell_second(lowering.id(kafka, "SourceSubnets"), join(*listed))
    lowering.annotate(
        Note(
            f"Mirror of {kafka.name}",
            "MSK turns private connectivity on for a cluster that exists.",
            (
                "create this stack",
                f"update it with {lowering.id(kafka, 'PrivateConnectivity')}=true",
                "create the second region's stack",
            ),
        )
    )


def target(lowering: Lowering, kafka: Kafka, subnets: list[Value]) -> None:
    """Add the replicator, and what it may reach and do."""
    cluster = lowering.ref(kafka, "Cluster")
    primary = lowering.first.region
    arn = f"arn:aws[a-z-]*:kafka:{primary}:[0-9]{{12}}:cluster/{lowering.name}-{kafka.name}/.+"
    origin = lowering.parameter(
        Parameter(
            lowering.id(kafka, "Source"),
            "String",
            f"ARN of {kafka.name} in {primary}, which the stack there tells",
            allowed_pattern=arn,
        )
    )
    origin_subnets = lowering.parameter(
        Parameter(
            lowering.id(kafka, "SourceSubnets"),
            "CommaDelimitedList",
            f"Subnets of {kafka.name} in {primary}, which the stack there tells",
        )
    )
    topics = [each for each in lowering.of(Topic) if lowering.environment.part(each.kafka) is kafka]
    log = lowering.add(
        kafka,
        "ReplicatorLogs",
        "AWS::Logs::LogGroup",
        {
            "LogGroupName": f"/aws/vendedlogs/{lowering.name}/{kafka.name}-replicator",
            "RetentionInDays": lowering.environment.log_days,
        },
        **kept(lowering.environment.production),
    )
    lowering.add(
        kafka,
        "Replicator",
        "AWS::MSK::Replicator",
        {
            "ReplicatorName": f"{lowering.name}-{kafka.name}",
            "Description": f"{kafka.name} of {primary}, mirrored",
            "KafkaClusters": [
                # Into the source's VPC it comes by private connectivity: no group of ours.
                _cluster(origin, {"SubnetIds": origin_subnets}),
                _cluster(
                    cluster, {"SubnetIds": subnets, "SecurityGroupIds": [_group(lowering, kafka)]}
                ),
            ],
            "ReplicationInfoList": [
                {
                    "SourceKafkaClusterArn": origin,
                    "TargetKafkaClusterArn": cluster,
                    "TargetCompressionType": "NONE",
                    "TopicReplication": {
                        "TopicsToReplicate": [each.name for each in topics] or [".*"],
                        # Programs find their topics under the names that they know.
                        "TopicNameConfiguration": {"Type": "IDENTICAL"},
                        "StartingPosition": {"Type": "EARLIEST"},
                        "CopyTopicConfigurations": True,
                        "CopyAccessControlListsForTopics": False,  # IAM lets clients in
                        "DetectAndCopyNewTopics": True,
                    },
                    "ConsumerGroupReplication": {
                        "ConsumerGroupsToReplicate": [".*"],
                        "SynchroniseConsumerGroupOffsets": True,
                        "DetectAndCopyNewConsumerGroups": True,
                    },
                }
            ],
            "ServiceExecutionRoleArn": GetAtt(_role(lowering, kafka), "Arn"),
            "LogDelivery": {
                "ReplicatorLogDelivery": {"CloudWatchLogs": {"Enabled": True, "LogGroup": log.ref}}
            },
        },
        depends_on=(
            lowering.id(kafka, "ReplicatorRights"),
            lowering.id(kafka, "FromReplicator"),
            *(lowering.id(each, "Topic") for each in topics),
        ),
    )


def watch(lowering: Lowering, kafka: Kafka) -> None:
    """Watch that the mirror runs, and that it is not further behind than the system promises.

    https://docs.aws.amazon.com/msk/latest/developerguide/msk-replicator-metrics-ref.html
    """
    of: dict[str, Value] = {"ReplicatorName": f"{lowering.name}-{kafka.name}"}
    promised = lowering.system.objectives
    behind = BEHIND
    if promised and promised.rpo is not None:
        behind = int(seconds(promised, "rpo", promised.rpo))
    for kind, name, limit, words in (
        ("MirrorLate", "ReplicationLatency", 1000 * behind, f"over {behind} seconds behind"),
        ("MirrorFailed", "ReplicatorFailure", 0, "failing"),
    ):
        alarm(
            lowering,
            kafka,
            kind,
            f"{kafka.name}: its mirror is {words} for five minutes",
            ("AWS/Kafka", name),
            "Maximum",
            limit,
            of,
            5,
        )


def _cluster(arn: Ref, network: Value) -> Value:
    return {"AmazonMskCluster": {"MskClusterArn": arn}, "VpcConfig": network}


def _group(lowering: Lowering, kafka: Kafka) -> GetAtt:
    """Add the replicator's security group, which reaches the brokers here and nothing else."""
    brokers = GetAtt(lowering.id(kafka, "Group"), "GroupId")
    ports: dict[str, Value] = {"IpProtocol": "tcp", "FromPort": PORT, "ToPort": PORT}
    group = lowering.add(
        kafka,
        "ReplicatorGroup",
        "AWS::EC2::SecurityGroup",
        {
            "GroupDescription": f"Replicator of {kafka.name}",
            "VpcId": Ref("Vpc"),
            "SecurityGroupEgress": [
                {"DestinationSecurityGroupId": brokers, "Description": "Brokers", **ports}
            ],
        },
    )
    lowering.add(
        kafka,
        "FromReplicator",
        "AWS::EC2::SecurityGroupIngress",
        {
            "GroupId": brokers,
            "SourceSecurityGroupId": group.att("GroupId"),
            "Description": "From the replicator",
            **ports,
        },
    )
    return group.att("GroupId")


def _role(lowering: Lowering, kafka: Kafka) -> str:
    """Add what the replicator may do: of the clusters of this one name, in both regions."""
    role = lowering.add(
        kafka,
        "ReplicatorRole",
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": trusted_by(KAFKA, here=True),
        },
    )
    name = f"{lowering.name}-{kafka.name}"
    statements: list[Value] = []
    for kind, actions, within in (
        ("cluster", OF_CLUSTER, "*"),
        ("topic", OF_TOPICS, "*/*"),
        ("group", OF_GROUPS, "*/*"),
    ):
        of = join("arn:", PARTITION, ":kafka:*:", ACCOUNT, f":{kind}/{name}/{within}")
        named = [f"kafka-cluster:{each}" for each in actions]
        statements.append({"Effect": "Allow", "Action": named, "Resource": of})
    lowering.add(
        kafka,
        "ReplicatorRights",
        "AWS::IAM::RolePolicy",
        {
            "RoleName": role.ref,
            "PolicyName": "mirror",
            "PolicyDocument": {"Version": "2012-10-17", "Statement": statements},
        },
    )
    return role.id
