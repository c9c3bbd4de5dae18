"""What a machine of a Redis Cluster may do, and what its agent tells CloudWatch."""

from seatrial.graph.service_trust import trusted_by
from seatrial.graph.values import (
    ACCOUNT,
    PARTITION,
    REGION,
    GetAtt,
    Ref,
    Value,
    join,
)
from seatrial.language import RedisCluster
from seatrial.lower import redis_machines
from seatrial.lower.context import Lowering, kept
from seatrial.lower.metrics import json_text


def lower(lowering: Lowering, redis: RedisCluster) -> None:
    """Add the agent's configuration, its log, and the machines' role."""
    _agent(lowering, redis)
    _role(lowering, redis)


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
                        "namespace": redis_machines.namespace(lowering),
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


def _role(lowering: Lowering, redis: RedisCluster) -> None:
    def allow(actions: list[str], resources: Value, **more: Value) -> Value:
        return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}

    agent = lowering.id(redis, "Agent")
    own = {"StringEquals": {"cloudwatch:namespace": redis_machines.namespace(lowering)}}
    made_here = [lowering.ref(redis, "Authority"), lowering.ref(redis, "Certificate")]
    role = lowering.add(
        redis,
        "Role",
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": trusted_by("ec2.amazonaws.com"),
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
                                Condition=own,
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
